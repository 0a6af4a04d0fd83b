"""The report: one self-contained page with the answer, its evidence and its limits; and a PDF."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.report.content import Content, gather
from lumicohort.report.pages import data_uri, own_markup, write_page
from lumicohort.report.pdf import write_report_pdf
from lumicohort.tables.format import format_days, printing

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

_EMBEDDED = ("svg", "png", "png_600")
FORMAT_WORDS = {
    "pdf": "PDF",
    "svg": "SVG",
    "png": "PNG",
    "png_600": "PNG, 600 dpi",
    "tiff": "TIFF",
}


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure of the page, its picture embedded."""

    name: str
    number: int
    address: str | None
    width_cm: float
    caption: str
    alt: str
    downloads: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table of the page."""

    name: str
    html: Iterable[Any]
    folded: bool
    caption: str
    downloads: list[tuple[str, str]]


def write_report(config: StudyConfig, results: Path) -> None:
    """Write ``report.html``, a page that opens offline and prints well, and ``report.pdf``.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder, every step before the report done.

    Raises
    ------
    InputError
        Naming every table or figure that is missing.
    """
    results = Path(results)
    with printing(config.tables.rounding):
        content = gather(config, results)
        # The page first: what typesetting takes of memory it keeps to the end of the process.
        _write_page(content, results / "report.html")
        write_report_pdf(content, results / "report.pdf")


def _write_page(content: Content, path: Path) -> None:
    from lumicohort.tables.html import STYLE

    shown = {"figures": _figures(content), "tables": _tables(content)}
    others = {name: getattr(content, name) for name in Content.__slots__ if name not in shown}
    write_page(
        "report.html.j2",
        path,
        table_style=own_markup(STYLE),
        format_days=format_days,
        deviation_lines=content.deviation_lines,
        quality_line=content.quality_line,
        **shown,
        **others,
    )


def _figures(content: Content) -> list[ShownFigure]:
    out = []
    for figure in content.figures:
        embedded = next((figure.files[f] for f in _EMBEDDED if f in figure.files), None)
        address = data_uri(embedded.read_bytes(), embedded.suffix) if embedded else None
        out.append(
            ShownFigure(
                name=figure.name,
                number=figure.number,
                address=address,
                width_cm=figure.width_cm,
                caption=figure.caption,
                alt=figure.alt,
                downloads=[
                    (FORMAT_WORDS[f], f"figures/{path.name}") for f, path in figure.files.items()
                ],
            )
        )
    return out


def _tables(content: Content) -> list[ShownTable]:
    """Return the tables as HTML that has been escaped, with their files."""
    from lumicohort.tables.html import html_lines

    return [
        ShownTable(
            name=table.name,
            html=map(own_markup, html_lines(table)),
            folded=table.number.startswith("S"),
            caption=table.caption,
            downloads=[
                ("LaTeX" if f == "tex" else f.upper(), f"tables/{table.name}.{f}")
                for f in dict.fromkeys(content.config.tables.formats)
            ],
        )
        for table in content.tables
    ]
