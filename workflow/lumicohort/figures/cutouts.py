"""Which animals a montage shows, and cutting them out of the clicks' previews."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.figures.cells import MontageData
from lumicohort.figures.data import ClickPreview, Previews, StudyTables
from lumicohort.figures.picture import Picture
from lumicohort.tables.sources import primary

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from lumicohort.study.config import StudyConfig
    from lumicohort.study.config.output import Drawing

_MARGIN_CM = 0.25


def gather(
    config: StudyConfig, figure: Drawing, models: Sequence[str], tables: StudyTables, results: Path
) -> dict[str, MontageData]:
    """Choose animals and days, and cut out their pictures, all in cells of one size.

    Parameters
    ----------
    config : StudyConfig
        The study.
    figure : Figure
        The montage of the config.
    models : sequence of str
        The models, one panel each.
    tables : StudyTables
        The study's tables.
    results : Path
        The study's results folder.

    Returns
    -------
    dict of str to MontageData
        What each model's panel draws.
    """
    previews = _Clicks(results)
    chosen = {model: _choose(config, figure, model, tables) for model in models}
    found = {model: _find(chosen[model], previews) for model in models}
    size = _cell_size([sighting for sightings in found.values() for sighting in sightings])
    out = {}
    survival = tables.survival[tables.survival["time_days"].notna()]
    imaged = {s.day for sightings in found.values() for s in sightings}
    for model in models:
        choice = chosen[model]
        mine = survival[survival["animal_id"].isin(choice.wanted)]
        days = [d for d in choice.days if figure.days is not None or d in imaged]
        out[model] = MontageData(
            animals=choice.animals,
            days=days,
            pictures={(s.animal, s.day): cut(s.preview, s.label, size) for s in found[model]},
            ends={
                str(animal): (float(time), bool(died))
                for animal, time, died in zip(
                    mine["animal_id"], mine["time_days"], mine["died"], strict=True
                )
            },
            selection_day=choice.selection,
            days_left_out=[d for d in choice.days if d not in days],
        )
    return out


@dataclass(frozen=True, slots=True)
class _Choice:
    """The animals and days of one model's montage, and the flux rows of their images."""

    animals: dict[str, list[str]]
    days: list[float]
    selection: dict[str, float]
    rows: pd.DataFrame

    @property
    def wanted(self) -> set[str]:
        return {animal for ids in self.animals.values() for animal in ids}


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A chosen animal on one click."""

    animal: str
    day: float
    preview: ClickPreview
    label: int


class _Clicks:
    """Previews, each read once."""

    def __init__(self, results: Path) -> None:
        self._previews = Previews(results / "imaging")
        self._read: dict[tuple[str, str], ClickPreview | None] = {}

    def get(self, batch: str, click: str) -> ClickPreview | None:
        key = (batch, click)
        if key not in self._read:
            self._read[key] = self._previews.read(*key)
        return self._read[key]


def _choose(config: StudyConfig, figure: Drawing, model: str, tables: StudyTables) -> _Choice:
    region = config.analysis.burden.region
    flux = tables.flux(region)
    flux = flux[flux["model"] == model]
    selection = selection_days(tables, model, region, list(config.arms))
    animals = {
        arm: choose_animals(flux[flux["arm"] == arm], day, figure.animals_per_arm)
        for arm, day in selection.items()
    }
    animals = {arm: ids for arm, ids in animals.items() if ids}
    days = (
        [float(d) for d in figure.days] if figure.days is not None else sorted(set(flux["on_day"]))
    )
    wanted = {animal for ids in animals.values() for animal in ids}
    rows = flux[flux["animal_id"].isin(wanted) & flux["on_day"].isin(days)]
    return _Choice(animals, days, selection, rows.sort_values(["on_day", "animal_id"]))


def _find(choice: _Choice, previews: _Clicks) -> list[_Sighting]:
    rows = choice.rows
    out = []
    for animal, day, batch, click in zip(
        rows["animal_id"], rows["on_day"], rows["batch"], rows["click"], strict=True
    ):
        preview = previews.get(str(batch), str(click))
        if preview is None or animal not in preview.animal_ids:
            continue
        label = preview.animal_ids.index(animal) + 1
        if (preview.animals == label).any():
            out.append(_Sighting(str(animal), float(day), preview, label))
    return out


def choose_animals(values: pd.DataFrame, day: float, count: int) -> list[str]:
    """Return the animals of one arm nearest to the arm's median, never hand-picked.

    Distance is measured on log10 flux; of two equally near, the one first by id is taken. The
    chosen ones are returned from the lowest to the highest flux.

    Parameters
    ----------
    values : pandas.DataFrame
        One arm's values (animal_id, on_day, value_p_s).
    day : float
        The day of the choice.
    count : int
        How many animals.

    Returns
    -------
    list of str
        Their ids; fewer than `count` where fewer have a value that day.
    """
    import numpy as np

    there = values[(values["on_day"] == day) & (values["value_p_s"] > 0)]
    if there.empty:
        return []
    log_flux = there["value_p_s"].astype(float).map(math.log10)
    distance = (log_flux - float(np.median(log_flux))).abs().round(12)
    table = there.assign(_log=log_flux, _distance=distance)
    near = table.sort_values(["_distance", "animal_id"], kind="stable").head(count)
    return [str(a) for a in near.sort_values(["_log", "animal_id"], kind="stable")["animal_id"]]


def selection_days(
    tables: StudyTables, model: str, region: str, arms: Sequence[str]
) -> dict[str, float]:
    """Return the day on which each arm's animals are chosen.

    It is the day of the arm's endpoint comparison; for an arm without one, the last day on
    which most of its animals have a value.
    """
    rows = tables.of("burden_endpoint", model, region)
    rows = primary(rows)
    rows = rows[rows["day"].notna()]
    flux = tables.flux(region)
    flux = flux[flux["model"] == model]
    out: dict[str, float] = {}
    for arm in arms:
        mine = rows[(rows["arm"] == arm) | (rows["reference"] == arm)]
        counts = flux[(flux["arm"] == arm) & (flux["value_p_s"] > 0)].groupby("on_day").size()
        if len(mine):
            out[arm] = float(mine["day"].max())
        elif len(counts):
            out[arm] = float(counts[counts == counts.max()].index.max())
    return out


def _cell_size(found: Sequence[_Sighting]) -> tuple[float, float]:
    """Return height and width in cm that hold every animal found."""
    import numpy as np

    tall = wide = 0.0
    for sighting in found:
        preview = sighting.preview
        rows, columns = np.nonzero(preview.animals == sighting.label)
        tall = max(tall, float(np.ptp(rows) + 1) * preview.pixel_cm)
        wide = max(wide, float(np.ptp(columns) + 1) * preview.pixel_cm)
    return tall + 2 * _MARGIN_CM, wide + 2 * _MARGIN_CM


def cut(preview: ClickPreview, label: int, size_cm: tuple[float, float]) -> Picture:
    """Cut one animal out of a click, centred, in a cell of a given size.

    Parameters
    ----------
    preview : ClickPreview
        The click.
    label : int
        The animal's label.
    size_cm : tuple of float
        Height and width of the cell in cm.

    Returns
    -------
    Picture
        The cut; what lies beyond the field of view or nearer to another animal is not `own`.
    """
    import numpy as np

    rows, columns = np.nonzero(preview.animals == label)
    height, width = (max(1, round(cm / preview.pixel_cm)) for cm in size_cm)
    top = (int(rows.min()) + int(rows.max()) + 1 - height) // 2
    left = (int(columns.min()) + int(columns.max()) + 1 - width) // 2
    return Picture(
        photograph=_window(preview.photograph, top, left, height, width, 0),
        radiance=_window(preview.radiance, top, left, height, width, 0.0),
        own=_window(preview.nearest == label, top, left, height, width, False),
        pixel_cm=preview.pixel_cm,
    )


def _window(
    array: np.ndarray, top: int, left: int, height: int, width: int, fill: float
) -> np.ndarray:
    """Return a window of an array that may reach beyond its edges."""
    import numpy as np

    out = np.full((height, width), fill, dtype=array.dtype)
    r0, r1 = max(top, 0), min(top + height, array.shape[0])
    c0, c1 = max(left, 0), min(left + width, array.shape[1])
    if r0 < r1 and c0 < c1:
        out[r0 - top : r1 - top, c0 - left : c1 - left] = array[r0:r1, c0:c1]
    return out
