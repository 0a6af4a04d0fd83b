"""The QC page: every click as a picture with its animals, what needs a look first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.figures.data import ClickPreview, Previews
from lumicohort.files import read_csv
from lumicohort.report.pages import read_list, write_page
from lumicohort.report.thumbnails import Thumbnail, page_scale, page_size, thumbnail
from lumicohort.tables.format import format_flux, printing

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

EXCLUSION_COLUMNS = ("what", "id", "file", "row", "reason", "rule")
_CLICK = (
    *("batch", "click", "acquired_at", "view", "exposure_s", "binning", "f_number", "fov_cm"),
    *("source", "n_expected", "n_found", "saturated", "flags", "suspicion"),
)
_ROI = ("click", "animal_id", "region", "lod_p_s", "below_lod", "flags")
"""Columns of `clicks.csv` and `rois.csv` that the page shows."""
MOST_PICTURES = 1000
"""Clicks of a page that have a picture: about 15 MB of them."""


@dataclass(frozen=True, slots=True)
class AnimalRow:
    """One animal of a click: its flux in the analysed region and what was flagged."""

    animal: str
    flux: str
    lod: str
    below_lod: bool
    flags: list[str]


@dataclass(frozen=True, slots=True)
class ClickCard:
    """One click of the page."""

    batch: str
    click: str
    acquired_at: str
    settings: str
    expected: int
    found: int
    flags: list[str]
    animals: list[AnimalRow]
    picture: Thumbnail | None
    suspicion: int


def split_flags(text: object) -> list[str]:
    """Return the flags of a cell of flags, separated by ``;``."""
    words = "" if text is None or text != text else str(text)
    return [flag.strip() for flag in words.split(";") if flag.strip() not in ("", "NA")]


def measured_batches(results: Path, config: StudyConfig) -> list[Path]:
    """Return the folders of the batches that have been measured, by name.

    An archive's clicks are read a batch at a time: they would not stand in memory together.

    Parameters
    ----------
    results : Path
        The study's results folder.
    config : StudyConfig
        The study: batches whose raw data were taken away do not count.
    """
    from lumicohort.cohort.batches import list_batches

    folders = sorted(path.parent for path in (results / "imaging").glob("*/clicks.csv"))
    # A results folder may be looked at where the raw data are not: then all of it counts.
    if config.imaging_folder.is_dir():
        batches = set(list_batches(config))
        folders = [folder for folder in folders if folder.name in batches]
    return folders


def click_cards(config: StudyConfig, results: Path) -> tuple[list[ClickCard], str]:
    """Return the clicks with their pictures, those that need a look first, and the colour scale.

    A click's suspicion counts a wrong number of animals, saturation and the greatest suspicion of
    its mice (0 to 1) tenfold, then every flag of the click and of its animals; ties are in order
    of batch and click. What a reviewer accepted counts for nothing.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.
    """
    region, quantity = config.analysis.burden.region, config.analysis.burden.quantity
    cards = []
    for folder in measured_batches(results, config):
        clicks = read_csv(folder / "clicks.csv", columns=_CLICK)
        rois = _rois_by_click(folder / "rois.csv", [*_ROI, quantity]) if len(clicks) else {}
        for row in clicks.to_dict("records"):
            animals = _animals(rois.get(str(row["click"])), region, quantity)
            cards.append(_card(row, animals, None))
    if not cards:
        return [], "no pictures"
    ordered = sorted(cards, key=lambda card: (-card.suspicion, card.batch, card.click))
    # a page of ten thousand pictures opens in no browser: the most suspicious clicks have theirs
    shown = {(card.batch, card.click): card for card in ordered[:MOST_PICTURES]}
    store = Previews(results / "imaging")
    scale = page_scale(preview for _, preview in _previews(store, shown))
    side, quality = page_size(len(shown))
    pictures = {
        key: thumbnail(preview, scale, side, quality) for key, preview in _previews(store, shown)
    }
    ordered = [replace(c, picture=pictures.get((c.batch, c.click))) for c in ordered]
    return ordered, scale.words()


def _previews(
    store: Previews, shown: Iterable[tuple[str, str]]
) -> Iterator[tuple[tuple[str, str], ClickPreview]]:
    """Yield the previews of clicks, a batch at a time."""
    of_batch: dict[str, list[str]] = {}
    for batch, click in shown:
        of_batch.setdefault(batch, []).append(click)
    for batch in sorted(of_batch):
        found = store.read_batch(batch)
        for click in of_batch[batch]:
            if click in found:
                yield (batch, click), found[click]


def _rois_by_click(path: Path, columns: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return the regions of a batch by click."""
    rois = read_csv(path, columns=columns)
    return {str(click): rows for click, rows in rois.groupby("click")} if len(rois) else {}


