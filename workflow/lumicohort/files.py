"""Writing files whole or not at all, and tables that no spreadsheet can execute.

Every output of the package goes through this module: a reader never meets a half-written
file, and a cell from a user's sheet never becomes a live formula.
"""

from __future__ import annotations

import csv
import glob
import hashlib
import io
import json
import os
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

NOT_ESTIMABLE = "NA"
"""How a value that cannot be estimated stands in every table we write."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path that takes the place of `path` only if the block succeeds.

    The temporary file lies beside `path` and keeps its suffix, so libraries that choose a
    format by suffix work; the replacement is atomic on one file system.

    Parameters
    ----------
    path : str or Path
        The file to write. Missing parent folders are made.

    Yields
    ------
    Path
        Where to write.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        put(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def put(temporary: Path, path: Path) -> None:
    """Put a written file in the place of another, such that a power cut leaves one of the two.

    Parameters
    ----------
    temporary : Path
        The file, on the same file system.
    path : Path
        Its place. What lies there is replaced.
    """
    # Otherwise the name may reach the disk before the content, which leaves an empty file.
    with temporary.open("rb") as stream:
        os.fsync(stream.fileno())
    temporary.replace(path)


LEFTOVER_S = 3600.0
"""Age (seconds) at which a temporary file is one of a process that was killed."""


def _remove_leftovers(path: Path) -> None:
    """Remove temporary files of `path` that a killed process left behind."""
    for other in path.parent.glob(f".{glob.escape(path.stem)}.????????{glob.escape(path.suffix)}"):
        try:
            if time.time() - other.stat().st_mtime > LEFTOVER_S:
                other.unlink()
        except OSError:
            continue  # another process was faster, or it is not ours to remove


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path` only if the block succeeds.

    Parameters
    ----------
    path : str or Path
        The folder to make. An existing folder of that name is replaced at the end.

    Yields
    ------
    Path
        The folder to fill.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield temporary
        temporary.chmod(0o755)
        if path.exists():
            shutil.rmtree(path)
        temporary.replace(path)
    finally:
        if temporary.exists():
            shutil.rmtree(temporary)


def harmless(text: str) -> str:
    """Return the text so that no spreadsheet program takes it for a formula.

    Text from a user's sheet that starts like a formula (and is not a number) gets a
    leading apostrophe, as spreadsheet programs themselves mark text; NULs and other
    control characters go. A no-break space, or another of a width of its own, becomes a plain
    one, as where sheets are read: two words never run together.

    Parameters
    ----------
    text : str
        A cell's text.

    Returns
    -------
    str
        The text, harmless.
    """
    if not text.isprintable():
        # Python counts only the plain one among the spaces (category Zs) as printable.
        text = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
        text = "".join(c for c in text if c == "\n" or c.isprintable())
    return "'" + text if _like_a_formula(text) else text


def _like_a_formula(text: str) -> bool:
    """Return whether a text, apostrophes before it aside, starts like a formula."""
    bare = text.lstrip("'")
    if not bare.startswith(_FORMULA_STARTS):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False


def _as_written(text: str) -> str:
    """Return a cell's text without the apostrophe that :func:`harmless` put before it."""
    return text[1:] if text.startswith("'") and _like_a_formula(text[1:]) else text


def write_csv(table: pd.DataFrame, path: str | Path, own_text: Sequence[str] = ()) -> None:
    """Write a table as UTF-8 CSV, whole or not at all.

    Missing values stand as ``NA``; booleans as ``true`` and ``false``; floats with as many
    digits as reproduce them exactly (up to 12 significant ones).

    Parameters
    ----------
    table : pandas.DataFrame
        The table; its index is not written.
    path : str or Path
        The file.
    own_text : sequence of str, optional
        Columns that hold only text of ours (``+12 days``), left as they are.
    """
    import pandas as pd

    out = table.copy()
    for column in out.columns:
        series = out[column]
        if pd.api.types.is_bool_dtype(series):
            out[column] = series.map({True: "true", False: "false"}).astype(object)
        elif series.dtype == object or pd.api.types.is_string_dtype(series):
            out[column] = [
                _cell(value, column in own_text) for value in series.astype(object).tolist()
            ]
    with whole_file(path) as temporary:
        out.to_csv(
            temporary, index=False, na_rep=NOT_ESTIMABLE, float_format="%.12g", lineterminator="\n"
        )


def write_rows(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], path: str | Path) -> None:
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
    """
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(_in_words(rows, columns))


def lines_of(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return rows as they stand in a table of :func:`write_rows`.

    Processes that share the work of a large table each put their own rows into words: texts go
    from one to the other far faster than values do.
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(_in_words(rows, columns))
    return out.getvalue()


def write_lines(lines: Iterable[str], columns: Sequence[str], path: str | Path) -> None:
    """Write a table of which :func:`lines_of` made the rows, in pieces of one or more."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerow(columns)
        out.writelines(lines)


def _in_words(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    """Return each row's cells as they stand in a CSV."""
    left = iter(rows)
    # column by column, of so many rows that their texts take little memory
    while some := list(islice(left, 1000)):
        texts = [_texts([row.get(column) for row in some]) for column in columns]
        yield from zip(*texts, strict=True)


def _texts(values: Sequence[Any]) -> Iterable[str]:
    """Return the values of a column as they stand in a CSV.

    A column mostly holds one kind of values, and words that come again and again.
    """
    kinds = {type(value) for value in values}
    if kinds == {float}:
        return [_number(value) for value in values]
    if kinds == {str}:
        written = {value: harmless(value) for value in set(values)}
        return [written[value] for value in values]
    return [_text(value) for value in values]


def _number(value: float) -> str:
    return f"{value:.12g}" if value == value else NOT_ESTIMABLE


def _text(value: Any) -> str:
    """Return one value as it stands in a CSV."""
    if isinstance(value, str):
        return harmless(value) if value else ""
    if value is None or value != value:
        return NOT_ESTIMABLE
    if isinstance(value, float):
        return _number(value)
    if hasattr(value, "item"):  # numpy's numbers and booleans
        return _text(value.item())
    return str(_cell(value, False))


def _cell(value: Any, ours: bool) -> Any:
    """Return one object cell ready for CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and not ours:
        return harmless(value)
    return value


def read_csv(
    path: str | Path, text: Sequence[str] = (), columns: Sequence[str] | None = None
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
    table = pd.read_csv(
        path,
        usecols=header,
        dtype=wanted,
        keep_default_na=False,
        na_values=keep,
        encoding="utf-8",
    )
    for column in wanted:
        table[column] = [_as_written(value) for value in table[column]]
    for column in table.columns:
        if table[column].dtype == object and column not in wanted:
            values = set(table[column].dropna())
            if values and values <= {"true", "false"}:
                table[column] = table[column].map({"true": True, "false": False})
    return table


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


def write_text(pieces: Iterable[str], path: str | Path) -> None:
    """Write a text as UTF-8, whole or not at all.

    Parameters
    ----------
    pieces : iterable of str
        The text in order. Where they are made one after another, it never stands in memory whole.
    path : str or Path
        The file.
    """
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(pieces)


def write_json(value: Any, path: str | Path) -> None:
    """Write a value as indented JSON, its keys in their own order, whole or not at all."""
    with whole_file(path) as temporary:
        text = json.dumps(value, indent=2, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's content as hexadecimal digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
