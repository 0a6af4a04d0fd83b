"""Reading what figures draw: the statistics' tables, the analysed flux, the previews."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lumicohort.errors import InputError, Problem
from lumicohort.figures.sources import CLICKS, OF_BATCHES, SOURCES
from lumicohort.files import read_csv
from lumicohort.tables.labels import with_labels

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from lumicohort.study.config import StudyConfig

T = TypeVar("T")

_TEXT = ("note", "kind")
"""Columns of statistics that are words, besides those that are everywhere."""

_IMAGES = (
    *("animal_id", "model", "arm", "region", "batch", "click", "day", "scheduled_day"),
    *("included", "reason", "below_lod", "n_saturated", "flags"),
)


class StudyTables:
    """The tables of one study's results that figures, captions and the report read, each once.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.
    reads : collection of str
        Names of :data:`lumicohort.figures.sources.SOURCES` that may be read: what a figure does
        not declare, the workflow would not redraw it for.
    """

    def __init__(self, config: StudyConfig, results: Path, reads: Collection[str]) -> None:
        self._config, self._results, self._reads = config, results, frozenset(reads)
        self._read: dict[str, pd.DataFrame] = {}
        self._made: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returns, made once for a key: a page and its caption share it."""
        if key not in self._made:
            self._made[key] = make()
        return cast("T", self._made[key])

    def _path(self, name: str) -> Path:
        if name not in self._reads:
            raise KeyError(f"{name} is read without being declared in READS")
        path = self._results / SOURCES[name]
        if not path.is_file():
            raise InputError(_missing(path))
        return path

    def table(self, name: str) -> pd.DataFrame:
        """Return a table of statistics, whole."""
        if name not in self._read:
            self._read[name] = with_labels(self._config, read_csv(self._path(name), _TEXT))
        return self._read[name]

    def of(
        self,
        name: str,
        model: str,
        region: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Return the rows of a table of statistics for one model (and region).

        Where a region and the columns that are wanted besides are named, the others are never all
        in memory.
        """
        if columns is None or region is None:
            table = self.table(name)
        else:
            names = ("model", "region", *columns)
            table = self.once(
                (name, region, names), lambda: self._part(name, names, ("region", region))
            )
        rows = table[table["model"] == model]
        return rows if region is None else rows[rows["region"] == region]

    def _part(self, name: str, columns: Sequence[str], only: tuple[str, str]) -> pd.DataFrame:
        return read_csv(self._path(name), _TEXT, columns, only)

    def flux(self, region: str) -> pd.DataFrame:
        """Return the values that were analysed, of one region.

        animal_id, model, arm, region, day, on_day (the scheduled day it counts for), value_p_s
        (NaN where the flux is not positive), lod_p_s, below_lod, batch, click.
        """
        return self.once(("flux", region), lambda: self._flux(region))

    def _flux(self, region: str) -> pd.DataFrame:
        from lumicohort.burden.values import load_burden, lod_of

        path = self._path("flux")
        self._path("survival")  # which animals are under study
        loaded = load_burden(self._config, self._results, region=region, late_entry=False)
        values = loaded.images
        values = values[values["why_missing"].isin(["", "flux not positive"])]
        quantity = self._config.analysis.burden.quantity
        key = ["animal_id", "region", "day", "batch", "click"]
        columns = [*key, "total_flux_p_s", "net_flux_p_s", "lod_p_s"]
        raw = read_csv(path, columns=columns, only=("region", region))
        raw["day"] = raw["day"].astype(float)
        raw["lod_p_s"] = lod_of(raw, quantity)
        raw = raw[[*key, "lod_p_s"]]
        raw = raw.drop_duplicates(["animal_id", "region", "day"])
        values = values.assign(
            day=values["day"].astype(float), on_day=values["on_day"].astype(float)
        )
        return values.merge(raw, on=["animal_id", "region", "day"], how="left", validate="m:1")

    @cached_property
    def images(self) -> pd.DataFrame:
        """``flux.csv``, images left out too: `day` as a number, the day it counts for.

        animal_id, model, arm, region, batch, click, day, on_day, scheduled_day, included, reason,
        below_lod, n_saturated, flags: those of them that the table has.
        """
        import pandas as pd

        images = read_csv(self._path("flux"), text=("flags", "reason"), columns=_IMAGES)
        day = pd.to_numeric(images["day"])
        if "scheduled_day" in images:
            day = pd.to_numeric(images["scheduled_day"]).fillna(day)
        for column in ("below_lod", "included"):
            images[column] = images[column].map(is_true)
        return images.assign(on_day=day.astype(float), day=pd.to_numeric(images["day"]))

    @cached_property
    def imaged_days(self) -> pd.DataFrame:
        """Days on which each animal was imaged (animal_id, day), once each, left out or not."""
        import pandas as pd

        days = read_csv(self._path("flux"), columns=("animal_id", "day")).drop_duplicates()
        return days.assign(day=pd.to_numeric(days["day"]))

    @cached_property
    def events(self) -> pd.DataFrame:
        """``cohort/events.csv``: what happened to each animal, `included` as true or false."""
        events = read_csv(self._path("events"), text=("date", "unit", "detail"))
        events["included"] = events["included"].map(is_true)
        return events.astype({"day": float, "value": float})

    @cached_property
    def clicks(self) -> pd.DataFrame:
        """``clicks.csv`` of all batches (batch, click, saturated, flags); empty without images."""
        import pandas as pd

        if CLICKS not in self._reads:
            raise KeyError(f"{CLICKS} is read without being declared in READS")
        columns = ["batch", "click", "saturated", "flags"]
        paths = sorted((self._results / "imaging").glob(f"*/{OF_BATCHES[CLICKS]}"))
        parts = [read_csv(path, ("flags",), columns) for path in paths]
        parts = [part for part in parts if len(part)]
        return pd.concat(parts) if parts else pd.DataFrame(columns=columns)

    @cached_property
    def survival(self) -> pd.DataFrame:
        """``survival.csv``: every animal; `died` whatever of, `event` of what counts as that."""
        import pandas as pd

        survival = read_csv(self._path("survival"))
        for column in ("included", "event"):
            survival[column] = survival[column].map(is_true)
        survival["time_days"] = pd.to_numeric(survival["time_days"])
        competing = survival["end_reason"].map(self._config.end_reasons) == "competing"
        return survival.assign(died=survival["event"] | competing)

    def absent_arms(self, model: str) -> frozenset[str]:
        """Return the arms that have no animal of a model, not even one that was left out.

        Not every model of a study needs all of its arms.
        """
        table = self.survival
        return frozenset(self._config.arms) - {*table.loc[table["model"] == model, "arm"]}

    def first_deaths(self, model: str) -> dict[str, float]:
        """Return each arm's day of the first event; arms without events are missing."""
        table = self.survival
        died = table[(table["model"] == model) & table["included"] & table["event"]]
        days = died.groupby("arm")["time_days"].min()
        return {str(arm): float(day) for arm, day in days.items()}


def load(config: StudyConfig, results: Path, reads: Collection[str] | None = None) -> StudyTables:
    """Return the tables of a study's results, to be read when they are asked for.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.
    reads : collection of str, optional
        Names of :data:`lumicohort.figures.sources.SOURCES` that will be read and must be there;
        where none are given, whatever is asked for.

    Returns
    -------
    StudyTables
        All of them.

    Raises
    ------
    InputError
        Naming every table that is missing.
    """
    paths = [results / SOURCES[name] for name in reads or () if name not in OF_BATCHES]
    if missing := [path for path in paths if not path.is_file()]:
        raise InputError([_missing(path) for path in missing])
    return StudyTables(config, results, {*SOURCES, *OF_BATCHES} if reads is None else reads)


def is_true(value: object) -> bool:
    """Tell whether a table's cell says yes: ``true`` or ``1``."""
    return str(value).lower() in ("true", "1", "1.0")


def _missing(path: Path) -> Problem:
    return Problem("this table is missing.", path, hint="Run the steps before figures first.")


@dataclass(frozen=True)
class ClickPreview:
    """One click's preview.

    Parameters
    ----------
    photograph : ndarray of uint8, shape (rows, columns)
        The photograph at the luminescent image's resolution.
    radiance : ndarray of float32, shape (rows, columns)
        Radiance in p/s/cm²/sr.
    animals, neuraxis : ndarray of uint8, shape (rows, columns)
        Label images, 1..n from left to right; 0 is no animal.
    pixel_cm : float
        Size of a pixel at the stage.
    animal_ids : list of str
        Ids in the order of the labels.
    flags : list of str
        What is to be looked at.
    """

    photograph: np.ndarray
    radiance: np.ndarray
    animals: np.ndarray
    neuraxis: np.ndarray
    pixel_cm: float
    animal_ids: list[str]
    flags: list[str]

    @cached_property
    def nearest(self) -> np.ndarray:
        """Label of the animal that is nearest to each pixel; ndarray of uint8."""
        from scipy.ndimage import distance_transform_edt

        _, places = distance_transform_edt(self.animals == 0, return_indices=True)
        return self.animals[tuple(places)]


class Previews:
    """The previews of all batches, read one click at a time.

    Parameters
    ----------
    imaging : Path
        The folder ``imaging/`` of the results.
    """

    def __init__(self, imaging: Path) -> None:
        self._imaging = imaging

    def batches(self) -> list[str]:
        """Return the batches that have previews, by name."""
        return sorted(path.parent.name for path in self._imaging.glob("*/previews.npz"))

    def read_batch(self, batch: str) -> dict[str, ClickPreview]:
        """Return the previews of a batch by click; empty where it has none."""
        import numpy as np

        path = self._imaging / batch / "previews.npz"
        if not path.is_file():
            return {}
        with np.load(path, allow_pickle=False) as arrays:
            clicks = sorted({key.rpartition("/")[0] for key in arrays.files})
            return {click: _preview(arrays, click) for click in clicks}

    def read(self, batch: str, click: str) -> ClickPreview | None:
        """Return a click's preview, or None where there is none."""
        import numpy as np

        path = self._imaging / batch / "previews.npz"
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as arrays:
            return _preview(arrays, click) if f"{click}/radiance" in arrays.files else None


def _preview(arrays: Mapping[str, np.ndarray], click: str) -> ClickPreview:
    meta: dict[str, Any] = json.loads(str(arrays[f"{click}/meta"][()]))
    flags = meta.get("flags") or []
    return ClickPreview(
        photograph=arrays[f"{click}/photograph"],
        radiance=arrays[f"{click}/radiance"].astype(float),
        animals=arrays[f"{click}/animals"],
        neuraxis=arrays[f"{click}/neuraxis"],
        pixel_cm=float(meta["pixel_cm"]),
        animal_ids=[str(a) for a in meta["animal_ids"]],
        flags=flags.split(";") if isinstance(flags, str) else [str(f) for f in flags],
    )
