"""The names of regions, quantities and adjustments as figures and captions print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumicohort.tables.sources import ADJUSTMENT_WORDS, strata_words, test_name

if TYPE_CHECKING:
    import pandas as pd

REGIONS = {
    "neuraxis": "neuraxis",
    "whole_body": "whole body",
    "cranial": "cranial",
    "spinal": "spinal",
}
QUANTITIES = {"total_flux_p_s": "Total flux", "net_flux_p_s": "Net flux"}


def tests_words(rows: pd.DataFrame) -> str:
    """Return the name of the test of some comparisons to begin a sentence with.

    Parameters
    ----------
    rows : pandas.DataFrame
        Comparisons by one test. Where it is approximate for some of them only, both are named.
    """
    names = dict.fromkeys(test_name(row) + strata_words(row) for row in rows.to_dict("records"))
    return capital("; ".join(names))


def capital(text: str) -> str:
    """Return the text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def uncapital(text: str) -> str:
    """Return the text with a small first letter, to stand inside a sentence."""
    return text[:1].lower() + text[1:]


def adjustment_words(adjust: str) -> str:
    """Return how p-values were adjusted, to stand after a test's name."""
    name = ADJUSTMENT_WORDS.get(adjust)
    return f", {name}-adjusted" if name else ", unadjusted"
