"""The texts of a click folder: `ClickInfo.txt` and `AnalyzedClickInfo.txt`.

A text is a run of sections. `*** name:<tab>value` opens one; in it, `Key:<tab>value` lines
stand among rulers, comments and odd lines, all of which are survived. A key may stand more
than once; one that stands with two different values is refused when it is asked for, because
nothing says which of them holds.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from lumicohort.errors import InputError, Problem, did_you_mean

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SPACED = re.compile(r"([^#:\t][^:\t]*): +\t")
"""A key with a blank between its colon and the tab, as some editors leave it."""
_PLAIN = "Write it in the text as plain digits with a decimal point and without a unit, as `22.4`."
_MAX_BYTES = 20_000_000  # ROI lines reach thousands of characters; no text is this large


@dataclass(frozen=True)
class Section:
    """One section of a click's text.

    Parameters
    ----------
    file : Path
        The text's file, for messages.
    name : str
        The section's name, as in `*** name:`.
    value : str
        What stands behind the name (`luminescent.TIF`).
    lines : tuple of str
        The lines below it; most sections of a text are never asked for any of them.
    cut : bool
        Whether the last of them is the file's last line and lacks its line end.
    """

    file: Path
    name: str
    value: str
    lines: tuple[str, ...]
    cut: bool = False

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """Keys and values in the file's order, repeated keys kept."""
        return self._sorted[0]

    @property
    def odd_lines(self) -> tuple[str, ...]:
        """Lines that are no entry: rulers, comments, anything else."""
        return self._sorted[1]

    @property
    def cut_key(self) -> str | None:
        """The key of an entry on the file's last line when that line has no line end.

        A file that is still being copied ends like this, in the middle of a number.
        """
        return self._sorted[2]

    @cached_property
    def _sorted(self) -> _Sorted:
        return _sort(self.lines, self.cut)

    def problem(self, key: str, message: str, hint: str | None = None) -> InputError:
        """Return the error to raise about one key of this section."""
        return InputError(Problem(message, self.file, f"section {self.name}, key {key}", hint))

    def get(self, key: str) -> str | None:
        """Return a key's value, or None where the key is missing or empty.

        Raises
        ------
        InputError
            When the key stands twice with different values, or on a cut-off last line.
        """
        _, _, cut_key, known = self._sorted  # a click is asked for some eighty keys
        values = known.get(key.casefold())
        if values is None:
            return None
        if cut_key is not None and cut_key.casefold() == key.casefold():
            raise self.problem(
                key,
                "this is the file's last line and it has no line end: the file may be cut off.",
                "Copy the click folder again from the instrument.",
            )
        if len(values) > 1:
            listed = ", ".join(f"`{v[:40]}`" for v in sorted(values))
            raise self.problem(key, f"the key stands more than once, with {listed}.")
        return values[0]

    def text(self, key: str) -> str:
        """Return a key's value.

        Raises
        ------
        InputError
            When the key is missing, empty or ambiguous; it names the file, section and key.
        """
        value = self.get(key)
        if value is None:
            raise self.problem(
                key,
                f"the key is missing or empty{did_you_mean(key, dict(self.entries))}.",
                "Copy the click folder again from the instrument, or check the text by eye.",
            )
        return value

    def number(
        self,
        key: str,
        *,
        between: tuple[float, float] | None = None,
        default: float | None = None,
    ) -> float:
        """Return a key's value as a finite number.

        Parameters
        ----------
        key : str
            The key.
        between : (float, float), optional
            Refuse numbers outside (an exposure of 0 s, a binning of 0).
        default : float, optional
            What to return where the key is missing or empty.

        Returns
        -------
        float
            The number. A trailing `# comment` is ignored.

        Raises
        ------
        InputError
            When the key is missing (and no default given) or its value is no such number.
        """
        value = self.get(key)
        if value is None:
            if default is not None:
                return default
            value = self.text(key)  # which refuses
        try:
            number = parse_number(value)
        except ValueError:
            raise self.problem(key, f"`{value[:60]}` is not a number.", _PLAIN) from None
        if between is not None and not between[0] <= number <= between[1]:
            low, high = between
            raise self.problem(key, f"`{value[:60]}` does not lie between {low:g} and {high:g}.")
        return number

    def integer(
        self,
        key: str,
        *,
        between: tuple[float, float] | None = None,
        default: int | None = None,
    ) -> int:
        """Return a key's value as a whole number; see :meth:`number`."""
        number = self.number(key, between=between, default=default)
        if number != round(number):
            raise self.problem(key, f"`{number:g}` is not a whole number.")
        return round(number)


_Sorted = tuple[tuple[tuple[str, str], ...], tuple[str, ...], str | None, dict[str, list[str]]]
"""A section's entries, odd lines, cut-off key, and the different values of each key."""


@lru_cache(maxsize=32)
def _sort(lines: tuple[str, ...], cut: bool) -> _Sorted:
    """Sort a section's lines; kept for the next clicks, whose camera says the same of itself."""
    entries: list[tuple[str, str]] = []
    odd: list[str] = []
    cut_key: str | None = None
    values: dict[str, list[str]] = {}
    last = len(lines) - 1 if cut else -1
    for number, line in enumerate(lines):
        entry, folded = _entry(line)
        if entry is None:
            if line and not line.isspace():
                odd.append(line)
            continue
        entries.append(entry)
        key, text = entry
        if number == last and "\t" in line:
            cut_key = key
        if text:
            of_key = values.setdefault(folded, [])
            if text not in of_key:
                of_key.append(text)
    return tuple(entries), tuple(odd), cut_key, values


