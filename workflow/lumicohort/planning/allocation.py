"""Allocation of animals to arms by chance, alike at baseline: two ways, each a pure function.

Both give every arm of a model its share of the animals, whatever chance does: all animals are
known before the first is allocated, so an arm that is full is closed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Method = Literal["block", "minimisation"]

PROBABILITY = 0.8
"""Probability with which minimisation takes the arm that makes the groups most alike (Pocock &
Simon, Biometrics 31:103, 1975, discuss 2/3 to 1; below 1 no allocation can be foretold)."""

LEVELS = 2
"""Classes into which minimisation cuts a measured factor, equal in size: above and below the
median."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An animal to be allocated.

    Parameters
    ----------
    animal_id : str
        Its id.
    model : str
        Its model; each model is allocated on its own.
    classes : mapping of str to str
        Its value of every factor that is a class (sex, cage).
    measures : mapping of str to float
        Its value of every factor that is a number (log10 flux, weight), the most important first.
    """

    animal_id: str
    model: str
    classes: Mapping[str, str]
    measures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Allocated:
    """Where an animal went.

    Parameters
    ----------
    animal_id, arm : str
        The animal and its arm.
    order : int
        When it was allocated, from 1.
    block : str
        Its block, or how its arm was found.
    """

    animal_id: str
    arm: str
    order: int
    block: str


def allocate(
    candidates: Sequence[Candidate],
    ratio: Mapping[str, int],
    method: Method,
    seed: int,
    probability: float = PROBABILITY,
) -> list[Allocated]:
    """Allocate animals to arms.

    Parameters
    ----------
    candidates : sequence of Candidate
        The animals; their order does not matter.
    ratio : mapping of str to int
        The arms and their shares, `{"vehicle": 1, "DFO": 2}`.
    method : {'block', 'minimisation'}
        `block`: within each stratum of the class factors, animals are ordered by their measures
        and cut into blocks of as many as the ratio adds up to; the arms are permuted within each
        block. Animals left over, drawn at random in their stratum, are blocked together, so that
        no model is off by more than one block. `minimisation`: animals come in random order, and
        each takes, with `probability`, the open arm that leaves least imbalance summed over all
        factors (range over the arms of animals per share with the same class).
    seed : int
        Seed; the same seed and animals give the same allocation.
    probability : float
        Of minimisation.

    Returns
    -------
    list of Allocated
        In the order of allocation.
    """
    rng = np.random.default_rng(seed)
    found: list[Allocated] = []
    by_model: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda c: c.animal_id):
        by_model[candidate.model].append(candidate)
    for model in sorted(by_model):
        start = len(found)
        if method == "block":
            placed = _blocks(by_model[model], ratio, rng)
        else:
            placed = _minimise(by_model[model], ratio, probability, rng)
        found += [
            Allocated(name, arm, start + i, how) for i, (name, arm, how) in enumerate(placed, 1)
        ]
    return found


def _blocks(
    animals: list[Candidate], ratio: Mapping[str, int], rng: np.random.Generator
) -> list[tuple[str, str, str]]:
    """Allocate one model's animals by stratified permuted blocks."""
    size = sum(ratio.values())
    strata: defaultdict[tuple[str, ...], list[Candidate]] = defaultdict(list)
    for animal in animals:
        strata[tuple(animal.classes.values())].append(animal)
    blocks: list[tuple[str, list[Candidate]]] = []
    left: list[Candidate] = []
    for key in sorted(strata):
        members = list(strata[key])
        spare = len(members) % size
        gone = set(rng.choice(len(members), spare, replace=False).tolist()) if spare else set()
        left += [animal for i, animal in enumerate(members) if i in gone]
        kept = _ordered([a for i, a in enumerate(members) if i not in gone], rng)
        name = ", ".join(key) or "all"
        blocks += [(name, kept[i : i + size]) for i in range(0, len(kept), size)]
    rest = _ordered(left, rng)
    blocks += [("left over", rest[i : i + size]) for i in range(0, len(rest), size)]
    placed = []
    for number, (name, members) in enumerate(blocks, start=1):
        arms = [arm for arm, share in ratio.items() for _ in range(share)]
        dealt = rng.permutation(len(arms))
        placed += [
            (animal.animal_id, arms[dealt[i]], f"block {number} ({name})")
            for i, animal in enumerate(members)
        ]
    return placed


def _ordered(animals: list[Candidate], rng: np.random.Generator) -> list[Candidate]:
    """Return animals by their measures; those that are alike in random order."""
    shuffled = [animals[i] for i in rng.permutation(len(animals))]
    return sorted(shuffled, key=lambda animal: tuple(animal.measures.values()))


def _minimise(
    animals: list[Candidate], ratio: Mapping[str, int], probability: float, rng: np.random.Generator
) -> list[tuple[str, str, str]]:
    """Allocate one model's animals by minimisation with a biased coin."""
    arms = list(ratio)
    room = _shares(len(animals), ratio, rng)
    classes = [
        {**animal.classes, **more} for animal, more in zip(animals, _cut(animals), strict=True)
    ]
    counts: Counter[tuple[str, str, str]] = Counter()
    placed = []
    for index in rng.permutation(len(animals)):
        animal, factors = animals[index], classes[index]
        open_arms = [arm for arm in arms if room[arm] > 0]
        imbalance = {arm: _imbalance(counts, factors, arm, ratio) for arm in open_arms}
        least = min(imbalance.values())
        best = [arm for arm in open_arms if imbalance[arm] <= least + 1e-12]
        others = [arm for arm in open_arms if arm not in best]
        if not others or rng.random() < probability:
            arm, how = str(rng.choice(best)), "least imbalance"
            how = "chance: all open arms equally good" if not others else how
        else:
            arm, how = str(rng.choice(others)), "chance"
        how = "the last open arm" if len(open_arms) == 1 else how
        room[arm] -= 1
        counts.update((arm, factor, level) for factor, level in factors.items())
        placed.append((animal.animal_id, arm, how))
    return placed


def _shares(n: int, ratio: Mapping[str, int], rng: np.random.Generator) -> dict[str, int]:
    """Return how many animals each arm gets; those that do not go up are drawn."""
    size = sum(ratio.values())
    room = {arm: share * (n // size) for arm, share in ratio.items()}
    spare = [arm for arm, share in ratio.items() for _ in range(share)]
    for i in rng.permutation(len(spare))[: n % size]:
        room[spare[i]] += 1
    return room


def _cut(animals: list[Candidate]) -> list[dict[str, str]]:
    """Return the class of each animal's measures: equal groups by rank."""
    found: list[dict[str, str]] = [{} for _ in animals]
    for factor in animals[0].measures if animals else ():
        values = np.array([animal.measures[factor] for animal in animals])
        edges = np.quantile(values, np.arange(1, LEVELS) / LEVELS)
        for animal, level in zip(found, np.searchsorted(edges, values, side="left"), strict=True):
            animal[factor] = f"class {level + 1} of {LEVELS}"
    return found


def _imbalance(
    counts: Counter[tuple[str, str, str]],
    factors: Mapping[str, str],
    chosen: str,
    ratio: Mapping[str, int],
) -> float:
    """Return the imbalance over all factors if an animal went to an arm.

    For each factor, the range over the arms of animals of the same class, each divided by the
    arm's share (Pocock & Simon 1975, their measure of range, summed with equal weights).
    """
    total = 0.0
    for factor, level in factors.items():
        per_share = [
            (counts[arm, factor, level] + (arm == chosen)) / share for arm, share in ratio.items()
        ]
        total += max(per_share) - min(per_share)
    return total
