"""Which bias and dark frames of a click are fit for use, and what stands in for those that are not.

Living Image measures a dark frame (`background.TIF`) and a read-bias frame (`readbias.TIF`)
once for each exposure and binning, and a new `Read Bias Level` at every click, because the bias
drifts. So the level is the luminescent image's own, the structure comes from the frames:

    net = counts - level - structure - dark
    structure = readbias / multiplier - its mean
    dark = (background - readbias) / multiplier

With both frames this is counts - (background / multiplier + drift), drift = level - mean bias.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lumicohort.errors import InputError
from lumicohort.living_image.click import Click
from lumicohort.living_image.texts import Section
from lumicohort.radiometry.checks import FAR_COUNTS, check_bias_frame
from lumicohort.radiometry.steps import bias_structure, dark_charge
from lumicohort.radiometry.stored_frames import StoredFrame, stored_frame
from lumicohort.ranks import median

_SMOOTH = 1 / 12  # of the image's side: 20 pixels at 240, which leaves 0.03 counts of noise
_NEGATIVE_COUNTS = -3.0  # a median dark charge below this is no charge: frames swapped or stale
_TOO_BRIGHT_COUNTS = 5.0  # an image holds at least its dark charge; the bias drifts by less
_CONSTANT_COUNTS = 1.0  # a constant dark frame, which no camera makes, gets no such allowance
_OUTLIER_COUNTS = 50.0
"""How far a pixel of the dark frame lies from the usual charge before it is looked for in the image
as well: `Dark Charge Outlier Limit` of a real camera's text, whose use there is not known."""
_MOST_ALONE = 0.01  # of the pixels: with more lost, the rest is not to be trusted
_EXPOSURE = "Background Exposure (Seconds)"


@dataclass
class Frames:
    """Bias and dark of one click, in counts.

    Parameters
    ----------
    structure : numpy.ndarray, shape (n, n), or None
        Structure of the read bias.
    dark : numpy.ndarray, shape (n, n), or None
        Dark charge; None where no frame is fit for use. Neither array is to be changed: the next
        click may have the same frames.
    dark_usual : float
        Its median.
    variance : float
        Variance (counts²) that the frames' own noise adds to a pixel.
    applied : dict
        What was used.
    flags : list of str
        What was refused and what stands in.
    """

    structure: np.ndarray | None = None
    dark: np.ndarray | None = None
    dark_usual: float = 0.0
    variance: float = 0.0
    applied: dict[str, object] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


def bias_and_dark(click: Click, counts: np.ndarray) -> Frames:
    """Read and check a click's bias and dark frames.

    Parameters
    ----------
    click : Click
        The click.
    counts : numpy.ndarray, shape (n, n)
        The luminescent image as stored.

    Returns
    -------
    Frames
        Flags: `readbias_missing`, `readbias_refused_<why>`, `dark_missing`,
        `dark_refused_<why>`, `dark_scaled_to_exposure`, `dark_exposure_unknown`,
        `dark_from_bias_level` (no bias frame: the dark frame's own `Read Bias Level` stands in),
        `readbias_constant` and `dark_constant` (frames without any noise, which no camera makes,
        used because they fit the text and the image), `dark_outliers_replaced` (pixels far off in
        the dark frame and not in the image have its usual charge).
        Whys: `unreadable`, `undescribed`, `shape`, `binning`, `constant`, `multiplier`,
        `no_bias`, `exposure`, `negative`, `brighter_than_image`, `outliers`.

    Raises
    ------
    InputError
        When the bias frame and the stated `Read Bias Level` contradict each other.
    """
    shape = counts.shape
    frames = Frames()
    bias_section = click.info.find("readbias image")
    dark_section = click.info.find("darkcharge image")
    bias = _usable(click, "readbias", bias_section, shape, frames.flags)
    dark = _usable(click, "dark", dark_section, shape, frames.flags)
    level = None
    if bias is not None:
        assert bias_section is not None
        level = _BiasLevel(bias, _multiplier(bias_section))
        check_bias_frame(click, level.mean, "the mean of readbias.TIF is")
        frames.applied["bias_frame"] = "readbias.TIF"
    if dark is not None:
        assert dark_section is not None
        _measure_dark(click, frames, dark, dark_section, level, counts)
    if level is not None:
        # With a dark frame, the bias frame's noise cancels; without one it is smoothed away.
        smooth = None if frames.dark is not None else max(3, round(_SMOOTH * shape[0]))
        frames.structure = level.structure(smooth)
    return frames


@dataclass(frozen=True)
class _BiasLevel:
    """The read bias of a frame, in counts."""

    frame: StoredFrame
    multiplier: float

    @property
    def counts(self) -> np.ndarray:
        return self.frame.pixels / self.multiplier

    @property
    def mean(self) -> float:
        return self.frame.once(("mean", self.multiplier), lambda: float(self.counts.mean()))

    def structure(self, smooth: int | None) -> np.ndarray:
        """Return how it deviates from its mean; see :func:`bias_structure`."""
        return self.frame.once(
            ("structure", self.multiplier, smooth),
            lambda: bias_structure(self.counts, smooth, self.mean),
        )


