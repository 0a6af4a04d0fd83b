"""Marks of values below the limit of detection and of survivors, numbers of days, in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from inspection import all_by_gid
from made_up import made_up_config, write_burden
from odd_studies import Drawn, edit

from lumicohort.files import read_csv


def test_means_of_survivors_are_told_from_the_first_death_on(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"])
    _, shown, caption = draw(config, "flux_over_time", days=(7, 14, 21, 24))
    assert "Half-filled means: after the arm's first death, survivors only." in " ".join(
        shown
    ).replace("’", "'")
    assert "Half-filled means: after the first death in the arm" in caption
    assert "hollow" not in caption


def test_means_of_animals_below_the_lod_alone_are_told(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"])
    _, shown, caption = draw(config, "flux_over_time", below_lod=True, days=(7, 14))
    words = " ".join(shown).replace("\n", " ").replace("’", "'")
    assert "Hollow means: all the arm's animals of that day are." in words
    assert (
        "40 of 40 values are below the limit of detection: set to LOD/√2; small hollow marks on"
        in (caption)
    )
    assert "Large hollow marks: means of animals that all lie below it on that day." in caption


def test_the_caption_has_the_numbers_of_days_that_the_axis_has_no_room_for(
    draw: Callable[..., Drawn],
) -> None:
    config = made_up_config(["PC9"])
    days = (7, 8, 14, 21)
    _, shown, caption = draw(config, "flux_over_time", days=days, animals_per_arm=4)
    assert {"8", "14", "21"} <= set(shown) and "7" not in shown
    assert (
        "animals imaged on the days that the axis names. On the others: "
        "day 7, 4 vehicle and 4 DFO." in caption
    )
    _, shown, caption = draw(config, "flux_over_time", days=days, width_cm=18.0)
    assert {"7", "8", "14", "21"} <= set(shown)
    assert "Below each panel: animals imaged on each day." in caption


def test_the_caption_of_very_many_days_says_where_their_numbers_are(
    draw: Callable[..., Drawn],
) -> None:
    config = made_up_config(["PC9"])
    days = tuple(range(1, 31))
    _, _, caption = draw(config, "flux_over_time", days=days, animals_per_arm=4)
    assert "those of the other days stand in statistics/burden_days.csv." in caption


def test_captions_of_fold_changes_count_values_below_the_lod(
    draw: Callable[..., Drawn], tmp_path: Path
) -> None:
    config = made_up_config(["PC9"])
    _, _, caption = draw(config, "waterfall", below_lod=True, animals_per_arm=4)
    assert "16 of 16 values are below the limit of detection" in caption
    _, _, caption = draw(config, "spider")
    images = read_csv(tmp_path / "flux.csv")
    n = int((images["region"] == config.analysis.burden.region).sum())
    assert f"{n} of {n} values are below the limit of detection" in caption


def test_fold_changes_of_values_below_the_lod_have_hollow_marks(
    draw: Callable[..., Drawn], tmp_path: Path
) -> None:
    config = made_up_config(["PC9"])

    def below(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(below_lod=table["animal_id"].eq("M001") & table["day"].eq(7))

    def change(results: Path) -> None:
        edit("flux.csv", below)(results)
        write_burden(config, results)

    figure, shown, caption = draw(config, "waterfall", change, animals_per_arm=4)
    marks = [line for line in figure.axes[0].lines if line.get_gid() in ("mark", "hollow-mark")]
    faces = [line.get_markerfacecolor() for line in marks if line.get_gid() == "hollow-mark"]
    assert len(marks) == 8 and faces == ["white"]
    assert "hollow: of a value below the LOD" in " ".join(shown)
    assert "Hollow marks: the 1 animal whose change rests on such a value." in caption

    figure, shown, caption = draw(config, "spider")
    marks = [line.get_xydata().tolist() for line in all_by_gid(figure.axes[0], "below-lod")]
    assert [np.round(m, 9).tolist() for m in marks if m] == [[[7.0, 1.0]]]
    assert "hollow: below the LOD" in " ".join(shown)
    assert "Hollow marks: these values; a line that starts with one rests on it." in caption

    edit("flux.csv", lambda table: table.assign(below_lod=False))(tmp_path)
    write_burden(config, tmp_path)
    for kind in ("waterfall", "spider"):
        _, shown, caption = draw(config, kind)
        assert not any("hollow" in text.lower() for text in [*shown, caption])


def test_the_endpoint_tells_of_hollow_dots_only_where_there_are_some(
    draw: Callable[..., Drawn],
) -> None:
    config = made_up_config(["PC9"])

    def change(table: pd.DataFrame) -> pd.DataFrame:
        """Let the first day alone be below the LOD."""
        return table.assign(below_lod=table["day"] == 7)

    _, shown, caption = draw(config, "endpoint_burden", edit("flux.csv", change))
    assert not any("Hollow" in text for text in shown) and "hollow" not in caption

    def seen(table: pd.DataFrame) -> pd.DataFrame:
        """Let the last days be below the LOD, too."""
        return table.assign(below_lod=True)

    _, _, caption = draw(config, "endpoint_burden", edit("flux.csv", seen))
    told = "20 of 20 values are below the limit of detection: set to LOD/√2; hollow dots."
    assert told in caption


def test_the_regions_tell_of_hollow_dots_only_where_there_are_some(
    draw: Callable[..., Drawn],
) -> None:
    config = made_up_config(["PC9"])

    def below(animals: list[str]) -> Callable[[Path], None]:
        return edit("flux.csv", lambda t: t.assign(below_lod=t["animal_id"].isin(animals)))

    _, shown, caption = draw(config, "regions", below([]))
    told = " ".join(shown).replace("\n", " ")
    assert "dashed: equal flux" in told and "hollow" not in told
    assert "hollow" not in caption.lower()
    _, shown, caption = draw(config, "regions", below(["M001"]))
    assert "hollow: below a LOD" in " ".join(shown).replace("\n", " ")
    assert "Hollow: animals below the limit of detection of either region." in caption


def test_a_spider_s_line_ends_in_a_cross_where_the_animal_died(
    draw: Callable[..., Drawn], tmp_path: Path
) -> None:
    config = made_up_config(["PC9"])

    def change(results: Path) -> None:
        def low(flux: pd.DataFrame) -> pd.DataFrame:
            """Let the last image of two animals, one that died and one that lives, be below."""
            last = flux["day"] == flux.groupby("animal_id")["day"].transform("max")
            return flux.assign(below_lod=flux["animal_id"].isin(["M001", "M002"]) & last)

        def alive(survival: pd.DataFrame) -> pd.DataFrame:
            still = survival["animal_id"].isin(["M002", "M003"])
            return survival.assign(event=~still, end_reason=np.where(still, "alive", "died"))

        edit("survival.csv", alive)(results)
        edit("flux.csv", low)(results)
        write_burden(config, results)

    figure, *_ = draw(config, "spider", change, animals_per_arm=4)
    flux = read_csv(tmp_path / "flux.csv")
    last = flux[flux["region"] == config.analysis.burden.region].groupby("animal_id")["day"].max()
    found = {
        line.get_gid().removeprefix("end-"): (line.get_marker(), line.get_xdata()[0])
        for line in figure.axes[0].lines
        if str(line.get_gid()).startswith("end-")
    }
    arm_s_mark = found.pop("M003")
    assert arm_s_mark[0] not in ("x", "None") and arm_s_mark[1] == last["M003"]
    assert found == {a: ("x", day) for a, day in last.items() if a not in ("M002", "M003")}