@lru_cache(maxsize=2048)
def _entry(line: str) -> tuple[tuple[str, str] | None, str]:
    """Return a line's key and value, or None, and the key with its case ignored."""
    key, separator, text = line.partition(":\t")
    if separator and not key.startswith("#"):
        key = key.strip()
        return (key, text.strip()), key.casefold()
    if spaced := _SPACED.match(line):
        key = spaced[1].strip()
        return (key, line[spaced.end() :].strip()), key.casefold()
    if line.endswith(":") and not line.startswith("#"):
        key = line[:-1].strip()  # an editor took the trailing tab away
        return (key, ""), key.casefold()
    return None, ""


@dataclass(frozen=True)
class InfoText:
    """A click's text, in sections.

    Parameters
    ----------
    file : Path
        Where it was read.
    sections : tuple of Section
        The sections in the file's order.
    cut : bool
        Whether the last line lacks its line end, as in a file that was not copied whole.
    """

    file: Path
    sections: tuple[Section, ...]
    cut: bool = False

    def find(self, name: str) -> Section | None:
        """Return the section of that name (case ignored), or None.

        Sections of one name are one section: nothing says which of them holds, so a key to which
        they give different values is refused when it is asked for.
        """
        return self._by_name.get(name.casefold())

    @cached_property
    def _by_name(self) -> dict[str, Section]:
        by_name: dict[str, Section] = {}
        for section in self.sections:
            name = section.name.casefold()
            first = by_name.setdefault(name, section)
            if first is not section:
                lines = first.lines + section.lines
                by_name[name] = replace(
                    first, lines=lines, value=first.value or section.value, cut=section.cut
                )
        return by_name

    def section(self, name: str) -> Section:
        """Return the section of that name (case ignored); see :meth:`find`.

        Raises
        ------
        InputError
            When there is none; it names the file and the section.
        """
        found = self.find(name)
        if found is None:
            raise InputError(
                Problem(
                    "this section is missing"
                    f"{did_you_mean(name, (s.name for s in self.sections))}.",
                    self.file,
                    f"section {name}",
                    "Copy the click folder again from the instrument.",
                )
            )
        return found


def parse_number(text: str) -> float:
    """Return the finite decimal number that a text holds; a trailing `# comment` is ignored.

    Raises
    ------
    ValueError
        When it is anything else: `nan`, `inf`, `1_000`, `0x10`, `2,5`, `40 sec`.
    """
    text = text.partition("#")[0].strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def read_info(path: str | Path) -> InfoText:
    """Read a click's text.

    Parameters
    ----------
    path : str or Path
        `ClickInfo.txt` or `AnalyzedClickInfo.txt`.

    Returns
    -------
    InfoText
        Its sections.

    Raises
    ------
    InputError
        When it cannot be read, is empty, is no text, or holds no section.
    """
    path = path if isinstance(path, Path) else Path(path)  # to take one apart again is slow
    try:
        with path.open("rb", buffering=0) as stream:
            if os.fstat(stream.fileno()).st_size > _MAX_BYTES:
                raise _too_large(path)
            raw = stream.readall()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(Problem(f"the text cannot be read: {reason}.", path)) from None
    return parse_info(raw, path)


def parse_info(raw: bytes, file: str | Path) -> InfoText:
    """Parse the bytes of a click's text; see :func:`read_info`.

    Parameters
    ----------
    raw : bytes
        UTF-8 (with or without a byte-order mark), UTF-16 with one, or cp1252; LF, CR or CRLF.
    file : str or Path
        Named in messages.

    Returns
    -------
    InfoText
        The sections.

    Raises
    ------
    InputError
        When the bytes are no such text.
    """
    file = file if isinstance(file, Path) else Path(file)
    again = "Copy the click folder again from the instrument."
    if not raw.strip():
        raise InputError(Problem("the file is empty.", file, None, again))
    if len(raw) > _MAX_BYTES:
        raise _too_large(file)
    text = _decode(raw)
    if "\0" in text:
        raise InputError(
            Problem("the file is damaged: it holds NUL bytes and is no text.", file, None, again)
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    cut = not text.endswith("\n")
    sections = tuple(_sections(text, file, cut))
    if not sections:
        raise InputError(
            Problem("no section `*** name:` was found: this is no click's text.", file, None, again)
        )
    if ":\t" not in text and ": \t" not in text:
        raise InputError(
            Problem(
                "the tabs between keys and values are lost: an editor or mail program made spaces "
                "of them.",
                file,
                None,
                again,
            )
        )
    return InfoText(file, sections, cut)


def _too_large(file: Path) -> InputError:
    return InputError(Problem("the file is far too large for a click's text.", file))


def _decode(raw: bytes) -> str:
    """Return the text: by its byte-order mark, else UTF-8, else cp1252 (Living Image's own)."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _sections(text: str, file: Path, cut: bool) -> Iterator[Section]:
    """Yield the sections; what stands before the first one belongs to none."""
    parts = f"\n{text}".split("\n***")[1:]
    for number, part in enumerate(parts, start=1):
        head, *below = part.split("\n")
        name, _, value = head.partition(":")
        yield Section(file, name.strip(), value.strip(), tuple(below), cut and number == len(parts))
