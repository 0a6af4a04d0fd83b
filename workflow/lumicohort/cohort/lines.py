"""The rows below a header: padded, blank and repeated ones left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lumicohort.cohort.grid import Broken, Grid, column_letter
from lumicohort.cohort.headers import normal
from lumicohort.cohort.table import Row, RowNumber, Table, plain_text, quoted
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


def below_table(table: Table, key: str) -> list[Problem]:
    """Take out the last rows if they look like a legend or sums, and complain about them once.

    Parameters
    ----------
    table : Table
        The table; rows at its end that lack two or more of the values that every row needs are
        taken out, if there are others above.
    key : str
        The sheet's config key.

    Returns
    -------
    list of Problem
        One that names the rows and the key that ends the table above them, or none.
    """
    needed = _needed(table)

    end = _end(table.rows, needed)
    rows = table.rows[end:]
    if not rows or not end or any(getattr(r.number, "at", None) for r in rows):
        return []
    del table.rows[end:]
    first, last = int(rows[0].number), int(rows[-1].number)
    which = f"the last row, {first}" if first == last else f"the last rows, {first} to {last}"
    text = next((v for v in rows[0].cells.values() if v is not None), None)
    lacks = ", ".join(f"`{' '.join(h.split())}`" for h in _lacking(rows[0], needed))
    verb = "has" if first == last else "have"
    message = f"{which} ({quoted(text)}), {verb} nothing under {lacks}."
    above = table.rows[end - 1].number
    part = isinstance(above, RowNumber)  # a table of several parts
    hint = (
        f"If the table ends above (a legend, sums), say so: config key {key}.last_row: "
        f"{int(above)}{' (of this part)' if part else ''}. Otherwise fill the cells in."
    )
    where = table.where(first)
    return [Problem(message, table.file, where, hint, sheet=table.sheet, cell=f"{first}")]


def headings_again(table: Table, key: str) -> list[Problem]:
    """Take out rows that repeat the headings, and all from where another table's headings stand.

    Parameters
    ----------
    table : Table
        The table. A row of nothing but its headings (in a file put together of several, or made
        for several pages) is noted and not read.
    key : str
        The sheet's config key.

    Returns
    -------
    list of Problem
        One that names the first row that holds some of the headings and something else besides:
        a second table below the first would be read as its rows. None where there is no such row.
    """
    needed = _needed(table)
    kept: list[Row] = []
    for row in table.rows:
        if getattr(row.number, "at", None):
            return []  # a column per day, date or animal
        own = {table.places[n][1]: v for n, v in row.cells.items() if table.places[n][0] >= 0}
        filled = {h: v for h, v in {**own, **row.extra}.items() if v is not None}
        again = [h for h, v in filled.items() if normal(h) == normal(plain_text(v))]
        number = int(row.number)
        if len(again) == len(filled) > 1:
            note = "the headings stand again in this row; it is not read."
            where = table.where(number)
            table.notes.append(
                Problem(note, table.file, where, sheet=table.sheet, cell=f"{number}")
            )
        elif kept and any(h in needed.values() for h in again):
            table.rows[:] = kept[: _end(kept, needed) or len(kept)]  # without the other's title
            column = next(n for n, (_, heading) in table.places.items() if heading in again)
            message = f"the heading `{again[0]}` stands again here: another table begins."
            hint = (
                f"Say where the first one ends: config key {key}.last_row: "
                f"{int(table.rows[-1].number)}. The other is read where a sheet under `data` "
                f"names this file with header_row: {number}."
            )
            return [table.problem(row.number, column, message, hint)]
        else:
            kept.append(row)
    table.rows[:] = kept
    return []


def _needed(table: Table) -> dict[str, str]:
    """Return the columns of the sheet that need a value in every row, with their headings."""
    return {
        name: heading
        for name, (index, heading) in table.places.items()
        if index >= 0 and table.columns[name].required and not table.columns[name].blank
    }


def _lacking(row: Row, needed: dict[str, str]) -> list[str]:
    """Return the headings of the needed columns under which a row has nothing."""
    return [heading for name, heading in needed.items() if row.cells.get(name) is None]


def _end(rows: Sequence[Row], needed: dict[str, str]) -> int:
    """Return how many rows there are without those at the end that lack two values or more."""
    end = len(rows)
    while end and len(_lacking(rows[end - 1], needed)) >= 2:
        end -= 1
    return end
