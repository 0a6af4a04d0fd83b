"""Studies whose tables a test changes before a figure is drawn of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from inspection import clipped, overlapping, texts
from matplotlib.figure import Figure
from pictures import FONT

from lumicohort.figures.compose import compose
from lumicohort.figures.forest import Estimate, ForestData, forest_panel
from lumicohort.figures.style import ArmLook, get_style
from lumicohort.files import read_csv, write_csv

STYLE = get_style("science", font=FONT)
LOOK = ArmLook("DFO", "DFO", "#0072B2", "s", "--")
Drawn = tuple[Figure, list[str], str]


def edit(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    """Return a function that changes a table of a results folder."""

    def changed(results: Path) -> None:
        write_csv(change(read_csv(results / name)), results / name)

    return changed


def forest(rows: list[Estimate]) -> tuple[Any, list[str]]:
    data = ForestData(rows, "Hazard ratio", "Cox", "Hazard ratio (log scale)", True, ("l", "s"))
    with STYLE.context():
        figure = compose([forest_panel(data, STYLE)], STYLE, 8.5, 1)
        shown = texts(figure)
    assert clipped(figure, shown) == [] and overlapping(shown) == []
    return figure.axes[0], [s.text for s in shown]
