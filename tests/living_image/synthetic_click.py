"""A click folder with everything known: dark charge, bias, flat field, light, cosmic hits."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tifffile

FLAT = (0.99, 0.002, -0.0055, 0.0005, -0.00002, 0.1, 0.5)
C = 7.0e5
FOV_CM = 22.4
BINNING = 8
FULL = 480  # camera pixels a side: small, so that tests are fast
N = FULL // BINNING
EXPOSURE_S = 40.0
LEVEL = 496.628

TEXT = """*** ClickNumber:\t{uid}
ClickInfoType:\tRawData

*** User Label Name Set:\tLiving Image Universal
User:\t
Animal Number:\t
View:\t

*** photographic image:\tphotograph.TIF
Acquisition Date:\tWednesday, January 5, 2022
Acquisition Time:\t11:42:42
Acquisition Seconds:\t3724249362
Binning Factor:\t2
f Number:\t8
Field of View:\t22.4

*** darkcharge image:\tbackground.TIF
Data Multiplier:\t10
Read Bias Level:\t496.203
Binning Factor:\t8
Background Exposure (Seconds):\t40

*** readbias image:\treadbias.TIF
Data Multiplier:\t10
Binning Factor:\t8
Background Exposure (Seconds):\t0.0

*** luminescent image:\tluminescent.TIF
Acquisition Date:\tWednesday, January 5, 2022
Acquisition Time:\t11:42:59
Acquisition Seconds:\t3724249379
Image Units:\tcounts
Binning Factor:\t8
Luminescent Exposure (Seconds):\t40
Luminescent Exposure Units:\tsec
f Number:\t1
Field of View:\t22.4
Read Bias Level:\t496.628
Emission filter:\tOpen
Excitation filter:\tBlock
Demand Temperature:\t-90
Measured Temperature:\t-89
Error Wave:\tNo Error
Background Corrected:\t0
Flat Field Corrected:\t0
Cosmic Corrected:\t0
Intensity Calibration:\tcounts

*** Camera System Info:\t
####
#\tIVIS Configuration
Camera Info File Version Number:\t:\t3.0
Camera System ID:\tTEST
CCD Saturation Level:\t61000
Shelf Position C FOV:\t13.2
Shelf Position D FOV:\t22.4
#\t Absolute Light Intensity Calibration     (name) 2021-06-14
Coef C-ccd at FOV 22.4, f1:\t7.0E+05
Coef C-ccd at FOV 13.2, f1:\t7.1E+05
Coef C-ccd at FOV 22.4, f2:\t2.8E+06
C-ccd Calibration units:\tp/sec/cm2/sr
Shelf Position C FF5 f/1 Coefs:\t0.99,0.01,-0.01,0.001,-0.0001,0.01,0.3
Shelf Position D FF5 f/1 Coefs:\t0.99,0.002,-0.0055,0.0005,-0.00002,0.1,0.5
Shelf Position D FF5 f/2 Coefs:\t1.0,-0.006,-0.0036,0.0003,-0.00001,0.1,0.5
Lights Control Channel:\t1\t\t#AH: AO 1
Lights Control Channel:\t1\t\t#AH: AO 1

*** Graph Controls:\t
Color Table:\tRainbow

"""

ANALYSIS = """*** ClickNumber:\t{uid}
ClickInfoType:\tSingleClickAnalysis

*** User Label Name Set:\tLiving Image Universal
User:\tLAB
Animal Number:\t007, 008;9a
View:\tDorsal

*** ROIs:\t
ROI 1:\tROI Type=Measurement;Subject ROI=_none_;Subject ID=;Bkg ROI=_none_;Shape=Circle;\
Xc=240;Yc=240;Width=160;Height=160;Angle=0;Label=ROI 1;

*** Tags:\t

"""


def response(n: int = N) -> np.ndarray:
    """Return the flat field, written out from the formula in the texts of real clicks."""
    k0, k1, k2, k3, k4, x0, y0 = FLAT
    out = np.empty((n, n))
    for row in range(n):
        for column in range(n):
            x = (column + 0.5) / n * FOV_CM - FOV_CM / 2
            y = (row + 0.5) / n * FOV_CM - FOV_CM / 2
            r = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5
            out[row, column] = k0 + k1 * r + k2 * r**2 + k3 * r**3 + k4 * r**4
    return out


def spot(n: int = N, row: float = 30.0, column: float = 30.0, sd: float = 4.0) -> np.ndarray:
    """Return a round spot with a maximum of 1."""
    y, x = np.mgrid[:n, :n]
    return np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * sd**2))


@dataclass
class Made:
    """A click as it was made: the folder and the truth."""

    folder: Path
    radiance: np.ndarray
    bias: np.ndarray
    dark: np.ndarray


@dataclass
class Recipe:
    """How to make a click; every default is a clean one."""

    peak: float = 2e6
    dark_counts: float = 3.0
    read_noise: float = 0.0
    photon_noise: bool = False
    bias_slope: float = 0.0
    hits: dict[tuple[int, int], float] = field(default_factory=dict)
    text: dict[str, str] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    seed: int = 0
    n: int = N
    uid: str = "XX20220105114235"


def make_click(root: Path, recipe: Recipe | None = None) -> Made:
    """Write a click folder; `recipe.text` replaces parts of ClickInfo.txt."""
    recipe = recipe or Recipe()
    rng = np.random.default_rng(recipe.seed)
    n = recipe.n
    folder = root / recipe.uid
    folder.mkdir(parents=True)
    truth = recipe.peak * spot(n, n / 2, n / 2, n / 15)
    light = truth * response(n) * BINNING**2 * EXPOSURE_S / C
    across = np.linspace(-1, 1, n)[None, :] * np.ones((n, 1))
    bias = recipe.bias_slope * across
    dark = recipe.dark_counts * (1 + 0.2 * across.T)
    signal = light + dark
    if recipe.photon_noise:
        signal = rng.poisson(signal).astype(float)
    if recipe.read_noise:
        signal = signal + rng.normal(0, recipe.read_noise, signal.shape)
    counts = LEVEL + bias + signal
    for (row, column), height in recipe.hits.items():
        counts[row, column] += height
    frame_noise = recipe.read_noise / 10**0.5
    read_bias = 10 * (496.203 + bias + rng.normal(0, frame_noise, bias.shape))
    background = 10 * (496.203 + bias + dark + rng.normal(0, frame_noise, bias.shape))
    photograph = rng.integers(300, 330, (FULL // 2 * n // N,) * 2)
    images = {
        "luminescent.TIF": counts,
        "readbias.TIF": read_bias,
        "background.TIF": background,
        "photograph.TIF": photograph,
    }
    for name, image in images.items():
        if name not in recipe.leave_out:
            write_image(folder / name, np.clip(np.round(image), 0, 65535).astype(np.uint16))
    text = TEXT.format(uid=recipe.uid)
    for old, new in recipe.text.items():
        assert old in text, old
        text = text.replace(old, new)
    if "ClickInfo.txt" not in recipe.leave_out:
        (folder / "ClickInfo.txt").write_text(text, encoding="utf-8")
    if "AnalyzedClickInfo.txt" not in recipe.leave_out:
        analysis = ANALYSIS.format(uid=recipe.uid)
        (folder / "AnalyzedClickInfo.txt").write_text(analysis, encoding="utf-8")
    return Made(folder, truth, bias, dark)


def write_image(path: Path, image: np.ndarray, **options: object) -> None:
    """Write an image as Living Image's are: one page, uncompressed."""
    tifffile.imwrite(path, image, photometric="minisblack", metadata=None, **options)
