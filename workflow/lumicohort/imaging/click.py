"""Measuring one click: photograph to regions, counts to radiance, both to rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lumicohort.errors import InputError, Problem
from lumicohort.imaging.animal import Animal
from lumicohort.regions.drawn import NOT_FOUND, NOT_LOOKED_FOR
from lumicohort.study.config.imaging import Imaging

if TYPE_CHECKING:
    from lumicohort.living_image import Click
    from lumicohort.radiometry import RadianceImage
    from lumicohort.regions.anatomy import BodyMap
    from lumicohort.regions.background import Background
    from lumicohort.regions.measure import Measurement
    from lumicohort.regions.mouse import Mouse
    from lumicohort.regions.region import Region
    from lumicohort.regions.review import Correction, NotApplied


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
    photograph : ndarray, shape (m, m)
        The photograph as stored, counts; of shape (0, 0) where it was not looked at.
    mice : tuple of Mouse or None
        Mice in the photograph; None where drawn ROIs stand in for them.
    bodies : ndarray of uint8, shape (n, n), or None
        Which animal (1, 2, …) each pixel of the bodies in the photograph belongs to; None where
        no mice were found there.
    rows : tuple of Measurement
        Animal by animal, region by region.
    method : str
        Where the regions come from.
    regions : tuple of Region
        The regions, in the order of `rows`.
    flags : tuple of str
        What a reader of the click's numbers should know.
    not_applied : tuple of NotApplied
        Reviewers' corrections that could not be applied.
    """

    click: Click
    animals: tuple[Animal, ...]
    image: RadianceImage
    photograph: NDArray[np.generic]
    mice: tuple[Mouse, ...] | None
    bodies: NDArray[np.uint8] | None
    rows: tuple[Measurement, ...]
    method: str
    regions: tuple[Region, ...]
    flags: tuple[str, ...] = field(default=())
    not_applied: tuple[NotApplied, ...] = ()

    @property
    def luminescent_sha256(self) -> str:
        """SHA-256 of the luminescent image, by which reviewers' corrections are tied to it."""
        return _digest(self.click)

    @property
    def labels(self) -> NDArray[np.uint8]:
        """Which animal (1, 2, …) each pixel belongs to: of the bodies, or of drawn ROIs."""
        return self.bodies if self.bodies is not None else _labelled(self.regions, self.image.n)

    @property
    def neuraxis(self) -> NDArray[np.uint8]:
        """Which animal's neuraxis (else: region) each pixel belongs to, shape (n, n)."""
        own = [region for region in self.regions if region.name == "neuraxis"]
        return _labelled(own or self.regions, self.image.n)

    @property
    def suspicion(self) -> float:
        """The greatest suspicion among its animals; 1 where the photograph told nothing."""
        places = range(1, len(self.animals) + 1)
        return max((self.suspicion_at(place) for place in places), default=1.0)

    def suspicion_at(self, place: int) -> float:
        """Return an animal's suspicion: 0 where a reviewer accepted or drew all its regions."""
        from lumicohort.regions.review import METHOD

        own = [r for r in self.regions if r.place == place]
        if own and all(r.accepted or r.method == METHOD for r in own):
            return 0.0
        return self.mice[place - 1].suspicion if self.mice else 1.0

    @property
    def without_region(self) -> tuple[str, ...]:
        """Animals of which no region was drawn."""
        drawn = {region.place for region in self.regions}
        return tuple(a.animal_id for k, a in enumerate(self.animals, start=1) if k not in drawn)


