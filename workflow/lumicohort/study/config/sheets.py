"""Config of the cohort's sheets and of the protocol they are checked against."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from lumicohort.study.config.base import Section


class Wide(Section):
    """A table whose columns are days (or dates, or animals) instead of measurements in rows."""

    headings: list[str] = Field(default=["day"], min_length=1)
    """What the header rows say of a column of measurements, from the top: one of our column names
    each (`day`, `date`, `animal_id`, `arm`, …) or a word of your own for `only`. `[day]`: a column
    per day; `[animal_id]`: a column per animal; `[arm, animal_id]`: two header rows, arms over
    animals. A blank cell of an upper header row repeats the one to its left, as merged cells do."""
    value: str | None = None
    """Our name for what the cells hold; the sheet's own measurement where none is given."""
    only: dict[str, str] = {}
    """Read only columns with this heading: `headings: [day, kind]` with `only: {kind: V}`."""
    others: list[str] = []
    """Further headings that are no measurements; they stay with their row as they are."""
    pattern: str | None = None
    """Regular expression whose first group is the number of a day heading; where none is given,
    `7`, `7.0`, `D7`, `d 7`, `Day 7`, `Day_7`, `day7`, `t=7` and `7 (12:30:05)` are day 7."""
    unit: Literal["days", "weeks"] = "days"
    """What headings count: `weeks` makes `Week 2` (with its pattern) day 14."""

    @field_validator("pattern")
    @classmethod
    def _has_one_group(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                groups = re.compile(value).groups
            except re.error as error:
                raise ValueError(f"not a regular expression ({error})") from None
            if groups < 1:
                raise ValueError("the pattern needs a group, as in `Visit ([0-9]+)`")
        return value


class Part(Section):
    """A further file, worksheet or block that holds rows of the same table."""

    file: str | None = None
    """File in the study's data folder; the first one's where none is given."""
    sheet: str | None = None
    """Name of the worksheet; the first one's where none is given and the file is the same."""
    header_row: int | None = Field(default=None, ge=1)
    """Row of the (first) headings; found by itself where none given."""
    last_row: int | None = Field(default=None, ge=1)
    """Last row that is read."""
    values: dict[str, str] = {}
    """Values of our columns that this part does not hold itself: `arm: vehicle`."""

    @field_validator("values", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return _texts(value)


class Sheet(Section):
    """One sheet of the study."""

    file: str
    """File in the study's data folder (.xlsx, .xls, .ods, .csv, .tsv)."""
    sheet: str | None = None
    """Name of the worksheet; the first where none is given."""
    header_row: int | None = Field(default=None, ge=1)
    """Row of the (first) headings, counted as spreadsheet programs do; found by itself where none
    given."""
    last_row: int | None = Field(default=None, ge=1)
    """Last row that is read, where something else stands below the table."""
    columns: dict[str, str | list[str]] = {}
    """Our column name to the lab's heading, where they differ: `animal_id: "Mouse #"`. A list is
    joined by hyphens (`animal_id: [Group, Id]`); `column A` names a column without a heading."""
    values: dict[str, str] = {}
    """Values of our columns that the sheet does not hold, the same in every row: `model: PC9`."""
    wide: Wide | None = None
    """For tables with a column per day, date or animal."""
    same_day: Literal["refuse", "first", "last", "mean"] = "refuse"
    """Which of several measurements of an animal on one day counts."""
    more: list[Part] = []
    """Further files, worksheets or blocks with rows of the same table (a file per arm, say)."""

    @field_validator("values", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return _texts(value)

    def parts(self) -> list[Sheet]:
        """Return the sheet without its further parts, and each of these as a sheet."""
        found = [self.model_copy(update={"more": []})]
        for part in self.more:
            same_file = part.file is None or part.file == self.file
            update: dict[str, Any] = {
                "file": part.file or self.file,
                "sheet": part.sheet or (self.sheet if same_file else None),
                "header_row": part.header_row,
                "last_row": part.last_row,
                "values": {**self.values, **part.values},
                "more": [],
            }
            found.append(self.model_copy(update=update))
        return found


def _texts(value: Any) -> Any:
    """Return a mapping whose values YAML took for numbers or dates as texts again."""
    if not isinstance(value, dict):
        return value
    return {
        k: v if v is None or isinstance(v, (bool, list, dict)) else str(v) for k, v in value.items()
    }


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
    checks: Sheet | None = None
    """Optional: clinical checks (animal_id, date or day; optional signs)."""
    flux: Sheet | None = None
    """Optional: total flux measured elsewhere, per animal and day (animal_id, date or day,
    total_flux_p_s; optional region, lod_p_s)."""
    volumes: Sheet | None = None
    """Optional: tumour volumes (animal_id, date or day, volume_mm3)."""
    exclusions: Sheet | None = None
    """Optional: animals and single images left out (animal_id, reason; optional date; with click or
    day only that image)."""
    roi_review: str = "roi_review.csv"
    """A reviewer's corrections of regions, read where there is such a file (see
    docs/measuring.md)."""
    event_values: dict[str, Literal["event", "censored"]] = {
        "1": "event",
        "true": "event",
        "yes": "event",
        "0": "censored",
        "false": "censored",
        "no": "censored",
    }
    """What the values of a cohort sheet's column `event` mean (case ignored); for a status of 1 and
    2: `{"1": censored, "2": event}`."""
    date_format: Literal["iso", "day_first", "month_first"] | None = None
    """How dates written as text are read where the column itself does not settle it."""

    @field_validator("event_values", mode="before")
    @classmethod
    def _keys_as_text(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {str(key).casefold(): meaning for key, meaning in value.items()}


def sheets_by_key(data: Data) -> dict[str, Sheet]:
    """Return the sheets that a data section names, by their config key (`data.cohort`)."""
    sheets = {
        "cohort": data.cohort,
        "imaging_sheet": data.imaging_sheet,
        "weights": data.weights,
        "doses": data.doses,
        "checks": data.checks,
        "flux": data.flux,
        "volumes": data.volumes,
        "exclusions": data.exclusions,
    }
    return {f"data.{name}": sheet for name, sheet in sheets.items() if sheet is not None}


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
    """Dose of the treatment (2 mg/kg is 50 ug for a mouse of 25 g), in all arms but the control
    arm and those that have a dose of their own (`arms.<arm>.dose_mg_per_kg`)."""
    treatment_last_day: int | None = Field(default=None, ge=0)
    """Day of the last treatment; until the animal's end where none is given."""
    dose_tolerance_percent: float = Field(default=10.0, ge=0)
    """Deviation of a dose from its target that is still unlisted."""
    dose_volume_ul: float | None = Field(default=10.0, gt=0)
    """Injected volume of a treatment, drug or vehicle; unchecked where `null`."""
    checks_every_days: int = Field(default=1, ge=1)
    """Most days from one clinical check to the next, where the study has a sheet of checks."""
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
