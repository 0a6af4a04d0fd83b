"""The scheme of a study: what was done to the animals on which day, from the real dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lumicohort.figures.layout import Panel, Room, axis_depth, header_outdent
from lumicohort.figures.style import NOTE_COLOUR, ArmLook, Style
from lumicohort.figures.texts import (
    Line,
    axes_width,
    head_room,
    height,
    open_frame,
    plain,
    say,
    shorten,
    width,
    wrap,
    wrap_lines,
    write_above,
)
from lumicohort.figures.time_axis import DAYS, TimeAxis
from lumicohort.tables.format import format_days

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDEST_NAME = 105.0  # points
_LANE = 2.9  # heights of small type
_WORDS = 1.3  # heights of the smallest type that words over marks take up


@dataclass(frozen=True, slots=True)
class ArmScheme:
    """What was done to one arm.

    Parameters
    ----------
    n : int
        Its animals under study.
    days : sequence of float
        Days of treatment since inoculation.
    words : str
        What was given, as printed over the days.
    planned : bool
        Whether the days are the schedule's, because no sheet of treatments is given.
    ends : sequence of (float, bool)
        Each animal's last day, and whether it died.
    """

    n: int
    days: Sequence[float] = ()
    words: str = ""
    planned: bool = False
    ends: Sequence[tuple[float, bool]] = ()


@dataclass(frozen=True, slots=True)
class SchemeData:
    """What a study scheme draws.

    Parameters
    ----------
    arms : dict of str to ArmScheme
        By arm; arms without animals are missing.
    inoculation : str
        Words beside day 0: cells, and dates where they are known.
    randomised : sequence of float
        Days of randomisation, where the sheet says them.
    imaging : sequence of float
        Imaging days.
    imaging_planned : bool
        Whether those are the schedule's, because there are no images.
    time : TimeAxis
        How time is drawn.
    """

    arms: dict[str, ArmScheme] = field(default_factory=dict)
    inoculation: str = ""
    randomised: Sequence[float] = ()
    imaging: Sequence[float] = ()
    imaging_planned: bool = False
    time: TimeAxis = DAYS

    @property
    def last_day(self) -> float:
        """The last day that anything is known of."""
        known = [*self.imaging, *self.randomised]
        known += [day for arm in self.arms.values() for day in arm.days]
        known += [day for arm in self.arms.values() for day, _ in arm.ends]
        return max(known, default=1.0)


def days_in_words(days: Sequence[float]) -> str:
    """Say which days: ``every 3 days, day 7 to 34``, ``days 7, 9 and 14`` or how many."""
    words = [format_days(day) for day in days]
    if len(days) < 2:
        return f"day {words[0]}" if words else "never"
    steps = {b - a for a, b in pairwise(days)}
    if len(steps) == 1 and len(days) > 2:
        step = format_days(steps.pop())
        every = "daily" if step == "1" else f"every {step} days"
        return f"{every}, day {words[0]} to {words[-1]}"
    if len(days) <= 4:
        return f"days {', '.join(words[:-1])} and {words[-1]}"
    return f"{len(days)} days, day {words[0]} to {words[-1]}"


def deaths_in_words(days: Sequence[float]) -> str:
    """Say from when to when animals died: ``day 21 to 36``, ``day 25``, ``none``."""
    words = list(dict.fromkeys(format_days(day) for day in (min(days), max(days)))) if days else []
    return f"day {' to '.join(words)}" if words else "none"


def schematic_panel(data: SchemeData, looks: Sequence[ArmLook], title: str, style: Style) -> Panel:
    """Return the scheme, ready to be placed."""
    present = [look for look in looks if look.arm in data.arms]
    arm_names = {look.arm: f"{look.label} (n = {data.arms[look.arm].n})" for look in present}
    names = ["Inoculation", *(["Randomisation"] if data.randomised else []), *arm_names.values()]
    names += ["Imaging", "Deaths"]
    widest = max(width(plain(n), style.small, False, style.font) for n in names)
    left = min(widest, _WIDEST_NAME) + 9
    outdent = header_outdent(left, style)
    lanes = len(names) + 0.15
    lane = _LANE * style.small

    def heading(wide: float) -> list[Line]:
        return wrap_lines([Line(title, bold=True)], wide + outdent, style)

    def room(wide: float) -> Room:
        top = height(heading(wide), style) + 1
        high = lane * lanes
        return Room(top, high, axis_depth(style) + 2, least=0.72 * high)

    def draw(ax: Axes) -> None:
        write_above(ax, heading(axes_width(ax)), style, outdent=outdent, gap=-head_room(style))
        if not present:
            say(ax, f"{title}: no animal under study.", style)
            return
        _draw(ax, data, present, arm_names, lanes, style)

    return Panel(left, 6.0, room, draw)


def _draw(
    ax: Axes,
    data: SchemeData,
    present: Sequence[ArmLook],
    names: dict[str, str],
    lanes: float,
    style: Style,
) -> None:

    last = data.last_day
    ticks = data.time.ticks(last, False, axes_width(ax))
    low, high = data.time.limits or (0.0, max(ticks[-1], last * 1.01))
    ax.set_xlim(low, high)
    ax.set_ylim(lanes - 0.5, -0.5)
    data.time.show(ax, ticks, style)
    ax.set_yticks([])
    ax.tick_params(labelsize=style.small, width=style.thin)
    open_frame(ax, left=False)
    lane = ax.get_window_extent().height / ax.figure.dpi * 72 / lanes
    rows = _Rows(ax, data.time, style, lane)
    y = 0.0
    rows.name("Inoculation", y)
    rows.marks([0.0], y, "black", "inoculation", marker="v", size=1.6)
    rows.words(data.inoculation, 0.0, y, beside=True)
    if data.randomised:
        y += 1
        rows.name("Randomisation", y)
        rows.marks(data.randomised, y, "black", "randomised", marker="D")
    for look in present:
        y += 1
        arm = data.arms[look.arm]
        rows.name(names[look.arm], y)
        if arm.days:
            rows.span(arm.days, y, look.colour, dashed=arm.planned)
            rows.marks(
                arm.days, y, look.colour, f"treated-{look.arm}", marker="|",
                size=rows.tick / style.marker,
            )  # fmt: skip
        rows.words(arm.words, arm.days[0] if arm.days else 0.0, y, beside=not arm.days)
    y += 1
    rows.name("Imaging", y)
    rows.marks(
        data.imaging, y, "black", "imaged", marker="^", hollow=data.imaging_planned, size=1.25
    )
    imaging = days_in_words(data.imaging) if data.imaging else "none"
    rows.words(
        imaging + (" (as planned)" if data.imaging_planned else ""),
        data.imaging[0] if data.imaging else 0.0,
        y,
        beside=not data.imaging,
    )
    y += 1
    rows.name("Deaths", y)
    _deaths(rows, data, present, y)


def _deaths(rows: _Rows, data: SchemeData, present: Sequence[ArmLook], y: float) -> None:
    """Draw a tick on every day on which animals of an arm died, the arms below each other."""
    died = {look.arm: [day for day, dead in data.arms[look.arm].ends if dead] for look in present}
    each = sorted(day for days in died.values() for day in days)
    for i, look in enumerate(present):
        shift = (i + 0.5) / len(present) - 0.5
        rows.marks(
            died[look.arm], y + 0.5 * shift + 0.12, look.colour, f"died-{look.arm}", marker="|",
            size=min(2.0, 0.5 * rows.lane / len(present) / rows.style.marker),
        )  # fmt: skip
    alive = sum(not dead for arm in data.arms.values() for _, dead in arm.ends)
    words = deaths_in_words(each)
    if alive:
        words += f"; {alive} animal{'s' * (alive != 1)} censored"
    rows.words(words, each[0] if each else 0.0, y, beside=not each)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Draws into the lanes of a scheme."""

    ax: Axes
    time: TimeAxis
    style: Style
    lane: float

    @property
    def tick(self) -> float:
        """Length of a tick of treatment (points): what the words over it leave of a lane."""
        return min(2.2 * self.style.marker, self.lane - _WORDS * self.style.smallest)

    def name(self, text: str, y: float) -> None:
        self.ax.annotate(
            shorten(plain(text), _WIDEST_NAME, self.style.small, self.style.font),
            (0, y),
            xycoords=self.ax.get_yaxis_transform(),
            xytext=(-6, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=self.style.small,
            annotation_clip=False,
        )

    def marks(
        self,
        days: Sequence[float],
        y: float,
        colour: str,
        gid: str,
        *,
        marker: str,
        size: float = 1.0,
        hollow: bool = False,
    ) -> None:
        shown = self.time.within(days)
        line = marker == "|"
        options: dict[str, Any] = {"markerfacecolor": "white"} if hollow else {}
        self.ax.plot(
            shown,
            [y] * len(shown),
            linestyle="none",
            marker=marker,
            markersize=self.style.marker * size,
            markeredgewidth=self.style.line if line else self.style.thin * 1.4 * hollow,
            color=colour,
            clip_on=False,
            zorder=3,
            gid=gid,
            **options,
        )

    def span(self, days: Sequence[float], y: float, colour: str, dashed: bool) -> None:
        self.ax.plot(
            [min(days), max(days)],
            [y, y],
            color=colour,
            linewidth=self.style.thin * 1.5,
            linestyle=(0, (3, 2)) if dashed else "-",
        )

    def words(self, text: str, day: float, y: float, *, beside: bool = False) -> None:
        """Write what is said of a lane: over its marks from `day` on, or beside them."""
        room, size, font = axes_width(self.ax), self.style.smallest, self.style.font
        low, high = self.ax.get_xlim()
        start = max(0.0, (day - low) / (high - low)) * room
        if beside:
            start += 2.0 * self.style.marker
            first, *more = wrap(plain(text), room - start, size, False, font)
            # A lane holds two lines: the rest is shortened, and stands in the caption.
            lines = [first, *([shorten(" ".join(more), room - start, size, font)] if more else [])]
        else:  # from further left on, where it would run out
            start = max(0.0, min(start - 1.0, room - width(plain(text), size, False, font)))
            lines = [shorten(plain(text), room - start, size, font)]
        over = 0.5 * (self.tick + (_WORDS - 0.1) * size)
        self.ax.annotate(
            "\n".join(lines),
            (start / room, y),
            xycoords=self.ax.get_yaxis_transform(),
            xytext=(0, 0 if beside else max(0.36 * self.lane, over)),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=size,
            linespacing=1.1,
            color=NOTE_COLOUR,
            annotation_clip=False,
        )
