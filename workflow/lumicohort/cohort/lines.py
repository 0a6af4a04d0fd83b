"""The rows below a header: padded, blank and repeated ones left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lumicohort.cohort.grid import Broken, Grid, column_letter
from lumicohort.cohort.table import Table, plain_text
from lumicohort.errors import Problem


def data_rows(grid: Grid, header: int, width: int) -> Iterator[tuple[int, list[object]]]:
    """Yield the rows below a header that hold anything of their own.

    Parameters
    ----------
    grid : Grid
        The sheet.
    header : int
        Index of the last header row.
    width : int
        Number of cells that every row gets at least.

    Yields
    ------
    int
        The row's number.
    list
        Its cells.
    """
    for number, values in enumerate(grid.rows[header + 1 :], start=header + 2):
        if all(value is None for value in values):
            continue
        if grid.filled and all(
            value is None or (number, i) in grid.filled for i, value in enumerate(values)
        ):
            continue  # nothing but repeats of merged cells above
        yield number, [*values, *[None] * (width - len(values))]


def cell_value(cells: Sequence[object], parts: Sequence[tuple[int, str]]) -> object:
    """Return the value of a column; one of several parts is joined by hyphens."""
    if len(parts) == 1:
        return cells[parts[0][0]]
    values = [cells[index] for index, _ in parts]
    if all(value is None for value in values):
        return None
    for (_, heading), value in zip(parts, values, strict=True):
        if isinstance(value, Broken):
            return value
        if value is None:
            return Broken(f"lacks its part `{heading}`")
    return "-".join(plain_text(value) for value in values)


def extra_headings(found: Sequence[str], mapped: set[int]) -> dict[int, str]:
    """Return the headings that we do not know, by column; those that stand twice get its letter."""
    headings: dict[int, str] = {}
    for index, heading in enumerate(found):
        if heading and index not in mapped:
            shown = " ".join(heading.split())
            taken = shown in headings.values()
            headings[index] = f"{shown} ({column_letter(index)})" if taken else shown
    return headings


def hidden_note(table: Table, number: int) -> Problem:
    """Return the note that a hidden row is read."""
    message = "the row is hidden in the file, and is read."
    return Problem(message, table.file, table.where(number), sheet=table.sheet, cell=f"{number}")
