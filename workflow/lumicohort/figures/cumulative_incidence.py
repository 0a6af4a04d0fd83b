"""The cumulative-incidence panel: who died of a cause by when, other deaths taken as they were."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lumicohort.figures.at_risk import table_panel, write_short_table, write_table
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
from lumicohort.figures.words import adjustment_words
from lumicohort.tables.format import (
    format_days,
    format_interval,
    format_p_equation,
    format_percent,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Cause = Literal["event", "competing"]
CAUSES: dict[Cause, str] = {
    "event": "Deaths that count as the event",
    "competing": "Deaths of another cause (competing)",
}
_TABLE_ROWS = ("At risk", "Died of it", "(otherwise)")
_RIGHT = 6.0


@dataclass(frozen=True, slots=True)
class IncidenceData:
    """What one panel draws: one cause of one model; columns as in the results contract.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of ``cumulative_incidence.csv``.
    tests : pandas.DataFrame
        Rows of ``competing_tests.csv``, those that are printed.
    cause : {"event", "competing"}
        The cause.
    smallest_p : float
        Smaller p-values are printed as less than this.
    p_adjust : str
        How p-values of several comparisons are adjusted.
    of_several : bool
        Whether the statistics compare more arms than those drawn, so that p is adjusted for them.
    last_day : float, optional
        The last day of the time axis, where panels share it.
    last_died : bool
        Whether an animal died on that day.
    bands : bool
        Whether confidence bands are drawn.
    time : TimeAxis
        How time is drawn.
    short : bool
        Whether heading and table are cut to what a page of many panels has room for.
    """

    rows: pd.DataFrame
    tests: pd.DataFrame
    cause: Cause
    smallest_p: float = 1e-4
    p_adjust: str = "holm"
    of_several: bool = False
    last_day: float | None = None
    last_died: bool = True
    bands: bool = True
    time: TimeAxis = DAYS
    short: bool = False

    @property
    def adjusted(self) -> bool:
        """Whether the adjusted p is printed."""
        return self.of_several or is_adjusted(self.tests)


def incidence_panel(
    data: IncidenceData, looks: Sequence[ArmLook], title: str, style: Style
) -> Panel:
    """Return the panel, ready to be placed."""
    present = _present(data, looks)
    return table_panel(
        lambda wide: _header(data, present, title, wide, style),
        _TABLE_ROWS,
        present,
        lambda ax, outdent: draw_incidence(ax, data, looks, title, style, outdent),
        style,
        _RIGHT,
        short=data.short,
    )


def draw_incidence(
    ax: Axes,
    data: IncidenceData,
    looks: Sequence[ArmLook],
    title: str,
    style: Style,
    outdent: float = 0.0,
) -> None:
    """Draw the cumulative incidence of one cause in every arm, with a table below.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes with room above and below (:func:`incidence_panel` says how much).
    data : IncidenceData
        What is drawn.
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
        say(ax, f"{title}: no animal died of another cause; see the survival curves.", style)
        return
    last, died = last_day([data.rows])
    if data.last_day is not None:
        last, died = data.last_day, data.last_died
    ticks = data.time.ticks(last, died, axes_width(ax))
    shown = data.time.ends(ticks)
    blocks = []
    for look in present:
        curve = _curve(data, look)
        days, share = [0.0, *curve["time_days"]], [0.0, *(curve["incidence"] * 100)]
        draw_steps(ax, days, share, look, style, f"incidence-{present.index(look)}")
        if data.bands:
            draw_band(ax, curve, look)
        draw_censored(ax, curve, "incidence", shown, look, style)
        blocks.append((look, [_cells(curve, tick) for tick in ticks]))
    percent_over_time(ax, "Incidence (%)", shown, ticks, data.time, style)
    lines = _header(data, present, title, axes_width(ax) + outdent + _RIGHT, style)
    write_above(ax, lines, style, outdent=outdent)
    if data.short:
        at_risk = [(look, [cells[0] for cells in rows]) for look, rows in blocks]
        write_short_table(ax, at_risk, "Animals at risk", ticks, style)
    else:
        write_table(ax, blocks, _TABLE_ROWS, ticks, style)


