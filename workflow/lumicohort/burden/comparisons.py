"""Which arm is compared with which, and on which day: shared by the burden tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lumicohort.burden.endpoint_day import EndpointDay, choose_day, early_warning
from lumicohort.files import NOT_ESTIMABLE
from lumicohort.nouns import marked
from lumicohort.survival.multiplicity import Adjustment, adjust

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.burden.values import BurdenData
    from lumicohort.study.config import StudyConfig


@dataclass(frozen=True)
class Comparison:
    """An arm of a model against the reference, on its endpoint day.

    Attributes
    ----------
    model, arm, reference : str
        The arms; `arm` is empty where the study has one arm only.
    day : EndpointDay
        The endpoint day of these two arms.
    early : str
        A warning where no treatment can have acted by then, or empty.
    """

    model: str
    arm: str
    reference: str
    day: EndpointDay
    early: str = ""

    def columns(self, region: str, counts: Sequence[int]) -> dict[str, Any]:
        """Return the columns that name a comparison and count its animals."""
        return {
            "model": self.model,
            "region": region,
            "arm": self.arm or NOT_ESTIMABLE,
            "reference": self.reference,
            "day": math.nan if self.day.day is None else self.day.day,
            "n": counts[0] if self.arm else math.nan,
            "n_reference": counts[1],
        }

    def why_none(self, animals: pd.DataFrame) -> str:
        """Say why there is nothing to compare, whatever the values; empty where there is."""
        if not self.arm:
            return f"the study has one arm ({marked(self.reference)}): nothing to compare"
        there = set(animals["arm"])
        texts = [
            f"no animal of {marked(arm)} in {marked(self.model)}"
            for arm in (self.arm, self.reference)
            if arm not in there
        ]
        return "; ".join(texts)


def comparisons(config: StudyConfig, data: BurdenData) -> list[Comparison]:
    """Return every comparison of a study.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data : BurdenData
        The values.

    Returns
    -------
    list of Comparison
        Each arm but the reference in every model; one with an empty arm where there is none.
    """
    reference, fixed = config.reference_arm, config.analysis.burden.endpoint_day
    fixed_day = None if fixed == "last_common" else int(fixed)
    out = []
    for model in config.models:
        for arm in [a for a in config.arms if a != reference] or [""]:
            images, animals = data.of(model, (arm, reference))
            day = choose_day(images, animals, fixed_day)
            treated = config.schedule.treatment_first_day
            early = early_warning(images, day.day, treated) if arm else ""
            out.append(Comparison(model, arm, reference, day, early))
    return out


def lost_animals(animals: pd.DataFrame, used: Iterable[str], what: str) -> str:
    """List the animals that are not used, in words; empty where all are."""
    lost = [a for a in animals["animal_id"] if a not in used]
    return f"without {what}: {', '.join(lost)}" if lost else ""


def adjust_within(
    rows: list[dict[str, Any]], keys: Sequence[str], method: Adjustment, p: str = "p_value"
) -> None:
    """Add `p_adjusted` to rows, over those that agree in some columns.

    Parameters
    ----------
    rows : list of dict
        Rows of a table; changed in place.
    keys : sequence of str
        Columns that name a family of comparisons.
    method : {"holm", "hochberg", "bh", "none"}
        As :func:`lumicohort.survival.multiplicity.adjust`.
    p : str
        The column of p-values.
    """
    families: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        families.setdefault(tuple(row[key] for key in keys), []).append(row)
    for family in families.values():
        adjusted = adjust([row[p] for row in family], method)
        for row, value in zip(family, adjusted, strict=True):
            row["p_adjusted"] = value
