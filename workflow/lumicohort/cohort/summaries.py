"""Rows of sheets that sum up the rows above them."""

from __future__ import annotations

SUMMARIES = frozenset(
    {
        "average",
        "avg",
        "gemiddelde",
        "geomean",
        "mean",
        "media",
        "median",
        "mittelwert",
        "moyenne",
        "n",
        "promedio",
        "s.d",
        "sd",
        "sem",
        "std",
        "stdev",
        "sum",
        "summe",
        "total",
    }
)
"""First cells of rows that sum a table up."""
