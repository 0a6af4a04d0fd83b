"""The figure of a plan: what is assumed, and power by number of animals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from lumicohort.figures.compose import compose
from lumicohort.figures.layout import Panel, Room, header_outdent
from lumicohort.figures.save import save_figure
from lumicohort.figures.style import NOTE_COLOUR, ArmLook, Style, default_looks, get_style
from lumicohort.figures.texts import Line, axes_width, head_room, height, wrap_lines, write_above
from lumicohort.planning.assumptions import Assumptions
from lumicohort.planning.plan_text import TESTS
from lumicohort.planning.power import Answer, Design, Power, wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_plan(
    plan: Assumptions,
    design: Design,
    answer: Answer,
    names: Sequence[str],
    folder: Path,
    formats: Sequence[Literal["pdf", "svg", "png"]] = ("pdf", "svg", "png"),
) -> list[Path]:
    """Draw the plan as `plan.pdf`, `.svg` and `.png`.

    Parameters
    ----------
    plan : Assumptions
        The planned study.
    design : Design
        Its analysis.
    answer : Answer
        What it comes to.
    names : sequence of str
        The arms, the reference first.
    folder : Path
        Where the files go.
    formats : sequence of {'pdf', 'svg', 'png'}
        Formats.

    Returns
    -------
    list of Path
        The files.
    """
    style = get_style("science")
    looks = default_looks(names)
    with style.context():
        panels = [
            _panel(
                _survival_header(plan, looks), style, lambda ax: _survival(ax, plan, looks, style)
            ),
            _panel(
                _power_header(design, answer, looks),
                style,
                lambda ax: _power(ax, design, answer, looks, style),
            ),
        ]
        notes = [
            f"Simulated power with 95% Monte-Carlo intervals, {answer.chosen.simulations} studies "
            f"a point, seed {design.seed}; two-sided level {design.alpha:g}"
            + (", Holm-adjusted." if len(names) > 2 else ".")
            + " Dotted: Schoenfeld's formula, for comparison."
        ]
        figure = compose(panels, style, style.widths_cm[1], 2, notes=notes)
        return save_figure(figure, folder, "plan", formats, 300, "Sample size")


def _panel(header: list[Line], style: Style, draw: Callable[[Axes], None]) -> Panel:
    """Return a panel with its heading above and an axis below."""
    left = 5.2 * style.small
    outdent = header_outdent(left, style)

    def room(wide: float) -> Room:
        lines = wrap_lines(header, wide + outdent, style)
        return Room(height(lines, style) + head_room(style) + 1, 0.8 * wide, 4.2 * style.small)

    def drawn(ax: Axes) -> None:
        draw(ax)
        lines = wrap_lines(header, axes_width(ax) + outdent, style)
        write_above(ax, lines, style, outdent=outdent)

    return Panel(left, 5.0, room, drawn)


def _survival_header(plan: Assumptions, looks: Sequence[ArmLook]) -> list[Line]:
    lines = [Line("Assumed survival", bold=True)]
    for arm, look in enumerate(looks):
        text = f"{look.label}: median {plan.median_of(arm):.3g} days"
        if arm:
            text += f", hazard ratio {plan.hazard_ratios[arm - 1]:.2g}"
        lines.append(Line(text, key=look))
    return lines


def _power_header(design: Design, answer: Answer, looks: Sequence[ArmLook]) -> list[Line]:
    chosen = answer.chosen
    sizes = " + ".join(str(n) for n in chosen.sizes)
    test = TESTS[chosen.test]
    lines = [Line(f"Power, {sizes} animals: {100 * chosen.least:.0f}%", bold=True)]
    lines.append(Line(test[:1].upper() + test[1:]))
    if len(looks) > 2:
        lines += [Line(f"{look.label} vs {looks[0].label}", key=look) for look in looks[1:]]
    return lines


def _survival(ax: Axes, plan: Assumptions, looks: Sequence[ArmLook], style: Style) -> None:
    import seaborn as sns

    longest = max(plan.median_of(arm) for arm in range(len(looks)))
    # The day by which 1 % of the longest-lived arm is alive.
    last = longest * (np.log(0.01) / np.log(0.5)) ** (1 / plan.shape)
    if plan.study_days is not None:
        last = min(last, plan.study_days)
    days = np.linspace(0, last, 400)
    for arm, look in enumerate(looks):
        ax.plot(
            days,
            100 * plan.survival(arm, days),
            color=look.colour,
            linestyle=look.line_style,
            linewidth=style.line,
        )
    ax.set(xlim=(0, last), ylim=(0, 102), yticks=[0, 25, 50, 75, 100])
    ax.spines["left"].set_bounds(0, 100)
    ax.set_xlabel("Days after inoculation", fontsize=style.base)
    ax.set_ylabel("Survival (%)", fontsize=style.base)
    sns.despine(ax=ax)


def _power(
    ax: Axes, design: Design, answer: Answer, looks: Sequence[ArmLook], style: Style
) -> None:
    import seaborn as sns
    from matplotlib.ticker import MaxNLocator

    n = [step.sizes[0] for step in answer.curve]
    for arm, look in enumerate(looks[1:]):
        power = [100 * step.power[arm] for step in answer.curve]
        limits = [_limits(step, arm) for step in answer.curve]
        ax.plot(
            n,
            [100 * step.schoenfeld[arm] for step in answer.curve],
            color=look.colour,
            linestyle=":",
            linewidth=style.thin,
        )
        ax.errorbar(
            n,
            power,
            yerr=np.array(
                [
                    [max(0.0, p - a), max(0.0, b - p)]
                    for p, (a, b) in zip(power, limits, strict=True)
                ]
            ).T,
            color=look.colour,
            linestyle="-",
            linewidth=style.line,
            elinewidth=style.thin,
            marker=look.marker,
            # Many numbers stand close together.
            markersize=style.marker * (1 if len(n) < 12 else 0.6),
        )
    ax.axhline(100 * design.power, color=NOTE_COLOUR, linewidth=style.thin, linestyle="--")
    ax.axvline(answer.chosen.sizes[0], color=NOTE_COLOUR, linewidth=style.thin, linestyle="--")
    ax.set(ylim=(0, 102), yticks=[0, 20, 40, 60, 80, 100])
    ax.spines["left"].set_bounds(0, 100)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    equal = len(set(answer.chosen.sizes)) == 1
    ax.set_xlabel(
        "Animals per arm" if equal else f"Animals in {looks[0].label}", fontsize=style.base
    )
    ax.set_ylabel("Power (%)", fontsize=style.base)
    sns.despine(ax=ax)


def _limits(step: Power, arm: int) -> tuple[float, float]:
    """Return the Monte-Carlo interval of a comparison's power in percent."""
    lower, upper = wilson_interval(step.power[arm], step.simulations)
    return 100 * lower, 100 * upper
