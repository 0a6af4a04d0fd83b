"""Reading delimited text: comma, semicolon, tab or bar; UTF-8, UTF-16 or cp1252."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from lumicohort.cohort.grid import Grid, text_value
from lumicohort.errors import InputError, Problem

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
"""Delimiters that are recognised, by what they are called."""


def read_delimited(path: Path, score: Callable[[Sequence[Sequence[object]]], int]) -> Grid:
    """Read a delimited text file.

    The delimiter is the one under which most of the wanted headings are found, so that commas
    inside cells and decimal commas do not mislead.

    Parameters
    ----------
    path : Path
        The file.
    score : callable
        Returns how many wanted headings the rows hold.

    Returns
    -------
    Grid
        Its cells; all values are text.

    Raises
    ------
    InputError
        If the file cannot be decoded, holds NULs, or has a quotation mark that never closes.
    """
    text = _decode(path)
    named, text = _named_delimiter(text)
    # Under a delimiter that does not occur every row is one cell: the first stands for all such.
    tried = [named] if named else [d for d in DELIMITERS if d == "," or d in text]
    best: tuple[tuple[int, int], _Parsed, str] | None = None
    for delimiter in tried:
        parsed = _parse(path, text, delimiter)
        rank = (score(parsed.rows), sum(len(row) > 1 for row in parsed.rows))
        if best is None or rank > best[0]:
            best = rank, parsed, delimiter
    assert best is not None
    _, parsed, delimiter = best
    problem = parsed.problem or _swallowed_rows(path, parsed, delimiter)
    if problem is not None:
        raise InputError(problem)
    return Grid(path, None, parsed.rows, delimited=True)


def _decode(path: Path) -> str:
    """Return a text file's content."""
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]  # what Excel saves as "Unicode text"
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(
            Problem(
                "the file is neither UTF-8 nor Windows (cp1252) text.",
                path,
                hint="Save it again as CSV UTF-8 or as .xlsx.",
            )
        )
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InputError(
            Problem(
                "the file holds a NUL character, so it is damaged or not a text file.",
                path,
                f"line {line}",
                "Save it again as CSV UTF-8 or as .xlsx.",
            )
        )
    return text


def _named_delimiter(text: str) -> tuple[str | None, str]:
    """Return the delimiter that a first line `sep=;` names, and the text without that line."""
    first = text.split("\n", 1)[0].rstrip("\r").strip('"')
    if first[:4].casefold() == "sep=" and len(first) == 5 and first[4] in DELIMITERS:
        # Keep an empty line in its place, so that rows keep their numbers.
        return first[4], "\n" + text.split("\n", 1)[1] if "\n" in text else ""
    return None, text


class _Parsed(NamedTuple):
    """The rows under a delimiter."""

    rows: list[list[object]]
    broken: list[tuple[int, str]]
    """Cells that run over line breaks, by the number of their row."""
    problem: Problem | None
    """What stopped the reading, if anything did."""


def _parse(path: Path, text: str, delimiter: str) -> _Parsed:
    """Return the rows under a delimiter.

    Equal cells are one value: sheets repeat themselves, and long ones should not fill the memory.
    """
    parsed = _Parsed([], [], None)
    values: dict[str, object] = {}
    lines = (match[0] for match in _LINE.finditer(text))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for number, row in enumerate(reader, start=1):
            for cell in row:
                if cell not in values:
                    values[cell] = _value(cell)
                if "\n" in cell or "\r" in cell:
                    parsed.broken.append((number, cell))
            parsed.rows.append([values[cell] for cell in row])
    except csv.Error as error:
        problem = Problem(
            f"quotation marks or cells are broken here ({error}).",
            path,
            f"row {len(parsed.rows) + 1} (line {reader.line_num})",
            "A quotation mark inside a quoted cell is written twice, and every opened one closes.",
        )
        return parsed._replace(problem=problem)
    return parsed


_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def _swallowed_rows(path: Path, parsed: _Parsed, delimiter: str) -> Problem | None:
    """Find a cell that has swallowed the rows after it, through a stray quotation mark.

    A cell that runs over ``k`` line breaks has swallowed ``k`` rows if it holds the delimiters
    of ``k`` whole rows; a note with line breaks and a few commas does not.
    """
    width = max((len(row) for row in parsed.rows), default=0)
    for number, cell in parsed.broken:
        breaks = len(cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
        if width > 1 and cell.count(delimiter) >= breaks * (width - 1):
            return Problem(
                f"a quoted cell holds {breaks} more row(s) of the sheet, so a quotation mark "
                "in it is probably a stray one.",
                path,
                f"row {number}",
                "Remove the stray quotation mark, or the line breaks inside the cell.",
            )
    return None


def _value(text: str) -> object:
    """Return a cell's value; text written as ``="007"`` for Excel's sake is unwrapped."""
    stripped = text.strip()
    if len(stripped) > 3 and stripped.startswith('="') and stripped.endswith('"'):
        inner = stripped[2:-1]
        if '"' not in inner:
            return text_value(inner)
    return text_value(text)
