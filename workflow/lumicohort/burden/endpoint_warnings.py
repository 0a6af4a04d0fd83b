"""What to know of an endpoint comparison whose arms are too small or show no spread."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

from lumicohort.nouns import marked

if TYPE_CHECKING:
    import pandas as pd

FEW_ANIMALS = 3
"""With fewer animals than this in an arm, its spread rests on one difference or none."""
_SIGNIFICANT = 0.05


def few_animals_warning(n: int, n_reference: int) -> str:
    """Warn where the arms are so small that their P hangs on the form of the distribution.

    Parameters
    ----------
    n, n_reference : int
        Animals compared in the arm and in the reference.

    Returns
    -------
    str
        A warning, or empty: also where an arm has no animal, which is told otherwise.

    Notes
    -----
    The observed arrangement of the animals and, with equal arms, its mirror image cannot be
    beaten, which gives the least P of a test that supposes no distribution.
    """
    if min(n, n_reference) < 1:
        return ""
    least = (2 if n == n_reference else 1) / comb(n + n_reference, n)
    if least <= _SIGNIFICANT and min(n, n_reference) >= FEW_ANIMALS:
        return ""
    text = f"warning: with so few animals ({n} and {n_reference})"
    if min(n, n_reference) < FEW_ANIMALS:
        text += " the spread within an arm is hardly known"
        text += ", and" if least > _SIGNIFICANT else ""
    if least > _SIGNIFICANT:
        text += f" a test that supposes no distribution cannot give P below {least:.2g}"
    return text


def undetected_warning(arm: str, values: pd.DataFrame) -> str:
    """Warn where every value of an arm is below the LOD, and something set stands for all.

    Parameters
    ----------
    arm : str
        The arm.
    values : pandas.DataFrame
        Its values on the day, with `below_lod` and `value_p_s`.

    Returns
    -------
    str
        A warning, or empty.
    """
    if not len(values) or not values["below_lod"].all():
        return ""
    one = len(values) > 1 and values["value_p_s"].nunique() == 1
    stands = "stands as one constant, without spread" if one else "stands as what it was set to"
    return (
        f"warning: every value of {marked(arm)} is below the LOD and {stands}: P and interval "
        "depend on what such values are set to"
    )
