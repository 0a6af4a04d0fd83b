"""Finding exported Measurements tables, whatever their files are called."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.folders import DEPTH, MARKS, natural_key
from lumicohort.living_image.measurements.headings import find_columns
from lumicohort.living_image.measurements.workbook import is_workbook

ENDINGS = frozenset({".csv", ".tsv", ".txt", ".tab", ".asc", ""})
"""Endings of files that may hold a table."""

_LIGHT = ("flux", "radiance", "photon", "emission", "luminesc", "roi")
_MARKS = ",;\t|"
_SNIFFED_BYTES = 65_536


def find_tables(folder: str | Path) -> list[Path]:
    """Return the exported Measurements tables of a batch, whatever they are called.

    Parameters
    ----------
    folder : str or Path
        The batch. Folders inside are searched, click folders are not.

    Returns
    -------
    list of Path
        Files in natural order that hold the headings of such a table.
    """
    return [path for path in _files(Path(folder), 0) if is_measurements(path)]


def find_lookalikes(folder: str | Path) -> list[tuple[Path, str]]:
    """Return files of a batch that seem to be tables of light, and are not those that are read.

    Parameters
    ----------
    folder : str or Path
        The batch. Folders inside are searched, click folders are not.

    Returns
    -------
    list of (Path, str)
        Each file with the line that looks like headings: those of another program (Aura), or
        changed by hand.
    """
    found = []
    for path in _files(Path(folder), 0):
        if path.suffix.casefold() in ENDINGS and not is_measurements(path):
            pairs = zip(lines := _lines(path), lines[1:], strict=False)
            heads = (one for one, two in pairs if any(_heads(one, two, mark) for mark in _MARKS))
            found += [(path, " ".join(line.split())[:120]) for line in [next(heads, "")] if line]
    return found


def _heads(line: str, below: str, mark: str) -> bool:
    """Tell whether a line holds headings of a table of light; a sentence has no rows below it."""
    cells = [cell for cell in line.casefold().split(mark) if cell.strip()]
    of_light = sum(any(word in cell for word in _LIGHT) for cell in cells)
    clearly = any("total flux" in cell or "[p/s" in cell for cell in cells)
    return len(cells) > 2 and (of_light > 1 or clearly) and below.count(mark) == line.count(mark)


def _files(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the files of a batch outside its clicks, in natural order."""
    try:
        children = sorted(folder.iterdir(), key=lambda path: natural_key(path.name))
    except OSError as error:
        raise InputError(
            Problem(f"the folder cannot be listed: {error.strerror}.", folder)
        ) from None
    if any(child.name.casefold() in MARKS for child in children):
        return
    for child in children:
        if child.name.startswith((".", "__", "~$")) or child.name[:3].upper() == "BKG":
            continue
        if child.is_dir() and depth < DEPTH:
            yield from _files(child, depth + 1)
        elif child.is_file():
            yield child


def is_measurements(path: Path) -> bool:
    """Tell whether a file is an exported Measurements table, by its headings."""
    if is_workbook(path):
        return _of_workbook(path)[0]
    if path.suffix.casefold() not in ENDINGS:
        return False
    return any(
        find_columns([cell.strip('" \ufeff') for cell in line.split(mark)]) is not None
        for line in _lines(path)
        for mark in _MARKS
        if mark in line
    )


def _lines(path: Path) -> list[str]:
    """Return the first lines of a text file."""
    with path.open("rb") as stream:
        start = stream.read(_SNIFFED_BYTES)
    utf16 = start[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = start.decode("utf-16" if utf16 else "latin-1", errors="replace")
    text = text.replace("\0", "")  # UTF-16 that does not say so: found here, refused by its reader
    return [_bare(line) for line in text.splitlines()]


@lru_cache(maxsize=1024)
def _workbook(path: Path, _size: int, _time: int) -> tuple[bool, str]:
    """Tell whether a worksheet of a workbook is such a table, or why that cannot be told."""
    from lumicohort.cohort.workbooks import read_workbook, visible_worksheets

    try:
        sheets = [read_workbook(path, name).rows for name in visible_worksheets(path)]
    except InputError as error:
        return False, error.problems[0].message
    return any(find_columns(row) is not None for rows in sheets for row in rows), ""


def find_unreadable(folder: str | Path) -> list[tuple[Path, str]]:
    """Return the workbooks of a batch that cannot be read, and why: one may hold a table.

    Parameters
    ----------
    folder : str or Path
        The batch. Folders inside are searched, click folders are not.
    """
    books = [path for path in _files(Path(folder), 0) if is_workbook(path)]
    return [(path, why) for path in books if (why := _of_workbook(path)[1])]


def _of_workbook(path: Path) -> tuple[bool, str]:
    stat = path.stat()
    return _workbook(path, stat.st_size, stat.st_mtime_ns)


def _bare(line: str) -> str:
    """Return a line without the byte order mark that Latin-1 shows as three letters."""
    return line.removeprefix("\u00ef\u00bb\u00bf")
