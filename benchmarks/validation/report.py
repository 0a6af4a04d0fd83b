"""docs/validation.md: what was simulated, what came out, and what that does not show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lumicohort.simulate.hard import KINDS
from validation import summary
from validation.ablation import STEPS, AblationRow
from validation.clicks import REGIONS
from validation.finding import LEAST_OVERLAP, MOST_FLUX_ERROR, PLAIN, STRICT_OVERLAP, Outcome
from validation.flux import FluxRow
from validation.leakage import VEILS, LeakRow
from validation.limits import FACTORS, LimitRow


@dataclass(frozen=True)
class Results:
    """The rows of every study."""

    flux: Sequence[FluxRow]
    limits: Sequence[LimitRow]
    found: Sequence[Outcome]
    leaks: Sequence[LeakRow]
    ablation: Sequence[AblationRow]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _percent(value: float, digits: int = 1, sign: bool = False) -> str:
    if math.isnan(value):
        return "–"
    return f"{100 * value:{'+' if sign else ''}.{digits}f} %"


def _spread(values: Sequence[float]) -> str:
    low, middle, high = summary.quantiles(values)
    return f"{_percent(middle, 1, True)} ({_percent(low, 1, True)} to {_percent(high, 1, True)})"


def text(results: Results, command: str) -> str:
    """Return the report."""
    parts = [
        _opening(results, command),
        _flux(results.flux),
        _limits(results.limits),
        _finding(results.found),
        _leakage(results.leaks),
        _ablation(results.ablation),
        _bounds(),
    ]
    return "\n\n".join(parts) + "\n"


def _opening(results: Results, command: str) -> str:
    mice = len({(r.click, r.place) for r in results.flux})
    verdicts = summary.verdicts(results.flux, results.limits, results.found)
    rows = [[v.what, v.found, "yes" if v.met else "**no**"] for v in verdicts]
    return f"""# Validation of the flux on simulated mice

Everything here is simulated: no number on this page was measured on an animal. `{command}` made
the clicks, measured them and wrote this page and its figures.

The forward model (`lumicohort/simulate/`) draws mice, sends light through tissue by diffusion
theory, and turns it into the files of a click with lens, read noise, photon noise, dark charge, hot
pixels and cosmic hits. It shares no code with what measures. The clicks are read and measured by
the functions that measure a study's batches, with default settings, knowing only how many animals
the sheet names. {mice} mice lie on the clicks of the flux study.

{table(["required", "found", "met"], rows)}"""


def _flux(rows: Sequence[FluxRow]) -> str:
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
                    _percent(a.bias, 2, True),
                    f"{_percent(a.low, 1, True)} to {_percent(a.high, 1, True)}",
                    _percent(a.within),
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
                    _percent(a.bias, 1, True),
                    f"{_percent(a.low, 1, True)} to {_percent(a.high, 1, True)}",
                    _percent(a.within),
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
                    _percent(a.bias, 2, True),
                    f"{_percent(a.low, 1, True)} to {_percent(a.high, 1, True)}",
                    _percent(a.within),
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


def _limits(rows: Sequence[LimitRow]) -> str:
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
                    _percent(fp.rate, 2),
                    f"{_percent(low, 2)} to {_percent(high, 2)}",
                    _percent(summary.NOMINAL + 2 * fp.se, 2),
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
                    _percent(share),
                    f"{_percent(low)} to {_percent(high)}",
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


def _finding(outcomes: Sequence[Outcome]) -> str:
    groups = summary.kinds(outcomes)
    lines = []
    for kind in (*KINDS, PLAIN):
        group = groups.get(kind, [])
        if not group:
            continue
        right = sum(o.right for o in group)
        low, _ = summary.wilson(right, len(group))
        wrong = [m for o in group if not o.right for m in o.mice if not m.right]
        lines.append(
            [
                kind,
                f"{right} of {len(group)}",
                _percent(right / len(group)),
                _percent(low),
                str(sum(bool(o.refused) and not o.should_refuse for o in group)),
                str(len(wrong)),
                str(sum(o.silent for o in group)),
            ]
        )
    right = sum(o.right for o in outcomes)
    mice = [m for o in outcomes for m in o.mice]
    sideways = [o for o in outcomes if not o.ordered and not o.refused]
    overlap = summary.quantiles(m.overlap for m in mice)
    said = [
        f"- click {o.number} ({o.kind}): "
        + (
            "left out"
            if o.refused
            else f"{sum(not m.right for m in o.mice)} of {len(o.mice)} mice wrong, "
            + ("**not flagged**" if o.silent else "flagged")
            if o.mice
            else "measured although the count is wrong, **not flagged**"
        )
        for o in outcomes
        if not o.right
    ]
    misses = "\n".join(said) if said else "None."
    return f"""## Finding the mice

