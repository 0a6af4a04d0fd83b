"""The report as a PDF, typeset by Typst from the same content as the page."""

from __future__ import annotations

import json
import shutil
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.files import whole_file
from lumicohort.report.lists import Heading, ReportList
from lumicohort.report.pages import TEMPLATES
from lumicohort.tables.format import format_days

if TYPE_CHECKING:
    from lumicohort.report.content import Content
    from lumicohort.report.flow import Flow

_PICTURES = ("svg", "pdf", "png", "png_600")
"""Formats that Typst can set, the best first: SVG keeps text as text in few bytes."""

LARGE_SVG = 2_000_000
"""Bytes from which on an SVG gives way to the PDF: Typst takes 25 times its size in memory."""

NOTED = "Noted while reading the sheets"
"""Heading of the section on what bears on trust in the data."""

MOST_NOTES = 40
"""Notes in the PDF."""

MOST_ROWS = 300
"""Rows of a table in the PDF: nobody prints more, and each costs typesetting it memory."""

MANY_COLUMNS = 7
"""With more columns than this, headings of numbers are no wider than the numbers, words aside."""

_SHORT, _LONG = 18, 60
"""Letters of a cell that is set in one line, and from which on wider columns are no help."""


def write_report_pdf(content: Content, path: Path) -> None:
    """Typeset the report.

    The same content gives the same bytes: there is no date in the file.

    Parameters
    ----------
    content : Content
        What the report says.
    path : Path
        The PDF.
    """
    import typst

    with tempfile.TemporaryDirectory(prefix="lumicohort-report.") as name:
        folder = Path(name)
        shutil.copy(TEMPLATES / "report.typ", folder / "report.typ")
        data = _data(content, folder)
        (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        made = typst.compile(str(folder / "report.typ"), root=str(folder), timestamp=0)
    with whole_file(path) as temporary:
        temporary.write_bytes(made)


def _data(content: Content, folder: Path) -> dict[str, Any]:
    """Return what the template shows; pictures are copied beside it."""
    config = content.config
    banner = "Simulated data: no animal was used" if config.simulated else config.blinding_note
    return {
        "title": config.title or config.study,
        "study": config.study,
        "banner": banner,
        "answers": [
            {"model": answer.model, "sentences": [*answer.survival, *answer.burden]}
            for answer in content.answers
        ],
        "flow": _listed(flow_list(content.flows)),
        "groups": content.groups,
        "cages": [_listed(content.cages)] if content.cages else [],
        "tables": [
            {
                "caption": table.caption,
                "columns": [
                    {
                        "text": _broken(c.unbroken, [row[c.key].text for row in table.rows]),
                        "align": c.align,
                    }
                    for c in table.printed
                ],
                "rows": [
                    [
                        row[c.key].text if c.key != "model" or table.starts_group(i) else ""
                        for c in table.printed
                    ]
                    for i, row in enumerate(table.rows)
                ],
                "notes": table.notes,
            }
            for table in (table.shortened(MOST_ROWS) for table in content.tables)
        ],
        "figures": _figures(content, folder),
        "sections": _sections(content),
        "methods": [{"heading": heading, "text": text} for heading, text in content.methods],
        "versions": ", ".join(f"{name} {version}" for name, version in content.versions) + ".",
    }


def _figures(content: Content, folder: Path) -> list[dict[str, Any]]:
    out = []
    for figure in content.figures:
        best = _picture(figure.files)
        if best is None:  # only TIFF was asked for
            continue
        shutil.copy(best, folder / best.name)
        out.append(
            {
                "file": best.name,
                "width_cm": figure.width_cm,
                "number": figure.number,
                "caption": figure.caption,
                "alt": figure.alt,
            }
        )
    return out


def _picture(files: Mapping[str, Path]) -> Path | None:
    """Return the file of a figure that is set; None where Typst can set none."""
    best = next((files[k] for k in _PICTURES if k in files), None)
    if best is not None and best.suffix == ".svg" and best.stat().st_size > LARGE_SVG:
        return files.get("pdf", best)
    return best


def _sections(content: Content) -> list[dict[str, Any]]:
    deviations = content.deviations
    checks = ReportList(
        "By check",
        [Heading("Check"), Heading("Deviations", True), Heading("Animals", True)],
        [[check, str(n), str(animals)] for check, n, animals in content.deviation_counts],
    )
    clicks = content.clicks
    quality = content.quality_line
    if clicks["clicks"]:
        quality += " qc/index.html shows every click."
    flags = ", ".join(f"{flag} × {count}" for flag, count in clicks["flags"])
    return [
        _section(
            "Left out",
            [] if content.exclusions else ["Nothing was left out."],
            _records("Everything left out", content.exclusions),
        ),
        _section(
            "Protocol deviations",
            content.deviation_lines,
            [*([checks] if checks.rows else []), *_records("All deviations", deviations)],
        ),
        _section(
            "Image quality",
            [quality, *([f"Flags: {flags}."] if flags else []), *content.odd_flux],
            [],
        ),
        *([_section(NOTED, _shortened(content.notes), [])] if content.notes else []),
        _section("Sensitivity and other statistics", [], content.lists),
    ]


def _shortened(notes: Sequence[str]) -> list[str]:
    rest = len(notes) - MOST_NOTES
    more = [f"{rest} more stand in report.html and cohort/notes.csv."] if rest > 0 else []
    return [*notes[:MOST_NOTES], *more]


def _section(title: str, paragraphs: Sequence[str], lists: Sequence[ReportList]) -> dict[str, Any]:
    return {"title": title, "paragraphs": paragraphs, "lists": [_listed(x) for x in lists]}


def _records(title: str, rows: Sequence[dict[str, Any]]) -> list[ReportList]:
    """Return rows of a list of the results as a table; none where there are none."""
    if not rows:
        return []
    keys = list(rows[0])
    headings = [Heading(key.replace("_", " ").capitalize()) for key in keys]
    return [ReportList(title, headings, [[str(row[key]) for key in keys] for row in rows])]


def _listed(table: ReportList) -> dict[str, Any]:
    note, rows = table.note, list(table.rows)
    if len(rows) > MOST_ROWS:
        said = f"The first {MOST_ROWS:,} of {len(rows):,} rows; report.html has all."
        note, rows = f"{said} {note}".strip(), rows[:MOST_ROWS]
    columns = [(c, [row[i] for row in rows]) for i, c in enumerate(table.columns)]
    crowded = len(columns) > MANY_COLUMNS
    return {
        "title": table.title,
        "note": note,
        "columns": [
            {
                "text": _broken(column.text, cells if column.number and crowded else None),
                "number": column.number,
                "share": _share(column, cells),
            }
            for column, cells in columns
        ],
        "rows": rows,
    }


def _broken(heading: str, cells: Sequence[str] | None = None) -> str:
    """Return a heading in lines, so that it makes no column wider than its cells need.

    A table of many columns has no room to lose: given the cells, no line is longer than they are,
    single words aside.
    """
    longest = 12 if cells is None else max((len(cell) for cell in cells), default=1)
    lines = textwrap.wrap(heading, min(max(longest, 1), 12), break_long_words=False)
    return "\n".join(lines)


def _share(column: Heading, cells: Sequence[str]) -> int:
    """Return a column's share of the width that short columns leave; 0 for a short one."""
    longest = max((len(cell) for cell in cells), default=0)
    return 0 if column.number or longest <= _SHORT else min(longest, _LONG)


def flow_list(flows: Sequence[Flow]) -> ReportList:
    """Return the flow of animals as a table; why animals were left out is its note.

    Among the numbers, reasons would leave the groups' names no room.
    """
    headings = [
        *(Heading("Model"), Heading("Group")),
        *(
            Heading(text, True)
            for text in (
                *("In the sheet", "Left out", "Survival analysed", "Events", "Censored"),
                *("Flux analysed", "Images analysed", "At the endpoint"),
            )
        ),
    ]
    rows, reasons = [], []
    for flow in flows:
        day = "" if flow.endpoint_day is None else f" (day {format_days(flow.endpoint_day)})"
        if flow.reasons:
            reasons.append(f"Left out of {flow.model}, {flow.arm}: {flow.reasons}.")
        if flow.other_causes:
            reasons.append(
                f"Of the censored of {flow.model}, {flow.arm}, {flow.other_causes} died of another "
                "cause."
            )
        counts = (flow.in_sheet, flow.excluded, flow.analysed)
        rows.append(
            [
                *(flow.model, flow.arm, *map(str, counts)),
                *(str(flow.events), str(flow.censored), str(flow.with_flux), str(flow.images)),
                f"{flow.at_endpoint}{day}",
            ]
        )
    return ReportList("Flow of animals", headings, rows, " ".join(reasons))
