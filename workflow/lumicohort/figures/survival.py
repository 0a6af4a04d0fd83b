"""The survival panel: Kaplan-Meier curves with bands, censor ticks and the extended table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.figures.at_risk import risk_table, steps, table_panel, write_table
from lumicohort.figures.comparison import is_adjusted
from lumicohort.figures.curves import draw_band, draw_censored, draw_steps, percent_over_time
from lumicohort.figures.layout import Panel
from lumicohort.figures.style import ArmLook, Style
from lumicohort.figures.texts import (
    STUCK,
    Line,
    axes_width,
    say,
    wrap_lines,
    write_above,
)
from lumicohort.figures.time_axis import DAYS, TimeAxis
from lumicohort.figures.words import adjustment_words, tests_words
from lumicohort.tables.format import format_days, format_interval, format_p_equation
from lumicohort.tables.sources import primary

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_TABLE_ROWS = ("At risk", "(censored)", "Events")
_RIGHT = 6.0


@dataclass(frozen=True, slots=True)
class SurvivalData:
    """What one survival panel draws, for one model; columns as in the results contract.

    Parameters
    ----------
    curves : pandas.DataFrame
        Rows of ``survival_curves.csv``.
    arms : pandas.DataFrame
        Rows of ``survival_arms.csv``.
    tests : pandas.DataFrame
        Rows of ``survival_tests.csv``.
    ci_type : str
        Transformation of the confidence band, printed beside every interval.
    smallest_p : float
        Smaller p-values are printed as less than this.
    p_adjust : str
        How p-values of several comparisons are adjusted.
    last_day : float, optional
        The last day of the time axis, where panels share it.
    last_died : bool
        Whether an animal died on that day.
    bands : bool
        Whether confidence bands are drawn.
    time : TimeAxis
        How time is drawn.
    """

    curves: pd.DataFrame
    arms: pd.DataFrame
    tests: pd.DataFrame
    ci_type: str = "log-log"
    smallest_p: float = 1e-4
    p_adjust: str = "holm"
    last_day: float | None = None
    last_died: bool = True
    bands: bool = True
    time: TimeAxis = DAYS


def survival_panel(data: SurvivalData, looks: Sequence[ArmLook], title: str, style: Style) -> Panel:
    """Return the survival panel, ready to be placed."""
    present = _present(data, looks)
    return table_panel(
        lambda wide: _header(data, present, title, wide, style),
        _TABLE_ROWS,
        present,
        lambda ax, outdent: draw_survival(ax, data, looks, title, style, outdent),
        style,
        _RIGHT,
    )


def draw_survival(
    ax: Axes,
    data: SurvivalData,
    looks: Sequence[ArmLook],
    title: str,
    style: Style,
    outdent: float = 0.0,
) -> None:
    """Draw Kaplan-Meier curves of one model, with the table below and the answer above.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes with room above and below (:func:`survival_panel` says how much).
    data : SurvivalData
        Curves, medians and tests of one model.
    looks : sequence of ArmLook
        How the arms are drawn, in order.
    title : str
        The model's name.
    style : Style
        The journal's measures.
    outdent : float, optional
        Points by which the heading starts left of the axes.
    """
    present = _present(data, looks)
    if not present:
        say(ax, f"{title}: no animal with a known survival time.", style)
        return
    last, died = last_day([data.curves])
    if data.last_day is not None:
        last, died = data.last_day, data.last_died
    ticks = data.time.ticks(last, died, axes_width(ax))
    shown = data.time.ends(ticks)
    for look in present:
        curve = steps(data.curves[data.curves["arm"] == look.arm])
        if _is_banded(data, curve):
            draw_band(ax, curve, look)
        gid = present.index(look)
        draw_steps(ax, curve["time_days"], curve["survival"] * 100, look, style, f"curve-{gid}")
        draw_censored(ax, curve, "survival", shown, look, style, f"censored-{gid}")
    percent_over_time(ax, "Survival (%)", shown, ticks, data.time, style)
    lines = _header(data, present, title, axes_width(ax) + outdent + _RIGHT, style)
    write_above(ax, lines, style, outdent=outdent)
    blocks = []
    for look in present:
        numbers = risk_table(data.curves[data.curves["arm"] == look.arm], ticks)
        blocks.append((look, [(str(n), f"({c})", str(d)) for n, c, d in numbers]))
    write_table(ax, blocks, _TABLE_ROWS, ticks, style)


def _is_banded(data: SurvivalData, curve: pd.DataFrame) -> bool:
    """Tell whether an arm's curve has a band: limits anywhere below its start."""
    known = curve["lower_95"].notna() & curve["upper_95"].notna()
    return data.bands and bool((known & (curve["survival"] < 1)).any())


