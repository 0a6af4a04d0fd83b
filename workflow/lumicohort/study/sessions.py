"""The measured tables of all imaging sessions, and what they must agree on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lumicohort.errors import InputError, Problem
from lumicohort.files import read_csv
from lumicohort.imaging.exported import SOURCE
from lumicohort.study.compact import NUMBERS, WORDS, Regions
from lumicohort.study.exported import Labels

Row = dict[str, Any]

_SOURCE_TEXT = ("roi", "roi_label", "other_source")


class Click(NamedTuple):
    """What `flux.csv` needs of a click; NaN or blank where its table does not say."""

    batch: str
    click: str
    acquired_at: str
    view: Any = ""
    exposure_s: Any = None
    source: Any = ""


class Stranger(NamedTuple):
    """An animal on a click that the cohort sheet does not have; one of no id has a blank one.

    One that a row of an exported table names has that file and row.
    """

    batch: str
    click: str
    animal_id: str
    position: int
    file: str = ""
    row: str = ""


class Sessions:
    """What was measured in all batches.

    Parameters
    ----------
    animals : collection of str
        The ids of the cohort sheet.
    folders : sequence of Path
        A folder of results per batch.

    Attributes
    ----------
    clicks : dict
        Batch and click to the :class:`Click`.
    regions : Regions
        The measured regions; those of exported tables by the ids of the cohort sheet.
    strangers : list of Stranger
        Animals that the cohort sheet does not have, by batch and click.
    exclusions : list of dict
        The batches' `exclusions.csv`.

    Raises
    ------
    InputError
        If a table is missing; if a label of an exported table fits two animals, or none of a
        table fits any; if a click stands in two batches, a region twice on a click, or one on a
        click that is not in clicks.csv.
    """

    def __init__(self, animals: Collection[str], folders: Sequence[Path]) -> None:
        self.clicks: dict[tuple[str, str], Click] = {}
        self.regions = Regions()
        self.strangers: list[Stranger] = []
        self.exclusions: list[Row] = []
        clicks: list[Click] = []
        measured: set[tuple[str, str]] = set()
        labels = Labels(animals)
        for folder in folders:
            _require(folder)
            clicks += _clicks(folder / "clicks.csv")
            self.exclusions += read_rows(folder / "exclusions.csv")
            rois = read_rows(folder / "rois.csv", columns=(*NUMBERS, *WORDS, "position"))
            if (folder / "sources.csv").is_file():
                rois = labels.name_animals(rois, read_rows(folder / "sources.csv", _SOURCE_TEXT))
            self.regions.add(rois)
            self.strangers += _strangers(rois, animals, labels.unknown)
            measured |= {(roi["batch"], roi["click"]) for roi in rois}
        self.strangers.sort(key=lambda stranger: (stranger.batch, stranger.click))
        self.clicks = {(click.batch, click.click): click for click in clicks}
        labels.refuse()
        problems = [
            *_in_two_batches(clicks),
            *_not_listed(measured - self.clicks.keys()),
            *_twice(self.regions),
        ]
        if problems:
            raise InputError(problems)


def read_rows(
    path: Path, text: Sequence[str] = (), columns: Sequence[str] | None = None
) -> list[Row]:
    """Return the rows of a table as :func:`lumicohort.files.read_csv` reads it."""
    table = read_csv(path, text, columns)
    names = [str(name) for name in table.columns]
    values = (table[name].tolist() for name in table.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _require(folder: Path) -> None:
    """Refuse a batch whose tables are not all there."""
    paths = [folder / f"{name}.csv" for name in ("clicks", "rois", "exclusions")]
    problems = [
        Problem("this table of a measured batch is missing.", path)
        for path in paths
        if not path.is_file()
    ]
    if problems:
        raise InputError(problems)


def _clicks(path: Path) -> list[Click]:
    return [Click(**row) for row in read_rows(path, columns=Click._fields)]


def _strangers(
    rois: Sequence[Row],
    animals: Collection[str],
    places: Mapping[tuple[str, str, str], tuple[str, str]],
) -> Iterator[Stranger]:
    """Yield the animals on a batch's clicks that the cohort sheet does not have."""
    order: dict[tuple[str, str], dict[str, int]] = {}
    for roi in rois:
        on_click = order.setdefault((roi["batch"], roi["click"]), {})
        position = roi.get("position", float("nan"))
        known_place = position == position  # not NaN: drawn regions may have no position
        on_click.setdefault(roi["animal_id"], int(position) if known_place else len(on_click) + 1)
    for (batch, click), on_click in order.items():
        for animal_id, position in on_click.items():
            if animal_id not in animals:
                place = places.get((batch, click, animal_id), ("", ""))
                yield Stranger(batch, click, animal_id, position, *place)


def _in_two_batches(clicks: Sequence[Click]) -> Iterator[Problem]:
    """Yield the problems of clicks that stand in two batches."""
    batches: dict[tuple[str, str], list[str]] = {}
    # an exported table prints no offset, so images of tables are known by their number alone
    exported = {click.click.casefold() for click in clicks if click.source == SOURCE}
    for click in clicks:
        when = "" if click.click.casefold() in exported else click.acquired_at
        name = click.click if when else click.click.casefold()
        batches.setdefault((name, when), []).append(click.batch)
    for (name, _), found in sorted(batches.items()):
        if len(found) > 1:
            shown = " and ".join(f"`{batch}`" for batch in found)
            yield Problem(f"the click `{name}` stands in the batches {shown}.")


def _not_listed(clicks: Collection[tuple[str, str]]) -> Iterator[Problem]:
    """Yield the problems of measured clicks that clicks.csv does not have."""
    for batch, name in sorted(clicks):
        yield Problem(f"the click `{name}` of batch `{batch}` is measured, and not in clicks.csv.")


def _twice(regions: Regions) -> Iterator[Problem]:
    """Yield the problems of regions that stand twice on a click."""
    for (batch, name, animal_id, region), count in sorted(regions.repeated()):
        yield Problem(
            f"the region {region} of animal `{animal_id}` stands {count} times on click "
            f"`{name}` of batch `{batch}`."
        )
