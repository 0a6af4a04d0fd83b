"""The section on what each step of the calibration is worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from validation.ablation import STEPS, AblationRow
from validation.words import percent, spread, table


def section(rows: Sequence[AblationRow]) -> str:
    """Return the section."""
    lines = []
    fluxes = sorted({r.flux_p_s for r in rows})
    for step in STEPS:
        cells = [step]
        for flux in fluxes:
            cells.append(spread([r.error for r in rows if r.step == step and r.flux_p_s == flux]))
        lines.append(cells)
    flat = [r for r in rows if r.step == "no flat field"]
    inner = [r.error for r in flat if not r.outer]
    outer = [r.error for r in flat if r.outer]
    return f"""## What each step of the calibration is worth

The same clicks measured with one step switched off at a time; median error of the neuraxis flux
(5 to 95 %), at three fluxes.

{table(["step", *[f"{f:.0e} photons/s" for f in fluxes]], lines)}

Without the flat field, animals in the outer beds are {percent(float(np.median(outer)), 1, True)}
off, those in the middle {percent(float(np.median(inner)), 1, True)}.

![Ablation](figures/validation_ablation.svg)"""