def _card(row: dict[Any, Any], animals: list[AnimalRow], picture: Thumbnail | None) -> ClickCard:
    flags = split_flags(row["flags"])
    animals = [
        replace(animal, flags=[flag for flag in animal.flags if flag not in flags])
        for animal in animals
    ]
    expected, found = _count(row["n_expected"]), _count(row["n_found"])
    suspicion = 10 * (expected != found) + 10 * (str(row["saturated"]).lower() == "true")
    doubt = row.get("suspicion", 0.0)  # of the mice: 0 to 1, after a reviewer's word
    suspicion += 0 if doubt != doubt or doubt is None else round(10 * float(doubt))
    said = [*flags, *(flag for animal in animals for flag in animal.flags)]
    suspicion += sum(flag != "review_accepted" for flag in said)
    return ClickCard(
        batch=str(row["batch"]),
        click=str(row["click"]),
        acquired_at=str(row["acquired_at"]),
        settings=f"{row['view']}, {_g(row['exposure_s'])} s, binning {_g(row['binning'])}, "
        f"f/{_g(row['f_number'])}, FOV {_g(row['fov_cm'])} cm, {row['source']}",
        expected=expected,
        found=found,
        flags=flags,
        animals=animals,
        picture=picture,
        suspicion=suspicion,
    )


def _count(value: Any) -> int:
    return -1 if value != value or value is None else int(value)


def _g(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) and value == value else "NA"


def _animals(mine: pd.DataFrame | None, region: str, quantity: str) -> list[AnimalRow]:
    """Return the animals of a click from its regions."""
    if mine is None:
        return []
    out = []
    for animal, rows in mine.groupby("animal_id", sort=True):
        flags = dict.fromkeys(f for cell in rows["flags"] for f in split_flags(cell))
        analysed = rows[rows["region"] == region]
        if analysed.empty:
            out.append(AnimalRow(str(animal), "NA", "NA", False, list(flags)))
            continue
        row = analysed.iloc[0]
        out.append(
            AnimalRow(
                animal=str(animal),
                flux=format_flux(float(row[quantity]), 2),
                lod=format_flux(float(row["lod_p_s"]), 1),
                below_lod=str(row["below_lod"]).lower() == "true",
                flags=list(flags),
            )
        )
    return out


def flag_counts(cards: Iterable[ClickCard]) -> list[tuple[str, int]]:
    """Return how often each flag stands on the page, most frequent first."""
    counts: dict[str, int] = {}
    for card in cards:
        for flag in [*card.flags, *(flag for animal in card.animals for flag in animal.flags)]:
            counts[flag] = counts.get(flag, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def write_qc(config: StudyConfig, results: Path) -> None:
    """Write ``qc/index.html``: one self-contained page with a picture of every click.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder; ``imaging/`` and ``exclusions.csv`` are read.

    Raises
    ------
    InputError
        Where ``exclusions.csv`` is missing.
    """
    results = Path(results)
    with printing(config.tables.rounding):
        cards, scale = click_cards(config, results)
    exclusions = read_list(results / "exclusions.csv", EXCLUSION_COLUMNS)
    clicks = [card for card in cards if card.picture is not None]
    write_page(
        "qc.html.j2",
        results / "qc" / "index.html",
        config=config,
        cards=cards,
        pictured=len(clicks),
        most=MOST_PICTURES,
        scale=scale,
        flags=flag_counts(cards),
        batches=len({card.batch for card in cards}),
        exclusions=exclusions.to_dict("records"),
        region=config.analysis.burden.region,
    )