def last_day(tables: Sequence[pd.DataFrame]) -> tuple[float, bool]:
    """Return the last day of some rows of ``cumulative_incidence.csv``, and whether one died then.

    Parameters
    ----------
    tables : sequence of pandas.DataFrame
        One table a panel.
    """
    last = max((float(t["time_days"].max()) for t in tables if len(t)), default=0.0)
    died = any(
        bool(((t["time_days"] == last) & (t["events"] + t["other_deaths"] > 0)).any())
        for t in tables
    )
    return last, died


def incidence_words(row: pd.Series) -> str:
    """Return an arm's incidence at its last time with its interval: ``45% (20–68%) by day 40``."""
    share = format_percent(100 * float(row["incidence"]))
    lower, upper = (100 * float(row[name]) for name in ("lower_95", "upper_95"))
    interval = ""
    if not math.isnan(lower):
        interval = f"{STUCK}({format_interval(lower, upper, format_percent)})"
    return f"{share}{interval} by day{STUCK}{format_days(float(row['time_days']))}"


def gray_words(tests: pd.DataFrame) -> str:
    """Return the test's name with what it is stratified by."""
    by = str(tests.iloc[0]["stratified_by"])
    return "Gray’s test" + (f", stratified by {by}" if by not in ("", "nan", "NA") else "")


def _present(data: IncidenceData, looks: Sequence[ArmLook]) -> list[ArmLook]:
    there = set(data.rows["arm"]) if len(data.rows) else set()
    return [look for look in looks if look.arm in there]


def _curve(data: IncidenceData, look: ArmLook) -> pd.DataFrame:
    return data.rows[data.rows["arm"] == look.arm].sort_values("time_days")


def _cells(curve: pd.DataFrame, tick: float) -> tuple[str, str, str]:
    """Return animals at risk on a day, and those dead of the cause and otherwise before it."""
    before = curve[curve["time_days"] < tick]
    after = curve[curve["time_days"] >= tick]
    # Nobody leaves between two rows: who is at risk at the next one was at risk on the day.
    at_risk = int(after["at_risk"].iloc[0]) if len(after) else 0
    other = int(before["other_deaths"].sum())
    return str(at_risk), str(int(before["events"].sum())), f"({other})"


def _header(
    data: IncidenceData, present: Sequence[ArmLook], title: str, room: float, style: Style
) -> list[Line]:
    lines = [Line(title, bold=True)]
    if not present:
        return wrap_lines(lines, room, style)
    lines.append(Line(CAUSES[data.cause] + ("" if data.short else ", 95% CI log-log")))
    p_of = {str(row["arm"]): row for _, row in data.tests.iterrows()}
    several = len(p_of) > 1
    adjusted = adjustment_words(data.p_adjust) if data.adjusted else ""
    for look in present:
        curve = _curve(data, look)
        n = int(curve[["events", "other_deaths", "censored"]].to_numpy().sum())
        told = incidence_words(curve.iloc[-1])
        text = f"{look.label} (n{STUCK}={STUCK}{n}): {told}"
        if data.short:
            text = f"{look.label}: {told.partition(' by day')[0]}"
        if several and look.arm in p_of:
            text += f", {_p(p_of[look.arm], data)}"
        lines.append(Line(text, key=look))
    if len(present) == 1:
        lines.append(Line("One arm: nothing to compare"))
    elif not p_of:
        lines.append(Line("The statistics hold no comparison of these arms"))
    elif several:
        names = {look.arm: look.label for look in present}
        reference = str(next(iter(p_of.values()))["reference"])
        against = names.get(reference, reference)
        lines.append(Line(f"P against {against}: {gray_words(data.tests)}{adjusted}"))
    else:
        row = next(iter(p_of.values()))
        lines.append(Line(f"{gray_words(data.tests)}{adjusted}: {_p(row, data)}"))
    return wrap_lines(lines, room, style)


def _p(row: pd.Series, data: IncidenceData) -> str:
    p = float(row["p_adjusted" if data.adjusted else "p_value"])
    if math.isnan(p):
        return "not testable"
    return format_p_equation(p, data.smallest_p).replace(" ", STUCK)