{len(outcomes)} clicks: half of them plain, as facilities make them (one coat, each of four equally
often), half of them hard, the hard kinds in turn. By kind, plain clicks last;
each photograph with its own exposure, bed
brightness, vignetting, gradient, noise and fur. A mouse counts as found and rightly assigned where
the outline in its place (left to right) covers it (intersection over union at least
{LEAST_OVERLAP:g}; 5 % quantile of all {overlap[0]:.2f}, median {overlap[1]:.2f}), its head end is
the right one, and the neuraxis flux given to it is within {
        100 * MOST_FLUX_ERROR:.0f} % of its own. A
click whose sheet names too many or too few animals is right where it is refused. Flagged means
left out with a reason, or `suspicious_mouse` on every wrong mouse. On beds turned by 90° left to
right is no order: there only the mice count, and the order must be called unclear, which it was on
{sum(o.warned for o in sideways)} of {len(sideways)} such clicks measured.

{
        table(
            [
                "kind",
                "right",
                "rate",
                "95 % lower limit",
                "left out",
                "wrong mice",
                "clicks wrong without a flag",
            ],
            [
                *lines,
                [
                    "**all**",
                    f"{right} of {len(outcomes)}",
                    _percent(right / len(outcomes), 2),
                    _percent(summary.wilson(right, len(outcomes))[0], 2),
                    str(sum(bool(o.refused) and not o.should_refuse for o in outcomes)),
                    str(sum(not m.right for m in mice)),
                    str(sum(o.silent for o in outcomes)),
                ],
            ],
        )
    }

Of the hard clicks alone {sum(o.right for o in outcomes if o.kind != PLAIN)} of
{sum(o.kind != PLAIN for o in outcomes)} are right. With an overlap of at least {STRICT_OVERLAP:g},
{sum(o.strictly_right for o in outcomes)} of all are.

![Mouse finding by kind of click](figures/validation_finding.svg)

Every miss:

{misses}"""


def _leakage(rows: Sequence[LeakRow]) -> str:
    lines = []
    for what in ("abdomen in neuraxis", "head in spinal"):
        some = [r for r in rows if r.what == what]
        lines.append(
            [
                what,
                str(len(some)),
                _spread([r.true_share for r in some]).replace("+", ""),
                _spread([r.measured_share for r in some]).replace("+", ""),
                _spread([r.measured_share - r.true_share for r in some]),
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
                    _percent(float(np.median([r.true_share for r in part]))),
                    _percent(float(np.median([r.predicted_share for r in part]))),
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


def _ablation(rows: Sequence[AblationRow]) -> str:
    lines = []
    fluxes = sorted({r.flux_p_s for r in rows})
    for step in STEPS:
        cells = [step]
        for flux in fluxes:
            cells.append(_spread([r.error for r in rows if r.step == step and r.flux_p_s == flux]))
        lines.append(cells)
    flat = [r for r in rows if r.step == "no flat field"]
    inner = [r.error for r in flat if not r.outer]
    outer = [r.error for r in flat if r.outer]
    return f"""## What each step of the calibration is worth

The same clicks measured with one step switched off at a time; median error of the neuraxis flux
(5 to 95 %), at three fluxes.

{table(["step", *[f"{f:.0e} photons/s" for f in fluxes]], lines)}

Without the flat field, animals in the outer beds are {_percent(float(np.median(outer)), 1, True)}
off, those in the middle {_percent(float(np.median(inner)), 1, True)}.

![Ablation](figures/validation_ablation.svg)"""


def _bounds() -> str:
    return """## What this does not show

- Simulated mice are smoother than real ones, lie on simulated beds, and their coats, lamps and
  reflections are assumptions. That mice are found here says that the method copes with these kinds
  of difficulty, not how often it fails in a given lab: look at the QC page.
- Standard errors hold the last digit of the flat field's coefficients, which click files print with
  six decimals: up to half a percent in the corners of the widest field, and the same in every click
  there. They do not hold the coefficients' own error, nor how well a region was placed.
- The camera has no lens distortion and the right coefficients in its files. A wrong coefficient, or
  a camera that has drifted, shows only against a standard lamp.
- Light under skin follows diffusion theory in a flat half-space of one tissue. Truth is what leaves
  the skin; how many cells that means is not asked.
- The LOD is that of skin that does not glow. Living skin does, and an image of a mouse without
  tumour is above it."""
