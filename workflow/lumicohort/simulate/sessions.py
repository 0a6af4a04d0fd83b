"""Imaging sessions of the simulated study: one batch per model and imaging day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from lumicohort.simulate import parameters as p
from lumicohort.simulate.camera import Camera
from lumicohort.simulate.click import click_name, write_click
from lumicohort.simulate.cohort import Animal
from lumicohort.simulate.draw import bed_for, lie
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.photograph import Bed
from lumicohort.simulate.scene import Glowing, Scene

REGION = "neuraxis"
"""The region whose mean flux at the endpoint day is set."""


@dataclass
class Imaged:
    """What a study's imaging leaves behind besides its clicks.

    Parameters
    ----------
    sheet, truth : list of dict
        Rows of the imaging sheet, and the true flux of every animal and region.
    """

    sheet: list[dict[str, object]] = field(default_factory=list)
    truth: list[dict[str, object]] = field(default_factory=list)


@dataclass(frozen=True)
class Sessions:
    """The study's camera and bed, and the seed of its draws."""

    seed: int
    camera: Camera = field(default_factory=Camera)
    bed: Bed = field(default_factory=lambda: bed_for(Camera(), p.PER_CLICK))

    def scene(self, animals: Sequence[Animal], day: int) -> Scene:
        """Return animals in their beds as they lie and glow on a day."""
        return Scene(self.camera, tuple(self._posed(a, day) for a in animals), self.bed)

    def _posed(self, animal: Animal, day: int) -> Glowing:
        rng = self.rng(animal.model, day, animal.number)
        flux = 10 ** (animal.log10_flux(day) + rng.normal(0, p.SESSION_SPREAD))
        pose = lie(self.bed.cones_x_cm[animal.bed], self.bed, rng)
        mouse = Mouse(**pose, **animal.body)
        return Glowing(mouse, animal.tumour, float(flux), animal.other, animal.glow_p_s)

    def rng(self, model: str, day: int, number: int) -> np.random.Generator:
        """Return the random draws of one animal, or (from 1000 on) of one click, on one day."""
        return np.random.default_rng([self.seed, 100 + list(p.MODELS).index(model), day, number])

    def scaled_to_burden(self, animals: Sequence[Animal]) -> list[Animal]:
        """Return the animals with tumours such that every arm has exactly its mean burden.

        The burden counts all light of the region on the endpoint day as it will be imaged: the
        tumour, the skin, and the part of the abdominal glow that falls into it.
        """
        out = []
        for model, truth in p.MODELS.items():
            day = truth.alive_until
            group = [a for a in animals if a.model == model]
            tumour, other = {}, {}
            for cage in _cages(group):
                dim = [replace(g, tumour_flux_p_s=0.0) for g in self.scene(cage, day).mice]
                dark = Scene(self.camera, tuple(dim), self.bed).truth
                for animal, without in zip(cage, dark, strict=True):
                    other[animal.animal_id] = without.flux_p_s[REGION]
                    tumour[animal.animal_id] = self._posed(animal, day).tumour_flux_p_s
            for arm, arm_truth in truth.arms.items():
                members = [a for a in group if a.arm == arm]
                wanted = arm_truth.mean_burden_p_s * len(members)
                rest = wanted - sum(other[a.animal_id] for a in members)
                if rest <= 0:
                    raise ValueError(f"{model}, {arm}: skin and abdomen outshine the burden")
                factor = rest / sum(tumour[a.animal_id] for a in members)
                out += [replace(a, endpoint=a.endpoint + float(np.log10(factor))) for a in members]
        return sorted(out, key=lambda a: [x.animal_id for x in animals].index(a.animal_id))

    def image(self, animals: Sequence[Animal], days: Sequence[int], folder: Path) -> Imaged:
        """Image every living animal on every day; write one batch per model and day.

        Parameters
        ----------
        animals : sequence of Animal
            The study's animals.
        days : sequence of int
            Imaging days.
        folder : Path
            Folder of the batches.

        Returns
        -------
        Imaged
            Rows of the imaging sheet and the truth.
        """
        imaged = Imaged()
        for model in p.MODELS:
            group = [a for a in animals if a.model == model]
            for day in days:
                alive = [a for a in group if a.alive_on(day)]
                if not alive:
                    continue
                when = _start(alive[0], day)
                batch = f"{when:%Y-%m-%d}_{model}_day{day:02d}"
                for cage in _cages(alive):
                    self._click(folder / batch, cage, day, when, imaged)
                    when += timedelta(minutes=14, seconds=23)
        return imaged

    def _click(
        self, batch: Path, animals: Sequence[Animal], day: int, when: datetime, imaged: Imaged
    ) -> None:
        first = animals[0]
        name = click_name(when)
        injected = when - timedelta(minutes=p.MINUTES_AFTER_LUCIFERIN)
        labels = {
            "User": "SIMULATED",
            "Group": first.cage,
            "Experiment": first.model,
            "Time Point": f"day {day}",
            "Animal Number": ", ".join(a.animal_id for a in animals),
            "View": "Dorsal",
            "Cell Line": first.model,
            "Luc Injection Time": f"{injected:%H:%M}",
        }
        rng = self.rng(first.model, day, 1000 + first.number // p.PER_CLICK)
        truth = write_click(batch / name, self.scene(animals, day), when, labels, rng)
        for position, (animal, true) in enumerate(zip(animals, truth.mice, strict=True), 1):
            imaged.sheet.append(
                {
                    "batch": batch.name,
                    "click": name,
                    "position": position,
                    "animal_id": animal.animal_id,
                    "luciferin_time": f"{injected:%H:%M}",
                    "luciferin_mg_per_kg": p.LUCIFERIN_MG_PER_KG,
                }
            )
            imaged.truth += [
                {
                    "batch": batch.name,
                    "click": name,
                    "animal_id": animal.animal_id,
                    "day": day,
                    "region": region,
                    "total_flux_p_s": f"{flux:.9g}",
                }
                for region, flux in true.flux_p_s.items()
            ]


def _cages(animals: Sequence[Animal]) -> list[list[Animal]]:
    """Return the animals by cage."""
    cages: dict[str, list[Animal]] = {}
    for animal in animals:
        cages.setdefault(animal.cage, []).append(animal)
    return list(cages.values())


def _start(animal: Animal, day: int) -> datetime:
    """Return when the first click of a day's session is taken."""
    offset = timezone(timedelta(hours=p.UTC_OFFSET_HOURS))
    date = animal.inoculated + timedelta(days=day)
    return datetime(date.year, date.month, date.day, 10, 12, 40, tzinfo=offset)
