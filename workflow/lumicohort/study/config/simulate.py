"""Config of a simulated study (the demo)."""

from __future__ import annotations

from pydantic import Field

from lumicohort.study.config.base import Section


class Simulate(Section):
    """Makes the study's data by simulation. Everything drawn from it is labelled simulated."""

    seed: int = 3382
    """Seed of every random draw."""
    animals_per_arm: int = Field(default=10, ge=1, le=50)
    """Animals in each arm of each model."""
