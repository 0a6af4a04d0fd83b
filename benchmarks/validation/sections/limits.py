"""The section on the limit of detection."""

from __future__ import annotations

from collections.abc import Sequence

from validation import summary
from validation.clicks import REGIONS
from validation.limits import FACTORS, LimitRow
from validation.words import percent, table


def section(rows: Sequence[LimitRow]) -> str:
    """Return the section."""
    lines = []
    groups = [
        ("all", rows),
        ("even stray light", [r for r in rows if not r.uneven]),
        ("stray light uneven across the stage", [r for r in rows if r.uneven]),
        ("bias and dark frame good", [r for r in rows if r.frames == "good"]),
        ("dark frame destroyed", [r for r in rows if r.frames == "no dark frame"]),
        ("dark frame destroyed, bias frame lost", [r for r in rows if r.frames == "neither frame"]),
    ]
    for region in REGIONS:
        for name, some in groups:
            fp = summary.false_positives(r for r in some if r.region == region)
            low, high = summary.wilson(fp.above, fp.count)
            lines.append(
                [
                    region,
                    name,
                    str(fp.count),
                    str(fp.above),
                    percent(fp.rate, 2),
                    f"{percent(low, 2)} to {percent(high, 2)}",
                    percent(summary.NOMINAL + 2 * fp.se, 2),
                ]
            )
    power = []
    for factor in FACTORS:
        seen = [r.above for r in rows if r.factor == factor]
        if seen:
            low, high = summary.wilson(sum(seen), len(seen))
            share = sum(seen) / len(seen)
            power.append(
                [
                    f"{factor:g}",
                    str(len(seen)),
                    percent(share),
                    f"{percent(low)} to {percent(high)}",
                ]
            )
    return f"""## Limit of detection

Animals that do not glow at all, on beds with stray light and dark charge, at binning 4, 8 and 16
and exposures of 5 to 180 s, as often with good frames as without a dark frame and with neither: how
often does a region's net flux exceed its 99 % limit? Nominal is 1 %. The interval is binomial; the
last column is nominal and two standard errors more, with the clicks (not their animals, which share
one background) as what is independent.

{
        table(
            ["region", "clicks", "empty regions", "above", "rate", "95 % interval", "allowed"],
            lines,
        )
    }

Detection of light near the limit (neuraxis; the line in the figure is what a normal error gives):

{table(["true net flux / LOD", "n", "detected", "95 % interval"], power)}

![Limit of detection](figures/validation_limit.svg)"""
