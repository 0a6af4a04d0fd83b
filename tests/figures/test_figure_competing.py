"""Figures where animals die of another cause too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from made_up import made_up_config
from odd_studies import STYLE, Drawn, edit

from lumicohort.figures.data import load
from lumicohort.files import read_csv, write_csv
from lumicohort.survival.competing_frames import competing_frames
from lumicohort.survival.data import SurvivalData


def competing(results: Path) -> None:
    """Let every third animal die of another cause, and write what the statistics then are."""
    survival = read_csv(results / "survival.csv")
    other = survival.index % 3 == 1
    survival["end_reason"] = survival["end_reason"].mask(other, "found dead")
    survival["event"] = ["true" if e and not o else "false" for e, o in zip(
        survival["event"].astype(str).str.lower() == "true", other, strict=True)]  # fmt: skip
    write_csv(survival, results / "survival.csv")
    parts: dict[str, list[pd.DataFrame]] = {"cumulative_incidence": [], "competing_tests": []}
    for model, rows in survival.groupby("model", sort=False):
        event = (rows["event"] == "true").to_numpy()
        data = SurvivalData.from_arrays(rows["time_days"], event, rows["arm"], reference="vehicle")
        made = competing_frames(data, (rows["end_reason"] == "found dead").to_numpy(), "vehicle")
        for name, tables in parts.items():
            tables.append(made[name].assign(model=model))
    for name, tables in parts.items():
        write_csv(pd.concat(tables), results / "statistics" / f"{name}.csv")


END_REASONS = {"humane endpoint": "event", "found dead": "competing", "end of study": "censored"}


@pytest.mark.parametrize("arms", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_cumulative_incidence_of_five_models_fits_a_page(
    draw: Callable[..., Drawn], tmp_path: Path, arms: int
) -> None:
    names = ["vehicle", "DFO", "DFP", "Combination 2"][:arms]
    config = made_up_config(list("ABCDE"), names, end_reasons=END_REASONS)
    figure, shown, caption = draw(config, "cumulative_incidence", competing, animals_per_arm=6)
    assert figure.get_size_inches()[1] * 2.54 <= STYLE.height_cm
    assert len(figure.axes) == 10
    assert shown.count("Animals at risk") == 10
    assert "Below each panel: animals at risk on that day. " in caption
    # Columns of numbers stand under the ticks, and are the animals alive and under study.
    survival = load(config, tmp_path).survival
    axes = figure.axes[0]
    with STYLE.context():
        axes.figure.canvas.draw()
    ticks = [float(t) for t in axes.get_xticks()]
    cells = [t for t in axes.texts if t.get_text().isdigit()]
    for row, arm in enumerate(names):
        mine = survival[(survival["model"] == "A") & (survival["arm"] == arm)]
        numbers = cells[row * len(ticks) : (row + 1) * len(ticks)]
        assert [t.get_position()[0] for t in numbers] == ticks
        wanted = [int((mine["time_days"] >= day).sum()) for day in ticks]
        assert [int(t.get_text()) for t in numbers] == wanted


def test_without_another_cause_of_death_one_panel_says_so(draw: Callable[..., Drawn]) -> None:
    def empty(table: pd.DataFrame) -> pd.DataFrame:
        return table.iloc[:0]

    config = made_up_config(["A", "B"])
    change = edit("statistics/cumulative_incidence.csv", empty)
    figure, shown, caption = draw(config, "cumulative_incidence", change)
    assert len(figure.axes) == 1 and not {"A", "B"} & set(shown)
    assert "No animal died of another cause" in " ".join(shown).replace("\n", " ")
    assert "No animal of A and B died of another cause" in caption


def test_deaths_of_another_cause_are_deaths_and_not_the_event(
    draw: Callable[..., Drawn], tmp_path: Path
) -> None:
    config = made_up_config(["PC9"], end_reasons=END_REASONS)
    figure, shown, caption = draw(config, "swimmer", competing)
    survival = read_csv(tmp_path / "survival.csv")
    other = survival.loc[survival["end_reason"] == "found dead", "animal_id"]
    marks = [a.get_gid() for a in figure.axes[0].get_children() if a.get_gid()]
    assert sorted(m for m in marks if m.startswith("died_otherwise-")) == sorted(
        f"died_otherwise-{animal}" for animal in other
    )
    assert "Died otherwise" in shown
    assert f"{len(other)} of another cause" in caption
    figure, shown, _ = draw(config, "schematic")
    censored = int((survival["end_reason"] == "end of study").sum())
    assert any(f"; {censored} animal" in text for text in shown)
