"""Tables as Word documents: a real Word table in the style of journals."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

from lumicohort.files import whole_file
from lumicohort.tables.archive import without_dates
from lumicohort.tables.model import PrintedTable

_THICK, _THIN = 12, 6  # rules, in eighths of a point
_MARGIN_CM = 2.0
_SIZE_PT = 9
_LETTER_CM, _PADDING_CM = 0.19, 0.55  # a usual letter of that size, and a cell's padding
_LONGEST = 34.0
"""Letters up to which a column grows, as :func:`_length` counts them."""
MOST_ROWS = 1000
"""Rows of a Word table: some forty pages, and Word is slow with more."""


def write_table_docx(table: PrintedTable, path: Path) -> None:
    """Write the table as a Word document on a landscape page.

    Rules stand above and below the heading and at the end; there are no vertical lines. The
    heading row repeats on every page. A note says where there are more than :data:`MOST_ROWS`
    rows, the first of which stand here.

    Parameters
    ----------
    table : PrintedTable
        The table.
    path : Path
        The file.
    """
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm, Pt

    table = table.shortened(MOST_ROWS)
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Arial", Pt(_SIZE_PT)
    style.paragraph_format.space_after = Pt(0)
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21.0)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(_MARGIN_CM))
    caption = document.add_paragraph()
    caption.add_run(_text(table.caption)).bold = True
    caption.paragraph_format.space_after = Pt(4)
    caption.paragraph_format.keep_with_next = True
    _table(document, table)
    for index, note in enumerate(table.notes):
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(4 if index == 0 else 1)
        paragraph.add_run(_text(note)).font.size = Pt(_SIZE_PT - 1.5)
    properties = document.core_properties
    properties.author, properties.title = "Lumicohort", _text(table.caption)
    properties.comments = properties.keywords = properties.subject = ""
    with whole_file(path) as temporary:
        document.save(str(temporary))
        without_dates(temporary)


def _table(document: Any, table: PrintedTable) -> None:
    """Add the Word table."""
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    columns = table.printed
    word = document.add_table(rows=len(table.rows) + 1, cols=len(columns))
    word.alignment, word.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    widths = _widths(table)
    for column, width in zip(word.columns, widths, strict=True):
        column.width = Cm(width)
    # Row by row: a cell asked of the table itself is looked for among all.
    for r, written in enumerate(word.rows):
        cells = written.cells
        for cell, column, width in zip(cells, columns, widths, strict=True):
            if r == 0:
                _fill(cell, column.unbroken, column.align, bold=True, bottom=True)
                _rules(cell, top=_THICK, bottom=_THIN)
            else:
                row, first = table.rows[r - 1], table.starts_group(r - 1)
                text = row[column.key].text if column.key != "model" or first else ""
                _fill(cell, text, column.align, space=first)
                if r == len(table.rows):
                    _rules(cell, bottom=_THICK)
            cell.width = Cm(width)
        properties = written._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if r == 0:
            properties.append(OxmlElement("w:tblHeader"))


def _widths(table: PrintedTable) -> list[float]:
    """Return column widths in cm by the length of their texts.

    Where the page is too narrow for all, columns give way down to their longest word: an animal's
    id stays on one line as long as there is another text to break.
    """
    available = 29.7 - 2 * _MARGIN_CM
    least, needs = [], []
    for column in table.printed:
        texts = {row[column.key].text for row in table.rows}
        words = [*column.unbroken.split(" "), *(word for text in texts for word in text.split(" "))]
        word = min(_LONGEST, max(map(_length, words)))
        longest = max(map(_length, texts), default=0.0)
        need = min(_LONGEST, max(word, _length(column.heading) / 2, longest))
        least.append(word * _LETTER_CM + _PADDING_CM)
        needs.append(need * _LETTER_CM + _PADDING_CM)
    if sum(least) >= available:
        return [width * available / sum(least) for width in least]
    spare = sum(needs) - sum(least)
    share = min(1.0, (available - sum(least)) / spare) if spare > 0 else 1.0
    return [low + share * (need - low) for low, need in zip(least, needs, strict=True)]


def _length(text: str) -> float:
    """Return a text's length in usual letters: capitals are wider, and CJK signs twice as wide."""
    wide = {"W": 1.9, "F": 1.9}
    return sum(
        1.35 if c.isupper() else wide.get(unicodedata.east_asian_width(c), 1.0) for c in text
    )


def _fill(
    cell: Any,
    text: str,
    align: str,
    *,
    bold: bool = False,
    bottom: bool = False,
    space: bool = False,
) -> None:
    """Put text into a cell."""
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.add_run(_text(text)).bold = bold
    paragraph.alignment = {
        "left": WD_ALIGN_PARAGRAPH.LEFT,
        "right": WD_ALIGN_PARAGRAPH.RIGHT,
        "centre": WD_ALIGN_PARAGRAPH.CENTER,
    }[align]
    paragraph.paragraph_format.space_before = Pt(4 if space else 1.5)
    paragraph.paragraph_format.space_after = Pt(1.5)
    if bottom:
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.BOTTOM


def _rules(cell: Any, *, top: int = 0, bottom: int = 0) -> None:
    """Draw horizontal rules on a cell's edges."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tcBorders")
    for edge, size in (("top", top), ("bottom", bottom)):
        if size:
            rule = OxmlElement(f"w:{edge}")
            for key, value in (("val", "single"), ("sz", str(size)), ("space", "0")):
                rule.set(qn(f"w:{key}"), value)
            rule.set(qn("w:color"), "000000")
            borders.append(rule)
    properties = cell._tc.get_or_add_tcPr()
    # The schema wants borders before vertical alignment.
    after = properties.find(qn("w:vAlign"))
    if after is not None:
        after.addprevious(borders)
    else:
        properties.append(borders)


def _text(text: str) -> str:
    """Return text that XML can hold; no-break and other spaces are no printable characters."""
    return "".join(
        c for c in text if c in "\n\t" or c.isprintable() or unicodedata.category(c) == "Zs"
    )
