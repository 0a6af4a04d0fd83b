"""The values that burden statistics use: which images count, values below the LOD, the missing."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.errors import InputError, Problem
from lumicohort.files import read_csv

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

REGIONS = ("neuraxis", "cranial", "spinal", "whole_body")
"""Regions in the order of the tables; others follow in the order of the file."""

_FLUX = ("animal_id", "model", "arm", "day", "region", "lod_p_s", "below_lod", "included", "reason")
_SURVIVAL = ("animal_id", "model", "arm", "time_days", "event", "end_reason", "included")
_WHERE_THERE = ("scheduled_day", "total_flux_p_s", "net_flux_p_s")
"""Further columns of `flux.csv` that are used: the rest of an archive's is not read."""

BELOW_LOD = {
    "lod_over_sqrt2": "set to LOD/√2",
    "half_lod": "set to LOD/2",
    "lod": "set to the LOD",
    "measured": "analysed as measured",
}
"""What each choice of `below_lod` does, in words."""
NOT_POSITIVE = "flux not positive"
"""Why a value that has no logarithm is missing."""
_FACTOR = {"lod_over_sqrt2": 0.5**0.5, "half_lod": 0.5, "lod": 1.0}
WHEN = ["animal_id", "arm", "region", "day", "on_day", "scheduled", "why_missing"]
"""Columns that say whose image was taken when, and whether it counts."""


