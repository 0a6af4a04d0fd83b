"""How figures look: journal presets, fonts, colours, and what makes their bytes repeatable."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, cast

from lumicohort.palette import PALETTE, REFERENCE_COLOUR

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

LineStyle = Literal["-", "--", "-.", ":"] | tuple[float, tuple[float, ...]]

POINTS_PER_CM = 72 / 2.54

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
# As many as markers and colours: curves without marks stay apart in black-and-white print too.
LINE_STYLES: tuple[LineStyle, ...] = (
    "-",
    "--",
    "-.",
    ":",
    (0.0, (7.0, 2.0)),
    (0.0, (5.0, 1.2, 1.0, 1.2, 1.0, 1.2)),
    (0.0, (2.0, 1.0)),
)
LEAST_CONTRAST = 1.5
"""Contrast to white below which thin lines are hardly seen; the palette's lowest is 2.2."""
SIMULATED_COLOUR = "#B03A00"
NOTE_COLOUR = "#404040"

PREFERRED_FONTS = ("Arial", "Helvetica", "Liberation Sans", "Nimbus Sans", "DejaVu Sans")
# Taken up after the preferred one for letters that it lacks.
FALLBACK_FONTS = (
    "DejaVu Sans",
    "Noto Sans",
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans Arabic",
    "Noto Sans Devanagari",
    "WenQuanYi Zen Hei",
    "Hiragino Sans",
    "PingFang SC",
    "Arial Unicode MS",
)


@dataclass(frozen=True, slots=True)
class ArmLook:
    """How one arm is drawn.

    Parameters
    ----------
    arm : str
        The arm's key, as it stands in the tables.
    label : str
        Its name in figures.
    colour : str
        ``#RRGGBB``.
    marker : str
        Matplotlib marker.
    line_style : str or tuple
        Matplotlib line style (a name, or offset and dashes), so that colour is never the only
        sign.
    """

    arm: str
    label: str
    colour: str
    marker: str
    line_style: LineStyle


@dataclass(frozen=True, slots=True)
class Style:
    """A journal's measures. Sizes in points at print size unless named otherwise.

    Parameters
    ----------
    name : str
        The preset's name.
    widths_cm : tuple of float
        Column widths, narrowest first: the default widths of figures of 1, 2 and more panels.
    height_cm : float
        Largest height of a page.
    base, small, smallest : float
        Type sizes: labels; ticks and tables; notes.
    letter : float
        Size of the panel letters.
    lower_case_letters : bool
        Panel letters a b c rather than A B C.
    line, thin : float
        Line widths of data, and of axes and single animals.
    marker : float
        Diameter of markers.
    font : str, optional
        The one font to use; the first preferred font of this machine where none is given.
    """

    name: str
    widths_cm: tuple[float, float, float]
    height_cm: float
    base: float
    small: float
    smallest: float
    letter: float
    lower_case_letters: bool = False
    line: float = 1.0
    thin: float = 0.5
    marker: float = 3.5
    font: str | None = None

    @property
    def leading(self) -> float:
        """Distance of two lines of small text."""
        return round(1.28 * self.small, 2)

    def letters(self, index: int) -> str:
        """Return the letter of the panel at an index (A, B, …, Z, AA)."""
        text = ""
        index += 1
        while index:
            index, rest = divmod(index - 1, 26)
            text = chr(ord("A") + rest) + text
        return text.lower() if self.lower_case_letters else text

    def context(self) -> AbstractContextManager[Any]:
        """Return a context in which matplotlib draws in this style and changes nothing outside."""
        import matplotlib

        return matplotlib.rc_context(cast("Any", self.rc()))

    def rc(self) -> dict[str, Any]:
        """Return the matplotlib settings of this style."""
        fonts = list(font_families(self.font))
        return {
            "font.family": fonts,
            "font.size": self.base,
            "axes.labelsize": self.base,
            "axes.titlesize": self.base,
            "xtick.labelsize": self.small,
            "ytick.labelsize": self.small,
            "legend.fontsize": self.small,
            "mathtext.fontset": "custom",
            "mathtext.rm": fonts[0],
            "mathtext.it": f"{fonts[0]}:italic",
            "mathtext.bf": f"{fonts[0]}:bold",
            "mathtext.default": "regular",
            "axes.linewidth": self.thin,
            "axes.grid": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.unicode_minus": True,
            "xtick.major.width": self.thin,
            "ytick.major.width": self.thin,
            "xtick.minor.visible": False,
            "ytick.minor.visible": False,
            "xtick.minor.size": 0,
            "ytick.minor.size": 0,
            "xtick.major.size": self.small * 0.45,
            "ytick.major.size": self.small * 0.45,
            "xtick.major.pad": self.small * 0.35,
            "ytick.major.pad": self.small * 0.3,
            "xtick.direction": "out",
            "ytick.direction": "out",
            "lines.linewidth": self.line,
            "lines.markersize": self.marker,
            "patch.linewidth": self.thin,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "image.interpolation": "nearest",
            # Letters keep their widths at every resolution, so that measured text fits.
            "text.hinting": "no_hinting",
            # Text stays text, and the same input gives the same bytes.
            "svg.fonttype": "none",
            "svg.hashsalt": "lumicohort",
            "pdf.fonttype": 42,
            "path.simplify": False,
        }


