"""Tables as CSV and Excel workbooks."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from lumicohort.files import whole_file, write_rows
from lumicohort.tables.archive import without_dates
from lumicohort.tables.format import NA
from lumicohort.tables.model import SIMULATED, Column, PrintedTable
from lumicohort.tables.sources import NO_COMPARISON

MEASURED = "measured"

_WIDEST = 34
"""Width of a column, in letters, from which on its texts are wrapped."""
_LINE_POINTS = 13.5
"""Height of a line of the font."""


def write_table_csv(table: PrintedTable, path: Path) -> None:
    """Write the table as CSV, texts as printed, with a column that says what the data are.

    Parameters
    ----------
    table : PrintedTable
        The table.
    path : Path
        The file.
    """
    data = "simulated" if table.simulated else MEASURED
    keys = [column.key for column in table.columns]
    rows = ({**{key: row[key].text for key in keys}, "data": data} for row in table.rows)
    ours = [key for key in keys if all(row[key].own for row in table.rows)]
    write_rows(rows, [*keys, "data"], path, own_text=ours)


def write_table_xlsx(table: PrintedTable, path: Path) -> None:
    """Write the table as an Excel workbook: typed cells, a sheet of notes, no formulas.

    Parameters
    ----------
    table : PrintedTable
        The table.
    path : Path
        The file.
    """
    import xlsxwriter

    with whole_file(path) as temporary:
        book = xlsxwriter.Workbook(
            temporary,
            {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        book.set_properties({"title": table.caption, "author": "Lumicohort"})
        _table_sheet(book, table)
        _notes_sheet(book, table)
        book.close()
        without_dates(temporary)


def _table_sheet(book: Any, table: PrintedTable) -> None:
    """Write the sheet that holds the table."""
    sheet = book.add_worksheet(f"Table {table.number}")
    font = {"font_name": "Arial", "font_size": 10, "valign": "top"}
    sheet.write_string(0, 0, table.caption, book.add_format({**font, "bold": True}))
    head = 2
    heights: dict[int, int] = {}
    for c, column in enumerate(_told(table)):
        align = {"centre": "center"}.get(column.align, column.align)
        heading = book.add_format(
            {**font, "bold": True, "top": 2, "bottom": 1, "text_wrap": True, "align": align}
        )
        sheet.write_string(head, c, column.heading, heading)
        longest = max((len(row[column.key].text) for row in table.rows), default=0)
        word = max(map(len, column.heading.split()), default=0)
        width = min(_WIDEST, max(longest, len(column.heading) * 0.6, word, 7) + 2)
        sheet.set_column(c, c, width)
        heights[head] = max(heights.get(head, 1), _lines(column.heading, width))
        wrapped = longest + 2 > _WIDEST
        style = {**font, "align": align, **({"text_wrap": True} if wrapped else {})}
        body = _Formats(book, style, column.number_format)
        for r, row in enumerate(table.rows):
            cell, last = row[column.key], r == len(table.rows) - 1
            if cell.value is None:
                sheet.write_string(head + 1 + r, c, cell.text, body.of(number=False, last=last))
            else:
                sheet.write_number(head + 1 + r, c, cell.value, body.of(number=True, last=last))
            if wrapped:
                at = head + 1 + r
                heights[at] = max(heights.get(at, 1), _lines(cell.text, width))
    for at, lines in heights.items():
        if lines > 1:  # not all programs fit a row to wrapped text by themselves
            sheet.set_row(at, lines * _LINE_POINTS)
    sheet.freeze_panes(head + 1, 2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _told(table: PrintedTable) -> list[Column]:
    """Return the columns but those of published values where nothing was published.

    CSV keeps them, so that its columns are those of every study.
    """
    nothing = (NA, NO_COMPARISON)
    return [
        column
        for column in table.columns
        if not column.key.startswith("published_")
        or any(row[column.key].text not in nothing for row in table.rows)
    ]


def _lines(text: str, width: float) -> int:
    """Return in how many lines a column of a width sets a text, bold letters being wider."""
    return max(1, len(textwrap.wrap(text, max(1, int(0.85 * width)))))


class _Formats:
    """The few formats of a column's cells, each made when it is first used.

    A format takes as much memory as a hundred cells, and the book keeps every one.
    """

    def __init__(self, book: Any, style: dict[str, Any], number_format: str) -> None:
        self._book, self._style, self._number_format = book, style, number_format
        self._made: dict[tuple[bool, bool], Any] = {}

    def of(self, *, number: bool, last: bool) -> Any:
        """Return the format of a number or a text, in the table's last row or above."""
        if (number, last) not in self._made:
            style = {**self._style, **({"bottom": 2} if last else {})}
            style |= {"num_format": self._number_format} if number else {}
            self._made[number, last] = self._book.add_format(style)
        return self._made[number, last]


def _notes_sheet(book: Any, table: PrintedTable) -> None:
    """Write the sheet of notes, methods and versions."""
    sheet = book.add_worksheet("Notes")
    wrap = book.add_format(
        {"font_name": "Arial", "font_size": 10, "text_wrap": True, "valign": "top"}
    )
    bold = book.add_format({"font_name": "Arial", "font_size": 10, "bold": True, "valign": "top"})
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 100)
    lines = [("Table", table.caption)]
    lines.append(("Data", SIMULATED if table.simulated else MEASURED))
    lines += [("Note", note) for note in table.notes]
    lines += list(table.sources.items())
    for r, (what, text) in enumerate(lines):
        sheet.write_string(r, 0, what, bold)
        sheet.write_string(r, 1, text, wrap)
