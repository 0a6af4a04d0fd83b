"""A sheet as a grid of cells, whatever file it came from.

Rows keep the number that a spreadsheet program shows, so that a message can name the cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lumicohort.plain import plain

FORMULA_ERRORS = frozenset(
    [
        "#REF!",
        "#N/A",
        "#VALUE!",
        "#DIV/0!",
        "#NAME?",
        "#NUM!",
        "#NULL!",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#GETTING_DATA",
        "#UNKNOWN!",
        "#BUSY!",
        "#CONNECT!",
        "#EXTERNAL!",
        "#PYTHON!",
    ]
)
"""Error values of spreadsheet programs (LibreOffice has ``Err:502`` and the like besides)."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that shows something but has no value that could be read.

    Parameters
    ----------
    reason : str
        What is wrong with it, for a message: ``holds the formula error #REF!``.
    shown : str
        What a text cell shows.
    """

    reason: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one sheet.

    Parameters
    ----------
    file : Path
        The file.
    sheet : str or None
        The worksheet's name; None for text files.
    rows : list of list
        Cells; ``rows[i]`` is the row that spreadsheet programs number ``i + 1``. Blank cells
        are None, text is trimmed.
    hidden : frozenset of int
        Numbers of the rows that are hidden in the file.
    other_sheets : tuple of str
        Names of the file's other worksheets.
    delimited : bool
        Whether the file is delimited text, whose rows should all have the same number of cells.
    """

    file: Path
    sheet: str | None
    rows: list[list[object]]
    hidden: frozenset[int] = frozenset()
    other_sheets: tuple[str, ...] = ()
    delimited: bool = False
    filled: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """Cells (row number, column index) that repeat the value of a merged cell above."""


def text_value(text: str) -> str | Broken | None:
    """Return a text cell's value: trimmed, None where blank, broken where it shows an error."""
    text = plain(text)
    if not text:
        return None
    upper = text.upper()
    if upper in FORMULA_ERRORS or (upper.startswith("ERR:") and upper[4:].isdigit()):
        return Broken(f"holds the formula error {text}", text)
    if len(text) > 2 and not text.strip("#"):
        return Broken(f"holds {text}: the column was too narrow when the sheet was exported", text)
    return text


def column_letter(index: int) -> str:
    """Return the letter of the column with this index, counted from 0 (`27` is `AB`)."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
