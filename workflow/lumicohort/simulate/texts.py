"""ClickInfo.txt and AnalyzedClickInfo.txt as Living Image writes them.

Only the keys that say something about a bioluminescence click are written; serial numbers are
`SIM…` and the comment says that the click is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lumicohort.simulate.camera import Camera

_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
"""Living Image counts seconds from here, in UTC."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
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


_IMAGE_LAG = timedelta(seconds=17)
"""The photograph is taken so long before the luminescent image."""


@dataclass(frozen=True)
class Said:
    """What a click's texts say about it.

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
        Read bias of the luminescent image (counts).
    """

    name: str
    when: datetime
    camera: Camera
    exposure_s: float
    bias_level: float


@dataclass(frozen=True)
class Roi:
    """An ellipse that someone drew in the vendor's software.

    Parameters
    ----------
    label : str
        Its label.
    x_cm, y_cm : float
        Its centre, from the image's centre (y downwards).
    width_cm, height_cm : float
        Its full axes.
    """

    label: str
    x_cm: float
    y_cm: float
    width_cm: float
    height_cm: float


def click_info(said: Said) -> str:
    """Return the text of ClickInfo.txt, lines ended by a line feed."""
    lines = [f"*** ClickNumber:\t{said.name}", "ClickInfoType:\tRawData"]
    lines += ["Living Image Version:\t4.7.3 (simulated)", "Modified Since Saved:\t0", ""]
    lines += _labels({})
    lines += _images(said)
    lines += _camera(said.camera)
    return "\n".join(lines) + "\n"


def analyzed_click_info(
    said: Said,
    labels: Mapping[str, str],
    rois: Sequence[Roi] = (),
    extremes: tuple[float, float] | None = None,
) -> str:
    """Return the text of AnalyzedClickInfo.txt.

    Parameters
    ----------
    said : Said
        What is said of the click.
    labels : mapping of str to str
        Labels that the user typed.
    rois : sequence of Roi, optional
        Regions that the user drew.
    extremes : tuple of float, optional
        Smallest and largest radiance of the corrected image, where one was saved.

    Returns
    -------
    str
        Lines ended by a line feed.
    """
    lines = [f"*** ClickNumber:\t{said.name}", "ClickInfoType:\tSingleClickAnalysis", ""]
    lines += _images(said)
    lines += _labels(labels)
    lines += ["*** ROIs:\t"]
    lines += [_roi(i, roi, said.camera) for i, roi in enumerate(rois, 1)]
    lines += ["", "*** Tags:\t", "", "*** Comments:\t", ""]
    if extremes is not None:
        lines += ["*** saved luminescent corrected image:\tluminescentFloatCorrected.TIF"]
        lines += _luminescent(said)
        lines += ["Background Corrected:\t1", "Flat Field Corrected:\t1", "Cosmic Corrected:\t1"]
        lines += ["Intensity Calibration:\tRadiance (Photons)", ""]
        lines += ["*** Graph Controls:\t", "Overlay:\tOverlay", "Color Table:\tRainbow"]
        lines += [f"Raw Color Table Min:\t{extremes[0]:.6f}"]
        lines += [f"Raw Color Table Max:\t{extremes[1]:.6f}", ""]
    return "\n".join(lines) + "\n"


def sequence_info(name: str, clicks: Sequence[str], labels: Mapping[str, str]) -> str:
    """Return the text of SequenceInfo.txt: the sequence's clicks in order."""
    lines = [f"*** SequenceNumber:\t{name}", f"Number of Clicks:\t{len(clicks)}"]
    lines += [f"ClickNumber {i}:\t{click}" for i, click in enumerate(clicks, 1)]
    return "\n".join([*lines, "", *_labels({"Comment1": "SIMULATED", **labels})]) + "\n"


def _roi(number: int, roi: Roi, camera: Camera) -> str:
    """Return an ROI line; positions and sizes in pixels of the unbinned chip."""
    pixel = camera.fov_cm / camera.chip
    middle = camera.chip / 2
    fields = {
        "ROI Type": "Measurement",
        "Subject ROI": "_none_",
        "Bkg ROI": "_none_",
        "Shape": "Circle",
        "Xc": f"{middle + roi.x_cm / pixel:.12f}",
        "Yc": f"{middle + roi.y_cm / pixel:.12f}",
        "Width": f"{roi.width_cm / pixel:.12f}",
        "Height": f"{roi.height_cm / pixel:.12f}",
        "Angle": "0.0000",
        "Label": roi.label,
        "cm per pixel": f"{pixel:.12f}",
    }
    return f"ROI {number}:\t" + "".join(f"{key}={value};" for key, value in fields.items())


