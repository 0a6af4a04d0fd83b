"""Measured clicks as rows of the result tables and arrays of the previews."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from lumicohort.imaging.click import MeasuredClick
from lumicohort.regions.region import find_centres

SUSPICIOUS = 0.5
"""A mouse of this suspicion or more is flagged `suspicious_mouse`."""


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
    find_centres(measured.regions, measured.image.n)
    suspicions = {place: measured.suspicion_at(place) for place in {r.place for r in measured.rows}}
    for row, region in zip(measured.rows, measured.regions, strict=True):
        animal = measured.animals[row.place - 1]
        x_cm, y_cm = region.centre_cm(measured.image.pixel_cm)
        suspicion = 0.0 if region.accepted else suspicions[row.place]
        mouse = measured.mice[row.place - 1] if measured.mice else None
        flags = [*row.flags, *animal.flags]
        minutes = animal.luciferin_minutes
        if minutes is not None and not luciferin[0] <= minutes <= luciferin[1]:
            flags.append("luciferin_minutes_outside_window")
        if mouse is not None and suspicion >= SUSPICIOUS:
            flags.append("suspicious_mouse")
        out.append(
            {
                "batch": batch,
                "click": measured.click.name,
                "animal_id": region.animal_id or animal.animal_id,
                "region": row.region,
                "roi_method": region.method or measured.method,
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
                "suspicion": suspicion,
                "doubts": "" if mouse is None else ";".join(mouse.reasons),
                "reason": region.rejected,
                "roi_x_cm": x_cm,
                "roi_y_cm": y_cm,
                "roi_placed": region.placed,
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
    "reason",
    "roi_x_cm",
    "roi_y_cm",
    "roi_placed",
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
        "luminescent_sha256": measured.luminescent_sha256,
        "calibration": json.dumps(measured.image.applied, ensure_ascii=False),
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
    "luminescent_sha256",
    "calibration",
]
"""Columns of `clicks.csv`: those of the results contract first."""
