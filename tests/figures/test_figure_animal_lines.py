"""Thin lines of an arm's animals by one artist: the file of an artist for each animal."""

from __future__ import annotations

from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from lumicohort.figures.animal_lines import draw_animal_lines
from lumicohort.figures.style import ArmLook, get_style

ROWS = pd.DataFrame(
    {
        "animal_id": ["b", "a", "b", "c", "a", "b"],
        "day": [7.0, 7.0, 14.0, 7.0, 14.0, 21.0],
        "value": [1e6, 2e6, 3e6, 4e6, 5e6, 6e6],
    }
)
LOOK = ArmLook("v", "Vehicle", "#4d4d4d", "o", "-")
STYLE = get_style("science", font="DejaVu Sans")


def saved(kind: str, apart: bool) -> bytes:
    """Draw the animals by one artist, or by an artist each."""
    with STYLE.context():
        figure, ax = plt.subplots()
        ax.set_yscale("log")
        if apart:
            for _, one in ROWS.groupby("animal_id"):
                looks = {"color": LOOK.colour, "linewidth": STYLE.thin, "alpha": 0.4}
                ax.plot(one["day"], one["value"], gid="animal", **looks)
        else:
            draw_animal_lines(ax, ROWS, "value", LOOK, STYLE)
        ax.set(xlim=(8, 20), ylim=(1e5, 1e7))
        out = BytesIO()
        metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(kind)
        figure.savefig(out, format=kind, metadata=metadata)
        plt.close(figure)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_the_file_is_that_of_an_artist_for_each_animal(kind: str) -> None:
    assert saved(kind, apart=False) == saved(kind, apart=True)


def test_an_animals_points_stay_in_their_order() -> None:
    _, ax = plt.subplots()
    draw_animal_lines(ax, ROWS, "value", LOOK, STYLE)
    lines = [np.column_stack(line).tolist() for line in ax.lines[0].lines]
    plt.close()
    assert len(ax.lines) == 1
    assert lines == [
        [[7, 2e6], [14, 5e6]],
        [[7, 1e6], [14, 3e6], [21, 6e6]],
        [[7, 4e6]],
    ]


def test_no_animal_is_no_line() -> None:
    _, ax = plt.subplots()
    draw_animal_lines(ax, ROWS.iloc[:0], "value", LOOK, STYLE)
    plt.close()
    assert list(ax.lines[0].lines) == []