def _labels(labels: Mapping[str, str]) -> list[str]:
    return [
        "*** User Label Name Set:\tLiving Image Universal",
        *(f"{label}:\t{labels.get(label, '')}" for label in _LABELS),
        "",
    ]


def _acquired(when: datetime) -> list[str]:
    # Names of days and months are English in these files, whatever the computer's language.
    return [
        f"Acquisition Date:\t{_DAYS[when.weekday()]}, {_MONTHS[when.month - 1]} {when.day}, "
        f"{when.year}",
        f"Acquisition Time:\t{when:%H:%M:%S}",
        f"Acquisition Seconds:\t{int((when - _EPOCH).total_seconds())}",
        "Pixel Width:\t1",
        "Pixel Height:\t1",
    ]


def _luminescent(said: Said) -> list[str]:
    """Return what is said of the luminescent image, besides the corrections already done."""
    lines = [*_acquired(said.when), "Image Units:\tcounts"]
    lines += [f"Binning Factor:\t{said.camera.binning}"]
    lines += [f"Luminescent Exposure (Seconds):\t{said.exposure_s:g}"]
    lines += ["Luminescent Exposure Units:\tsec", f"f Number:\t{said.camera.f_number:g}"]
    lines += [f"Field of View:\t{said.camera.fov_cm:g}"]
    lines += [f"Read Bias Level:\t{said.bias_level:.3f}"]
    lines += ["Emission filter:\tOpen", "Filter Position:\t1", "Excitation filter:\tBlock"]
    lines += ["Subject size:\t1.5", "Demand Temperature:\t-90", "Measured Temperature:\t-90"]
    return [*lines, "Error Wave:\tNo Error", "Cosmic:\t0"]


def _images(said: Said) -> list[str]:
    camera, acquired = said.camera, _acquired(said.when)
    lines = ["*** photographic image:\tphotograph.TIF", *_acquired(said.when - _IMAGE_LAG)]
    lines += [f"Binning Factor:\t{camera.photo_binning}", "Image Units:\tcounts", "f Number:\t8"]
    lines += [f"Field of View:\t{camera.fov_cm:g}", "Filter Position:\t1"]
    lines += ["Emission filter:\tOpen", "Exposure Time Sec:\t0.2"]
    lines += ["Subject size:\t1.5", "Error Wave:\tNo Error", ""]
    cooled = ["Demand Temperature:\t-90", "Measured Temperature:\t-90"]
    for section, file, seconds in (
        ("darkcharge", "background.TIF", said.exposure_s),
        ("readbias", "readbias.TIF", 0.0),
    ):
        lines += [f"*** {section} image:\t{file}", *acquired, "Data Multiplier:\t10"]
        if section == "darkcharge":
            lines += [f"Read Bias Level:\t{camera.bias_counts:.3f}"]
        lines += [f"Binning Factor:\t{camera.binning}", *cooled]
        lines += ["Temperature Lock Status:\tLocked"]
        lines += [f"Background Exposure (Seconds):\t{seconds:g}", ""]
    # Listed and absent, as on a real click.
    lines += ["*** readbiasonly image:\treadbiasonly.TIF", *acquired]
    lines += [f"Binning Factor:\t{camera.binning}", f"Read Bias Level:\t{said.bias_level:.3f}"]
    lines += [*cooled, "Data Multiplier:\t1", "Background Exposure (Seconds):\t0.0", ""]
    lines += ["*** luminescent image:\tluminescent.TIF", *_luminescent(said)]
    lines += ["Background Corrected:\t0", "Flat Field Corrected:\t0", "Cosmic Corrected:\t0"]
    return [*lines, "Intensity Calibration:\tcounts", ""]


def _camera(camera: Camera) -> list[str]:
    lines = ["*** Camera System Info:\t", "#" * 65, "#\tSimulated camera"]
    lines += ["Camera Info File Version Number:\t:\t3.0", "#" * 65]
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