def _curves_of(data: SurvivalData, looks: Sequence[ArmLook]) -> list[pd.DataFrame]:
    arms = [look.arm for look in _present(data, looks)]
    return [steps(data.curves[data.curves["arm"] == arm]) for arm in arms]


def has_bands(data: SurvivalData, looks: Sequence[ArmLook]) -> bool:
    """Tell whether a panel draws a confidence band."""
    return any(_is_banded(data, curve) for curve in _curves_of(data, looks))


def has_censored(data: SurvivalData, looks: Sequence[ArmLook]) -> bool:
    """Tell whether a panel draws a censor tick."""
    return any(bool((curve["censored"] > 0).any()) for curve in _curves_of(data, looks))


def has_late_entry(data: SurvivalData) -> bool:
    """Tell whether animals came under observation later than on day 0."""
    if "entered" not in data.curves.columns:
        return False
    return bool((data.curves["entered"].astype(float) > 0).any())


def _present(data: SurvivalData, looks: Sequence[ArmLook]) -> list[ArmLook]:
    there = set(data.curves["arm"]) if len(data.curves) else set()
    return [look for look in looks if look.arm in there]


def _header(
    data: SurvivalData, present: Sequence[ArmLook], title: str, room: float, style: Style
) -> list[Line]:
    import pandas as pd

    lines = [Line(title, bold=True)]
    if not present:
        return wrap_lines(lines, room, style)
    pairs = comparisons(data.tests, [look.arm for look in present])
    several = len(pairs) > 1
    adjusted = is_adjusted(data.tests)
    p_of = {str(row["arm"]): _p(row, adjusted, data) for _, row in pairs.iterrows()}
    reached = False
    for look in present:
        row = data.arms[data.arms["arm"] == look.arm].iloc[0]
        text = f"{look.label} (n{STUCK}={STUCK}{int(row['n'])}): "
        if pd.isna(row["median_days"]):
            deaths = int(row["events"])
            text += f"median not reached, {deaths or 'no'} event{'s' * (deaths != 1)}"
        else:
            reached = True
            interval = format_interval(row["median_lower_95"], row["median_upper_95"])
            days = format_days(row["median_days"])
            text += f"{days}{STUCK}day{'s' * (days != '1')}{STUCK}({interval})"
        if several and look.arm in p_of:
            text += f", {p_of[look.arm]}"
        lines.append(Line(text, key=look))
    if reached:
        lines.insert(1, Line(f"Median survival (95% CI, {data.ci_type})"))
    if len(present) == 1:
        lines.append(Line("One arm: nothing to compare"))
    elif pairs.empty:
        lines.append(Line("The statistics hold no comparison of these arms"))
    elif several:
        reference = {look.arm: look.label for look in present}[str(pairs.iloc[0]["reference"])]
        name = tests_words(pairs)
        lines.append(Line(f"P against {reference}: {name}{adjustment_words(data.p_adjust)}"))
    else:
        name = tests_words(pairs)
        name += adjustment_words(data.p_adjust) if adjusted else ""
        lines.append(Line(f"{name}: {next(iter(p_of.values()))}"))
    return wrap_lines(lines, room, style)


def _p(row: pd.Series, adjusted: bool, data: SurvivalData) -> str:
    """Return a comparison's exact p, or why there is none."""
    p = float(row["p_adjusted"] if adjusted else row["p_value"])
    if math.isnan(p):
        return "not testable (no events)" if _no_events(data) else "not testable"
    return format_p_equation(p, data.smallest_p).replace(" ", STUCK)


def _no_events(data: SurvivalData) -> bool:
    return not bool((data.curves["events"].astype(float) > 0).any())


def comparisons(tests: pd.DataFrame, arms: Sequence[str]) -> pd.DataFrame:
    """Return the printed comparison of each arm with its reference.

    Parameters
    ----------
    tests : pandas.DataFrame
        One model's rows of ``survival_tests.csv``; those marked `primary` are printed.
    arms : sequence of str
        The arms that are drawn; the global test of several arms names none of them.
    """
    rows = primary(tests)
    return rows[rows["arm"].isin(arms) & rows["reference"].isin(arms)]


def last_day(curves: Sequence[pd.DataFrame]) -> tuple[float, bool]:
    """Return the last day of some curves and whether an animal died on it.

    Parameters
    ----------
    curves : sequence of pandas.DataFrame
        Rows of ``survival_curves.csv``, one table a panel.
    """
    tables = [table for table in curves if len(table)]
    last = max((float(table["time_days"].max()) for table in tables), default=0.0)
    died = any(
        bool((t.loc[t["time_days"] == last, "events"].astype(float) > 0).any()) for t in tables
    )
    return last, died
