"""Simulated courses of flux for :mod:`lumicohort.burden.implausible`: what biology gives."""

from __future__ import annotations

import numpy as np
import pandas as pd

COLUMNS = ["animal_id", "model", "arm", "day", "on_day", "value_p_s"]


def simulated(seed: int, kind: str) -> pd.DataFrame:
    """Return the values of a study.

    Parameters
    ----------
    seed : int
        Of the random draws.
    kind : {"plain", "lost", "cured"}
        Log-normal courses; with tumours that never took; with cures and relapses besides.
    """
    rng = np.random.default_rng([seed, len(kind)])
    animals, arms = int(rng.integers(3, 13)), int(rng.integers(2, 5))
    step = int(rng.choice([2, 3, 4, 7, 7, 7]))
    days = np.arange(7, 7 + step * int(rng.integers(3, 9)), step)
    sd, noise = rng.choice([0.3, 0.5, 0.7, 0.9]), rng.choice([0.08, 0.15, 0.25])
    lod, has_lod = 10 ** rng.uniform(4.5, 5.5), rng.random() < 0.6
    rows = []
    for a in range(arms):
        start, rate = rng.uniform(5, 6.3), rng.uniform(0.03, 0.15) * (1 - 0.2 * a)
        cures = rng.choice([0, 0.2, 0.5, 0.8]) if a and kind == "cured" else 0.0
        untaken = rng.choice([0, 0.1, 0.3]) if kind != "plain" else 0.0
        for i in range(animals):
            first, slope = start + rng.normal(0, sd), rate * np.exp(rng.normal(0, 0.3))
            background = lod * 10 ** rng.normal(-0.3, 0.1)
            cured, taken = rng.random() < cures, rng.random() >= untaken
            relapse = rng.choice(days) if cured and rng.random() < 0.4 else 999
            back = rng.uniform(0.1, 0.3)
            died = rng.choice(days) if rng.random() < 0.3 else 999
            for day in days:
                if day > died or rng.random() < 0.05:
                    continue
                log = first + slope * ((min(day, 10) if cured else day) - 7)
                log -= 0.25 * max(0, day - 10) if cured else 0
                if cured and day >= relapse:
                    log = max(log, 3.8 + back * (day - relapse + 4))
                tumour = 10 ** (min(log, 10.3) + rng.normal(0, noise)) if taken else 0.0
                value = tumour + background * 10 ** rng.normal(0, 0.05)
                value = lod / 2**0.5 if has_lod and value < lod else value
                rows.append((f"{a}-{i}", "M", f"a{a}", float(day), float(day), value))
    return pd.DataFrame(rows, columns=COLUMNS)
