"""Rows of large tables one after another: as mappings they take ten times the table's memory."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def table_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Return rows as a table, without ever holding them all.

    Parameters
    ----------
    rows : iterable of mapping
        Values by column; one that is left out is missing.
    columns : sequence of str
        The columns, in order.

    Returns
    -------
    pandas.DataFrame
        The table that ``pandas.DataFrame(list(rows), columns=columns)`` would be.
    """
    import numpy as np
    import pandas as pd

    # A number takes 8 bytes in an array, and 32 in a list; columns of other things are lists.
    values: dict[str, list[Any] | array[float]] = {name: array("d") for name in columns}
    known: dict[str, str] = {}  # a text that comes again and again is kept once
    for row in rows:
        for name, column in values.items():
            value = row.get(name, math.nan)
            if isinstance(value, str):
                value = known.setdefault(value, value)
            if isinstance(column, array) and not isinstance(value, float):
                column = values[name] = column.tolist()
            column.append(value)
    found: dict[str, Any] = {}
    for name, column in values.items():
        found[name] = np.asarray(column) if isinstance(column, array) else column
    return pd.DataFrame(found, columns=list(columns))


def rows_of(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table one after another, values by column."""
    names = [str(name) for name in table.columns]
    for values in table.itertuples(index=False, name=None):
        yield dict(zip(names, values, strict=True))
