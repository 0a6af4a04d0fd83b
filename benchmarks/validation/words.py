"""Numbers and tables as they stand in docs/validation.md."""

from __future__ import annotations

import math
from collections.abc import Sequence

from validation import summary


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def percent(value: float, digits: int = 1, sign: bool = False) -> str:
    """Return a share in per cent; a dash where there is none."""
    if math.isnan(value):
        return "–"
    return f"{100 * value:{'+' if sign else ''}.{digits}f} %"


def spread(values: Sequence[float]) -> str:
    """Return the median of shares, with their 5 % and 95 % quantiles."""
    low, middle, high = summary.quantiles(values)
    return f"{percent(middle, 1, True)} ({percent(low, 1, True)} to {percent(high, 1, True)})"
