"""The study config: one YAML file per study, checked as a whole before anything runs.

What it offers is imported when it is asked for: who measures clicks needs the section `imaging`
alone, and the models of all sections take longer to make than ten clicks to measure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lumicohort.study.config.study import Arm, Model, StudyConfig, load_config, parse_config
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from lumicohort.study.config import study

        return getattr(study, name)


__all__ = ["Arm", "Model", "StudyConfig", "load_config", "parse_config"]
