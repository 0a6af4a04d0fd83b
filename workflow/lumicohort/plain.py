"""Names and cells without what nobody sees: two spellings that look alike are one.

Sheets, and the names in a config that sheets are compared with, go through here alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_SPACES = dict.fromkeys([0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
"""Tabs, no-break spaces and those of a width of their own (Unicode's category Zs)."""

_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), 0x202A, 0x202C, 0x2060, 0xFEFF])
"""Soft hyphens, zero-width spaces and joiners, byte order marks, and marks of writing from left to
right, which Windows puts before dates. Those that turn text round are kept, to be refused."""

_ZEROS = re.compile(r"(?<![\d.])0+(?=\d)")
_UNSEEN = {**_SPACES, **_INVISIBLE}


def plain(text: str) -> str:
    """Return text without outer spaces, odd spaces and invisible characters.

    Parameters
    ----------
    text : str
        A cell's text, or a name.

    Returns
    -------
    str
        The text; non-breaking, wide and narrow spaces inside become plain ones, and letters
        with their accents written apart (as some Macs do) are composed (NFC).
    """
    if text.isascii():
        return text.replace("\t", " ").strip()
    return unicodedata.normalize("NFC", text).translate(_UNSEEN).strip()


def but_for_zeros(
    names: Sequence[str], groups: Sequence[object] | None = None
) -> list[tuple[int, int]]:
    """Return which names are another one with more zeros: `01` and `1`, `M007` and `m7`.

    Parameters
    ----------
    names : sequence of str
        Animals' identifiers.
    groups : sequence, optional
        A group for each; names of different groups are not compared.

    Returns
    -------
    list of (int, int)
        Places of a name and of the first one like it, for each that is not the very same.
    """
    first: dict[tuple[str, object], int] = {}
    found = []
    for place, name in enumerate(names):
        group = groups[place] if groups is not None else None
        known = first.setdefault((_ZEROS.sub("", name).casefold(), group), place)
        if names[known] != name:
            found.append((place, known))
    return found
