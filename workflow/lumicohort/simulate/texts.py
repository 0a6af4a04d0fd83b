"""ClickInfo.txt and AnalyzedClickInfo.txt as Living Image writes them.

Only the keys that say something about a bioluminescence click are written; serial numbers are
`SIM…` and the comment says that the click is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from lumicohort.simulate.camera import Camera

_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
"""Living Image counts seconds from here, in UTC."""

_LABELS = (
    "User",
    "Group",
    "Experiment",
    "Comment1",
    "Comment2",
    "Time Point",
    "Animal Number",
    "Animal Strain",
    "Animal Model",
    "Sex",
    "View",
    "Cell Line",
    "Reporter",
    "Treatment",
    "Luc Injection Time",
    "IACUC Number",
)


def click_info(
    name: str, when: datetime, camera: Camera, exposure_s: float, bias_level: float
) -> str:
    """Return the text of ClickInfo.txt.

    Parameters
    ----------
    name : str
        The click's number.
    when : datetime
        Start of the luminescent exposure, with its UTC offset.
    camera : Camera
        The camera.
    exposure_s : float
        Luminescent exposure (s).
    bias_level : float
        Read bias level (counts).

    Returns
    -------
    str
        Lines ended by a line feed.
    """
    lines = [f"*** ClickNumber:\t{name}", "ClickInfoType:\tRawData"]
    lines += ["Living Image Version:\t4.7.3 (simulated)", "Modified Since Saved:\t0", ""]
    lines += _labels({})
    lines += _images(when, camera, exposure_s, bias_level)
    lines += _camera(camera)
    return "\n".join(lines) + "\n"


def analyzed_click_info(
    name: str,
    when: datetime,
    camera: Camera,
    exposure_s: float,
    bias_level: float,
    labels: Mapping[str, str],
) -> str:
    """Return the text of AnalyzedClickInfo.txt: the labels that the user typed, and no ROIs."""
    lines = [f"*** ClickNumber:\t{name}", "ClickInfoType:\tSingleClickAnalysis", ""]
    lines += _images(when, camera, exposure_s, bias_level)
    lines += _labels(labels)
    lines += ["*** ROIs:\t", "", "*** Tags:\t", "", "*** Comments:\t", ""]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> list[str]:
    return [
        "*** User Label Name Set:\tLiving Image Universal",
        *(f"{label}:\t{labels.get(label, '')}" for label in _LABELS),
        "",
    ]


def _images(when: datetime, camera: Camera, exposure_s: float, bias_level: float) -> list[str]:
    acquired = [
        f"Acquisition Date:\t{when:%A, %B} {when.day}, {when.year}",
        f"Acquisition Time:\t{when:%H:%M:%S}",
        f"Acquisition Seconds:\t{int((when - _EPOCH).total_seconds())}",
        "Pixel Width:\t1",
        "Pixel Height:\t1",
    ]
    lines = ["*** photographic image:\tphotograph.TIF", *acquired]
    lines += [f"Binning Factor:\t{camera.photo_binning}", "Image Units:\tcounts", "f Number:\t8"]
    lines += [f"Field of View:\t{camera.fov_cm:g}", "Exposure Time Sec:\t0.2"]
    lines += ["Subject size:\t1.5", "Error Wave:\tNo Error", ""]
    for section, file, seconds in (
        ("darkcharge", "background.TIF", exposure_s),
        ("readbias", "readbias.TIF", 0.0),
    ):
        lines += [f"*** {section} image:\t{file}", *acquired, "Data Multiplier:\t10"]
        if section == "darkcharge":
            lines += [f"Read Bias Level:\t{bias_level:.3f}"]
        lines += [f"Binning Factor:\t{camera.binning}", "Demand Temperature:\t-90"]
        lines += ["Measured Temperature:\t-90", "Temperature Lock Status:\tLocked"]
        lines += [f"Background Exposure (Seconds):\t{seconds:g}", ""]
    lines += ["*** luminescent image:\tluminescent.TIF", *acquired, "Image Units:\tcounts"]
    lines += [f"Binning Factor:\t{camera.binning}"]
    lines += [f"Luminescent Exposure (Seconds):\t{exposure_s:g}"]
    lines += ["Luminescent Exposure Units:\tsec", f"f Number:\t{camera.f_number:g}"]
    lines += [f"Field of View:\t{camera.fov_cm:g}", f"Read Bias Level:\t{bias_level:.3f}"]
    lines += ["Emission filter:\tOpen", "Filter Position:\t1", "Excitation filter:\tBlock"]
    lines += ["Subject size:\t1.5", "Demand Temperature:\t-90", "Measured Temperature:\t-90"]
    lines += ["Error Wave:\tNo Error", "Cosmic:\t0", "Background Corrected:\t0"]
    lines += ["Flat Field Corrected:\t0", "Cosmic Corrected:\t0", "Intensity Calibration:\tcounts"]
    return [*lines, ""]


def _camera(camera: Camera) -> list[str]:
    lines = ["*** Camera System Info:\t", "#" * 65, "#\tSimulated camera", "#" * 65]
    lines += ["Camera System ID:\tSIM0000", "System Configuration:\tIVIS 200 Spectrum (simulated)"]
    lines += ["Camera Serial Number:\tSIM-00001", ""]
    lines += [f"CCD Saturation Level:\t{camera.saturation_counts:g}", ""]
    shelves = sorted({fov for fov, _ in camera.coefficients})
    letters = dict(zip(shelves, "ABCD", strict=False))
    lines += [f"Shelf Position {letters[fov]} FOV:\t{fov:g}" for fov in shelves]
    lines += ["", "#" * 65, "# \tAbsolute Light Intensity Calibration\t2019-01-07", "#" * 65]
    lines += [
        f"Coef C-ccd at FOV {fov:g}, f{f:g}:\t{value:.3E}"
        for (fov, f), value in camera.coefficients.items()
    ]
    lines += ["", "C-ccd Calibration units:\tp/sec/cm2/sr", ""]
    lines += [
        f"Shelf Position {letters[fov]} FF5 f/{f:g} Coefs:\t" + ",".join(f"{k:.6f}" for k in coefs)
        for (fov, f), coefs in camera.flat_fields.items()
    ]
    return [*lines, "", "#", "#\tEnd of CameraInfo.txt", "#"]
