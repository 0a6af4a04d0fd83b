"""The animals of the simulated study: who is in which arm, how burdens grow, who dies when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from lumicohort.simulate import parameters as p
from lumicohort.simulate.draw import Body, abdominal_glow, draw_body, meningeal_tumour
from lumicohort.simulate.tissue import Source


@dataclass
class Animal:
    """One simulated animal.

    Parameters
    ----------
    animal_id : str
    number : int
        Its place in the model, from 0: the key of its own random draws.
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
    weight_lost : float
        Part of its first weight that it has lost at its end.
    body : Body
        Length, girth and tail of the mouse.
    tumour, other : tuple of Source
        What glows in it.
    glow_p_s : float
        Non-specific glow (photons/s).
    """

    animal_id: str
    number: int
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
    weight_lost: float
    body: Body
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
        """Return its weight (g): slow gain, then loss towards its end."""
        wasting = np.clip((p.WASTING_DAYS - (self.end_day - day)) / p.WASTING_DAYS, 0, 1) ** 1.5
        gained = 1 + 0.002 * day
        lost = gained - (1 - self.weight_lost) if self.weight_lost else 0.0
        return self.weight_g * (gained - lost * float(wasting))


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
                    number=number,
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
                    weight_lost=_weight_lost(reason, rng),
                    body=draw_body(rng),
                    tumour=meningeal_tumour(rng),
                    other=abdominal_glow(rng),
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
    endpoint = p.ENDPOINT_SPREAD * z
    endpoint += np.log10(arm.mean_burden_p_s / np.mean(10**endpoint))
    baseline = model.baseline_log10_p_s + p.BASELINE_SPREAD * (0.6 * z + 0.8 * rng.normal(0, 1, n))
    share = p.BURDEN_DRIVES_DEATH
    luck = -share * z + np.sqrt(1 - share**2) * rng.normal(0, 1, n)
    days = days_of_death(np.exp(arm.spread_days * luck), model.alive_until, arm.median_days)
    fates = []
    for i in range(n):
        reason = "found dead" if rng.random() < p.FOUND_DEAD else "humane endpoint"
        day = int(days[i])
        if day > p.STUDY_ENDS_DAY:
            day, reason = p.STUDY_ENDS_DAY, "end of study"
        fates.append((float(baseline[i]), float(endpoint[i]), day, reason))
    return fates


def days_of_death(lasting: np.ndarray, alive_until: int, median: int) -> np.ndarray:
    """Return whole days of death with exactly this median.

    Parameters
    ----------
    lasting : numpy.ndarray, shape (n,)
        How long each animal lasts beyond `alive_until`, in any unit.
    alive_until : int
        Last day on which no animal has died.
    median : int
        The median by R's rule: with an even number of animals, the midpoint of the two days
        between which half of them are alive.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        Days, in the order of `lasting`.
    """
    n = len(lasting)
    order = np.argsort(lasting, kind="stable")
    after = lasting[order] * (median - alive_until) / np.median(lasting)
    days = alive_until + np.maximum(np.rint(after), 1).astype(int)
    low, high = (n - 1) // 2, n // 2
    half = min(round((after[high] - after[low]) / 2), median - alive_until - 1)
    days[low], days[high] = median - half, median + half
    days[:low] = np.minimum(days[:low], days[low])
    days[high + 1 :] = np.maximum(days[high + 1 :], days[high])
    out = np.empty(n, dtype=int)
    out[order] = days
    return out


def _weight_lost(reason: str, rng: np.random.Generator) -> float:
    """Return the part of its first weight that an animal has lost at its end."""
    mean, spread = p.WEIGHT_LOST.get(reason, (0.0, 0.0))
    return max(float(rng.normal(mean, spread)), 0.0)
