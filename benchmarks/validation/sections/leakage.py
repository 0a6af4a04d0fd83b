"""The section on light that is counted where nothing glows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from validation.leakage import VEILS, LeakRow
from validation.words import percent, spread, table


def section(rows: Sequence[LeakRow]) -> str:
    """Return the section."""
    lines = []
    for what in ("abdomen in neuraxis", "head in spinal"):
        some = [r for r in rows if r.what == what]
        lines.append(
            [
                what,
                str(len(some)),
                spread([r.true_share for r in some]).replace("+", ""),
                spread([r.measured_share for r in some]).replace("+", ""),
                spread([r.measured_share - r.true_share for r in some]),
            ]
        )
    spill = []
    for level in [f"{100 * v:g} %" for v in VEILS]:
        some = [r for r in rows if r.what == "neighbour in neuraxis" and r.level == level]
        for flux in sorted({r.neighbour_p_s for r in some}):
            part = [r for r in some if r.neighbour_p_s == flux]
            spill.append(
                [
                    level,
                    f"{flux:.0e}",
                    str(len(part)),
                    percent(float(np.median([r.true_share for r in part]))),
                    percent(float(np.median([r.predicted_share for r in part]))),
                    f"{sum(r.flagged for r in part)} of {len(part)}",
                    f"{sum(r.true_share > 0.1 for r in part)} of {len(part)}",
                ]
            )
    return f"""## Leakage

Light that is counted in a region where nothing glows. Some of it is no error: light of the abdomen
truly leaves through the skin above the spine. What is measured beyond the truth is.

{table(["signal", "n", "true part", "measured part", "difference"], lines)}

A faint animal (10⁵ photons/s of tumour, glowing skin) between bright ones. A lens that scatters a
part of the light far (the veil; real cameras are nearer to none) carries the neighbours' light into
its region:

{
        table(
            [
                "veil",
                "neighbours, photons/s",
                "n",
                "neighbours' light over its own",
                "predicted",
                "flagged, or below the LOD",
                "above the flag's 10 %",
            ],
            spill,
        )
    }

![Leakage](figures/validation_leakage.svg)"""
