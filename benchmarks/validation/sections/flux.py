"""The section on how near measured fluxes are to the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from validation import summary
from validation.clicks import REGIONS
from validation.flux import FluxRow
from validation.words import percent, table


def section(rows: Sequence[FluxRow]) -> str:
    """Return the section."""
    judged = [r for r in rows if r.judged]
    lines = []
    for region in REGIONS:
        some = [r for r in judged if r.region == region]
        for name, part in (
            ("all", some),
            ("not flagged `suspicious_mouse`", [r for r in some if not r.suspicious]),
        ):
            a = summary.accuracy(part)
            lines.append(
                [
                    region,
                    name,
                    str(a.count),
                    percent(a.bias, 2, True),
                    f"{percent(a.low, 1, True)} to {percent(a.high, 1, True)}",
                    percent(a.within),
                ]
            )
    decades = []
    for region in REGIONS:
        for decade, some in summary.by_decade(r for r in rows if r.region == region).items():
            a = summary.accuracy(some)
            decades.append(
                [
                    region,
                    f"10^{decade} to 10^{decade + 1}",
                    str(a.count),
                    percent(a.bias, 1, True),
                    f"{percent(a.low, 1, True)} to {percent(a.high, 1, True)}",
                    percent(a.within),
                ]
            )
    by = []
    neuraxis = [r for r in judged if r.region == "neuraxis"]
    for name, key in (("coat", "coat"), ("pose", "pose"), ("binning", "binning")):
        for value in dict.fromkeys(getattr(r, key) for r in neuraxis):
            a = summary.accuracy(r for r in neuraxis if getattr(r, key) == value)
            by.append(
                [
                    f"{name}: {value}",
                    str(a.count),
                    percent(a.bias, 2, True),
                    f"{percent(a.low, 1, True)} to {percent(a.high, 1, True)}",
                    percent(a.within),
                ]
            )
    z_rows = []
    for name, some in (
        ("all", list(rows)),
        ("whole_body", [r for r in rows if r.region == "whole_body"]),
        ("neuraxis", [r for r in rows if r.region == "neuraxis"]),
        ("dark frame good", [r for r in rows if r.dark == "good"]),
        ("dark frame destroyed or absent", [r for r in rows if r.dark != "good"]),
        ("below 10⁶ photons/s", [r for r in rows if r.true_p_s < 1e6]),
        ("above 10⁷ photons/s", [r for r in rows if r.true_p_s > 1e7]),
    ):
        z = np.array(summary.z_scores(some))
        if len(z):
            robust = 1.4826 * float(np.median(np.abs(z - np.median(z))))
            z_rows.append(
                [name, str(len(z)), f"{z.mean():+.2f}", f"{z.std(ddof=1):.2f}", f"{robust:.2f}"]
            )
    mice = {(r.click, r.place): r for r in rows}
    left_out = len({r.click for r in rows if r.refused})
    full = len({(r.click, r.place) for r in rows if r.saturated})
    spread = ["5 to 95 %", "within 10 %"]
    return f"""## Flux against truth

{len(mice)} mice on {len({r.click for r in rows})} clicks: tumours of 10⁴ to 10⁹ photons/s in the
meninges of head and spine, abdominal glow of 10⁴ to 10⁶ photons/s, skin that glows or not; nude,
white, agouti and black coats; dorsal, ventral, bent, and rotated beds; fields of view of 22.4 and
13.2 cm, f/1 to f/4, binning 4 to 16, exposures of 0.5 to 180 s; every photograph under light of its
own; on some clicks the dark frame is destroyed or absent. {left_out} clicks were left out by the
pipeline, {full} mice have full pixels and are not judged. The error is that of the total flux
against the truth of the region where the mouse truly lies, so it holds outlining, axis and
calibration. Judged is what truly lies above 10 × its LOD.

{table(["region", "mice", "n", "median error", *spread], lines)}

![Flux against truth](figures/validation_flux.svg)

By decade of the region's true flux, down to the LOD and below (dim regions are noise there):

{table(["region", "photons/s", "n", "median error", *spread], decades)}

Neuraxis above 10 × LOD, by what lies there:

{table(["which", "n", "median error", *spread], by)}

**Standard errors.** A standard error tells noise, the background, an estimated dark level, and the
last printed digit of the flat field's coefficients; it does not tell how well a region was placed.
So here the truth is the true light inside the region as it was placed. If standard errors are
honest, error over standard error has a standard deviation of 1.

{table(["rows", "n", "mean", "standard deviation", "robust"], z_rows)}"""
