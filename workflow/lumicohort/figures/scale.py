"""The colour scale of radiance that all pictures of a figure share, and its bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lumicohort.figures.flux_axis import power_of_ten
from lumicohort.figures.layout import Strip
from lumicohort.figures.style import Style

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

    from lumicohort.figures.picture import Picture

RADIANCE_UNIT = "p/s/cm²/sr"


@dataclass(frozen=True, slots=True)
class Scale:
    """The colour scale that all pictures of a figure share.

    Parameters
    ----------
    low, high : float
        Limits in p/s/cm²/sr; radiance below the lower one is not coloured.
    kind : {'log', 'linear'}
        Spacing of the colours.
    colour_map : str
        Name of a matplotlib colour map.
    """

    low: float
    high: float
    kind: Literal["log", "linear"] = "log"
    colour_map: str = "inferno"

    def fractions(self, radiance: np.ndarray) -> np.ndarray:
        """Return the place of each radiance on the scale, 0 to 1."""
        import numpy as np

        clipped = np.clip(radiance, self.low, self.high)
        if self.kind == "log":
            return np.asarray(np.log(clipped / self.low) / math.log(self.high / self.low))
        return np.asarray((clipped - self.low) / (self.high - self.low))

    def words(self) -> str:
        """Return limits and kind in words."""
        low, high = format_radiance(self.low), format_radiance(self.high)
        return f"{low} to {high} {RADIANCE_UNIT}, {self.kind} scale"


def common_scale(
    pictures: Sequence[Picture],
    kind: Literal["log", "linear"],
    colour_map: str,
    limits: tuple[float, float] | None = None,
) -> Scale:
    """Return one colour scale for all pictures of a figure.

    The upper limit is the brightest radiance of the pictures rounded up to 1, 2 or 5; the lower
    one a thousandth (log) or a twentieth (linear) of it, but not below the images' noise, so
    that colour is light from an animal.

    Parameters
    ----------
    pictures : sequence of Picture
        Every picture of the figure.
    kind : {'log', 'linear'}
        Spacing of the colours.
    colour_map : str
        Name of a matplotlib colour map.
    limits : tuple of float, optional
        Limits fixed in the config.
    """
    import numpy as np

    if limits is not None:
        return Scale(*limits, kind, colour_map)
    tops = [float(p.radiance[p.own].max()) for p in pictures if p.own.any()]
    top = max([t for t in tops if math.isfinite(t)], default=1.0)
    high = round_up(max(top, 1.0))
    noise = []
    for picture in pictures:
        # The lower half of the pixels is free of tumour light: 16% lie one SD below the median.
        one_sd_below, middle = np.percentile(picture.radiance, [16, 50])
        noise.append(float(middle - one_sd_below))
    floor = 5 * float(np.percentile(noise, 50)) if noise else 0.0
    low = round_up(max(high / (1000 if kind == "log" else 20), floor, 1.0))
    return Scale(low, max(high, 10 * low), kind, colour_map)


def round_up(value: float) -> float:
    """Return the next of 1, 2, 5 times a power of ten at or above a value."""
    decade = 10.0 ** math.floor(math.log10(value))
    return next(step * decade for step in (1, 2, 5, 10) if step * decade >= value * 0.9999)


def coloured(
    photograph: np.ndarray, radiance: np.ndarray, shown: np.ndarray, scale: Scale
) -> np.ndarray:
    """Return a grey photograph with radiance over it, in colours exactly as in the bar.

    Parameters
    ----------
    photograph : ndarray of uint8, shape (rows, columns)
        The photograph.
    radiance : ndarray of float, shape (rows, columns)
        Radiance in p/s/cm²/sr.
    shown : ndarray of bool, shape (rows, columns)
        Where radiance may be coloured.
    scale : Scale
        The colour scale; radiance below its lower limit is not coloured.

    Returns
    -------
    ndarray of uint8, shape (rows, columns, 3)
        RGB.
    """
    import matplotlib
    import numpy as np

    image = np.repeat(photograph.astype(float)[..., None] / 255, 3, axis=2)
    lit = (radiance >= scale.low) & shown
    colours = matplotlib.colormaps[scale.colour_map](scale.fractions(radiance))[..., :3]
    image[lit] = colours[lit]
    return np.asarray(np.round(image * 255), dtype=np.uint8)


def colour_bar(scale: Scale, style: Style) -> Strip:
    """Return the shared colour bar with its limits, unit and kind of scale."""

    def draw(ax: Axes) -> None:
        import matplotlib
        import numpy as np

        wide = min(12 * style.base + 60, ax.get_xlim()[1] * 0.6)
        thick = 0.8 * style.small
        middle = ax.get_xlim()[1] / 2
        y = 1.35 * style.small + 3
        ramp = matplotlib.colormaps[scale.colour_map](np.linspace(0, 1, 256))[None, :, :3]
        ax.imshow(
            ramp,
            extent=(middle - wide / 2, middle + wide / 2, y, y + thick),
            aspect="auto",
            interpolation="nearest",
        )
        ax.set_xlim(0, ax.get_xlim()[1])
        for value in _bar_ticks(scale):
            place = float(scale.fractions(np.array([value]))[0])
            at = middle - wide / 2 + place * wide
            ax.plot([at, at], [y, y - 2], color="black", linewidth=style.thin, clip_on=False)
            ax.text(at, y - 3, format_radiance(value), ha="center", va="top", fontsize=style.small)
        ax.text(
            middle,
            y + thick + 2.5,
            f"Radiance ({RADIANCE_UNIT}), {scale.kind} scale",
            ha="center",
            va="baseline",
            fontsize=style.small,
        )

    return Strip(3.9 * style.small + 4, draw)


def _bar_ticks(scale: Scale) -> list[float]:
    """Return the limits, and the decades between them that are not crowded by a limit."""
    if scale.kind == "linear":
        return [scale.low, (scale.low + scale.high) / 2, scale.high]
    first, last = math.ceil(math.log10(scale.low)), math.floor(math.log10(scale.high))
    span = math.log10(scale.high / scale.low)
    inner = [
        10.0**e
        for e in range(first, last + 1)
        if min(e - math.log10(scale.low), math.log10(scale.high) - e) > 0.18 * span
    ]
    return [scale.low, *inner, scale.high]


def format_radiance(value: float) -> str:
    """Return a radiance as ``5×10⁴``."""
    exponent = math.floor(math.log10(value) + 1e-12)
    digit = value / 10.0**exponent
    if abs(digit - 1) < 1e-6:
        return power_of_ten(exponent)
    return f"{digit:.2g}×{power_of_ten(exponent)}"