def measure_click(
    click: Click,
    animals: Sequence[Animal],
    config: Imaging,
    named_by: str,
    flags: Sequence[str] = (),
    corrections: Sequence[Correction] = (),
    rois: Path | None = None,
    use_photograph: bool = True,
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
    corrections : sequence of Correction, optional
        A reviewer's corrections of this click.
    rois : Path, optional
        Folder or file of ImageJ ROIs, for the method `imagej`.
    use_photograph : bool, optional
        Whether mice are looked for. Drawn ROIs can do without: the background is then taken away
        from the ROIs instead of the bodies, no light of neighbours is predicted, and rows are
        flagged `photograph_not_used`.

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
    from lumicohort.regions.anatomy import body_map
    from lumicohort.regions.background import measure_background, response_of
    from lumicohort.regions.off_animals import FLAG as OFF
    from lumicohort.regions.off_animals import brightest_off_animals
    from lumicohort.regions.review import review_regions, usable

    if not animals:
        raise InputError(Problem(f"{named_by} names no animal on this click.", click.folder))
    ids = [a.animal_id for a in animals]
    if not use_photograph and config.regions.method not in _DRAWN:
        raise ValueError(f"the method {config.regions.method} needs the photograph")
    photograph = click.photograph() if use_photograph else _NO_PHOTOGRAPH
    image = calibrate(click, config.calibration)
    digest = _digest(click) if corrections else ""
    fit, not_applied = usable(corrections, ids, digest, click.fov_cm)
    method, margin = config.regions.method, config.regions.margin_cm
    mice: list[Mouse] | None = None
    doubts = [NOT_LOOKED_FOR]
    if use_photograph:
        mice, doubts = _find(click, photograph, ids, method, named_by, fit)
    where = body_map(mice, image.n, image.fov_cm, margin) if mice else _nowhere(image)
    background = None
    if mice:
        background = measure_background(image, where.distance_cm, response_of(image))
    absent = NOT_FOUND if use_photograph else NOT_LOOKED_FOR
    regions = _regions(click, image, mice, where, background, ids, config, rois, absent)
    if fit:
        reviewed = review_regions(regions, fit, ids, image.n, image.pixel_cm)
        regions = list(reviewed.regions)
        not_applied += reviewed.not_applied
    rows = _measured(image, regions, mice, where, background, config)
    for row in rows:
        if row.n_pixels == 0:
            raise InputError(
                Problem(
                    f"the region `{row.region}` of animal `{ids[row.place - 1]}` covers no pixel.",
                    click.folder,
                )
            )
    measured = MeasuredClick(
        click=click,
        animals=_reassigned(animals, regions),
        image=image,
        photograph=photograph,
        mice=None if mice is None else tuple(mice),
        bodies=where.dilated(margin) if mice else None,
        rows=tuple(rows),
        method=method,
        regions=tuple(regions),
        not_applied=tuple(not_applied),
    )
    flags = [*flags, *image.flags, *doubts]
    flags += ["correction_not_applied"] if not_applied else []
    flags += ["animal_without_roi"] if measured.without_region else []
    flags += [OFF] if background and brightest_off_animals(image, background, where) else []
    return replace(measured, flags=tuple(dict.fromkeys(flags)))


def _nowhere(image: RadianceImage) -> BodyMap:
    """Return the map of no bodies, which nothing is asked of."""
    return _empty_map(image.n, image.fov_cm)


@lru_cache(maxsize=1)
def _empty_map(n: int, fov_cm: float) -> BodyMap:
    from lumicohort.regions.anatomy import body_map

    return body_map((), n, fov_cm, 0.0)


def _digest(click: Click) -> str:
    """Return the SHA-256 of a click's luminescent image."""
    from lumicohort.files import sha256

    return sha256(click.file("luminescent.TIF") or click.folder)


def measure_again(measured: MeasuredClick, config: Imaging) -> list[Measurement]:
    """Measure the very regions of a measured click once more, on another image of it.

    Parameters
    ----------
    measured : MeasuredClick
        The click.
    config : Imaging
        Calibration (its source is the other image), detection.

    Returns
    -------
    list of Measurement
        In the order of `measured.regions`.

    Raises
    ------
    InputError
        Where the other image is damaged, missing, or of another shape.
    """
    from lumicohort.radiometry import calibrate
    from lumicohort.regions.anatomy import body_map

    click = measured.click
    image = calibrate(click, config.calibration)
    if image.n != measured.image.n:
        raise InputError(
            Problem(
                f"the click's two images have {measured.image.n} and {image.n} pixels a side.",
                click.folder,
            )
        )
    where = body_map(measured.mice or (), image.n, image.fov_cm, config.regions.margin_cm)
    return _measured(image, measured.regions, measured.mice, where, None, config)


def _measured(
    image: RadianceImage,
    regions: Sequence[Region],
    mice: Sequence[Mouse] | None,
    where: BodyMap,
    background: Background | None,
    config: Imaging,
) -> list[Measurement]:
    """Measure regions; the background too, where that has not been done."""
    from lumicohort.regions.background import measure_background, response_of
    from lumicohort.regions.measure import measure_regions
    from lumicohort.regions.spill import predict_spill

    margin = config.regions.margin_cm
    if background is None:
        distance = where.distance_cm
        if not mice:
            distance = _away_from(tuple(regions), image.n, image.pixel_cm)
        background = measure_background(image, distance, response_of(image))
    spill = predict_spill(image, where, background, margin) if mice else None
    return measure_regions(
        image, regions, background, config.detection, where if mice else None, spill, margin
    )


def _regions(
    click: Click,
    image: RadianceImage,
    mice: Sequence[Mouse] | None,
    where: BodyMap,
    background: Background | None,
    animals: Sequence[str],
    config: Imaging,
    rois: Path | None,
    without_mice: str,
) -> list[Region]:
    """Make the click's regions by the configured method."""
    from lumicohort.regions.anatomy import anatomy_regions
    from lumicohort.regions.contour import contour_regions
    from lumicohort.regions.drawn import covering_others
    from lumicohort.regions.drawn_imagej import imagej_regions
    from lumicohort.regions.drawn_living_image import drawn_regions
    from lumicohort.regions.fixed import fixed_regions
    from lumicohort.regions.region import overlapping

    method = config.regions.method
    if method in _DRAWN:
        if method == "living_image":
            drawn = drawn_regions(click, image.n, mice, animals, config.regions, without_mice)
        else:
            drawn = imagej_regions(
                click, image.n, mice, animals, config.regions, rois, without_mice
            )
        drawn = overlapping(drawn, (image.n, image.n))
        return covering_others(drawn, where.dilated(0.0)) if mice else drawn
    if mice is None or background is None:
        return []  # a reviewer has drawn all of them
    if method == "fixed":
        return fixed_regions(mice, where, config.regions)
    anatomy = anatomy_regions(mice, where, config.regions)
    if method == "contour":
        return contour_regions(image, anatomy, background, config.regions)
    return anatomy


_DRAWN = ("living_image", "imagej")
"""Methods that need no mice in the photograph."""
_NO_PHOTOGRAPH = np.zeros((0, 0), dtype=np.uint16)


def _find(
    click: Click,
    photograph: np.ndarray,
    animals: Sequence[str],
    method: str,
    named_by: str,
    corrections: Sequence[Correction],
) -> tuple[list[Mouse] | None, list[str]]:
    """Find the mice; where all regions are drawn, a photograph that differs is only flagged."""
    from lumicohort.imaging.assign import read_as_one
    from lumicohort.regions.mice import find_mice
    from lumicohort.regions.mouse import MiceNotFound
    from lumicohort.regions.review import replaces_all

    file = click.file("photograph.TIF") or click.folder
    try:
        return find_mice(photograph, click.fov_cm, len(animals), file=file, named_by=named_by), []
    except MiceNotFound as error:
        if method not in _DRAWN and not replaces_all(corrections, animals):
            hint = read_as_one(animals)
            if hint:
                raise MiceNotFound([replace(p, hint=hint) for p in error.problems]) from None
            raise
        return None, [NOT_FOUND]


def _reassigned(animals: Sequence[Animal], regions: Sequence[Region]) -> tuple[Animal, ...]:
    """Return the animals, those of whom a reviewer gave all regions away under the new id."""
    out = []
    for place, animal in enumerate(animals, start=1):
        ids = {region.animal_id for region in regions if region.place == place}
        new = next(iter(ids)) if len(ids) == 1 else ""
        out.append(replace(animal, animal_id=new) if new else animal)
    return tuple(out)


@lru_cache(maxsize=1)
def _away_from(regions: tuple[Region, ...], n: int, pixel_cm: float) -> NDArray[np.float32]:
    """Return the distance (cm) of each pixel to the nearest region."""
    away = np.ones((n, n), dtype=bool)
    for region in regions:
        away[region.window] &= ~region.mask
    return _distance_cm(away.tobytes(), n, pixel_cm)


@lru_cache(maxsize=1)
def _distance_cm(away: bytes, n: int, pixel_cm: float) -> NDArray[np.float32]:
    """Return distances; kept for the next click, which often has the very same regions."""
    from lumicohort.regions.background import CLEAR_CM
    from lumicohort.regions.nearness import distance_cm

    return distance_cm(np.frombuffer(away, dtype=bool).reshape(n, n), pixel_cm, CLEAR_CM)


def _labelled(regions: Sequence[Region], n: int) -> NDArray[np.uint8]:
    out = np.zeros((n, n), dtype=np.uint8)
    for region in regions:
        out[region.window][region.mask] = region.place
    return out
