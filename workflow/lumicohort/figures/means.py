"""The arms' means that burden panels draw, and the words of the flux axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lumicohort.figures.texts import STUCK
from lumicohort.figures.words import QUANTITIES, REGIONS

if TYPE_CHECKING:
    import pandas as pd

Mean = Literal["geometric", "arithmetic"]


FEWEST = 3
"""Error bars are drawn from so many animals on: the 95% CI of two spans decades."""


def flux_label(quantity: str, region: str, unit: str = "p/s") -> str:
    """Return the label of a flux axis: quantity, region and unit (all are photons a second)."""
    name = QUANTITIES.get(quantity, quantity)
    return f"{name}, {REGIONS.get(region, region)} ({unit})"


def mean_words(mean: Mean, bars: bool = True) -> str:
    """Return which mean and which error bar, in words."""
    if not bars:
        return f"{mean} mean"
    return f"geometric mean, 95%{STUCK}CI" if mean == "geometric" else "arithmetic mean ± SEM"


def arm_means(days: pd.DataFrame, arm: str, mean: Mean) -> pd.DataFrame:
    """Return an arm's means with the ends of their error bars.

    Parameters
    ----------
    days : pandas.DataFrame
        Rows of ``burden_days.csv`` of one model and region.
    arm : str
        The arm.
    mean : {'geometric', 'arithmetic'}
        Geometric mean with 95% CI, or arithmetic mean with SEM.

    Returns
    -------
    pandas.DataFrame
        Columns day, n, n_below_lod, mean, lower, upper (p/s); limits are NaN for fewer than
        :data:`FEWEST` animals.
    """
    import pandas as pd

    rows = days[days["arm"] == arm].sort_values("day")
    if mean == "geometric":
        middle = rows["geometric_mean_p_s"].astype(float)
        low = rows["geometric_lower_95_p_s"].astype(float)
        high = rows["geometric_upper_95_p_s"].astype(float)
    else:
        middle = rows["mean_p_s"].astype(float)
        sem = rows["sem_p_s"].astype(float)
        low, high = middle - sem, middle + sem
    enough = rows["n"].astype(int) >= FEWEST
    low, high = low.where(enough), high.where(enough)
    return pd.DataFrame(
        {
            "day": rows["day"].astype(float),
            "n": rows["n"].astype(int),
            "n_below_lod": rows["n_below_lod"].astype(int),
            "mean": middle,
            "lower": low,
            "upper": high,
        }
    ).reset_index(drop=True)
