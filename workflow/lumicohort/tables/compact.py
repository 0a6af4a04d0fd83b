"""The cells of a table of thousands of rows in little memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import overload

from lumicohort.tables.model import Cell


class CompactRows(Sequence[Mapping[str, Cell]]):
    """Rows of cells that are made when they are asked for; each row has the same columns.

    As dicts the rows of Table S1 would take two kilobytes an animal. A cell that comes again and
    again is kept once.

    Parameters
    ----------
    rows : iterable of mapping
        Cells by column key.
    """

    def __init__(self, rows: Iterable[Mapping[str, Cell]]) -> None:
        self._columns: dict[str, list[Cell]] = {}
        self._size = 0
        known: dict[Cell, Cell] = {}
        for row in rows:
            if not self._size:
                self._columns = {key: [] for key in row}
            for key, column in self._columns.items():
                column.append(known.setdefault(row[key], row[key]))
            self._size += 1

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> Mapping[str, Cell]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Mapping[str, Cell]]: ...
    def __getitem__(self, place: int | slice) -> Mapping[str, Cell] | Sequence[Mapping[str, Cell]]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(self._size))]
        return _Row(self._columns, range(self._size)[place])


class _Row(Mapping[str, Cell]):
    """One row of the columns."""

    __slots__ = ("_columns", "_place")

    def __init__(self, columns: Mapping[str, list[Cell]], place: int) -> None:
        self._columns, self._place = columns, place

    def __getitem__(self, key: str) -> Cell:
        return self._columns[key][self._place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)