@dataclass(frozen=True)
class BurdenData:
    """Flux of the included animals, ready for statistics.

    Attributes
    ----------
    images : pandas.DataFrame
        One row per animal × image × region: animal_id, model, arm, region, day (days since
        inoculation), on_day (the scheduled day it counts for, else its own), scheduled,
        value_p_s (analysed flux), measured_p_s, log10, below_lod, why_missing (empty where the
        value is used; value_p_s is NaN where it is not).
    animals : pandas.DataFrame
        One row per included animal: animal_id, model, arm, time_days (NaN: no end is recorded),
        event, end_reason.
    below_lod : str
        The rule applied to values below the LOD, a key of :data:`BELOW_LOD`.
    """

    images: pd.DataFrame
    animals: pd.DataFrame
    below_lod: str

    @property
    def regions(self) -> list[str]:
        """Regions that were measured."""
        found = list(dict.fromkeys(self.images["region"]))
        return [r for r in REGIONS if r in found] + [r for r in found if r not in REGIONS]

    def regions_with(self, region: str) -> list[str]:
        """Regions that were measured, and the one analysed even where it was not."""
        return list(dict.fromkeys([*self.regions, region]))

    def of(
        self, model: str, arms: Iterable[str], region: str | None = None
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the images and animals of some arms of one model, in one region.

        Parameters
        ----------
        model : str
            The model.
        arms : iterable of str
            The arms.
        region : str, optional
            The region of the images; where none is given, images of all regions, which say when
            they were taken and hold no values: :data:`WHEN`.

        Returns
        -------
        images, animals : pandas.DataFrame
            Rows of :attr:`images` and :attr:`animals`.
        """
        arms = list(arms)
        images = self.images
        wanted = (images["model"] == model) & images["arm"].isin(arms)
        animals = self.animals_of(model, arms)
        if region is None:
            return images.loc[wanted, WHEN], animals
        return images[wanted & (images["region"] == region)], animals

    def animals_of(self, model: str, arms: Iterable[str]) -> pd.DataFrame:
        """Return the animals of some arms of one model."""
        animals = self.animals
        return animals[(animals["model"] == model) & animals["arm"].isin(list(arms))]


def why_absent(animal: dict[Hashable, Any], why: dict[Any, str], day: float) -> str:
    """Say why an animal has no value on a day.

    Parameters
    ----------
    animal : dict
        A row of :attr:`BurdenData.animals`.
    why : dict of str
        Animal -> `why_missing` of its image that counts for that day.
    day : float
        The day.

    Returns
    -------
    str
        The reason in words; empty where there is a value.
    """
    name = animal["animal_id"]
    if name in why:
        return why[name]
    if animal["entry_days"] > day:
        return f"under observation from day {animal['entry_days']:g} only"
    if animal["time_days"] <= day:
        return f"{'died' if animal['event'] else 'left'} on day {animal['time_days']:g}"
    return "no image"


def load_burden(
    config: StudyConfig,
    results: Path,
    below_lod: str | None = None,
    region: str | None = None,
    late_entry: bool = True,
) -> BurdenData:
    """Read `flux.csv` and `survival.csv` and settle every value.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.
    below_lod : str, optional
        Rule for values below the LOD; the config's where none is given.
    region : str, optional
        The region of the values; all where none is given.
    late_entry : bool, optional
        Whether it is wanted when animals came under observation.

    Returns
    -------
    BurdenData
        Values and animals.

    Raises
    ------
    InputError
        Where a table or one of its columns is missing.
    """
    rule = below_lod or config.analysis.burden.below_lod
    return _load(config, results, [rule], region, late_entry)[rule]


def load_every_rule(config: StudyConfig, results: Path) -> dict[str, BurdenData]:
    """Read `flux.csv` and `survival.csv` and settle every value under every rule.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.

    Returns
    -------
    dict of str to BurdenData
        Rule for values below the LOD, a key of :data:`BELOW_LOD` -> values and animals.

    Raises
    ------
    InputError
        Where a table or one of its columns is missing.
    """
    return _load(config, results, BELOW_LOD)


def _load(
    config: StudyConfig,
    results: Path,
    rules: Iterable[str],
    region: str | None = None,
    late_entry: bool = True,
) -> dict[str, BurdenData]:
    """Read both tables once and settle every value under some rules."""
    import pandas as pd

    quantity = config.analysis.burden.quantity
    flux = _read(results / "flux.csv", (*_FLUX, quantity), region)
    entered = config.analysis.survival.entry if late_entry else None
    animals = _read(results / "survival.csv", _SURVIVAL, where_there=(entered,) if entered else ())
    if entered in animals:  # the survival step refuses what is wrong with it
        animals["entry_days"] = pd.to_numeric(animals[entered], errors="coerce")
    found: dict[str, BurdenData] = {}
    for rule in rules:
        one = settle(flux, animals, quantity=quantity, below_lod=rule)
        like = next(iter(found.values()), one)
        found[rule] = BurdenData(_sharing(one.images, like.images), like.animals, rule)
    return found


def _sharing(images: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Return images of which the columns that equal another rule's are that one's, in memory too.

    Rules differ in the values below the LOD alone, and an archive has a million cells.
    """
    import pandas as pd

    columns = {
        name: others[name] if images[name].equals(others[name]) else images[name] for name in images
    }
    return pd.DataFrame(columns, copy=False)


def lod_of(flux: pd.DataFrame, quantity: str) -> pd.Series:
    """Return each row's limit of detection on the scale of the quantity analysed.

    `lod_p_s` limits the net flux of a region without tumour. Its total flux holds the
    background besides, so the limit of the total flux is that much higher.

    Parameters
    ----------
    flux : pandas.DataFrame
        Rows of `flux.csv`.
    quantity : str
        `total_flux_p_s` or `net_flux_p_s`.

    Returns
    -------
    pandas.Series
        Limits (photons/s).
    """
    import pandas as pd

    lod = pd.to_numeric(flux["lod_p_s"]).astype(float)
    if quantity == "net_flux_p_s":
        return lod
    background = pd.to_numeric(flux["total_flux_p_s"]) - pd.to_numeric(flux["net_flux_p_s"])
    return lod + background.fillna(0.0)


def settle(
    flux: pd.DataFrame, animals: pd.DataFrame, *, quantity: str, below_lod: str
) -> BurdenData:
    """Choose the value of each animal, day and region.

    A value below the LOD is replaced by the rule `below_lod` (LOD/√2 by default: least biased
    where values spread less than about threefold around their geometric mean, Hornung & Reed,
    Appl Occup Environ Hyg 5(1), 1990). Values that are not positive and have no LOD cannot be
    put on a log scale and are missing. Of two images of one animal that count for one day, the
    one nearest that day is used, the earlier of two equally near.

    Parameters
    ----------
    flux, animals : pandas.DataFrame
        Tables `flux.csv` and `survival.csv` of the results contract.
    quantity : str
        Column of `flux` that is analysed.
    below_lod : str
        A key of :data:`BELOW_LOD`.

    Returns
    -------
    BurdenData
        Values and animals.
    """
    import numpy as np
    import pandas as pd

    animals = animals[_true(animals["included"])].copy()
    animals["event"] = _true(animals["event"])
    animals["time_days"] = pd.to_numeric(animals["time_days"])
    late = animals["entry_days"] if "entry_days" in animals else pd.Series(0.0, animals.index)
    animals["entry_days"] = late.fillna(0.0)
    kept = flux["animal_id"].isin(set(animals["animal_id"]))
    images = flux if kept.all() else flux[kept]
    day = pd.to_numeric(images["day"])
    scheduled = pd.to_numeric(images["scheduled_day"]) if "scheduled_day" in images else day
    on_day = scheduled.fillna(day)
    measured = pd.to_numeric(images[quantity]).astype(float)
    below, included = _true(images["below_lod"]), _true(images["included"])
    value = measured.copy()
    if below_lod in _FACTOR:
        lod = lod_of(images, quantity)
        replaced = below & (lod > 0)
        value[replaced] = _FACTOR[below_lod] * lod[replaced]
    why = images["reason"].fillna("").astype(str).where(~included, "")
    why = why.mask(~included & (why == ""), "left out")
    why = why.mask((why == "") & value.isna(), "no value")
    why = why.mask((why == "") & (value <= 0), NOT_POSITIVE)
    value = value.where(why == "")
    # Columns are ordered and put together one at a time: a copy of all takes far more memory.
    rank = {"_used": why != "", "_off": (day - on_day).abs(), "day": day}
    whose = {"animal_id": images["animal_id"], "region": images["region"], "on_day": on_day}
    first = pd.DataFrame({**rank, **whose}).sort_values(list(rank), kind="stable")
    first = first.drop_duplicates(list(whose))[list(whose)]
    first["model"], first["arm"] = images["model"], images["arm"]
    rows = first.sort_values(["model", "region", "arm", "on_day", "animal_id"], kind="stable").index
    del first
    columns: dict[str, pd.Series] = {
        **{name: images[name] for name in ("animal_id", "model", "arm", "region")},
        "day": day,
        "on_day": on_day,
        "scheduled": scheduled.notna(),
        "value_p_s": value,
        "measured_p_s": measured,
        "log10": pd.Series(np.log10(value)),
        "below_lod": below,
        "why_missing": why,
    }
    ordered = {name: column.loc[rows].to_numpy() for name, column in columns.items()}
    settled = pd.DataFrame(ordered, copy=False)
    keep = ["animal_id", "model", "arm", "time_days", "event", "end_reason", "entry_days"]
    return BurdenData(settled, animals[keep].reset_index(drop=True), below_lod)


def _read(
    path: Path,
    columns: tuple[str, ...],
    region: str | None = None,
    where_there: tuple[str, ...] = _WHERE_THERE,
) -> pd.DataFrame:
    """Return a table of the results contract (of one region), or say what it lacks."""
    if not path.is_file():
        raise InputError(Problem("this table is missing.", path, hint="Run the step before first."))
    only = None if region is None else ("region", region)
    table = read_csv(path, columns=(*columns, *where_there), only=only)
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise InputError(
            [Problem("this column is missing.", path, f"column {column}") for column in missing]
        )
    return table


def _true(column: pd.Series) -> pd.Series:
    """Return a true/false column as booleans; a missing value is false."""
    if column.dtype == bool:
        return column
    return column.map(lambda v: str(v).strip().lower() in ("true", "1", "1.0")).astype(bool)
