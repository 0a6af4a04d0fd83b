"""Rates, intervals and verdicts from the rows of the studies."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from validation.clicks import REGIONS
from validation.finding import Outcome
from validation.flux import FluxRow
from validation.limits import LimitRow

NOMINAL = 0.01
"""False positives of a 99 % limit."""
MOST_BIAS, WITHIN, LEAST_WITHIN, LEAST_RIGHT = 0.02, 0.10, 0.95, 0.995
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Verdict:
    """A number that is required, and what came out.

    Parameters
    ----------
    what : str
        The requirement.
    found : str
        What came out.
    met : bool
        Whether it is met.
    """

    what: str
    found: str
    met: bool


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, JASA 22:209, 1927)."""
    if count == 0:
        return 0.0, 1.0
    share, z2 = hits / count, _Z**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z / (1 + z2 / count)
    half *= math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    # exactly 0 and 1 at the ends, where rounding would leave a share outside its interval
    low = 0.0 if hits == 0 else middle - half
    return low, 1.0 if hits == count else middle + half


def quantiles(values: Iterable[float]) -> tuple[float, float, float]:
    """Return the 5 % quantile, the median and the 95 % quantile; NaN of nothing."""
    values = list(values)
    if not values:
        return (math.nan,) * 3
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return float(low), float(middle), float(high)


@dataclass(frozen=True)
class Accuracy:
    """How near a set of fluxes is to the truth.

    Parameters
    ----------
    count : int
        Fluxes.
    bias, low, high : float
        Median, 5 % and 95 % quantile of the relative error.
    within : float
        Part of them within 10 %.
    """

    count: int
    bias: float
    low: float
    high: float
    within: float


def accuracy(rows: Iterable[FluxRow]) -> Accuracy:
    """Return how near rows are to the truth."""
    errors = [r.error for r in rows]
    low, middle, high = quantiles(errors)
    within = float(np.mean([abs(e) <= WITHIN for e in errors])) if errors else math.nan
    return Accuracy(len(errors), middle, low, high, within)


def by_decade(rows: Iterable[FluxRow]) -> dict[int, list[FluxRow]]:
    """Return measured, unsaturated rows by the decade of their true flux."""
    out: dict[int, list[FluxRow]] = defaultdict(list)
    for row in rows:
        if not row.refused and not row.saturated and row.true_p_s > 0:
            out[math.floor(math.log10(row.true_p_s))].append(row)
    return dict(sorted(out.items()))


def z_scores(rows: Iterable[FluxRow]) -> list[float]:
    """Return the errors of measured, unsaturated regions in their standard errors."""
    return [r.z for r in rows if not r.refused and not r.saturated and math.isfinite(r.z)]


@dataclass(frozen=True)
class FalsePositives:
    """How often a region of an empty animal exceeds its LOD.

    Parameters
    ----------
    count, above : int
        Empty regions, and those above their LOD.
    se : float
        Standard error of the share at the nominal rate: the regions of one click share its
        background, so clicks and not regions are what is independent.
    """

    count: int
    above: int
    se: float

    @property
    def rate(self) -> float:
        """Share above the LOD."""
        return self.above / self.count if self.count else math.nan

    @property
    def met(self) -> bool:
        """Whether the share is above nominal by no more than sampling error (two SE)."""
        return self.rate <= NOMINAL + 2 * self.se


def false_positives(rows: Iterable[LimitRow]) -> FalsePositives:
    """Count empty regions above their LOD."""
    clicks: dict[int, list[bool]] = defaultdict(list)
    for row in rows:
        if row.factor == 0:
            clicks[row.click].append(row.above)
    count = sum(len(c) for c in clicks.values())
    above = sum(sum(c) for c in clicks.values())
    if not count:
        return FalsePositives(0, 0, math.nan)
    binomial = math.sqrt(NOMINAL * (1 - NOMINAL) / count)
    clustered = math.sqrt(sum((sum(c) - NOMINAL * len(c)) ** 2 for c in clicks.values())) / count
    return FalsePositives(count, above, max(binomial, clustered))


def kinds(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Return the outcomes by kind of click."""
    out: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        out[outcome.kind].append(outcome)
    return dict(out)


def verdicts(
    flux: Sequence[FluxRow], limits: Sequence[LimitRow], found: Sequence[Outcome]
) -> list[Verdict]:
    """Compare the studies with what is required of them."""
    out = []
    mice = accuracy(r for r in flux if r.region == "neuraxis" and r.judged)
    out.append(
        Verdict(
            f"above 10 × LOD, median bias of the neuraxis flux under {100 * MOST_BIAS:.0f} %",
            f"{100 * mice.bias:+.2f} % ({mice.count} mice)",
            abs(mice.bias) < MOST_BIAS,
        )
    )
    out.append(
        Verdict(
            f"of these, {100 * LEAST_WITHIN:.0f} % within {100 * WITHIN:.0f} % of the truth",
            f"{100 * mice.within:.1f} %",
            mice.within >= LEAST_WITHIN,
        )
    )
    right, silent = sum(o.right for o in found), sum(o.silent for o in found)
    out.append(
        Verdict(
            f"mice found and rightly assigned in {100 * LEAST_RIGHT:.1f} % of clicks",
            f"{100 * right / len(found):.2f} % ({right} of {len(found)})",
            right >= LEAST_RIGHT * len(found),
        )
    )
    out.append(Verdict("every miss is flagged", f"{silent} without a flag", silent == 0))
    for region in REGIONS:
        fp = false_positives(r for r in limits if r.region == region)
        out.append(
            Verdict(
                f"empty animals above the LOD, {region}: {100 * NOMINAL:.0f} % and no more than "
                f"sampling error ({100 * (NOMINAL + 2 * fp.se):.2f} %)",
                f"{100 * fp.rate:.2f} % ({fp.above} of {fp.count})",
                fp.met,
            )
        )
    return out
