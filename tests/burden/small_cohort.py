"""A small study of two arms, whose flux grows."""

from __future__ import annotations

import numpy as np

RNG = np.random.default_rng(12)
N = 6
START = {(arm, i): RNG.normal(5.5, 0.2) for arm in "AB" for i in range(N)}
RATE = {(arm, i): RNG.normal(0.10 if arm == "A" else 0.06, 0.01) for arm in "AB" for i in range(N)}
NOISE = {(arm, i, d): RNG.normal(0, 0.08) for arm in "AB" for i in range(N) for d in range(0, 60)}


def flux(arm, i, day):
    return 10 ** (START[arm, i] + RATE[arm, i] * day + NOISE[arm, i, day])


def cohort(study, days=(7, 14, 21, 28), ends=None, n=N, arms="AB"):
    """Return images and animals; an animal is imaged until its end."""
    ends = ends or {}
    animals = [
        study.animal(
            f"{arm}{i}",
            arm,
            ends.get(f"{arm}{i}", 40),
            f"{arm}{i}" in ends,
            "humane endpoint" if f"{arm}{i}" in ends else "end of study",
        )
        for arm in arms
        for i in range(n)
    ]
    images = [
        study.image(f"{arm}{i}", arm, day, flux(arm, i, day))
        for arm in arms
        for i in range(n)
        for day in days
        if day <= ends.get(f"{arm}{i}", 99)
    ]
    return images, animals
