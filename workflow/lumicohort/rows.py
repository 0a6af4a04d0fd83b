"""Rows of large tables one after another: as mappings they take ten times the table's memory."""

from __future__ import annotations

import math
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
    import pandas as pd

    values: dict[str, list[Any]] = {name: [] for name in columns}
    for row in rows:
        for name, column in values.items():
            column.append(row.get(name, math.nan))
    return pd.DataFrame(values, columns=list(columns))


def rows_of(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table one after another, values by column."""
    names = [str(name) for name in table.columns]
    for values in table.itertuples(index=False, name=None):
        yield dict(zip(names, values, strict=True))
