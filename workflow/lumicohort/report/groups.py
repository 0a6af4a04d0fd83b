"""How groups were made up: their sizes against the plan, and cages by arm."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.cohort.balance import cage_lines, read_cages, size_lines
from lumicohort.files import read_csv
from lumicohort.report.lists import Heading, ReportList

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig


def group_lines(config: StudyConfig, results: Path) -> list[str]:
    """Return what cages and group sizes mean for the comparison of arms, in sentences.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.
    """
    return [*_sizes(config, results), *cage_lines(config, read_cages(results))]


def _sizes(config: StudyConfig, results: Path) -> list[str]:
    """Say which groups are not of the size planned."""
    path = results / "survival.csv"
    if not path.is_file() or all(arm.animals_planned is None for arm in config.arms.values()):
        return []
    animals = read_csv(path)
    counts = Counter(zip(animals["model"], animals["arm"], strict=True))
    lines = size_lines(config, counts)
    return lines or ["Every group has as many animals as were planned."]


def cage_list(config: StudyConfig, results: Path) -> ReportList | None:
    """Return the animals of each arm in each cage as a table; None where no cage is known."""
    counts = read_cages(results)
    if not counts:
        return None
    arms = list(config.arms)
    held: dict[tuple[str, str], dict[str, int]] = {}
    for count in counts:
        held.setdefault((str(count.model), str(count.cage)), {})[str(count.arm)] = count.animals
    headings = [Heading("Model"), Heading("Cage")]
    headings += [Heading(config.arm_label(arm), True) for arm in arms]
    rows = [
        [
            config.model_label(model) if model in config.models else model,
            "not known" if cage in ("", "nan", "NA") else cage,
            *(str(by_arm.get(arm, 0)) for arm in arms),
        ]
        for (model, cage), by_arm in held.items()
    ]
    return ReportList("Animals of each group in each cage", headings, rows)
