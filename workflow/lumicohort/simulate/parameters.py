"""Numbers of the simulated study, and where they come from.

Medians and burdens are those that Chi et al., *Science* 369, 276 (2020) show, read from curves.
What no figure shows (spreads, baselines, weights) is set so that the study is plausible, and
said here. Nothing downstream reads this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class ArmTruth:
    """How one arm of one model behaves.

    Parameters
    ----------
    median_days : int
        Published median survival, which the simulated arm has exactly.
    mean_burden_p_s : float
        Arithmetic mean of the neuraxis flux at the model's endpoint day, all light included.
    spread_days : float
        Spread of log survival time after `alive_until`.
    """

    median_days: int
    mean_burden_p_s: float
    spread_days: float


@dataclass(frozen=True)
class ModelTruth:
    """How one model behaves.

    Parameters
    ----------
    inoculated : datetime.date
        Day 0.
    alive_until : int
        Last day on which no animal has died: the endpoint day of the burden.
    baseline_log10_p_s : float
        Mean log10 neuraxis flux on day 7, the same in all arms: allocation was at random.
    arms : dict of str to ArmTruth
        Reference arm first.
    """

    inoculated: date
    alive_until: int
    baseline_log10_p_s: float
    arms: dict[str, ArmTruth]


MODELS = {
    "MDA231-LeptoM": ModelTruth(
        inoculated=date(2020, 1, 6),
        alive_until=21,
        baseline_log10_p_s=5.75,
        arms={
            "vehicle": ArmTruth(23, 1.5e7, 0.55),
            "DFO": ArmTruth(35, 0.5e7, 0.30),
        },
    ),
    "PC9-LeptoM": ModelTruth(
        inoculated=date(2020, 2, 5),
        alive_until=14,
        baseline_log10_p_s=5.60,
        arms={
            "vehicle": ArmTruth(21, 3.0e6, 0.32),
            "DFO": ArmTruth(33, 1.0e6, 0.22),
        },
    ),
}
"""Burdens of PC9-LeptoM are not published; they are set in proportion."""

BASELINE_SPREAD = 0.10
"""Standard deviation of log10 flux on day 7 between animals of an arm."""
ENDPOINT_SPREAD = 0.25
"""The same at the endpoint day."""
SESSION_SPREAD = 0.03
"""Day-to-day spread of log10 flux of one animal (uptake of luciferin)."""
BURDEN_DRIVES_DEATH = 0.8
"""Correlation of burden at the endpoint day with how early an animal dies."""
LARGEST_LOG10_P_S = 8.0
"""Growth ends here."""
STUDY_ENDS_DAY = 43
"""Animals alive on this day, the one after the sixth weekly imaging, are censored: `end of
study`."""
MISSED_TREATMENTS = {"M07": 19, "P12": 16}
"""Treatments (animal and day) that were not given, so that the protocol checks find something."""
WRONG_DOSES = {"M08": (13, 1.4)}
"""Treatments (animal, and day with the factor) that were overdosed."""
GLOW_P_S = (4.0e5, 9.0e5)
"""Range of the non-specific abdominal glow, whole skin."""
PER_CLICK = 5
"""Mice of a cage, and on a click."""
LUCIFERIN_MG_PER_KG = 150.0
MINUTES_AFTER_LUCIFERIN = 10
UTC_OFFSET_HOURS = -5
FOUND_DEAD = 0.15
"""Part of the deaths that no check foresaw."""
WEIGHT_LOST = {"humane endpoint": (0.225, 0.012), "found dead": (0.13, 0.03)}
"""Mean and spread of the part of its first weight that an animal has lost at its end; above
20 % is the humane endpoint."""
WASTING_DAYS = 8
"""Weight falls over the last days."""
