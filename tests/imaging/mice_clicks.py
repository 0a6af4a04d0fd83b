"""Click folders of drawn mice whose light is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile
from scenes import Animal, Scene, draw, row
from synthetic_click import ANALYSIS, TEXT, C

N, BINNING, FOV, EXPOSURE, LEVEL = 120, 16, 22.4, 40.0, 496.628


def make_click(
    batch: Path,
    name: str,
    ids: list[str],
    glow: list[float],
    animals: list[Animal] | None = None,
    label: str | None = None,
    rois: str = "",
    seed: int = 0,
) -> tuple[Path, Scene, np.ndarray]:
    """Write a click: each mouse glows evenly over its body, `glow` in p/s/cm²/sr.

    The flat field is left out (its coefficients are those of a lens without fall-off), so that
    radiance · 4π · area is the flux.
    """
    rng = np.random.default_rng(seed)
    animals = row(len(ids), seed=3) if animals is None else animals
    scene = draw(animals, fov_cm=FOV, n=480, seed=seed)
    order = np.argsort([axis[len(axis) // 2, 0] for axis in scene.axes])
    radiance = np.zeros((480, 480))
    for value, k in zip(glow, order, strict=True):
        radiance[scene.bodies == k + 1] = value
    radiance = radiance.reshape(N, 4, N, 4).mean(axis=(1, 3))
    light = radiance * BINNING**2 * EXPOSURE / C
    counts = LEVEL + rng.poisson(light + 2.0) + rng.normal(0, 3.0, light.shape)
    bias = 10 * (496.203 + rng.normal(0, 0.3, light.shape))
    images = {
        "luminescent.TIF": counts,
        "readbias.TIF": bias,
        "background.TIF": bias + 10 * 2.0 + rng.normal(0, 3, light.shape),
        "photograph.TIF": scene.photograph,
    }
    folder = batch / name
    folder.mkdir(parents=True)
    for file, image in images.items():
        whole = np.clip(np.round(image), 0, 65535).astype(np.uint16)
        tifffile.imwrite(folder / file, whole, photometric="minisblack", metadata=None)
    text = TEXT.format(uid=name).replace("Binning Factor:\t8", f"Binning Factor:\t{BINNING}")
    text = text.replace("Binning Factor:\t2", "Binning Factor:\t4")  # the photograph's
    for lens in ("0.99,0.002,-0.0055,0.0005,-0.00002,0.1,0.5",):
        assert lens in text
        text = text.replace(lens, "1,0,0,0,0,0,0")
    (folder / "ClickInfo.txt").write_text(text, encoding="utf-8")
    analysis = ANALYSIS.format(uid=name)
    assert "007, 008;9a" in analysis
    analysis = analysis.replace("007, 008;9a", ", ".join(ids) if label is None else label)
    head, _, rest = analysis.partition("ROI 1:")
    _, _, tail = rest.partition("\n")
    (folder / "AnalyzedClickInfo.txt").write_text(head + rois + tail, encoding="utf-8")
    return folder, scene, radiance


def circle(label: str, x_cm: float, y_cm: float, size_cm: float = 2.0, **more: str) -> str:
    """Return an ROI line as Living Image writes it."""
    full = N * BINNING / FOV
    keys = {
        "ROI Type": "Measurement",
        "Subject ID": "",
        "Bkg ROI": "_none_",
        "Shape": "Circle",
        "Xc": f"{x_cm * full:.3f}",
        "Yc": f"{y_cm * full:.3f}",
        "Width": f"{size_cm * full:.3f}",
        "Height": f"{size_cm * full:.3f}",
        "Angle": "0",
        "Label": label,
    } | more
    return f"ROI {label.split()[-1]}:\t" + "".join(f"{k}={v};" for k, v in keys.items()) + "\n"
