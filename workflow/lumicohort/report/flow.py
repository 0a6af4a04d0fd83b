"""The flow of animals: from the sheet to each analysis, with numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.figures.comparison import rows_on_day
from lumicohort.figures.cutouts import selection_days

if TYPE_CHECKING:
    from lumicohort.figures.data import StudyTables
    from lumicohort.study.config import StudyConfig


@dataclass(frozen=True, slots=True)
class Flow:
    """The animals of one arm of one model, each count part of the one before or beside it.

    `with_flux` counts animals with flux that is analysed: those that were imaged at all, as
    `cohort/flow.csv` and the figure of the flow count them, may be more. `other_causes` are
    the censored that died of another cause.
    """

    model: str
    arm: str
    in_sheet: int
    excluded: int
    reasons: str
    analysed: int
    events: int
    censored: int
    other_causes: int
    with_flux: int
    images: int
    at_endpoint: int
    endpoint_day: float | None

    @property
    def censored_words(self) -> str:
        """The censored, with how many of them died of another cause."""
        others = f" ({self.other_causes} died of another cause)" if self.other_causes else ""
        return f"{self.censored}{others}"


def flows(config: StudyConfig, tables: StudyTables) -> list[Flow]:
    """Return the flow of animals of every arm of every model that has any.

    Parameters
    ----------
    config : StudyConfig
        The study.
    tables : StudyTables
        The study's tables.
    """
    region = config.analysis.burden.region
    survival, flux = tables.survival, tables.flux(region)
    out = []
    for model in config.models:
        days = selection_days(tables, model, region, list(config.arms))
        for arm in config.arms:
            animals = survival[(survival["model"] == model) & (survival["arm"] == arm)]
            if animals.empty:
                continue
            kept = animals[animals["included"]]
            reasons: dict[str, int] = {}
            for reason in animals.loc[~animals["included"], "reason"]:
                reasons[str(reason)] = reasons.get(str(reason), 0) + 1
            timed = kept[kept["time_days"].notna()]
            images = flux[(flux["model"] == model) & (flux["arm"] == arm)]
            day = days.get(arm)
            out.append(
                Flow(
                    model=config.model_label(model),
                    arm=config.arm_label(arm),
                    in_sheet=len(animals),
                    excluded=len(animals) - len(kept),
                    reasons="; ".join(f"{reason} ({n})" for reason, n in sorted(reasons.items())),
                    analysed=len(timed),
                    events=int(timed["event"].sum()),
                    censored=int((~timed["event"]).sum()),
                    other_causes=sum(
                        config.end_reasons.get(str(reason)) == "competing"
                        for reason in timed.loc[~timed["event"], "end_reason"]
                    ),
                    with_flux=images["animal_id"].nunique(),
                    images=len(images),
                    at_endpoint=0 if day is None else len(rows_on_day(images, day)),
                    endpoint_day=day,
                )
            )
    return out