# Science: 5.7, 12.1 and 18.4 cm; 7 pt, never under 5; lines from 0.5 pt; bold capitals of 10 pt.
# Nature: 89, 120 and 183 mm; 5-7 pt; bold small letters of 8 pt.
# Cell Press: 85, 114 and 174 mm. Slide: a 16:9 slide of 33.9 cm, read from the back row.
_PRESETS: dict[str, Style] = {
    "science": Style("science", (5.7, 12.1, 18.4), 22.5, 7, 6, 5.5, 10),
    "nature": Style("nature", (8.9, 12.0, 18.3), 24.7, 7, 6, 5.5, 8, lower_case_letters=True),
    "cell": Style("cell", (8.5, 11.4, 17.4), 22.5, 7, 6, 5.5, 10),
    "slide": Style("slide", (15, 30, 32), 60, 14, 12, 11, 18, line=2, thin=1, marker=7),
}


def get_style(preset: str, font: str | None = None) -> Style:
    """Return a preset by name.

    Parameters
    ----------
    preset : {'science', 'nature', 'cell', 'slide'}
        The journal.
    font : str, optional
        The font to use instead of the first preferred one of this machine.

    Raises
    ------
    KeyError
        For a name that is not a preset (the study config refuses it earlier).
    """
    from dataclasses import replace

    style = _PRESETS[preset]
    return replace(style, font=font) if font else style


@lru_cache(maxsize=8)
def font_families(first: str | None = None) -> tuple[str, ...]:
    """Return the fonts of this machine to use, in order; DejaVu Sans ships with matplotlib.

    Parameters
    ----------
    first : str, optional
        A font to put first, if it is there.
    """
    from matplotlib import font_manager

    # Matplotlib tells of every font without a bold face or the like; that is no news to a user.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    there = set(font_manager.get_font_names())
    wanted = (*([first] if first else []), *PREFERRED_FONTS)
    chosen = next((name for name in wanted if name in there), "DejaVu Sans")
    fallbacks = [name for name in FALLBACK_FONTS if name in there and name != chosen]
    return (chosen, *fallbacks)


def contrast_to_white(colour: str) -> float:
    """Return the contrast ratio of a colour to white paper, 1 (white) to 21 (black).

    By the relative luminance of WCAG 2.2 (W3C, 2023).

    Parameters
    ----------
    colour : str
        ``#RRGGBB``.
    """
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def default_looks(arms: Iterable[str], reference: str | None = None) -> list[ArmLook]:
    """Return how arms are drawn that no config gives a label or colour.

    Parameters
    ----------
    arms : iterable of str
        Their names, in order.
    reference : str, optional
        The reference arm; the first where none is given.

    Returns
    -------
    list of ArmLook
        The reference grey with a solid line; the others take the palette in order, and marker and
        line style change with every arm.
    """
    arms = list(arms)
    reference = arms[0] if reference is None and arms else reference
    places = {reference: 0}
    for arm in arms:
        places.setdefault(arm, len(places))
    return [
        ArmLook(
            arm=arm,
            label=arm,
            colour=PALETTE[(places[arm] - 1) % len(PALETTE)] if places[arm] else REFERENCE_COLOUR,
            marker=MARKERS[places[arm] % len(MARKERS)],
            line_style=LINE_STYLES[places[arm] % len(LINE_STYLES)],
        )
        for arm in arms
    ]


def arm_looks(config: StudyConfig) -> list[ArmLook]:
    """Return how each arm of a study is drawn, in the config's order.

    That is :func:`default_looks` with the config's labels, and its colours where it has any.

    Parameters
    ----------
    config : StudyConfig
        The study.
    """
    return [
        replace(
            look,
            label=config.arm_label(look.arm),
            colour=config.arms[look.arm].colour or look.colour,
        )
        for look in default_looks(config.arms, config.reference_arm)
    ]
