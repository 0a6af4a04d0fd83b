"""Which arms an endpoint panel compares on which day, and by how much they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.figures.means import Mean
from lumicohort.figures.style import ArmLook
from lumicohort.tables.sources import primary

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Column:
    """One column of dots: an arm on a day."""

    look: ArmLook
    day: float


@dataclass(frozen=True, slots=True)
class EndpointData:
    """What one endpoint panel draws, for one model and region.

    Parameters
    ----------
    flux : pandas.DataFrame
        Values as :func:`lumicohort.figures.data.load` gives them.
    comparisons : pandas.DataFrame
        Rows of ``burden_endpoint.csv``.
    days : pandas.DataFrame
        Rows of ``burden_days.csv``, for the means and their error bars.
    region, quantity : str
        What is drawn, as the config names it.
    mean : {'geometric', 'arithmetic'}
        Geometric mean with 95% CI, or arithmetic mean with SEM.
    limits : tuple of float, optional
        Limits of the flux axis in p/s.
    smallest_p : float
        Smaller p-values are printed as less than this.
    p_adjust : str
        How p-values of several comparisons are adjusted.
    unit : str
        How the unit of flux is written.
    absent : frozenset of str
        Arms that have no animal of this model, not even one that was left out: they get no column.
    """

    flux: pd.DataFrame
    comparisons: pd.DataFrame
    days: pd.DataFrame
    region: str
    quantity: str
    mean: Mean = "geometric"
    limits: tuple[float, float] | None = None
    smallest_p: float = 1e-4
    p_adjust: str = "holm"
    unit: str = "p/s"
    absent: frozenset[str] = frozenset()


def rows_on_day(flux: pd.DataFrame, day: float) -> pd.DataFrame:
    """Return the rows that count for a scheduled day, by animal.

    Parameters
    ----------
    flux : pandas.DataFrame
        Values as :func:`lumicohort.figures.data.load` gives them, of one region.
    day : float
        The scheduled day.
    """
    return flux[flux["on_day"].astype(float) == day].sort_values("animal_id", kind="stable")


def compared(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with a value that can be compared: one that is not positive cannot."""
    return rows[rows["value_p_s"] > 0]


def endpoint_columns(data: EndpointData, looks: Sequence[ArmLook]) -> list[Column]:
    """Return the columns of dots: every arm on the day on which it is compared.

    Arms compared on different days get a column of the reference for each of these days.
    Without any comparison, the last day with an image of each arm is drawn.
    """
    by_arm = {look.arm: look for look in looks}
    known = data.comparisons
    known = known[known["day"].notna()] if len(known) else known
    days: dict[float, set[str]] = {}
    for _, row in known.iterrows():
        days.setdefault(float(row["day"]), set()).update((row["arm"], row["reference"]))
    shown = set().union(*days.values()) if days else set()
    for arm, rows in data.flux.groupby("arm"):
        if arm not in shown:
            last = float(rows["on_day"].astype(float).max())
            days.setdefault(last, set()).add(str(arm))
    columns = []
    for day in sorted(days):
        drawn = days[day] - data.absent
        columns += [Column(by_arm[look.arm], day) for look in looks if look.arm in drawn]
    return columns


def compared_pairs(data: EndpointData, columns: Sequence[Column]) -> pd.DataFrame:
    """Return the comparisons that are drawn, one a pair of arms."""
    rows = data.comparisons
    if rows.empty:
        return rows
    rows = primary(rows)
    there = {(column.look.arm, column.day) for column in columns}
    keep = [
        (r["arm"], float(r["day"])) in there and (r["reference"], float(r["day"])) in there
        for _, r in rows.iterrows()
    ]
    return rows[keep].drop_duplicates(["arm", "reference", "day"])


def is_adjusted(tests: pd.DataFrame) -> bool:
    """Tell whether p is adjusted: the statistics compare several arms, be they drawn or not.

    Parameters
    ----------
    tests : pandas.DataFrame
        One model's rows of a table of comparisons; those marked `primary` are printed.
    """
    if tests.empty or "p_adjusted" not in tests.columns:
        return False
    return bool(primary(tests)["arm"].nunique() > 1)


def reduction(row: pd.Series, mean: Mean) -> tuple[float, float, float]:
    """Return the reduction against the reference in percent, with its 95% CI.

    Parameters
    ----------
    row : pandas.Series
        A row of ``burden_endpoint.csv``.
    mean : {'geometric', 'arithmetic'}
        Whose ratio; NaN where the table does not have it.

    Returns
    -------
    tuple of float
        Reduction, lower and upper limit in percent; NaN where not estimable.
    """
    names = (
        ("geometric_ratio", "geometric_ratio_upper_95", "geometric_ratio_lower_95")
        if mean == "geometric"
        else ("reduction_percent", "reduction_lower_95", "reduction_upper_95")
    )
    first, second, third = (float(row.get(name, math.nan)) for name in names)
    if mean == "arithmetic":
        return first, second, third
    return 100 * (1 - first), 100 * (1 - second), 100 * (1 - third)
