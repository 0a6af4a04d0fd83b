"""Config of the cohort's sheets and of the protocol they are checked against."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from lumicohort.study.config.base import Section


class Sheet(Section):
    """One sheet of the study."""

    file: str
    """File in the study's data folder (.xlsx, .xls, .ods, .csv, .tsv)."""
    sheet: str | None = None
    """Name of the worksheet; the first where none is given."""
    header_row: int | None = Field(default=None, ge=1)
    """Row of the headings, counted as spreadsheet programs do; found by itself where none given."""
    columns: dict[str, str] = {}
    """Our column name to the lab's heading, where they differ: `animal_id: "Mouse #"`."""


class Data(Section):
    """Where the study's raw data lie. They are never modified."""

    folder: str | None = None
    """The study's data folder; `data/<study>` where none is given."""
    imaging: str = "imaging"
    """Folder inside it that holds one folder per imaging batch."""
    cohort: Sheet = Sheet(file="cohort.csv")
    """One row per animal."""
    imaging_sheet: Sheet | None = None
    """Optional: which animal lies where on which click, and luciferin times."""
    weights: Sheet | None = None
    """Optional: body weights."""
    doses: Sheet | None = None
    """Optional: treatments given."""
    date_format: Literal["iso", "day_first", "month_first"] | None = None
    """How dates written as text are read where the column itself does not settle it."""


def data_folder(study: str, data: Data) -> Path:
    """Return a study's data folder: the one its config names, or `data/<study>`."""
    return Path(data.folder or f"data/{study}")


class Schedule(Section):
    """The study's protocol in days since inoculation, for the protocol checks."""

    imaging_first_day: int = Field(default=7, ge=0)
    """Day of the first imaging."""
    imaging_every_days: int = Field(default=7, ge=1)
    """Days from one imaging to the next."""
    imaging_tolerance_days: int = Field(default=1, ge=0)
    """An image this many days off its scheduled day still counts as that day's."""
    treatment_first_day: int = Field(default=7, ge=0)
    """Day of the first treatment."""
    treatment_every_days: int = Field(default=3, ge=1)
    """Days from one treatment to the next."""
    dose_mg_per_kg: float = Field(default=2.0, gt=0)
    """Dose of the treatment (2 mg/kg is 50 ug for a mouse of 25 g)."""
    treatment_last_day: int | None = Field(default=None, ge=0)
    """Day of the last treatment; until the animal's end where none is given."""
    dose_tolerance_percent: float = Field(default=10.0, ge=0)
    """Deviation of a dose from its target that is still unlisted."""
    weight_loss_percent: float = Field(default=20.0, gt=0, lt=100)
    """Loss of body weight that is a humane endpoint."""
    luciferin_mg_per_kg: float = Field(default=150.0, gt=0)
    """Dose of luciferin before imaging."""
    cells_injected: float | None = Field(default=1e5, gt=0)
    """Tumour cells injected into each animal; unchecked where `null`."""
    age_weeks: tuple[float, float] | None = (6.0, 8.0)
    """Youngest and oldest age at inoculation, in completed weeks; unchecked where `null`."""


class ExclusionRule(Section):
    """A rule that leaves animals out of the analysis, every one listed with its reason."""

    column: str
    """Column of the cohort sheet."""
    equals: str
    """The value that excludes (compared as text, case and outer spaces ignored)."""
    reason: str
    """The reason printed in `exclusions.csv`."""


class Exclusions(Section):
    """Animals left out, each with its reason."""

    animals: dict[str, str] = {}
    """animal_id to the reason why it is left out."""
    rules: list[ExclusionRule] = []
    """Rules on columns of the cohort sheet."""
