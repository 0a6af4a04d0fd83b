"""Words that people write into a cell that has no value."""

from __future__ import annotations

from collections.abc import Collection

NOT_AVAILABLE = frozenset({"na", "n/a", "#n/a n/a"})
"""Mean "no value" in every column but ids."""

DASHES = frozenset({"-", "--", "\N{EN DASH}", "\N{EM DASH}", "\N{MINUS SIGN}"})
"""Mean "no value" too, except where the config has a name like that (arms `+` and `-`)."""

ALIVE = frozenset({"alive", "still alive", "living", "lebt", "am leben", "vivant", "vivo", "vivi"})
"""Mean "no end" where the day or the reason of an animal's end is asked for."""

_ENDS = frozenset({"end_date", "end_reason"})
_GROUPS = frozenset({"model", "arm"})  # a dash that the config does not know is a fault there
_NAMED = _GROUPS | {"end_reason", "event"}  # columns whose words the config explains


def no_value(text: str, column: str, meant: Collection[str] = ()) -> bool:
    """Tell whether a cell's text says that there is no value.

    Parameters
    ----------
    text : str
        The cell.
    column : str
        Our name of its column; not one of ids.
    meant : collection of str
        Names that the config gives to models, arms, end reasons or events: these are values.

    Returns
    -------
    bool
        True for `NA`, `n/a` and a dash in every column, and for `alive` where an animal's end
        is asked for.
    """
    folded = text.casefold()
    if folded in NOT_AVAILABLE:
        return True
    if column in _NAMED and (text in meant or folded in meant):
        return False
    return (folded in DASHES and column not in _GROUPS) or (column in _ENDS and folded in ALIVE)


def meant_names(*names: Collection[str]) -> frozenset[str]:
    """Return the names that would else be taken for "no value"."""
    words = {*DASHES, *ALIVE}
    return frozenset(n for group in names for n in group if n.casefold() in words)
