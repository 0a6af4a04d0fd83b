"""Letters of the study's names that no font of this machine can draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumicohort.figures.style import font_families
from lumicohort.figures.texts import plain

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig


def missing_letters(config: StudyConfig) -> list[str]:
    """Return the letters of the arms' and models' names that no font in use has.

    Parameters
    ----------
    config : StudyConfig
        The study.
    """
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font

    names = [config.arm_label(arm) for arm in config.arms]
    names += [config.model_label(model) for model in config.models]
    known: set[int] = set()
    for family in font_families():
        known.update(FT2Font(findfont(FontProperties(family=[family]))).get_charmap())
    return sorted({c for c in "".join(map(plain, names)) if ord(c) not in known})
