"""The animals of the simulated study: who is in which arm, how burdens grow, who dies when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from lumicohort.simulate import parameters as p
from lumicohort.simulate.tissue import Source


@dataclass
class Animal:
    """One simulated animal.

    Parameters
    ----------
    animal_id : str
    model, arm, sex, cage : str
    bed : int
        Its bed on every click, 0 the leftmost.
    inoculated, born : datetime.date
    weight_g : float
        On day 0.
    baseline, endpoint : float
        log10 neuraxis flux on day 7 and on the model's endpoint day.
    end_day : int
        Days from inoculation to its end.
    end_reason : str
    body : dict
        Length, girth and tail of the mouse.
    tumour, other : tuple of Source
        What glows in it.
    glow_p_s : float
        Non-specific glow (photons/s).
    """

    animal_id: str
    model: str
    arm: str
    sex: str
    cage: str
    bed: int
    inoculated: date
    born: date
    weight_g: float
    baseline: float
    endpoint: float
    end_day: int
    end_reason: str
    body: dict[str, float]
    tumour: tuple[Source, ...]
    other: tuple[Source, ...]
    glow_p_s: float

    def log10_flux(self, day: int) -> float:
        """Return the expected log10 neuraxis tumour flux on a day."""
        last = p.MODELS[self.model].alive_until
        slope = (self.endpoint - self.baseline) / (last - 7)
        return min(self.baseline + slope * (day - 7), p.LARGEST_LOG10_P_S)

    def alive_on(self, day: int) -> bool:
        """Return whether the animal can be imaged and treated on a day."""
        return day < self.end_day

    def weight_on(self, day: int) -> float:
        """Return its weight (g): steady gain, then loss over the last eight days."""
        gain = self.weight_g * (1 + 0.002 * day)
        if self.end_reason == "end of study":
            return gain
        left = self.end_day - day
        return gain * (1 - 0.23 * float(np.clip((8 - left) / 8, 0, 1)) ** 1.5)


def simulate_cohort(seed: int, per_arm: int) -> list[Animal]:
    """Return the animals of the study.

    Parameters
    ----------
    seed : int
        Seed of every draw.
    per_arm : int
        Animals in each arm of each model.

    Returns
    -------
    list of Animal
        By model, cage and bed.
    """
    animals = []
    for index, (model, truth) in enumerate(p.MODELS.items()):
        rng = np.random.default_rng([seed, index])
        arms = [arm for arm in truth.arms for _ in range(per_arm)]
        fates = {arm: _fates(truth, truth.arms[arm], per_arm, rng) for arm in truth.arms}
        # Arms alternate within every cage: no arm is confounded with a cage.
        order = [arms[i::per_arm] for i in range(per_arm)]
        allocated = [arm for group in order for arm in group]
        used = dict.fromkeys(truth.arms, 0)
        for number, arm in enumerate(allocated):
            baseline, endpoint, end_day, reason = fates[arm][used[arm]]
            used[arm] += 1
            cage = number // p.PER_CLICK
            animals.append(
                Animal(
                    animal_id=f"{'M' if index == 0 else 'P'}{number + 1:02d}",
                    model=model,
                    arm=arm,
                    sex="F",
                    cage=f"{model.split('-')[0]}-{cage + 1}",
                    bed=number % p.PER_CLICK,
                    inoculated=truth.inoculated,
                    born=truth.inoculated - timedelta(days=int(rng.integers(42, 57))),
                    weight_g=round(float(rng.normal(23.5, 1.2)), 1),
                    baseline=baseline,
                    endpoint=endpoint,
                    end_day=end_day,
                    end_reason=reason,
                    body={
                        "length_cm": float(rng.uniform(7.0, 8.0)),
                        "girth": float(rng.uniform(0.92, 1.08)),
                        "tail_cm": float(rng.uniform(7.6, 8.8)),
                    },
                    tumour=_tumour(rng),
                    other=_abdomen(rng),
                    glow_p_s=float(rng.uniform(*p.GLOW_P_S)),
                )
            )
    return animals


def _fates(
    model: p.ModelTruth, arm: p.ArmTruth, n: int, rng: np.random.Generator
) -> list[tuple[float, float, int, str]]:
    """Return, per animal, log10 flux on day 7 and at the endpoint, last day and reason."""
    z = rng.normal(0, 1, n)
    z = (z - z.mean()) / (z.std(ddof=1) if n > 1 else 1.0)
    endpoint = arm.burden_log10_p_s + p.ENDPOINT_SPREAD * z
    # Arithmetic mean of the flux at the endpoint day as published, other light included.
    endpoint += np.log10((arm.mean_burden_p_s - p.OTHER_LIGHT_P_S) / np.mean(10**endpoint))
    baseline = model.baseline_log10_p_s + p.BASELINE_SPREAD * (0.6 * z + 0.8 * rng.normal(0, 1, n))
    share = p.BURDEN_DRIVES_DEATH
    luck = -share * z + np.sqrt(1 - share**2) * rng.normal(0, 1, n)
    after = (arm.median_days - model.alive_until) * np.exp(arm.spread_days * luck)
    days = model.alive_until + np.maximum(np.rint(after), 1).astype(int)
    fates = []
    for i in range(n):
        reason = "found dead" if rng.random() < p.FOUND_DEAD else "humane endpoint"
        day = int(days[i])
        if day > p.STUDY_ENDS_DAY:
            day, reason = p.STUDY_ENDS_DAY, "end of study"
        fates.append((float(baseline[i]), float(endpoint[i]), day, reason))
    return fates


def _tumour(rng: np.random.Generator) -> tuple[Source, ...]:
    """Return sources in the meninges of the head and along the spine."""
    head = [
        Source(
            s=float(rng.uniform(0.08, 0.22)),
            aside_cm=float(rng.normal(0, 0.15)),
            depth_cm=float(rng.uniform(0.2, 0.35)),
            strength=float(rng.uniform(0.5, 1.5)),
        )
        for _ in range(3)
    ]
    spine = [
        Source(
            s=float(s + rng.normal(0, 0.01)),
            aside_cm=float(rng.normal(0, 0.04)),
            depth_cm=float(rng.uniform(0.15, 0.3)),
            strength=float(rng.uniform(0.03, 0.25)),
        )
        for s in np.linspace(0.36, 0.86, 8)
    ]
    return (*head, *spine)


def _abdomen(rng: np.random.Generator) -> tuple[Source, ...]:
    """Return non-specific sources in the belly, to both sides."""
    return tuple(
        Source(
            s=float(rng.uniform(0.52, 0.72)),
            aside_cm=float(side * rng.uniform(0.6, 1.1)),
            depth_cm=float(rng.uniform(0.4, 0.7)),
            strength=float(rng.uniform(0.6, 1.4)),
        )
        for side in (-1, 1)
        for _ in range(2)
    )
