"""Covariates of the animals as columns of a Cox model, and the groups that animals lie in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.errors import InputError, Problem
from lumicohort.survival.columns import is_missing, is_no_name, text_of

WORDS = frozenset({"sex", "cage", "strain", "experiment", "batch", "model", "arm"})
"""Columns that name groups even where the names are numbers (cage 1, 2, 3)."""

MOST_LEVELS = 10
"""A covariate of words with more levels than this is refused: it is no covariate."""


@dataclass(frozen=True, eq=False)
class Adjustment:
    """What a Cox model is adjusted for, and within what its errors may hang together.

    Make it with :meth:`from_columns`; values stand in the order of the animals.

    Attributes
    ----------
    numbers : dict of str to ndarray of float, shape (n,)
        Covariates that are numbers; NaN where missing.
    words : dict of str to tuple of str
        Covariates that are groups; empty where missing.
    order : tuple of str
        Names of all covariates, in the order asked for.
    cluster_by : str
        Name of the clusters (``cage``); empty where there are none.
    cluster : tuple of str
        The cluster of each animal; empty text where missing.
    printed : bool
        Whether the adjusted (and clustered) hazard ratio is the one that is printed.
    dropped : str
        Which covariates dropped out and why (:func:`lumicohort.survival.constant.drop_constant`).
    """

    numbers: dict[str, NDArray[np.float64]]
    words: dict[str, tuple[str, ...]]
    order: tuple[str, ...]
    cluster_by: str = ""
    cluster: tuple[str, ...] = ()
    printed: bool = False
    dropped: str = ""

    @classmethod
    def from_columns(
        cls,
        covariates: Mapping[str, Sequence[Any]],
        cluster_by: str = "",
        cluster: Sequence[Any] = (),
        *,
        printed: bool = False,
        file: str | Path | None = None,
        rows: Sequence[int] | None = None,
    ) -> Adjustment:
        """Check columns and decide which are numbers and which are groups.

        Parameters
        ----------
        covariates : mapping of str to sequence of length n
            The cells of each column, in the order of the animals.
        cluster_by, cluster
            Name and cells of the column that clusters animals.
        printed : bool
            Whether the adjusted hazard ratio is the one that is printed.
        file, rows : optional
            Where the cells come from, for messages.

        Returns
        -------
        Adjustment
            The checked columns. A column all of whose cells are numbers is a number, but for
            those that name groups (:data:`WORDS`); missing cells stay missing.

        Raises
        ------
        InputError
            Naming every cell that is no number in a column of numbers, and every column of
            words with too many of them.
        """
        problems: list[Problem] = []
        numbers: dict[str, NDArray[np.float64]] = {}
        words: dict[str, tuple[str, ...]] = {}
        for name, cells in covariates.items():
            # A level called `none` (no pretreatment) is a level, not a missing value.
            texts = ["" if is_no_name(text_of(c)) else text_of(c) for c in cells]
            values = [_number(t) for t in texts]
            filled = [t for t in texts if t]
            bad = [i for i, (t, v) in enumerate(zip(texts, values, strict=True)) if t and v is None]
            if not filled:
                problems.append(Problem("the covariate has no value.", file, f"column {name}"))
            elif name.casefold() not in WORDS and not bad:
                numbers[name] = np.array([math.nan if v is None else v for v in values])
            elif name.casefold() not in WORDS and 2 * len(bad) < len(filled):
                for i in bad:
                    where = f"row {rows[i]}, column {name}" if rows else f"column {name}"
                    hint = "Write a number, or leave the cell empty."
                    message = f"`{texts[i]}` is not a finite number, as the column's others are."
                    problems.append(Problem(message, file, where, hint))
            elif len(set(filled)) > MOST_LEVELS:
                message = f"{len(set(filled))} different words are too many for a covariate."
                hint = f"At most {MOST_LEVELS} groups, or numbers."
                problems.append(Problem(message, file, f"column {name}", hint))
            else:
                words[name] = tuple(texts)
        if problems:
            raise InputError(problems)
        clusters = tuple("" if is_missing(text_of(c)) else text_of(c) for c in cluster)
        return cls(numbers, words, tuple(covariates), cluster_by, clusters, printed)

    @property
    def name(self) -> str:
        """The covariates as they stand in the column `adjusted_for`."""
        return "; ".join(self.order)

    def lacking(self, clustered: bool) -> list[str]:
        """Return the columns that some animal lacks, of the clusters too where they count."""
        names = [k for k in self.order if k in self.numbers and np.isnan(self.numbers[k]).any()]
        names += [k for k in self.order if k in self.words and not all(self.words[k])]
        return names + ([self.cluster_by] if clustered and not all(self.cluster) else [])


@dataclass(frozen=True, eq=False)
class Column:
    """A column of the design matrix.

    Attributes
    ----------
    term : str
        The covariate, or ``arm``.
    arm, reference : str
        What is compared: names of arms, ``sex=M`` and ``sex=F``, ``weight_g+1`` and ``weight_g``.
    values : ndarray of float, shape (n,)
        Centred; numbers divided by `scale`.
    scale : float
        What one unit of the column is in units of the covariate.
    """

    term: str
    arm: str
    reference: str
    values: NDArray[np.float64]
    scale: float = 1.0


def covariate_columns(adjustment: Adjustment, used: NDArray[np.bool_]) -> list[Column]:
    """Return the columns of the covariates for the animals that are used.

    Parameters
    ----------
    adjustment : Adjustment
        The covariates of all animals.
    used : ndarray of bool, shape (n,)
        Animals without a missing value.

    Returns
    -------
    list of Column
        One per number, one per group but the first (in the order of the alphabet, as R's
        ``factor``).
    """
    out = []
    for name in adjustment.order:
        if name in adjustment.numbers:
            values = adjustment.numbers[name][used]
            spread = float(np.std(values))
            scale = spread if spread > 1e-12 * max(1.0, float(np.abs(values).max())) else 1.0
            centred = (values - values.mean()) / scale if scale == spread else np.zeros(len(values))
            out.append(Column(name, f"{name}+1", name, centred, scale))
            continue
        words = np.array(adjustment.words[name])[used]
        levels = sorted(set(words.tolist()))
        for level in levels[1:]:
            dummy = (words == level).astype(float)
            out.append(Column(name, f"{name}={level}", f"{name}={levels[0]}", dummy))
    return out


def complete(adjustment: Adjustment, n: int, clustered: bool) -> NDArray[np.bool_]:
    """Return which of n animals have every covariate (and a cluster, where it counts)."""
    found = np.ones(n, dtype=bool)
    for values in adjustment.numbers.values():
        found &= ~np.isnan(values)
    for texts in adjustment.words.values():
        found &= np.array([bool(t) for t in texts])
    if clustered:
        found &= np.array([bool(t) for t in adjustment.cluster])
    return found


def _number(text: str) -> float | None:
    """Return a finite number, or nothing."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
