"""Pictures of every kind of figure from made-up studies: baselines, and a sheet of hard cases.

Run as a program to draw them anew::

    python tests/figures/pictures.py baseline   # tests/figures/baseline/*.png
    python tests/figures/pictures.py stress     # docs/figures/stress.png
    python tests/figures/pictures.py gallery    # docs/figures/gallery/*.png
"""

from __future__ import annotations

import io
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any, get_args

from matplotlib.figure import Figure
from PIL import Image, ImageDraw

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from made_up import made_up_config, write_made_up  # noqa: E402

from lumicohort.figures.data import StudyTables, load  # noqa: E402
from lumicohort.figures.draw import make_figure  # noqa: E402
from lumicohort.figures.style import SIMULATED_COLOUR, Style, get_style  # noqa: E402
from lumicohort.palette import PALETTE  # noqa: E402
from lumicohort.study.config import StudyConfig  # noqa: E402
from lumicohort.study.config.output import Figure as Entry  # noqa: E402
from lumicohort.study.config.output import PanelKind  # noqa: E402

KINDS: tuple[str, ...] = get_args(PanelKind)
BASELINE = HERE / "baseline"
BASELINE_DPI = 75
FONT = "DejaVu Sans"
"""Ships with matplotlib: pictures are the same wherever they are drawn."""

COMPOSITE: dict[str, Any] = {
    "name": "composite",
    "kind": "composite",
    "rows": [
        [
            {"kind": "schematic", "weight": 1.3},
            {"kind": "montage", "animals_per_arm": 2, "days": [7, 21]},
        ],
        [{"kind": "flux_over_time"}, {"kind": "endpoint_burden"}],
        [{"kind": "survival"}],
    ],
}
"""A page of several kinds, as the demo's Figure 1."""

LONG = {
    "vehicle": "Artificial cerebrospinal fluid, 10 µL i.t.",
    "DFO": "Deferoxamine mesylate 2 mg/kg intrathecal",
}
SIX = ("vehicle", "DFO", "DFP", "DFX", "combination-1", "combination-2")
STRESS: dict[str, tuple[dict, dict]] = {
    "arm_of_one": ({}, {"alone": "DFO"}),
    "one_animal": ({}, {"animals_per_arm": 1}),
    "no_events_yet": ({}, {"all_censored": True}),
    "one_imaging_day": ({}, {"days": (7,)}),
    "all_below_lod": ({}, {"below_lod": True}),
    "forty_animals": ({"models": ["PC9"]}, {"animals_per_arm": 40}),
    "one_arm": ({"arms": ["vehicle"]}, {}),
    "six_arms": ({"arms": SIX}, {"animals_per_arm": 5}),
    "five_models": ({"models": list("ABCDE")}, {"animals_per_arm": 3}),
    "long_names": (
        {"models": ["A very long name of a cell line, model 12345", "P"], "labels": LONG},
        {},
    ),
    "other_letters": ({"labels": {"vehicle": "Контроль", "DFO": "Δεφεροξαμίνη $5 $6"}}, {}),
    "twenty_days": ({"models": ["PC9"]}, {"days": tuple(range(0, 40, 2)), "animals_per_arm": 4}),
    "nothing_optional": ({}, {"previews": False, "sheets": False}),
}
"""Hard studies: what differs in the config, and in the data."""


def hard_study(case: str, folder: Path) -> tuple[StudyConfig, StudyTables]:
    """Write a hard study and return it with its tables."""
    study, data = STRESS[case]
    config = made_up_config(**study)
    write_made_up(config, folder, **data)
    return config, load(config, folder)


def draw(kind: str, config: StudyConfig, tables: StudyTables, folder: Path, style: Style) -> Figure:
    """Return a drawn figure of a kind (or the composite); call inside ``style.context()``."""
    entry = Entry(**COMPOSITE) if kind == "composite" else Entry(name=kind, kind=kind)
    return make_figure(config, entry, tables, folder, style)


