"""What all config models share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A section of the study config: unknown keys are refused, values are frozen.

    The text under a key is its meaning in the docs; `study.reference` reads it from the source,
    since pydantic would read all sources at each start of each job.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
