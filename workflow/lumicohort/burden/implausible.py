"""Flux that neither the other animals nor the animal's own course make likely: told, not left out.

A value is doubted where both of two things hold.

1. It lies far from the others of its arm on that day (from all others of the model where the arm
   has too few): at least :data:`FOLD` times their median, and beyond the limit of Iglewicz and
   Hoaglin (How to detect and handle outliers, 1993): more than 3.5 scaled median absolute
   deviations from the median. Both are of log10 flux, as flux spreads by factors; the value itself
   is not among those that it is measured by.
2. Its own course does not explain it. Since the animal's image before it rose :data:`FOLD` times
   more than the others did and threefold more than by a doubling a day, and the next image does
   not bear it out; a rise faster than two doublings a day is doubted whatever follows (L1210
   leukaemia, among the fastest, doubles in about half a day: Skipper et al., Cancer Chemother Rep
   35:1, 1964). A first image must be 10 times further off, and 1,000 times where the next bears it
   out: tumours take unequally. A low value is doubted between two images both :data:`FOLD` times
   higher, as without luciferin; tumours that shrink or never took are not.

The second part is for arms of which some animals are cured and others relapse. Of 3,000 simulated
studies (``tests/burden/implausible_studies.py``: 2 to 4 arms of 3 to 12 animals, SD of log10 flux
between animals 0.3 to 0.9; in a third of them tumours that never took, in another cures and
relapses) 1 had a doubted value; of single values that were multiplied by 1,000, 68 % were found, by
a million 97 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

FOLD = 100.0
"""So many times the others' median, or their change, a value must be."""
_FAR = math.log10(FOLD)
_ROBUST = 3.5
_SCALE = 1.4826  # of a median absolute deviation, to a standard deviation
_OTHERS = 3  # animals that a median and its deviation need
_DOUBLING = math.log10(2)  # a day
_NOISE = 0.5  # of two images, beyond a doubling a day
_BORNE_OUT = 1.0  # the next image is not below a tenth

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Doubt:
    """A flux that is hard to believe.

    Attributes
    ----------
    animal_id, model, arm : str
        The animal.
    day, on_day : float
        When it was imaged, and the scheduled day for which the image counts.
    flux_p_s : float
        The value.
    fold : float
        How many times the median of the others it is.
    of_arm : bool
        Whether those are of its arm; else of its model.
    change : float
        How many times its own value before it is (of a low one: how much lower than both
        neighbours); NaN where there is none.
    days : float
        Days since that value.
    """

    animal_id: str
    model: str
    arm: str
    day: float
    on_day: float
    flux_p_s: float
    fold: float
    of_arm: bool
    change: float
    days: float

    @property
    def words(self) -> str:
        """What is odd, to stand after the value."""
        others = "the median of the others of its arm" if self.of_arm else "the others' median"
        if self.fold < 1:
            return (
                f"{1 / self.fold:,.0f} times less than {others} that day and "
                f"{1 / self.change:,.0f} times less than the animal gave before and after"
            )
        text = f"{self.fold:,.0f} times {others} that day"
        if math.isnan(self.change):
            return text
        days = "a day" if self.days == 1 else f"{self.days:g} days"
        return f"{text} and {self.change:,.0f} times the animal's own {days} before"


def doubted(values: pd.DataFrame) -> list[Doubt]:
    """Return the values of one region that are hard to believe.

    Parameters
    ----------
    values : pandas.DataFrame
        Rows animal_id, model, arm, day, on_day, value_p_s; what is not positive is not looked at.

    Returns
    -------
    list of Doubt
        In the order of models, days and rows.
    """
    there = values[values["value_p_s"] > 0]
    out: list[Doubt] = []
    for _, rows in there.groupby("model", sort=False, observed=True):
        out += _of_model(rows)
    return out


