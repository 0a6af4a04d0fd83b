"""The measured regions of all batches in little memory: an archive has hundreds of thousands."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Row = dict[str, Any]

NUMBERS = (
    "total_flux_p_s",
    "total_flux_se_p_s",
    "net_flux_p_s",
    "net_flux_se_p_s",
    "lod_p_s",
    "avg_radiance_p_s_cm2_sr",
    "n_saturated",
    "luciferin_minutes",
)
WORDS = (
    "batch",
    "click",
    "animal_id",
    "region",
    "roi_method",
    "source",
    "flags",
    "reason",
    "below_lod",
)
"""What is kept of a region: numbers, and words (of few kinds, or those of many regions)."""


class Regions:
    """Measured regions, found by animal; a row of them takes some 100 bytes.

    As a dict of its own it would take fifteen times that. Numbers stand in arrays, and a word
    (of `below_lod`: true, false, missing) is kept once, with its place in each row.
    """

    def __init__(self) -> None:
        self._numbers = {name: array("d") for name in NUMBERS}
        self._words = {name: _Words() for name in WORDS}
        self._places: dict[str, array[int]] = {}
        self._size = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Add regions: rows of `rois.csv`, of which a column may be missing."""
        for name, numbers in self._numbers.items():
            numbers.extend(_or_nan(row.get(name)) for row in rows)
        for name, words in self._words.items():
            words.extend(row.get(name) for row in rows)
        for place, row in enumerate(rows, start=self._size):
            self._places.setdefault(row["animal_id"], array("l")).append(place)
        self._size += len(rows)

    def animals(self) -> Iterable[str]:
        """Return every animal_id once; a region that is no animal's has an empty one."""
        return self._places.keys()

    def of(self, animal_id: str) -> list[Row]:
        """Return an animal's regions as they were added: by :data:`NUMBERS` and :data:`WORDS`.

        Numbers are floats, NaN where they are missing; a missing word is None.
        """
        places = self._places.get(animal_id, ())
        columns: dict[str, array[float] | _Words] = {**self._numbers, **self._words}
        values = ([column[place] for place in places] for column in columns.values())
        return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]

    def repeated(self) -> Iterator[tuple[tuple[str, str, str, str], int]]:
        """Yield batch, click, animal and region of what stands more than once, and how often."""
        columns = [self._words[name] for name in ("batch", "click", "region")]
        for animal_id, places in self._places.items():
            found = ([column[place] for place in places] for column in columns)
            for (batch, click, region), count in Counter(zip(*found, strict=True)).items():
                if count > 1 and animal_id:
                    yield (batch, click, animal_id, region), count


class _Words:
    """A column of words that come again and again."""

    def __init__(self) -> None:
        self._words: list[Any] = []
        self._number: dict[Any, int] = {}
        self._column = array("i")

    def extend(self, values: Iterable[Any]) -> None:
        for value in values:
            word = None if value != value else value  # NaN is no key: it does not equal itself
            if word not in self._number:
                self._number[word] = len(self._words)
                self._words.append(word)
            self._column.append(self._number[word])

    def __getitem__(self, place: int) -> Any:
        return self._words[self._column[place]]


def _or_nan(value: Any) -> float:
    return math.nan if value is None else float(value)