def picture(figure: Figure, dpi: int = BASELINE_DPI) -> Image.Image:
    """Return a figure as a picture; call inside the style's context."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return Image.open(buffer).convert("RGB")


def small_png(image: Image.Image, path: Path) -> None:
    """Save a picture with few colours, so that it stays small in the repository."""
    path.parent.mkdir(parents=True, exist_ok=True)
    palette = image.quantize(255, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette.save(path, optimize=True)


def _baselines(folder: Path, dpi: int, kinds: tuple[str, ...]) -> None:
    config = made_up_config()
    with tempfile.TemporaryDirectory() as name:
        results = write_made_up(config, Path(name))
        tables = load(config, results)
        style = get_style("science", font=FONT)
        for kind in kinds:
            with style.context():
                image = picture(draw(kind, config, tables, results, style), dpi)
            small_png(image, folder / f"{kind}.png")
            print(folder / f"{kind}.png", image.size)


_WIDE, _HIGH, _HEAD, _SIDE = 200, 182, 16, 74
"""Pixels of a place of the sheet, of its heading, and of the names at its side."""


def _row_of_pictures(case: str) -> list[Image.Image]:
    """Return every kind of a hard study, small."""
    style = get_style("science", font=FONT)
    images = []
    with tempfile.TemporaryDirectory() as name:
        config, tables = hard_study(case, Path(name))
        for kind in KINDS:
            with style.context():
                image = picture(draw(kind, config, tables, Path(name), style), 50)
            image.thumbnail((_WIDE - 6, _HIGH - 6), Image.Resampling.LANCZOS)
            images.append(image)
    print(case, flush=True)
    return images


def _contact_sheet(path: Path) -> None:
    """Draw every kind of every hard study on one sheet: a row a study, a column a kind."""
    from multiprocessing import Pool

    sheet = Image.new("RGB", (_SIDE + _WIDE * len(KINDS), _HEAD + _HIGH * len(STRESS)), "white")
    pen = ImageDraw.Draw(sheet)
    for column, kind in enumerate(KINDS):
        pen.text((_SIDE + column * _WIDE + 4, 2), kind.replace("_", " "), "black")
    with Pool(2) as pool:
        for row, (case, images) in enumerate(
            zip(STRESS, pool.imap(_row_of_pictures, STRESS), strict=True)
        ):
            y = _HEAD + row * _HIGH
            words = "\n".join(textwrap.wrap(case.replace("_", " "), 12))
            pen.text((3, y + 6), words, "black")
            pen.line((0, y, sheet.width, y), "#888888")
            for column, image in enumerate(images):
                sheet.paste(image, (_SIDE + column * _WIDE + 3, y + 3))
    # The colours of arms are few pixels among many greys: a palette found from counts drops them.
    colours = ["#000000", "#444444", "#777777", "#999999", "#BBBBBB", "#DDDDDD", "#FFFFFF"]
    colours += [*PALETTE, SIMULATED_COLOUR, "#80B8D8", "#B8D8E8", "#F0D080"]
    colours += ["#1B0C41", "#4A0C6B", "#781C6D", "#BB3754", "#ED6925", "#FCA50A", "#F6D746"]
    palette = Image.new("P", (1, 1))
    rgb = [channel for colour in colours for channel in bytes.fromhex(colour[1:])]
    palette.putpalette(rgb + rgb[-3:] * (256 - len(colours)))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path, sheet.size, path.stat().st_size)


if __name__ == "__main__":
    docs = HERE.parents[1] / "docs" / "figures"
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    if what == "baseline":
        _baselines(BASELINE, BASELINE_DPI, (*KINDS, "composite"))
    elif what == "stress":
        _contact_sheet(docs / "stress.png")
    elif what == "gallery":
        _baselines(docs / "gallery", 100, KINDS)
    else:
        sys.exit(__doc__)
