"""The names of regions, quantities and adjustments as figures and captions print them."""

from __future__ import annotations

from lumicohort.tables.sources import ADJUSTMENT_WORDS, TEST_WORDS

REGIONS = {
    "neuraxis": "neuraxis",
    "whole_body": "whole body",
    "cranial": "cranial",
    "spinal": "spinal",
}
QUANTITIES = {"total_flux_p_s": "Total flux", "net_flux_p_s": "Net flux"}


def test_words(test: str) -> str:
    """Return a test's name to begin a sentence with; a name that is not known stays as it is."""
    return capital(TEST_WORDS.get(test, test))


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
