"""Tables as CSV files, written whole and read again as they were."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.files.cells import NOT_ESTIMABLE, as_written, csv_cell, in_words
from lumicohort.files.whole import whole_file

if TYPE_CHECKING:
    import pandas as pd


def write_csv(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as UTF-8 CSV, whole or not at all.

    Missing values stand as ``NA``; booleans as ``true`` and ``false``; floats with as many
    digits as reproduce them exactly (up to 12 significant ones).

    Parameters
    ----------
    table : pandas.DataFrame
        The table; its index is not written.
    path : str or Path
        The file.
    """
    import pandas as pd

    out = table.copy()
    for column in out.columns:
        series = out[column]
        if pd.api.types.is_bool_dtype(series):
            out[column] = series.map({True: "true", False: "false"}).astype(object)
        elif series.dtype == object or pd.api.types.is_string_dtype(series):
            out[column] = [csv_cell(value) for value in series.astype(object).tolist()]
    with whole_file(path) as temporary:
        out.to_csv(
            temporary, index=False, na_rep=NOT_ESTIMABLE, float_format="%.12g", lineterminator="\n"
        )


def write_rows(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    path: str | Path,
    own_text: Collection[str] = (),
) -> None:
    """Write rows as :func:`write_csv` writes a table, without one and without pandas.

    Parameters
    ----------
    rows : iterable of mapping
        Values by column; one that is left out is missing. A column holds one kind of values:
        whole numbers beside missing ones are whole numbers still.
    columns : sequence of str
        The columns, in order.
    path : str or Path
        The file.
    own_text : collection of str, optional
        Columns that hold only text of ours (``+12 days``), left as they are.
    """
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(in_words(rows, columns, own_text))


def lines_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return rows as they stand in a table of :func:`write_rows`.

    Processes that share the work of a large table each put their own rows into words: texts go
    from one to the other far faster than values do.
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(in_words(rows, columns))
    return out.getvalue()


def write_lines(lines: Iterable[str], columns: Sequence[str], path: str | Path) -> None:
    """Write a table of which :func:`lines_of` made the rows, in pieces of one or more."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerow(columns)
        out.writelines(lines)


def read_csv(
    path: str | Path,
    text: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    only: tuple[str, str] | None = None,
) -> pd.DataFrame:
    """Read a table that :func:`write_csv` wrote.

    Parameters
    ----------
    path : str or Path
        The file.
    text : sequence of str, optional
        Further columns to keep as text. Ids, arms, models and every other column of words
        listed in :data:`TEXT_COLUMNS` are kept as text anyhow (``007`` stays ``007``).
    columns : sequence of str, optional
        Columns that are read, those of them that there are; all where none are given. A large
        table takes memory and time by its columns.
    only : tuple of str, optional
        A text column and the value there of the rows that are kept: the others, of a large table
        the most, are never all in memory. A table without that column is read whole.

    Returns
    -------
    pandas.DataFrame
        Text columns hold ``str`` (an empty cell is ``""``); ``true``/``false`` columns hold
        booleans; ``NA`` is missing.
    """
    import pandas as pd

    header = list(pd.read_csv(path, nrows=0, encoding="utf-8").columns)
    if columns is not None:
        header = [name for name in header if name in columns]
    wanted = {c: str for c in header if c in TEXT_COLUMNS or c in text}
    keep = {c: [NOT_ESTIMABLE] if c not in wanted else [] for c in header}
    read: Any = partial(pd.read_csv, path, keep_default_na=False, na_values=keep, encoding="utf-8")
    # The parser holds all columns of what it reads at once, whether they are asked for or not.
    parts = read(usecols=header, dtype=wanted, chunksize=_ROWS_AT_ONCE)
    table, mixed = _joined(parts, wanted, only if only is not None and only[0] in header else None)
    if mixed:  # numbers in one part, words in another: words in all
        again = read(usecols=mixed, dtype=str)
        for column in mixed:
            table[column] = again[column].loc[table.index]
    for column in table.columns:
        if table[column].dtype == object and column not in wanted:
            values = set(table[column].dropna())
            if values and values <= {"true", "false"}:
                table[column] = table[column].map({"true": True, "false": False})
    return table


_ROWS_AT_ONCE = 10_000


def _joined(
    parts: Iterable[pd.DataFrame], words: Collection[str], only: tuple[str, str] | None
) -> tuple[pd.DataFrame, list[str]]:
    """Return the parts of a table as one, with the rows that are kept.

    And the columns that hold numbers in some parts and something else in others. Columns of words
    hold them as they were before :func:`harmless`, each word once in memory.
    """
    import numpy as np
    import pandas as pd

    columns: dict[str, list[Any]] = {}
    index = []
    known: dict[str, str] = {}
    for part in parts:
        arrays = {str(name): part[name].to_numpy() for name in part}
        for name in words:
            known.update({w: as_written(w) for w in {*arrays[name]} - known.keys()})
            # a list without values would become a column of numbers
            arrays[name] = np.array([known[w] for w in arrays[name]], dtype=object)
        kept = slice(None) if only is None else arrays[only[0]] == only[1]
        index.append(part.index[kept].to_numpy())
        for name, array in arrays.items():
            columns.setdefault(name, []).append(array[kept])
    joined, mixed = {}, []
    for name, found in columns.items():
        kinds = {array.dtype.kind for array in found}
        if "O" in kinds and kinds & set("iuf"):
            mixed.append(name)
        if "b" in kinds and len(kinds) > 1:  # beside NA of another part, as beside that of its own
            found = [array.astype(object) for array in found]
        joined[name] = np.concatenate(found)
        columns[name] = []
    rows = pd.RangeIndex(sum(map(len, index))) if only is None else np.concatenate(index)
    return pd.DataFrame(joined, index=rows, copy=False), mixed


TEXT_COLUMNS = frozenset(
    (
        "animal_id",
        "model",
        "arm",
        "reference",
        "batch",
        "click",
        "region",
        "view",
        "flags",
        "reason",
        "rule",
        "what",
        "id",
        "file",
        "row",
        "end_reason",
        "cage",
        "sex",
        "strain",
        "experiment",
        "stratum",
        "test",
        "method",
        "measure",
        "stratified_by",
        "roi_method",
        "source",
        "acquired_at",
        "date",
        "roi_label",
        "check",
        "expected",
        "found",
        "agent",
        "route",
        "name",
        "note",
        "software",
        "quantity",
        "birth_date",
        "inoculation_date",
        "end_date",
        "scheduled",
        "caption",
        "adjusted_for",
        "clustered_by",
        "term",
        "cause",
    )
)
"""Columns that are text in every table of the results contract."""
