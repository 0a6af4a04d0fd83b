"""Finding exported Measurements tables, whatever their files are called."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from lumicohort.errors import InputError, Problem
from lumicohort.living_image.folders import MARKS, natural_key
from lumicohort.living_image.measurements_headings import find_columns
from lumicohort.living_image.measurements_workbook import is_workbook

ENDINGS = frozenset({".csv", ".tsv", ".txt", ".tab", ".asc", ""})
"""Endings of files that may hold a table."""

_SNIFFED_BYTES = 65_536
_DEPTH = 4


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
    return list(_search(Path(folder), 0))


def _search(folder: Path, depth: int) -> Iterator[Path]:
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
        if child.is_dir() and depth < _DEPTH:
            yield from _search(child, depth + 1)
        elif child.is_file() and is_measurements(child):
            yield child


def is_measurements(path: Path) -> bool:
    """Tell whether a file is an exported Measurements table, by its headings."""
    if is_workbook(path):
        stat = path.stat()
        return _workbook_is(path, stat.st_size, stat.st_mtime_ns)
    if path.suffix.casefold() not in ENDINGS:
        return False
    with path.open("rb") as stream:
        start = stream.read(_SNIFFED_BYTES)
    utf16 = start[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = start.decode("utf-16" if utf16 else "latin-1", errors="replace")
    text = text.replace("\0", "")  # UTF-16 that does not say so: found here, refused by its reader
    return any(
        find_columns([cell.strip('" \ufeff') for cell in _bare(line).split(mark)]) is not None
        for line in text.splitlines()
        for mark in ",;\t|"
        if mark in line
    )


@lru_cache(maxsize=1024)
def _workbook_is(path: Path, _size: int, _time: int) -> bool:
    """Tell whether a workbook is such a table; one that cannot be read is none."""
    from lumicohort.cohort.workbooks import read_workbook

    try:
        rows = read_workbook(path, None).rows
    except InputError:
        return False
    return any(find_columns(row) is not None for row in rows)


def _bare(line: str) -> str:
    """Return a line without the byte order mark that Latin-1 shows as three letters."""
    return line.removeprefix("\u00ef\u00bb\u00bf")
