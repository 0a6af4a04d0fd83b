"""Cages against arms, and group sizes against the plan: what a comparison of arms rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lumicohort.cohort.animals import Animal
from lumicohort.errors import Problem
from lumicohort.files import read_csv
from lumicohort.study.config import StudyConfig

CAGES = ["model", "cage", "arm", "animals"]
"""Columns of `cohort/cage_by_arm.csv`."""


@dataclass(frozen=True, slots=True)
class CageCount:
    """Animals of one arm in one cage; a row of `cohort/cage_by_arm.csv`."""

    model: str
    cage: str
    arm: str
    animals: int


def cage_by_arm(config: StudyConfig, animals: Sequence[Animal]) -> list[CageCount]:
    """Count the animals of each arm in each cage.

    Parameters
    ----------
    config : StudyConfig
        The study.
    animals : sequence of Animal
        Its animals; those without a known cage are counted under a blank cage.

    Returns
    -------
    list of CageCount
        Every cage of a model with every arm (0 where it holds none), models and arms in the
        config's order, cages by name; empty where no cage is known.
    """
    if not any(animal.cage for animal in animals):
        return []
    found = []
    for model in config.models:
        counts = Counter((a.cage or "", a.arm) for a in animals if a.model == model)
        for cage in sorted({cage for cage, _ in counts}):
            found += [CageCount(model, cage, arm, counts[cage, arm]) for arm in config.arms]
    return found


def cage_lines(
    config: StudyConfig, counts: Sequence[CageCount], only_confounded: bool = False
) -> list[str]:
    """Say, for each model, whether an effect of the cage can be told from one of the arm.

    Parameters
    ----------
    config : StudyConfig
        The study, for labels.
    counts : sequence of CageCount
        Of :func:`cage_by_arm`, or :func:`read_cages`.
    only_confounded : bool
        Leave out models in which cage and arm can be told apart.

    Returns
    -------
    list of str
        One sentence or two per model in which two arms or more have animals.
    """
    lines = []
    for model in config.models:
        by_cage: dict[str, dict[str, int]] = {}
        for entry in counts:
            if entry.model == model and entry.animals and entry.cage:
                by_cage.setdefault(entry.cage, {})[entry.arm] = entry.animals
        arms = [arm for arm in config.arms if any(arm in held for held in by_cage.values())]
        apart = len(by_cage) == 1 or all(len(held) > 1 for held in by_cage.values())
        if len(arms) > 1 and not (only_confounded and apart):
            lines.append(f"{config.model_label(model)}: {_in_words(config, by_cage, arms)}")
            unknown = sum(c.animals for c in counts if c.model == model and not c.cage)
            if unknown:
                lines[-1] += f" The cage of {unknown} {_animals(unknown)} is not known."
    return lines


def read_cages(results: Path) -> list[CageCount]:
    """Return what `cohort/cage_by_arm.csv` of a study's results says; empty where it is missing."""
    path = Path(results) / "cohort" / "cage_by_arm.csv"
    if not path.is_file():
        return []
    rows = read_csv(path)[CAGES].itertuples(index=False, name=None)
    return [CageCount(model, cage, arm, int(animals)) for model, cage, arm, animals in rows]


def _in_words(config: StudyConfig, by_cage: dict[str, dict[str, int]], arms: Sequence[str]) -> str:
    """Return what one model's cages mean for the comparison of its arms."""
    cages_of = {arm: [cage for cage, held in by_cage.items() if arm in held] for arm in arms}
    mixed = [cage for cage, held in by_cage.items() if len(held) > 1]
    single = [arm for arm in arms if len(cages_of[arm]) == 1 and cages_of[arm][0] not in mixed]
    number = f"{len(by_cage)} {'cage' if len(by_cage) == 1 else 'cages'}"
    hold = "holds" if len(mixed) == 1 else "hold"
    if len(by_cage) == 1:
        return f"all animals share one cage ({mixed[0]}), which cannot differ between arms."
    if not mixed:
        text = (
            f"no cage holds animals of two arms ({number}), so cage and arm are fully confounded: "
            "an effect of the cage cannot be told from one of the treatment, and the cages, not "
            "the animals, are what was allocated."
        )
        for arm in single:
            text += f" All animals of {config.arm_label(arm)} share cage {cages_of[arm][0]}."
        return text
    missing = [arm for arm in arms if not any(arm in by_cage[cage] for cage in mixed)]
    if missing:
        listed = ", ".join(config.arm_label(arm) for arm in missing)
        return (
            f"{len(mixed)} of {number} {hold} animals of several arms, but {listed} shares no cage "
            "with another arm: there, cage and arm are confounded."
        )
    if len(mixed) == len(by_cage):
        return (
            f"every one of {number} holds animals of several arms: cage and arm can be told apart."
        )
    others = "the other is" if len(by_cage) - len(mixed) == 1 else "the others are"
    return (
        f"{len(mixed)} of {number} {hold} animals of several arms; {others} of one arm alone, so "
        "cage and arm are confounded in part."
    )


def _animals(number: int) -> str:
    return "animal" if number == 1 else "animals"


def against_plan(config: StudyConfig, animals: Sequence[Animal]) -> list[Problem]:
    """Return a note for every group that is not of the size planned.

    Parameters
    ----------
    config : StudyConfig
        The study; `arms.<arm>.animals_planned` is for each model.
    animals : sequence of Animal
        Its animals, excluded ones too: they were planned for.

    Returns
    -------
    list of Problem
        Notes, not refusals; none where no number was planned.
    """
    counts = Counter((animal.model, animal.arm) for animal in animals)
    file = config.data_folder / config.data.cohort.file
    return [Problem(line, file) for line in size_lines(config, counts)]


def size_lines(config: StudyConfig, counts: Mapping[tuple[str, str], int]) -> list[str]:
    """Say which groups are not of the size planned.

    Parameters
    ----------
    config : StudyConfig
        The study; `arms.<arm>.animals_planned` is for each model.
    counts : mapping of (model, arm) to int
        Animals found, excluded ones too: they were planned for.
    """
    lines = []
    for model in config.models:
        for name, arm in config.arms.items():
            planned, found = arm.animals_planned, counts.get((model, name), 0)
            if planned is not None and found != planned:
                lines.append(
                    f"{config.model_label(model)}, {config.arm_label(name)}: {found} "
                    f"{_animals(found)}, and {planned} were planned ({found - planned:+d})."
                )
    return lines


def against_allocation(config: StudyConfig, animals: Sequence[Animal]) -> list[Problem]:
    """Return a note for every animal that is in another arm than it was allocated to.

    Parameters
    ----------
    config : StudyConfig
        The study; the record of `lumicohort randomise` is looked for in its data folder.
    animals : sequence of Animal
        Its animals, their arms as the cohort sheet names them.

    Returns
    -------
    list of Problem
        Notes; none where no allocation was recorded.
    """
    path = config.data_folder / "randomisation" / "allocation.csv"
    if not path.is_file():
        return []
    table = read_csv(path)
    if not {"animal_id", "arm"} <= set(table.columns):
        return [Problem("this is no record of an allocation: animal_id or arm is missing.", path)]
    allocated = dict(zip(table["animal_id"], table["arm"], strict=True))
    return [
        Problem(
            f"the animal `{animal.animal_id}` was allocated to another arm than the cohort sheet "
            f"says (row {int(animal.row)}).",
            path,
        )
        for animal in animals
        if animal.animal_id in allocated and allocated[animal.animal_id] != animal.arm
    ]
