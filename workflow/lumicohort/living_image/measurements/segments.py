"""The tables of one exported file: several under each other, titles, footers and summary lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lumicohort.living_image.measurements.headings import Columns, find_columns

Row = tuple[int, list[object]]
"""A row's number, as spreadsheet programs count, and its cells."""

_SUMMARIES = frozenset(
    """mean;average;avg;arithmetic mean;geometric mean;geomean;median;min;minimum;max;maximum;sum;
total;count;n;cv;cv%;%cv;sd;s.d;stdev;st dev;st.dev;std;std dev;std. dev;stddev;sem;s.e.m;se;
standard deviation;standard error;variance;mittelwert;standardabweichung;moyenne;ecart type;
écart type;écart-type;promedio;media;desviación estándar;deviazione standard;平均;标准差;標準偏差;
평균;표준편차""".replace("\n", "").split(";")
)
"""What stands beside the numbers that somebody, or a program, added below a table."""


def segments(rows: Sequence[list[object]]) -> Iterator[tuple[int, Columns, list[Row]]]:
    """Yield the tables of a file.

    Parameters
    ----------
    rows : sequence of list
        The file's cells; None where one is blank.

    Yields
    ------
    header : int
        Row of the header.
    columns : Columns
        What it says.
    rows : list of Row
        The rows below it: no blank ones, no titles of the next table, no footers.
    """
    current: tuple[int, Columns, list[Row]] | None = None
    for number, row in enumerate(rows, start=1):
        columns = find_columns(row)
        if columns is not None:
            if current is not None:
                yield current[0], current[1], _without_titles(current[2], before_header=True)
            current = (number, columns, [])
        elif current is not None:
            current[2].append((number, row))
    if current is not None:
        yield current[0], current[1], _without_titles(current[2], before_header=False)


def is_summary(columns: Columns, cells: Sequence[object]) -> bool:
    """Tell whether a row is a mean, standard deviation or the like, of no image.

    Parameters
    ----------
    columns : Columns
        What the header says.
    cells : sequence
        The row.

    Returns
    -------
    bool
        Whether a cell of text says so, and no image is named besides.
    """
    at = columns.at.get("image_number", -1)
    image = cells[at] if 0 <= at < len(cells) else None
    named = [cell for cell in cells if cell is not None] if image is None else [image]
    return any(str(c).strip().rstrip(":.").strip().casefold() in _SUMMARIES for c in named)


def _filled(row: Sequence[object]) -> int:
    return sum(cell is not None for cell in row)


def _without_titles(rows: list[Row], before_header: bool) -> list[Row]:
    """Return the rows of data: no blank ones, no titles of the next table, no footers.

    A line of one or two cells is a title or footer where a blank row stands between it and the
    data, or where it stands straight above the next header; elsewhere it is a row cut off.
    """
    kept: list[Row] = []
    after_blank = False
    for row in rows:
        filled = _filled(row[1])
        if not filled:
            after_blank = bool(kept)
        elif filled > 2 or not after_blank:
            kept.append(row)
            after_blank = False
    while before_header and kept and _filled(kept[-1][1]) <= 2:
        kept.pop()
    return kept