class _Model:
    """The values of one model, each animal's in the order of days."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.rows = rows.sort_values(["animal_id", "on_day"], kind="stable").reset_index(drop=True)
        self.animal = self.rows["animal_id"].astype(str).to_numpy()
        self.arm = self.rows["arm"].astype(str).to_numpy()
        self.day = self.rows["on_day"].to_numpy(float)
        self.log = np.log10(self.rows["value_p_s"].to_numpy(float))
        same = self.animal[1:] == self.animal[:-1]
        self.has_before = np.concatenate(([False], same))
        self.has_next = np.concatenate((same, [False]))
        self._place = {key: i for i, key in enumerate(zip(self.animal, self.day, strict=True))}

    def change(self, animals: Sequence[str], start: float, end: float) -> float:
        """Return the median change of animals between two days; 0 where none has both."""
        places = [
            (self._place[a, end], self._place[a, start])
            for a in animals
            if (a, end) in self._place and (a, start) in self._place
        ]
        return float(np.median([self.log[i] - self.log[j] for i, j in places])) if places else 0.0


def _of_model(rows: pd.DataFrame) -> list[Doubt]:
    """Return the doubts of one model, by day."""
    model = _Model(rows)
    out = []
    for day in np.unique(model.day):
        today = np.flatnonzero(model.day == day)
        centre = float(np.median(model.log[today]))
        for arm in dict.fromkeys(model.arm[today]):
            mine = today[model.arm[today] == arm]
            near = sorted((centre, float(np.median(model.log[mine]))))
            # Leaving the value itself out of its median hardly moves it beyond half the way.
            x = model.log[mine]
            far = (x - near[0] >= _FAR / 2) | (near[1] - x >= _FAR / 2)
            out += [d for i in mine[far] if (d := _doubt(model, int(i), mine, today))]
    return out


def _doubt(model: _Model, i: int, mine: NDArray[np.intp], today: NDArray[np.intp]) -> Doubt | None:
    """Return the doubt of one value, if there is any."""
    others = mine[mine != i]
    of_arm = len(others) >= _OTHERS
    if not of_arm:
        others = today[today != i]
    if len(others) < _OTHERS:
        return None
    x, logs = model.log[i], model.log[others]
    centre = float(np.median(logs))
    spread = _SCALE * float(np.median(np.abs(logs - centre)))
    distance = float(x - centre)
    if abs(distance) < max(_FAR, _ROBUST * spread):
        return None
    changed = _rise if distance > 0 else _dip
    change, days = changed(model, i, distance, list(model.animal[others]))
    if days < 0:
        return None
    row = model.rows.iloc[i]
    return Doubt(
        str(row["animal_id"]),
        str(row["model"]),
        str(row["arm"]),
        float(row["day"]),
        float(row["on_day"]),
        float(row["value_p_s"]),
        10**distance,
        of_arm,
        10**change,
        days,
    )


_EXPLAINED = (math.nan, -1.0)
"""What is returned of a value that its course explains."""


def _rise(model: _Model, i: int, distance: float, others: Sequence[str]) -> tuple[float, float]:
    """Return log10 of the rise and its days; NaN and 0 where no image was before."""
    x = model.log[i]
    borne_out = bool(model.has_next[i]) and model.log[i + 1] >= x - _BORNE_OUT
    if not model.has_before[i]:
        least = _FAR + (3 if borne_out else 1)
        return (math.nan, 0.0) if distance >= least else _EXPLAINED
    rise, days = float(x - model.log[i - 1]), float(model.day[i] - model.day[i - 1])
    usual = max(0.0, model.change(others, model.day[i - 1], model.day[i]))
    if rise < usual + _FAR or rise <= _DOUBLING * days + _NOISE:
        return _EXPLAINED
    if borne_out and rise <= 2 * _DOUBLING * days:
        return _EXPLAINED
    return rise, days


def _dip(model: _Model, i: int, distance: float, others: Sequence[str]) -> tuple[float, float]:
    """Return log10 of a fall between two higher images, and the days since the one before."""
    if not (model.has_before[i] and model.has_next[i]):
        return _EXPLAINED
    fall = float(model.log[i] - min(model.log[i - 1], model.log[i + 1]))
    return (fall, float(model.day[i] - model.day[i - 1])) if fall <= -_FAR else _EXPLAINED
