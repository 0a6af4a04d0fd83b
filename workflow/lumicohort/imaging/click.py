"""Measuring one click: photograph to regions, counts to radiance, both to rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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

SUSPICIOUS = 0.5
"""A mouse of this suspicion or more is flagged `suspicious_mouse`."""


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
    """Return a photograph as 8-bit grey of n by n pixels, metal and reflections clipped."""
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
    low, high = np.percentile(small, [0.5, 98.5])
    grey = np.clip((small - low) / max(float(high - low), 1e-9), 0, 1)
    return np.asarray(np.round(255 * np.sqrt(grey)), dtype=np.uint8)


def roi_rows(
    measured: MeasuredClick, batch: str, luciferin: tuple[float, float]
) -> list[dict[str, Any]]:
    """Return a click's rows of `rois.csv`.

    Parameters
    ----------
    measured : MeasuredClick
        The click.
    batch : str
        Its batch.
    luciferin : (float, float)
        Minutes after luciferin within which a row is not flagged.

    Returns
    -------
    list of dict
        One a region, with the columns of the results contract and further ones.
    """
    out = []
    for row in measured.rows:
        animal = measured.animals[row.place - 1]
        mouse = measured.mice[row.place - 1] if measured.mice else None
        flags = [*row.flags, *animal.flags]
        minutes = animal.luciferin_minutes
        if minutes is not None and not luciferin[0] <= minutes <= luciferin[1]:
            flags.append("luciferin_minutes_outside_window")
        if mouse is not None and mouse.suspicion >= SUSPICIOUS:
            flags.append("suspicious_mouse")
        out.append(
            {
                "batch": batch,
                "click": measured.click.name,
                "animal_id": animal.animal_id,
                "region": row.region,
                "roi_method": measured.method,
                "source": measured.image.source,
                "n_pixels": row.n_pixels,
                "area_cm2": row.area_cm2,
                "total_flux_p_s": row.total_flux_p_s,
                "total_flux_se_p_s": row.total_flux_se_p_s,
                "net_flux_p_s": row.net_flux_p_s,
                "avg_radiance_p_s_cm2_sr": row.avg_radiance_p_s_cm2_sr,
                "max_radiance_p_s_cm2_sr": row.max_radiance_p_s_cm2_sr,
                "background_radiance_p_s_cm2_sr": row.background_radiance_p_s_cm2_sr,
                "lod_p_s": row.lod_p_s,
                "below_lod": row.below_lod,
                "n_saturated": row.n_saturated,
                "n_cosmic": row.n_cosmic,
                "flags": ";".join(dict.fromkeys([*flags, *measured.flags])),
                "net_flux_se_p_s": row.net_flux_se_p_s,
                "spill_p_s": row.spill_p_s,
                "position": animal.position,
                "luciferin_minutes": np.nan if minutes is None else minutes,
                "luciferin_mg_per_kg": (
                    np.nan if animal.luciferin_mg_per_kg is None else animal.luciferin_mg_per_kg
                ),
                "mouse_length_cm": np.nan if mouse is None else mouse.length_cm,
                "mouse_width_cm": np.nan if mouse is None else mouse.width_cm,
                "suspicion": 1.0 if mouse is None else mouse.suspicion,
                "doubts": "" if mouse is None else ";".join(mouse.reasons),
            }
        )
    return out


ROI_COLUMNS = [
    "batch",
    "click",
    "animal_id",
    "region",
    "roi_method",
    "source",
    "n_pixels",
    "area_cm2",
    "total_flux_p_s",
    "total_flux_se_p_s",
    "net_flux_p_s",
    "avg_radiance_p_s_cm2_sr",
    "max_radiance_p_s_cm2_sr",
    "background_radiance_p_s_cm2_sr",
    "lod_p_s",
    "below_lod",
    "n_saturated",
    "n_cosmic",
    "flags",
    "net_flux_se_p_s",
    "spill_p_s",
    "position",
    "luciferin_minutes",
    "luciferin_mg_per_kg",
    "mouse_length_cm",
    "mouse_width_cm",
    "suspicion",
    "doubts",
]
"""Columns of `rois.csv`: those of the results contract first."""


def click_row(measured: MeasuredClick, batch: str, where: str) -> dict[str, Any]:
    """Return a click's row of `clicks.csv`.

    Parameters
    ----------
    measured : MeasuredClick
        The click.
    batch : str
        Its batch.
    where : str
        Its folder, relative to the batch.

    Returns
    -------
    dict
        The columns of :data:`CLICK_COLUMNS`.
    """
    click = measured.click
    return {
        "batch": batch,
        "click": click.name,
        "acquired_at": click.acquired_at.isoformat(),
        "view": click.view,
        "exposure_s": click.exposure_s,
        "binning": click.binning,
        "f_number": click.f_number,
        "fov_cm": click.fov_cm,
        "source": measured.image.source,
        "n_expected": len(measured.animals),
        "n_found": len(measured.mice) if measured.mice else 0,
        "saturated": any(row.n_saturated for row in measured.rows),
        "flags": ";".join(measured.flags),
        "suspicion": measured.suspicion,
        "animal_ids": ";".join(a.animal_id for a in measured.animals),
        "camera_id": click.camera.system_id,
        "camera_calibrated": click.camera.calibrated,
        "folder": where,
    }


CLICK_COLUMNS = [
    "batch",
    "click",
    "acquired_at",
    "view",
    "exposure_s",
    "binning",
    "f_number",
    "fov_cm",
    "source",
    "n_expected",
    "n_found",
    "saturated",
    "flags",
    "suspicion",
    "animal_ids",
    "camera_id",
    "camera_calibrated",
    "folder",
]
"""Columns of `clicks.csv`: those of the results contract first."""


def preview_arrays(measured: MeasuredClick) -> Mapping[str, np.ndarray]:
    """Return a click's arrays of `previews.npz` by name."""
    import json

    meta = {
        "pixel_cm": measured.image.pixel_cm,
        "animal_ids": [a.animal_id for a in measured.animals],
        "flags": list(measured.flags),
    }
    return {
        "photograph": measured.photograph,
        "radiance": measured.image.radiance.astype(np.float32),
        "animals": measured.labels,
        "neuraxis": measured.neuraxis,
        "meta": np.array(json.dumps(meta, sort_keys=True, ensure_ascii=False)),
    }
