"""What to know of the strata of a stratified test."""

from __future__ import annotations

import numpy as np

from lumicohort.nouns import is_or_are
from lumicohort.survival.data import SurvivalData

_NAMED = 5
"""So many strata of one arm are named."""


def strata_of_one_arm(pair: SurvivalData, stratified_by: str) -> str:
    """Say which strata hold one arm only: nothing is compared in them.

    Parameters
    ----------
    pair : SurvivalData
        The animals of the arms that are compared.
    stratified_by : str
        What the strata are; empty where the test is not stratified.

    Returns
    -------
    str
        A note, or empty.
    """
    if not stratified_by:
        return ""
    arms = [set(pair.group[pair.stratum == s]) for s in range(len(pair.strata))]
    alone = [s for s, there in enumerate(arms) if len(there) == 1]
    if not alone:
        return ""
    names = ", ".join(pair.strata[s] for s in alone[:_NAMED])
    more = f" and {len(alone) - _NAMED} more" if len(alone) > _NAMED else ""
    animals = int(np.isin(pair.stratum, alone).sum())
    return (
        f"{animals} of {len(pair)} animals {is_or_are(animals)} compared with none: "
        f"{stratified_by} {names}{more} {'has' if len(alone) == 1 else 'have'} one arm only"
    )
