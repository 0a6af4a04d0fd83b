"""The sheet templates of a new study, as one Excel workbook.

Headings carry notes, columns of names have drop-down lists from the config, columns of dates and
ids have their format, and one grey row shows how it is meant; it is not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lumicohort.study.template_rows import EXAMPLE_ID

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

ROWS = 500
"""Rows that have drop-down lists."""

_LISTS = "lists"
Kind = Literal["id", "text", "date", "number", "time"]
_FORMATS: Mapping[Kind, str] = {
    "id": "@",
    "text": "@",
    "date": "yyyy-mm-dd",
    "number": "General",
    "time": "hh:mm",
}


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a template.

    Parameters
    ----------
    name : str
        The heading.
    kind : str
        What its cells hold.
    note : str
        The note on the heading.
    example : object
        The cell of the example row.
    needed : bool
        Whether every row needs it.
    choices : str
        Name of the list of allowed values, where there is one.
    """

    name: str
    kind: Kind
    note: str
    example: Any = None
    needed: bool = False
    choices: str = ""


_DAY_0 = date(2026, 1, 5)
_ID = Heading("animal_id", "id", "The animal, as in the sheet `cohort`.", EXAMPLE_ID, needed=True)

SHEETS: Mapping[str, Sequence[Heading]] = {
    "cohort": (
        Heading(
            "animal_id",
            "id",
            "One row per animal. Kept as text: 007 stays 007.",
            EXAMPLE_ID,
            needed=True,
        ),
        Heading("model", "text", "Tumour model (cell line).", "@model", True, "models"),
        Heading(
            "arm",
            "text",
            "Arm. Leave blank until the animals are allocated (lumicohort randomise).",
            "@arm",
            True,
            "arms",
        ),
        Heading("sex", "text", "female or male.", "female", choices="sexes"),
        Heading("cage", "text", "Cage, to see whether arms and cages are confounded.", "C1"),
        Heading("birth_date", "date", "Date of birth.", date(2025, 11, 20)),
        Heading("strain", "text", "Mouse strain.", "NSG"),
        Heading("inoculation_date", "date", "Day 0: the tumour cells were injected.", _DAY_0, True),
        Heading("cells_injected", "number", "Number of tumour cells.", 100000),
        Heading("weight_g", "number", "Body weight at inoculation in grams.", 25.0),
        Heading(
            "end_date",
            "date",
            "Day of death or of leaving the study; blank while the animal is alive.",
            date(2026, 1, 28),
        ),
        Heading(
            "end_reason",
            "text",
            "Why the animal ended; the config says which reasons are events.",
            "@end_reason",
            choices="end_reasons",
        ),
    ),
    "imaging": (
        Heading("batch", "id", "Folder under imaging/ of that session.", "2026-01-12", True),
        Heading("click", "id", "Click folder in it.", "ABC20260112101500", True),
        Heading("position", "number", "Place from left to right, from 1.", 1, True),
        _ID,
        Heading("luciferin_time", "text", "Time of injection, as 10:05.", "10:05"),
        Heading("luciferin_mg_per_kg", "number", "Dose of D-luciferin in mg/kg.", 150),
    ),
    "weights": (
        _ID,
        Heading("date", "date", "Day of weighing.", date(2026, 1, 12), True),
        Heading("weight_g", "number", "Body weight in grams.", 24.6, True),
    ),
    "doses": (
        _ID,
        Heading("date", "date", "Day of treatment.", date(2026, 1, 12), True),
        Heading("agent", "text", "What was given; `vehicle` for the vehicle.", "DFO"),
        Heading("dose_ug", "number", "Amount of drug in micrograms (or fill dose_mg_per_kg).", 50),
        Heading("dose_mg_per_kg", "number", "Amount of drug in mg per kg of body weight."),
        Heading("volume_ul", "number", "Injected volume in microlitres.", 10),
        Heading("route", "text", "Route (intrathecal, i.p., …).", "intrathecal"),
    ),
    "checks": (
        _ID,
        Heading("date", "date", "Day of the check.", date(2026, 1, 12), True),
        Heading("signs", "text", "Clinical signs seen; blank if none.", "hunched posture"),
    ),
    "exclusions": (
        _ID,
        Heading(
            "reason", "text", "Why it is left out of the analysis.", "leaked at injection", True
        ),
        Heading("date", "date", "Day on which that was decided.", date(2026, 1, 8)),
        Heading("click", "id", "Only this click folder, not the whole animal."),
        Heading("day", "number", "Only the image of this day, not the whole animal."),
    ),
}
"""Worksheets of the template; the config says which of them are read."""


def lists(config: StudyConfig) -> dict[str, list[str]]:
    """Return the allowed values of every drop-down list."""
    return {
        "models": list(config.models),
        "arms": list(config.arms),
        "end_reasons": list(config.end_reasons),
        "sexes": ["female", "male"],
    }


