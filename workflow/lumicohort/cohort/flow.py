"""The flow of animals, per arm: inoculated, imaged, randomised, analysed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lumicohort.cohort.randomised import is_randomised
from lumicohort.files import read_csv, write_csv
from lumicohort.study.config import StudyConfig

FLOW = ["model", "arm", "stage", "n", "left_out", "reasons"]
"""Columns of `cohort/flow.csv`."""

STAGES = ("inoculated", "imaged", "randomised", "analysed_survival", "analysed_burden")
"""Stages in their order. `left_out` counts the animals of the arm that are not in a stage."""

_OF_IMAGES = ("imaged", "analysed_burden")


def write_flow(config: StudyConfig, results: Path, imaged: bool = True) -> None:
    """Write how many animals of each arm came how far, and why the others did not.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder: reads `cohort/animals.csv`, `cohort/exclusions.csv` and
        `flux.csv`, writes `cohort/flow.csv`.
    imaged : bool, optional
        Whether the study has images or a sheet of flux at all; otherwise there are no rows of
        stages that nobody could reach.
    """
    import pandas as pd

    animals = _rows(results / "cohort" / "animals.csv")
    left_out = {
        row["id"]: str(row["reason"])
        for row in reversed(_rows(results / "cohort" / "exclusions.csv"))
        if row["what"] == "animal"
    }
    flux = _imaged(results / "flux.csv", config.analysis.burden.region)
    reasons: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "inoculated": lambda _: "",
        "imaged": lambda a: "" if a["animal_id"] in flux else "never imaged",
        "randomised": lambda a: "" if is_randomised(a) else _not_randomised(a),
        "analysed_survival": lambda a: left_out.get(a["animal_id"], ""),
        "analysed_burden": lambda a: _burden_reason(a, flux.get(a["animal_id"], set())),
    }
    stages = [stage for stage in STAGES if imaged or stage not in _OF_IMAGES]
    rows = []
    for model in config.models:
        for arm in config.arms:
            group = [a for a in animals if (a["model"], a["arm"]) == (model, arm)]
            for stage in stages if group else ():
                said = [reasons[stage](animal) for animal in group]
                counts = Counter(reason for reason in said if reason)
                shown = "; ".join(f"{reason} ({n})" for reason, n in sorted(counts.items()))
                n = said.count("")
                rows.append(
                    dict(zip(FLOW, (model, arm, stage, n, len(group) - n, shown), strict=True))
                )
    write_csv(pd.DataFrame(rows, columns=FLOW), results / "cohort" / "flow.csv")


def _not_randomised(animal: Mapping[str, Any]) -> str:
    return f"not randomised{', analysed all the same' if animal['included'] else ''}"


def _rows(path: Path) -> Sequence[dict[str, Any]]:
    text = ("randomised", "randomized", "Randomised", "Randomized")
    table = read_csv(path, text)
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _imaged(path: Path, region: str) -> dict[str, set[bool]]:
    """Return every animal of `flux.csv`, with whether its images of a region are included."""
    columns = ("animal_id", "region", "included")
    table = read_csv(path, columns=columns)
    rows = zip(*(table[name].tolist() for name in columns), strict=True)
    flux: dict[str, set[bool]] = {}
    for animal_id, of_region, included in rows:
        images = flux.setdefault(animal_id, set())
        if of_region == region:
            images.add(bool(included))
    return flux


def _burden_reason(animal: Mapping[str, Any], included: set[bool]) -> str:
    """Return why no flux of an animal is analysed, by its images of the analysed region."""
    if not animal["included"]:
        return str(animal["reason"])
    if True in included:
        return ""
    return "never imaged" if not included else "no image that can be analysed"
