"""Names and cells without what nobody sees: two spellings that look alike are one.

Sheets, and the names in a config that sheets are compared with, go through here alike.
"""

from __future__ import annotations

import unicodedata

_SPACES = dict.fromkeys([0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
"""Tabs, no-break spaces and those of a width of their own (Unicode's category Zs)."""

_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), 0x202A, 0x202C, 0x2060, 0xFEFF])
"""Soft hyphens, zero-width spaces and joiners, byte order marks, and marks of writing from left to
right, which Windows puts before dates. Those that turn text round are kept, to be refused."""

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
