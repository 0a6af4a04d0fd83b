"""Click folders as the camera would write them, and the truth of the animals on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
import tifffile

from lumicohort.simulate import texts
from lumicohort.simulate.camera import BackgroundClick
from lumicohort.simulate.scene import MouseTruth, Scene

DarkFrame = Literal["good", "constant", "absent"]


@dataclass(frozen=True)
class ClickTruth:
    """What is true of a simulated click.

    Parameters
    ----------
    folder : Path
        The click folder.
    exposure_s : float
        Its luminescent exposure (s).
    mice : tuple of MouseTruth
        Its mice, in the order of their labels.
    saturated : bool
        Whether any pixel is full.
    n_cosmic : int
        Pixels that a cosmic ray hit.
    """

    folder: Path
    exposure_s: float
    mice: tuple[MouseTruth, ...]
    saturated: bool
    n_cosmic: int


def write_click(
    folder: str | Path,
    scene: Scene,
    when: datetime,
    labels: Mapping[str, str],
    rng: np.random.Generator,
    exposure_s: float | None = None,
    *,
    dark: DarkFrame = "good",
    corrected: bool = False,
    rois: Sequence[texts.Roi] = (),
    line_end: str = "\n",
    background: BackgroundClick | None = None,
) -> ClickTruth:
    """Write a click folder.

    Parameters
    ----------
    folder : str or Path
        The folder to make; its name is the click's number.
    scene : Scene
        What the camera sees.
    when : datetime
        Start of the luminescent exposure, with its UTC offset.
    labels : mapping of str to str
        Labels that the user typed (`Animal Number`, `View`, …).
    rng : numpy.random.Generator
        Source of every random draw.
    exposure_s : float, optional
        Luminescent exposure (s); the longest that fills no pixel where none is given.
    dark : str, optional
        `good`; `constant`, a dark frame destroyed by another program; or `absent`.
    corrected : bool, optional
        Write `luminescentFloatCorrected.TIF`, too: radiance as the vendor's software saves it.
    rois : sequence of texts.Roi, optional
        Regions that someone drew in the vendor's software.
    line_end : str, optional
        How lines of the texts end.
    background : BackgroundClick, optional
        Bias and dark frames that other clicks of this exposure hold as well; the click's own
        where none is given.

    Returns
    -------
    ClickTruth
        The truth.
    """
    folder, camera = Path(folder), scene.camera
    folder.mkdir(parents=True)
    exposure = scene.exposure_s() if exposure_s is None else exposure_s
    charge = camera.dark_charge(exposure, rng) if background is None else background.charge
    level = round(float(rng.normal(camera.bias_counts, camera.bias_drift_counts)), 3)
    counts = camera.read_out(scene.radiance, exposure, rng, charge, level)
    hits = camera.cosmic_hits(exposure, rng)
    stored = camera.digitise(counts + hits)
    _tiff(folder / "luminescent.TIF", stored)
    frame = camera.stored_frame(charge, rng) if background is None else background.dark
    if dark != "absent":
        frame = frame if dark == "good" else np.full_like(frame, 65534)
        _tiff(folder / "background.TIF", frame)
    bias = (
        camera.stored_frame(np.zeros_like(charge), rng) if background is None else background.bias
    )
    _tiff(folder / "readbias.TIF", bias)
    _tiff(folder / "photograph.TIF", scene.photograph(rng))
    extremes = None
    if corrected:
        image = camera.corrected(
            np.minimum(counts, camera.saturation_counts), exposure, charge, level
        )
        _tiff(folder / "luminescentFloatCorrected.TIF", image)
        extremes = (float(image.min()), float(image.max()))
    said = texts.Said(folder.name, when, camera, exposure, level)
    typed = {"Comment1": "SIMULATED", **labels}
    for name, text in (
        ("ClickInfo.txt", texts.click_info(said)),
        ("AnalyzedClickInfo.txt", texts.analyzed_click_info(said, typed, rois, extremes)),
    ):
        (folder / name).write_bytes(text.replace("\n", line_end).encode("cp1252"))
    return ClickTruth(
        folder,
        exposure,
        tuple(scene.truth),
        bool((stored >= camera.saturation_counts).any()),
        int((hits > 0).sum()),
    )


def write_sequence(
    folder: str | Path,
    scenes: Sequence[Scene],
    when: datetime,
    labels: Mapping[str, str],
    rng: np.random.Generator,
    exposures_s: Sequence[float | None] | None = None,
    every: timedelta = timedelta(minutes=5),
) -> list[ClickTruth]:
    """Write a `_SEQ` folder: a kinetic series, or a bracket of exposures.

    Parameters
    ----------
    folder : str or Path
        The folder to make; its name ends in `_SEQ`.
    scenes : sequence of Scene
        What the camera sees, click by click.
    when : datetime
        Start of the first luminescent exposure, with its UTC offset.
    labels : mapping of str to str
        Labels that the user typed.
    rng : numpy.random.Generator
        Source of every random draw.
    exposures_s : sequence of float or None, optional
        Luminescent exposures (s).
    every : timedelta, optional
        Time from one click to the next.

    Returns
    -------
    list of ClickTruth
        One per click.
    """
    folder = Path(folder)
    stem = folder.name.removesuffix("_SEQ")
    times = [when + i * every for i in range(len(scenes))]
    names = [f"{stem}_{i:03d}" for i in range(1, len(scenes) + 1)]
    truths = [
        write_click(folder / name, scene, at, labels, rng, exposure)
        for name, scene, at, exposure in zip(
            names, scenes, times, exposures_s or [None] * len(scenes), strict=True
        )
    ]
    text = texts.sequence_info(folder.name, names, labels)
    (folder / "SequenceInfo.txt").write_bytes(text.encode("cp1252"))
    return truths


def click_name(when: datetime, uid: str = "SIM") -> str:
    """Return the name of a click folder taken at a time."""
    return f"{uid}{when:%Y%m%d%H%M%S}"


def _tiff(path: Path, image: np.ndarray) -> None:
    """Write an image as the camera's software does: one plain page, no metadata."""
    tifffile.imwrite(path, image, photometric="minisblack", metadata=None, software=False)
