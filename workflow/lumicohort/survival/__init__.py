"""Survival statistics that agree with R, for the workflow, the command line and notebooks.

>>> from lumicohort.survival import SurvivalData, analyse, frames, describe
>>> data = SurvivalData.from_frame(table, time="days", event="dead", group="arm")  # doctest: +SKIP
>>> print(describe(analyse(data)))  # doctest: +SKIP
"""

from lumicohort.survival.analysis import Options, SurvivalAnalysis, analyse
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.describe import describe
from lumicohort.survival.frames import frames

__all__ = ["Options", "SurvivalAnalysis", "SurvivalData", "analyse", "describe", "frames"]
