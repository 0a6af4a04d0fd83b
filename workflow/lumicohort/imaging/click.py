"""Measuring one click: photograph to regions, counts to radiance, both to rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lumicohort.errors import InputError, Problem
from lumicohort.study.config.imaging import Imaging

if TYPE_CHECKING:
    from lumicohort.living_image import Click
    from lumicohort.radiometry import RadianceImage
    from lumicohort.regions.measure import Measurement
    from lumicohort.regions.mouse import Mouse
    from lumicohort.regions.region import Region


@dataclass(frozen=True, slots=True)
class Animal:
    """An animal expected on a click.

    Parameters
    ----------
    animal_id : str
        The animal.
    position : int
        Its place as written: 1 is leftmost; beds may be empty.
    luciferin_minutes : float or None
        Minutes from luciferin to the exposure, where they are known.
    luciferin_mg_per_kg : float or None
        Dose, where it is known.
    flags : tuple of str
        What a reader of its numbers should know.
    """

    animal_id: str
    position: int
    luciferin_minutes: float | None = None
    luciferin_mg_per_kg: float | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredClick:
    """Everything measured on one click.

    Parameters
    ----------
    click : Click
        The click.
    animals : tuple of Animal
        Animals, left to right.
    image : RadianceImage
        Its radiance.
    photograph : ndarray of uint8, shape (n, n)
        The photograph for display, in the luminescent image's pixels.
    mice : tuple of Mouse or None
        Mice in the photograph; None where drawn ROIs stand in for them.
    labels, neuraxis : ndarray of uint8, shape (n, n)
        Which animal (1, 2, …) each pixel of the bodies, and of the neuraxis, belongs to.
    rows : tuple of Measurement
        Animal by animal, region by region.
    method : str
        Where the regions come from.
    flags : tuple of str
        What a reader of the click's numbers should know.
    """

    click: Click
    animals: tuple[Animal, ...]
    image: RadianceImage
    photograph: NDArray[np.uint8]
    mice: tuple[Mouse, ...] | None
    labels: NDArray[np.uint8]
    neuraxis: NDArray[np.uint8]
    rows: tuple[Measurement, ...]
    method: str
    flags: tuple[str, ...] = field(default=())

    @property
    def suspicion(self) -> float:
        """The greatest suspicion among its mice; 1 where the photograph told nothing."""
        return max((m.suspicion for m in self.mice), default=1.0) if self.mice else 1.0


def measure_click(
    click: Click,
    animals: Sequence[Animal],
    config: Imaging,
    named_by: str,
    flags: Sequence[str] = (),
) -> MeasuredClick:
    """Measure every region of every animal on a click.

    Parameters
    ----------
    click : Click
        The click.
    animals : sequence of Animal
        The animals on it, left to right.
    config : Imaging
        Calibration, regions, detection.
    named_by : str
        What names the animals (`the imaging sheet`), for messages.
    flags : sequence of str, optional
        What is already known to be remarkable about the click.

    Returns
    -------
    MeasuredClick
        The rows and what they came from.

    Raises
    ------
    InputError
        Where an image is damaged, a coefficient is missing, or the photograph does not show the
        animals that are named.
    """
    from lumicohort.radiometry import calibrate
    from lumicohort.regions.anatomy import anatomy_regions, body_map
    from lumicohort.regions.background import measure_background, response_of
    from lumicohort.regions.drawn import drawn_regions
    from lumicohort.regions.measure import measure_regions
    from lumicohort.regions.spill import predict_spill

    if not animals:
        raise InputError(Problem(f"{named_by} names no animal on this click.", click.folder))
    photograph = click.photograph()
    image = calibrate(click, config.calibration)
    method, margin = config.regions.method, config.regions.margin_cm
    mice, doubts = _find(click, photograph, len(animals), method, named_by)
    flags = [*flags, *image.flags, *doubts]
    where = body_map(mice or (), image.n, image.fov_cm, margin)
    if method == "anatomy":
        regions = anatomy_regions(mice or (), where, config.regions)
    else:
        regions = drawn_regions(click, image.n, mice, [a.animal_id for a in animals])
    distance = where.distance_cm if mice else _away_from(regions, image.n, image.pixel_cm)
    background = measure_background(image, distance, response_of(image))
    spill = predict_spill(image, where, background, margin) if mice else None
    rows = measure_regions(
        image, regions, background, config.detection, where if mice else None, spill, margin
    )
    for row in rows:
        if row.n_pixels == 0:
            name = animals[row.place - 1].animal_id
            raise InputError(
                Problem(
                    f"the region `{row.region}` of animal `{name}` covers no pixel.", click.folder
                )
            )
    labels = where.dilated(margin) if mice else _labelled(regions, image.n)
    neuraxis = _labelled([r for r in regions if r.name == "neuraxis"] or regions, image.n)
    return MeasuredClick(
        click=click,
        animals=tuple(animals),
        image=image,
        photograph=for_display(photograph, image.n),
        mice=None if mice is None else tuple(mice),
        labels=labels,
        neuraxis=neuraxis,
        rows=tuple(rows),
        method=method,
        flags=tuple(dict.fromkeys(flags)),
    )


def _find(
    click: Click, photograph: np.ndarray, expected: int, method: str, named_by: str
) -> tuple[list[Mouse] | None, list[str]]:
    """Find the mice; with drawn ROIs, a photograph that shows something else is only flagged."""
    from lumicohort.regions.mice import find_mice
    from lumicohort.regions.mouse import MiceNotFound

    file = click.file("photograph.TIF") or click.folder
    try:
        return find_mice(photograph, click.fov_cm, expected, file=file, named_by=named_by), []
    except MiceNotFound:
        if method == "anatomy":
            raise
        return None, ["mice_not_found_in_photograph"]


def _away_from(regions: Sequence[Region], n: int, pixel_cm: float) -> NDArray[np.float32]:
    """Return the distance (cm) of each pixel to the nearest region."""
    from scipy.ndimage import distance_transform_edt

    away = _labelled(regions, n) == 0
    return np.asarray(distance_transform_edt(away) * pixel_cm, dtype=np.float32)


def _labelled(regions: Sequence[Region], n: int) -> NDArray[np.uint8]:
    out = np.zeros((n, n), dtype=np.uint8)
    for region in regions:
        out[region.window][region.mask] = region.place
    return out


def for_display(photograph: np.ndarray, n: int) -> NDArray[np.uint8]:
    """Return a photograph as 8-bit grey of n by n pixels, metal and reflections clipped.

    Coats keep their shading: they are the brightest of what is not metal, so the scale ends
    above them, and light colours of the radiance still stand out on them.
    """
    side = photograph.shape[0]
    if side % n == 0:
        from lumicohort.regions.photograph import shrunk

        small = shrunk(photograph, side // n)
    else:
        from skimage.transform import resize

        small = resize(
            photograph.astype(np.float32),
            (n, n),
            order=1,
            anti_aliasing=side > n,
            preserve_range=True,
        )
    low, high = np.percentile(small, [0.5, 98.0])
    grey = np.clip((small - low) / max(1.35 * float(high - low), 1e-9), 0, 1)
    return np.asarray(np.round(255 * grey**0.7), dtype=np.uint8)
