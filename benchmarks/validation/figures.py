"""The figures of the validation report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from lumicohort.figures.save import save_figure
from lumicohort.figures.style import MARKERS, PALETTE, REFERENCE_COLOUR, get_style
from validation import summary
from validation.ablation import STEPS, AblationRow
from validation.clicks import REGIONS
from validation.finding import Outcome
from validation.flux import FluxRow
from validation.leakage import LeakRow
from validation.limits import FACTORS, LimitRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLE = get_style("nature")
_LOOKS = dict(zip(REGIONS, zip(PALETTE, MARKERS, strict=False), strict=False))


@contextmanager
def _figure(
    folder: Path, name: str, panels: int, height_cm: float, widths: Sequence[float] | None = None
) -> Iterator[list[Axes]]:
    """Yield the panels of a figure, lettered; save it at the end."""
    import matplotlib

    matplotlib.use("svg")
    with _STYLE.context():
        import matplotlib.pyplot as plt

        width = _STYLE.widths_cm[-1 if panels > 1 else 1]
        figure, axes = plt.subplots(
            1,
            panels,
            figsize=(width / 2.54, height_cm / 2.54),
            layout="constrained",
            squeeze=False,
            width_ratios=widths,
        )
        yield list(axes[0])
        if panels > 1:
            for k, each in enumerate(axes[0]):
                each.set_title(
                    _STYLE.letters(k), loc="left", fontweight="bold", fontsize=_STYLE.letter
                )
        save_figure(figure, folder, name, ("svg",), 150, "Simulated")
        plt.close(figure)


def draw_flux(rows: Sequence[FluxRow], folder: Path) -> None:
    """Draw error against true flux, bias and spread by decade and region, and z-scores."""
    with _figure(folder, "validation_flux", 3, 6.2, (1.2, 1.2, 0.8)) as (one, two, three):
        used = [r for r in rows if r.region == "neuraxis" and not r.refused and not r.saturated]
        for judged, colour, label in (
            (False, "#B0B0B0", "nearer to the LOD"),
            (True, PALETTE[0], "above 10 × LOD"),
        ):
            some = [r for r in used if r.judged == judged]
            one.plot(
                [r.true_p_s for r in some],
                np.clip([100 * r.error for r in some], -30, 30),
                ".",
                ms=2.5,
                color=colour,
                label=label,
            )
        one.axhline(0, color="black", lw=0.5)
        for limit in (-10, 10):
            one.axhline(limit, color="black", lw=0.5, ls="--")
        one.set(
            xscale="log",
            xlabel="True total flux, neuraxis (photons/s)",
            ylabel="Error (%), clipped at ±30",
            ylim=(-32, 32),
        )
        one.legend(frameon=False, loc="lower right", handletextpad=0.1)
        for k, (region, (colour, marker)) in enumerate(_LOOKS.items()):
            decades = summary.by_decade(r for r in rows if r.region == region)
            points = [(d, summary.accuracy(v)) for d, v in decades.items() if len(v) >= 10]
            x = np.array([d + 0.2 + 0.2 * k for d, _ in points])
            middle = 100 * np.array([a.bias for _, a in points])
            low = middle - 100 * np.array([a.low for _, a in points])
            high = 100 * np.array([a.high for _, a in points]) - middle
            two.errorbar(
                x,
                middle,
                [low, high],
                fmt=marker,
                color=colour,
                ms=3,
                lw=0.75,
                label=region.replace("_", " "),
            )
        two.axhline(0, color="black", lw=0.5)
        two.set(
            xlabel="True total flux (log10 photons/s)",
            ylabel="Error (%): median, 5–95 %",
            ylim=(-48, 32),
            yticks=range(-30, 31, 10),
        )
        two.legend(frameon=False, ncols=2, loc="lower right", handletextpad=0.1, columnspacing=0.6)
        z = np.clip(summary.z_scores(rows), -5, 5)
        bins = np.linspace(-5, 5, 41)
        three.hist(z, bins.tolist(), density=True, color=PALETTE[2])
        fine = np.linspace(-5, 5, 201)
        three.plot(fine, [NormalDist().pdf(v) for v in fine], color="black", lw=1)
        three.set(xlabel="Error / standard error", ylabel="Density")


def draw_limits(rows: Sequence[LimitRow], folder: Path) -> None:
    """Draw false positives by region, and detection near the LOD."""
    with _figure(folder, "validation_limit", 2, 6.0) as (one, two):
        for k, (region, (colour, marker)) in enumerate(_LOOKS.items()):
            fp = summary.false_positives(r for r in rows if r.region == region)
            low, high = summary.wilson(fp.above, fp.count)
            one.errorbar(
                [k],
                [100 * fp.rate],
                [[100 * (fp.rate - low)], [100 * (high - fp.rate)]],
                fmt=marker,
                color=colour,
                ms=4,
                capsize=2,
            )
        one.axhline(100 * summary.NOMINAL, color="black", lw=0.5, ls="--")
        one.annotate(
            "nominal",
            (len(REGIONS) - 0.4, 100 * summary.NOMINAL),
            (0, 2),
            textcoords="offset points",
            ha="right",
            fontsize=_STYLE.small,
        )
        one.set(
            xticks=range(len(REGIONS)),
            xticklabels=[r.replace("_", " ") for r in REGIONS],
            xlim=(-0.6, len(REGIONS) - 0.4),
            ylabel="Empty animals above the LOD (%)",
        )
        one.set_ylim(bottom=0)
        for factor in FACTORS:
            seen = [r.above for r in rows if r.factor == factor]
            if not seen:
                continue
            rate = sum(seen) / len(seen)
            low, high = summary.wilson(sum(seen), len(seen))
            two.errorbar(
                [factor],
                [100 * rate],
                [[100 * (rate - low)], [100 * (high - rate)]],
                fmt="o",
                color=PALETTE[0],
                ms=4,
                capsize=2,
            )
        fine = np.linspace(0, max(FACTORS), 200)
        t = NormalDist().inv_cdf(1 - summary.NOMINAL)
        two.plot(fine, [100 * NormalDist().cdf(t * (f - 1)) for f in fine], "k-", lw=0.75)
        two.set(xlabel="True net flux / LOD, neuraxis", ylabel="Detected (%)", ylim=(-3, 103))


def draw_finding(outcomes: Sequence[Outcome], folder: Path) -> None:
    """Draw the share of clicks that are right, by kind."""
    groups = summary.kinds(outcomes)
    with _figure(folder, "validation_finding", 1, 1.6 + 0.42 * len(groups)) as (axes,):
        for k, group in enumerate(groups.values()):
            right = sum(o.right for o in group)
            silent = sum(o.silent for o in group)
            low, high = summary.wilson(right, len(group))
            rate = right / len(group)
            axes.errorbar(
                [100 * rate],
                [k],
                xerr=[[100 * (rate - low)], [100 * (high - rate)]],
                fmt="D" if silent else "o",
                color=PALETTE[4] if silent else PALETTE[0],
                ms=3.5,
                capsize=1.5,
            )
            axes.annotate(
                f"{right}/{len(group)}",
                (1.01, k),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=_STYLE.small,
            )
        axes.set(
            yticks=range(len(groups)),
            yticklabels=list(groups),
            xlabel="Clicks with every mouse found and rightly assigned, or rightly refused (%)",
        )
        axes.set_xlim(right=101)
        axes.invert_yaxis()


def draw_leakage(rows: Sequence[LeakRow], folder: Path) -> None:
    """Draw light counted where it does not glow."""
    with _figure(folder, "validation_leakage", 2, 6.4) as (one, two):
        for k, what in enumerate(("abdomen in neuraxis", "head in spinal")):
            some = [r for r in rows if r.what == what]
            one.plot(
                [100 * max(r.true_share, 1e-4) for r in some],
                [100 * max(r.measured_share, 1e-4) for r in some],
                MARKERS[k],
                color=PALETTE[k],
                ms=3,
                label=what,
            )
        line = [0.02, 60]
        one.plot(line, line, "k-", lw=0.5)
        one.set(
            xscale="log",
            yscale="log",
            xlabel="True part of the body's light (%)",
            ylabel="Measured part (%)",
        )
        one.legend(frameon=False)
        near = [r for r in rows if r.what == "neighbour in neuraxis" and r.true_share > 0]
        for flagged, colour, marker in ((False, REFERENCE_COLOUR, "o"), (True, PALETTE[4], "D")):
            some = [r for r in near if r.flagged == flagged]
            two.plot(
                [100 * r.true_share for r in some],
                [100 * max(r.predicted_share, 1e-3) for r in some],
                marker,
                color=colour,
                ms=3,
                label="flagged, or below the LOD" if flagged else "not flagged",
            )
        if near:
            ends = [100 * f(r.true_share for r in near) for f in (min, max)]
            two.plot(ends, ends, "k-", lw=0.5)
            two.set(xscale="log", yscale="log")
        two.axvline(10, color="black", lw=0.5, ls="--")
        two.set(
            xlabel="Neighbours' light over the animal's own (%)",
            ylabel="Predicted (%)",
        )
        two.legend(frameon=False)


def draw_ablation(rows: Sequence[AblationRow], folder: Path) -> None:
    """Draw the error at the mice without each step."""
    fluxes = sorted({r.flux_p_s for r in rows})
    with _figure(folder, "validation_ablation", 1, 6.4) as (axes,):
        for j, flux in enumerate(fluxes):
            for k, step in enumerate(STEPS):
                errors = [100 * r.error for r in rows if r.step == step and r.flux_p_s == flux]
                low, middle, high = summary.quantiles(errors)
                axes.errorbar(
                    [middle],
                    [k + 0.22 * (j - 1)],
                    xerr=[[middle - low], [high - middle]],
                    fmt=MARKERS[j],
                    color=PALETTE[j],
                    ms=3.5,
                    lw=0.75,
                    label=f"{flux:.0e} photons/s".replace("e+0", " × 10^") if k == 0 else None,
                )
        axes.axvline(0, color="black", lw=0.5)
        axes.set_xscale("symlog", linthresh=10)
        axes.set(
            yticks=range(len(STEPS)),
            yticklabels=list(STEPS),
            xlabel="Error of the neuraxis flux (%): median, 5–95 %",
        )
        axes.invert_yaxis()
        axes.legend(frameon=False, loc="lower right")