def _measure_dark(
    click: Click,
    frames: Frames,
    dark: StoredFrame,
    section: Section,
    bias: _BiasLevel | None,
    counts: np.ndarray,
) -> None:
    """Put the dark charge into `frames`, or the flag that says why not."""
    multiplier = _multiplier(section)
    level: _BiasLevel | float
    if bias is not None:
        level, source = bias, "readbias.TIF"
    elif section.get("Read Bias Level") is not None:
        level, source = section.number("Read Bias Level"), "Read Bias Level of this frame"
        check_bias_frame(click, level, "the darkcharge section states")
        frames.flags.append("dark_from_bias_level")
    else:
        frames.flags.append("dark_refused_no_bias")
        return
    exposure = section.number(_EXPOSURE, between=(0, 100_000), default=click.exposure_s)
    if exposure == 0:
        frames.flags.append("dark_refused_exposure")
        return
    charge = dark.once(("charge", level, multiplier), lambda: _charge(dark, level, multiplier))
    middle, usual = dark.once(
        ("middle", level, multiplier),
        lambda: (median(charge[::4, ::4]), median(charge[::3, ::3])),
    )
    ratio = click.exposure_s / exposure
    if section.get(_EXPOSURE) is None:
        frames.flags.append("dark_exposure_unknown")
    elif abs(ratio - 1) > 0.01:
        charge = charge * ratio  # dark charge grows in proportion to time
        middle, usual = middle * ratio, usual * ratio
        frames.flags.append("dark_scaled_to_exposure")
    light = median(counts[::4, ::4]) - click.read_bias_level
    if dark.is_constant:
        # a frame filled with some number is told from one that was simulated without noise only
        # by what it would take off the image
        fits = -_CONSTANT_COUNTS < middle < light + _CONSTANT_COUNTS
        frames.flags.append("dark_constant" if fits else "dark_refused_constant")
        if not fits:
            return
    if not _NEGATIVE_COUNTS < middle < light + _TOO_BRIGHT_COUNTS:
        negative = middle <= _NEGATIVE_COUNTS
        frames.flags.append(f"dark_refused_{'negative' if negative else 'brighter_than_image'}")
        return
    far = dark.once(
        ("far", level, multiplier, ratio),
        lambda: np.flatnonzero(np.abs(charge - usual) > _OUTLIER_COUNTS),
    )
    alone = _alone(far, charge, usual, counts - click.read_bias_level) if len(far) else far
    if len(alone) > _MOST_ALONE * counts.size:
        frames.flags.append("dark_refused_outliers")
        return
    if len(alone):
        charge = charge.copy()
        charge.ravel()[alone] = usual
        frames.flags.append("dark_outliers_replaced")
        frames.applied["dark_outliers"] = len(alone)
    frames.dark, frames.dark_usual = charge, usual
    frames.applied |= {"dark_frame": "background.TIF", "dark_bias": source, "dark_scale": ratio}
    frames.variance = (dark.noise_sd / multiplier * ratio) ** 2


def _alone(far: np.ndarray, charge: np.ndarray, usual: float, net: np.ndarray) -> np.ndarray:
    """Return those of some places that are far off in the dark frame and not in the image.

    A hot pixel, or a hot column, has its charge in both. A cosmic hit while the dark frame was
    taken, or a part of its file that was lost, is in the dark frame alone, and would be taken off
    the image. An image holds its dark charge at least; where light hides that, it rises over some
    two opposite neighbours over which the dark frame does.
    """
    n, m = net.shape
    rows, columns = np.divmod(far, m)

    def rises(image: np.ndarray) -> np.ndarray:
        """Return by how much pixels exceed the means of opposite neighbours, edges mirrored."""
        sides = [
            [
                image[_mirrored(rows + k * i, n), _mirrored(columns + k * j, m)].astype(np.float64)
                for k in (-1, 1)
            ]
            for i, j in ((0, 1), (1, 0), (1, 1), (1, -1))
        ]
        return np.array([image.take(far) - (before + behind) / 2 for before, behind in sides])

    above = charge.take(far) - usual
    sign = np.sign(above)
    dark, light = rises(charge) * sign, rises(net) * sign
    shows = dark.max(axis=0)
    # along a hot column the dark frame does not rise either; where light bends, some way is clear
    found = np.where(dark > 0.8 * shows, light, -np.inf).max(axis=0)
    lacks = (above > 0) & (net.take(far) < above / 2)
    return np.asarray(far[lacks | ((shows > np.abs(above) / 2) & (found < shows / 2))])


def _mirrored(places: np.ndarray, n: int) -> np.ndarray:
    """Return rows or columns with those beyond the edge mirrored at it."""
    return np.asarray((n - 1) - np.abs((n - 1) - np.abs(places)))


def _charge(dark: StoredFrame, level: _BiasLevel | float, multiplier: float) -> np.ndarray:
    bias = level.counts if isinstance(level, _BiasLevel) else level
    return dark_charge(dark.pixels, bias, multiplier)


def _multiplier(section: Section) -> float:
    """Return by how much a frame is stored enlarged (10 on real clicks)."""
    return section.number("Data Multiplier", between=(0.1, 1000))


def _usable(
    click: Click, what: str, section: Section | None, shape: tuple[int, ...], flags: list[str]
) -> StoredFrame | None:
    """Return a frame that is fit for use, or None and the flag that says why not."""
    path = click.file("readbias.TIF" if what == "readbias" else "background.TIF")
    if path is None:
        flags.append(f"{what}_missing")
        return None
    try:
        frame = stored_frame(path)
    except InputError:
        flags.append(f"{what}_refused_unreadable")
        return None
    pixels = frame.pixels
    reason = None
    if section is None:
        reason = "undescribed"
    elif pixels.shape != shape:
        reason = "shape"
    elif section.integer("Binning Factor", default=click.binning) != click.binning:
        reason = "binning"
    elif section.get("Data Multiplier") is None:
        reason = "multiplier"
    elif what == "readbias" and frame.is_constant:
        level = float(pixels[0, 0]) / _multiplier(section)
        if abs(level - click.read_bias_level) > FAR_COUNTS:
            reason = "constant"
        else:
            flags.append("readbias_constant")
    if reason is not None:
        flags.append(f"{what}_refused_{reason}")
        return None
    return frame