def write_workbook(config: StudyConfig, sheets: Sequence[str], path: Path) -> None:
    """Write the workbook of templates.

    Parameters
    ----------
    config : StudyConfig
        The new study: its models, arms and end reasons become drop-down lists.
    sheets : sequence of str
        Worksheets, among :data:`SHEETS`.
    path : Path
        The file.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(
        path,
        {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"title": f"Sheets of {config.study}", "author": "Lumicohort"})
    allowed = lists(config)
    places = _places(allowed)
    for name in sheets:
        _write_sheet(book, name, SHEETS[name], allowed, places)
    _write_guide(book, sheets)
    _write_lists(book, allowed)
    book.close()


def _places(allowed: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the cells of each list, as a drop-down list names them."""
    letters = "ABCDEFGH"
    return {
        name: f"={_LISTS}!${letter}$2:${letter}${len(values) + 1}"
        for letter, (name, values) in zip(letters, allowed.items(), strict=False)
    }


def _write_sheet(
    book: Any,
    name: str,
    headings: Sequence[Heading],
    allowed: Mapping[str, Sequence[str]],
    places: Mapping[str, str],
) -> None:
    """Write one worksheet: headings with notes, formats, drop-down lists, the example."""
    font = {"font_name": "Arial", "font_size": 10}
    head = {**font, "bold": True, "bottom": 1, "align": "left"}
    needed = book.add_format({**head, "bg_color": "#DCE6F1"})
    optional = book.add_format({**head, "bg_color": "#F2F2F2"})
    sheet = book.add_worksheet(name)
    for column, heading in enumerate(headings):
        form = _FORMATS[heading.kind]
        cells = book.add_format({**font, "num_format": form, "align": "left"})
        grey = book.add_format(
            {**font, "num_format": form, "align": "left", "italic": True, "font_color": "#7F7F7F"}
        )
        sheet.set_column(
            column, column, max(13, len(heading.name) + 3, len(str(heading.example)) + 3), cells
        )
        sheet.write_string(0, column, heading.name, needed if heading.needed else optional)
        need = "Needed. " if heading.needed else ""
        sheet.write_comment(
            0, column, need + heading.note, {"x_scale": 1.6, "author": "Lumicohort"}
        )
        _write_example(sheet, column, heading, allowed, grey)
        if heading.choices:
            sheet.data_validation(
                1,
                column,
                ROWS,
                column,
                {
                    "validate": "list",
                    "source": places[heading.choices],
                    "error_type": "warning",
                    "error_title": "Not in the list",
                    "error_message": f"The config does not know this {heading.name}.",
                },
            )
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_example(
    sheet: Any, column: int, heading: Heading, allowed: Mapping[str, Sequence[str]], form: Any
) -> None:
    """Write a cell of the example row."""
    value = heading.example
    if isinstance(value, str) and value.startswith("@"):
        value = allowed[heading.choices][0]
    if isinstance(value, date):
        sheet.write_datetime(1, column, value, form)
    elif isinstance(value, (int, float)):
        sheet.write_number(1, column, value, form)
    elif value is not None:
        sheet.write_string(1, column, value, form)


def _write_guide(book: Any, sheets: Sequence[str]) -> None:
    """Write the worksheet that explains every column."""
    sheet = book.add_worksheet("how to fill in")
    font = {"font_name": "Arial", "font_size": 10, "valign": "top"}
    plain = book.add_format({**font, "text_wrap": True})
    bold = book.add_format({**font, "bold": True})
    sheet.set_column(0, 1, 20)
    sheet.set_column(2, 2, 10)
    sheet.set_column(3, 3, 80)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    lines = [
        f"The grey row of the animal {EXAMPLE_ID} shows how it is meant. It is never read; it may "
        "stay or go.",
        "Write dates as dates (2026-01-31). Columns of your own are kept and not analysed. To keep "
        "your own headings, name them in the config (data: cohort: columns:).",
        "Sheets that you do not keep: take their line out of the config's section data.",
    ]
    row = 0
    for line in lines:
        sheet.merge_range(row, 0, row, 3, "", plain)
        sheet.write_string(row, 0, line, plain)
        sheet.set_row(row, 28)
        row += 1
    row += 1
    for column, text in enumerate(("worksheet", "column", "needed", "meaning")):
        sheet.write_string(row, column, text, bold)
    for name in sheets:
        for heading in SHEETS[name]:
            row += 1
            needed = "yes" if heading.needed else ""
            for column, text in enumerate((name, heading.name, needed, heading.note)):
                sheet.write_string(row, column, text, plain)


def _write_lists(book: Any, allowed: Mapping[str, Sequence[str]]) -> None:
    """Write the values of the drop-down lists on a hidden worksheet.

    A list written into the rule itself ends at 255 characters and is cut at commas.
    """
    sheet = book.add_worksheet(_LISTS)
    for column, (name, values) in enumerate(allowed.items()):
        sheet.write_string(0, column, name)
        for row, value in enumerate(values, start=1):
            sheet.write_string(row, column, value)
    sheet.hide()
