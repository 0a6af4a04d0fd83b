"""Figures of odd studies: no events, one day, no flux, late entry, many models."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up import made_up_config, write_burden, write_made_up
from matplotlib.figure import Figure
from odd_studies import STYLE, Drawn, edit

from lumicohort.figures.compose import compose
from lumicohort.figures.draw import draw_figure
from lumicohort.figures.qc_summary import QcData, qc_counts, qc_panel
from lumicohort.files import read_csv


@pytest.mark.parametrize("kind", ["spider", "waterfall", "weights", "regions", "swimmer"])
def test_panels_of_a_figure_share_their_axes(kind: str, draw: Callable[..., Drawn]) -> None:
    def later(table: pd.DataFrame) -> pd.DataFrame:
        """Let the first animal of the second model outlive all others, with much light."""
        one = table[table["model"] == "B"]["animal_id"].iloc[0]
        mine = table["animal_id"] == one
        if "time_days" in table:
            return table.assign(time_days=table["time_days"].mask(mine, 75.0))
        if "what" in table:
            last = mine & (table["what"] == "weighed") & (table["day"] == table[mine]["day"].max())
            return table.assign(day=table["day"].mask(last, 75), value=table["value"].mask(last, 9))
        flux = ["total_flux_p_s", "net_flux_p_s"]
        light = {
            name: table[name].mask(mine & (table["day"] > 7), table[name] * 1e4) for name in flux
        }
        return table.assign(**light)

    def change(results: Path) -> None:
        for name in ("survival.csv", "cohort/events.csv", "flux.csv"):
            edit(name, later)(results)
        write_burden(config, results)

    config = made_up_config(["A", "B"])
    figure, _, _ = draw(config, kind, change)
    one, other = figure.axes[:2]
    assert one.get_xlim() == other.get_xlim() or kind == "waterfall"
    assert one.get_ylim() == other.get_ylim() or kind == "swimmer"


def test_notes_tell_only_of_what_is_drawn(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"])
    _, shown, caption = draw(config, "survival", all_censored=True)
    assert not any("Bands" in text for text in shown)
    assert "bands" not in caption and "ticks mark censored" in caption
    assert any("Ticks on the curves: censored." in text for text in shown)
    _, shown, caption = draw(config, "flux_over_time")
    assert not any("means:" in text for text in shown)
    assert "Half-filled" not in caption and "hollow" not in caption
    _, shown, caption = draw(config, "montage")
    assert "No image of an animal can be shown." in shown
    assert "none of them was imaged any more" not in caption
    assert "vehicle: " not in caption  # animals that are not shown are not named
    _, shown, caption = draw(config, "spider")
    # an animal that was alive and not imaged on later days has its cross where its line ends
    assert any("cross: last image before death" in text for text in shown)
    assert "Crosses: the last image before an animal's death" in caption
    whole = made_up_config(["PC9"], analysis={"burden": {"region": "whole_body"}})
    _, _, caption = draw(whole, "growth_diagnostics")
    assert "of the region “whole body”" in caption


def test_a_label_with_a_full_stop_ends_its_sentence(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"], labels={"vehicle": "PBS, i.p."})
    _, _, caption = draw(config, "forest")
    assert "Restricted mean survival against PBS, i.p. " in caption
    assert ".." not in caption


def test_limits_of_detection_that_are_not_drawn_are_not_told(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"])
    _, _, caption = draw(config, "regions", edit("flux.csv", lambda t: t.assign(lod_p_s=np.nan)))
    assert "Dotted" not in caption
    _, _, caption = draw(config, "regions", edit("flux.csv", lambda t: t.assign(lod_p_s=1e6)))
    assert "Dotted: median limits of detection." in caption


def test_the_flow_of_a_study_without_imaging_has_no_stage_of_images(
    draw: Callable[..., Drawn],
) -> None:
    def change(flow: pd.DataFrame) -> pd.DataFrame:
        return flow[~flow["stage"].isin(["imaged", "analysed_burden"])]

    _, shown, caption = draw(made_up_config(["PC9"]), "flow", edit("cohort/flow.csv", change))
    told = " ".join(" ".join(shown).split())
    assert "Analysed for survival: n = 10" in told
    assert not any(word in told for word in ("Imaged", "burden", "not known"))
    assert "20 analysed for survival." in caption


def test_late_entry_is_told(draw: Callable[..., Drawn]) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(entered=[2, *[0] * (len(table) - 1)])

    config = made_up_config(["PC9"])
    _, shown, caption = draw(config, "survival", edit("statistics/survival_curves.csv", change))
    assert "came under observation late are at risk after that day." in " ".join(shown)
    assert "(delayed entry) are at risk after that day." in caption


def test_a_swimmer_s_bar_begins_when_the_animal_came_under_observation(
    draw: Callable[..., Drawn],
) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(entered=[4.0, np.nan, *[0.0] * (len(table) - 2)])

    def bars(figure: Figure, kind: str) -> dict[str, tuple[float, float]]:
        found = {}
        for artist in [*figure.axes[0].collections, *figure.axes[0].lines]:
            what, _, animal = (artist.get_gid() or "").partition("-")
            if what == kind:
                path = artist.get_path() if kind == "before" else artist.get_paths()[0]
                days = path.vertices[:, 0]
                found[animal] = (float(days.min()), float(days.max()))
        return found

    plain = made_up_config(["PC9"])
    figure, shown, caption = draw(plain, "swimmer", edit("survival.csv", change))
    assert {first for first, _ in bars(figure, "bar").values()} == {0.0}
    assert bars(figure, "before") == {} and "Not yet observed" not in shown
    assert "came under observation" not in caption
    late = made_up_config(["PC9"], analysis={"survival": {"entry": "entered"}})
    figure, shown, caption = draw(late, "swimmer")
    first, *others = sorted(bars(figure, "bar").items(), key=lambda bar: -bar[1][0])
    assert first[1][0] == 4 and {begin for _, (begin, _) in others} == {0.0}
    assert bars(figure, "before") == {first[0]: (0.0, 4.0)}
    assert "Not yet observed" in shown
    assert "1 animal came under observation later, where a thin line ends." in caption


def test_one_event_is_not_events(draw: Callable[..., Drawn]) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(median_days=np.nan, events=1)

    config = made_up_config(["PC9"])
    _, shown, _ = draw(config, "survival", edit("statistics/survival_arms.csv", change))
    said = " ".join(shown)
    assert "1 event" in said and "1 events" not in said


@pytest.mark.parametrize("kind", ["survival", "endpoint_burden"])
def test_one_comparison_of_several_has_its_adjusted_p(
    kind: str, draw: Callable[..., Drawn]
) -> None:
    tests = (
        "statistics/survival_tests.csv" if kind == "survival" else "statistics/burden_endpoint.csv"
    )

    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(p_value=0.011, p_adjusted=0.022)

    config = made_up_config(["PC9"], ["vehicle", "DFO", "DFP"])
    _, shown, caption = draw(config, kind, edit(tests, change), arms=["vehicle", "DFO"])
    said = " ".join(shown)
    assert "P = 0.022" in said and "P = 0.011" not in said and "Holm-adjusted" in said
    assert "P = 0.022" in caption and "Holm-adjusted" in caption


def test_a_model_without_random_slopes_is_not_said_to_be_none(draw: Callable[..., Drawn]) -> None:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["kind"] != "random_slope"]

    config = made_up_config(["PC9"])
    change_table = edit("statistics/growth_diagnostics.csv", change)
    _, shown, _ = draw(config, "growth_diagnostics", change_table)
    said = " ".join(shown).replace("\n", " ")
    assert "The model that was fitted has no random slopes" in said
    assert "could be fitted" not in said


def test_one_imaging_day_is_no_spider(draw: Callable[..., Drawn]) -> None:
    _, shown, _ = draw(made_up_config(["PC9"]), "spider", days=(14,))
    assert "no animal has an image at baseline and a later one" in " ".join(shown).replace(
        "\n", " "
    )


@pytest.mark.parametrize("kind", ["endpoint_burden", "flux_over_time"])
def test_captions_tell_of_a_dotted_line_only_where_one_is_drawn(
    kind: str, draw: Callable[..., Drawn]
) -> None:
    def level(lod: float) -> Callable[[Path], None]:
        return edit(
            "flux.csv",
            lambda table: table.assign(lod_p_s=lod, net_flux_p_s=table["total_flux_p_s"]),
        )

    config = made_up_config(["PC9"])
    _, shown, caption = draw(config, kind, level(2e5))
    assert "LOD" in shown
    assert "Dotted line: limit of detection, median of the images (2.0 × 10⁵ p/s)" in caption
    _, shown, caption = draw(config, kind, level(10.0))
    assert "LOD" not in shown
    assert "Dotted line" not in caption
    assert "limit of detection, median of the images (1.0 × 10¹ p/s), is" in caption
    assert "is not on the axis." in caption


def test_values_of_a_sheet_are_no_clicks() -> None:
    images = pd.DataFrame(
        {"batch": ["", "", "b"], "click": ["", "", "c"], "animal_id": list("xyz"), "flags": ""}
    ).assign(on_day=[7.0, 7.0, 14.0], below_lod=False, included=True)
    clicks = pd.DataFrame(columns=["batch", "click", "flags"])
    counts = qc_counts(images, clicks).counts
    assert counts.loc["Clicks"].tolist() == [0, 1]
    assert counts.loc["Animals imaged"].tolist() == [2, 1]


def test_a_flow_of_many_boxes_has_columns_and_whole_numbers(draw: Callable[..., Drawn]) -> None:
    arms = ["vehicle", "DFO", "DFP", "combination"]
    config = made_up_config(list("ABCDE"), arms)
    figure, shown, _ = draw(config, "flow", animals_per_arm=4)
    assert figure.get_size_inches()[1] * 2.54 <= STYLE.height_cm
    assert not any(text.endswith((" n", " n =", "n =")) for text in shown)


@pytest.mark.parametrize("kind", ["endpoint_burden", "flux_over_time", "regions", "waterfall"])
def test_a_study_without_any_flux_says_so(kind: str, draw: Callable[..., Drawn]) -> None:
    def empty(table: pd.DataFrame) -> pd.DataFrame:
        return table.iloc[:0]

    def change(results: Path) -> None:
        for name in ("flux", *(f"statistics/burden_{t}" for t in ("days", "endpoint", "animals"))):
            edit(f"{name}.csv", empty)(results)

    _, shown, caption = draw(made_up_config(["PC9"]), kind, change)
    assert "PC9: no" in " ".join(shown).replace("\n", " ")
    assert "No " in caption


def test_a_colour_that_is_hardly_seen_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"vehicle": {"colour": "#FFF2A8"}}
    show = [{"name": "f", "kind": "flow", "formats": ["svg"]}]
    config = made_up_config(["PC9"], arm_options=options, figures={"show": show})
    write_made_up(config, tmp_path, previews=False, animals_per_arm=3)
    draw_figure(config, "f", tmp_path)
    assert "the colour #FFF2A8 of arm `vehicle` is hardly seen on white" in capsys.readouterr().err
    assert (tmp_path / "figures" / "f.svg").is_file()


FIVE = ["vehicle", "DFO 2 mg/kg", "DFP", "DFO + DFP", "combination"]


@pytest.mark.parametrize(("models", "width_cm", "columns"), [(2, 8.5, 2), (4, None, 4)])
def test_survival_stands_side_by_side_where_one_above_another_is_too_high(
    draw: Callable[..., Drawn], models: int, width_cm: float | None, columns: int
) -> None:
    config = made_up_config(list("ABCD")[:models], FIVE)
    figure, _, _ = draw(config, "survival", animals_per_arm=4, width_cm=width_cm)
    wide, high = figure.get_size_inches() * 2.54
    assert wide == pytest.approx(width_cm or STYLE.widths_cm[-1])
    assert high < STYLE.height_cm
    assert len({ax.get_position().x0 for ax in figure.axes}) == columns


def test_a_figure_too_high_for_its_width_is_told_the_width_that_helps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show = [{"name": "km", "kind": "survival", "width_cm": 5.7, "formats": ["svg"]}]
    config = made_up_config(["A", "B"], FIVE, figures={"show": show})
    write_made_up(config, tmp_path, previews=False, animals_per_arm=4)
    draw_figure(config, "km", tmp_path)
    said = capsys.readouterr().err
    assert "Give it `width_cm: 12.1` in the config (figures.show)" in said


def test_a_waterfall_whose_endpoint_is_the_baseline_says_so(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"])
    same = edit(
        "statistics/burden_animals.csv",
        lambda table: table.assign(endpoint_day=table["baseline_day"], fold_change=np.nan),
    )
    _, shown, caption = draw(config, "waterfall", same)
    told = " ".join(" ".join(shown).split())
    assert "the endpoint (day 7) is not after the baseline: there is no change to draw" in told
    assert "no animal has flux at baseline" not in told
    assert "no day after the baseline" in caption and "day 7 to day 7" not in caption


def test_images_off_their_scheduled_day_stand_where_the_caption_says(
    draw: Callable[..., Drawn],
) -> None:
    config = made_up_config(["PC9"])
    said = "Means and numbers stand on the scheduled day that an image counts for"
    assert said not in draw(config, "flux_over_time")[2]

    def later(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(scheduled_day=table["day"], day=table["day"] + (table["day"] == 14))

    _, _, caption = draw(config, "flux_over_time", edit("flux.csv", later))
    assert said in caption and "thin lines on the days of imaging." in caption
    _, shown, _ = draw(config, "schematic")
    assert any("7, 15" in text for text in shown)


def test_what_a_scheme_shortens_stands_in_its_caption(draw: Callable[..., Drawn]) -> None:
    long = "deferoxamine mesylate in artificial cerebrospinal fluid, " * 3

    def change(events: pd.DataFrame) -> pd.DataFrame:
        mine = (events["what"] == "treated") & (events["arm"] == "DFO")
        return events.assign(detail=events["detail"].where(~mine, long + "i.t."))

    _, shown, caption = draw(
        made_up_config(["PC9"]), "schematic", edit("cohort/events.csv", change)
    )
    assert any("…" in text for text in shown) and not any(long in text for text in shown)
    assert f"DFO: {long}i.t." in caption


def test_animals_that_died_of_another_cause_are_told_among_the_censored(
    draw: Callable[..., Drawn],
) -> None:
    config = made_up_config(["PC9"])
    _, _, caption = draw(config, "survival")
    assert "of another cause" not in caption

    def otherwise(survival: pd.DataFrame) -> pd.DataFrame:
        two = survival["animal_id"].isin(["M001", "M002"])
        return survival.assign(
            event=survival["event"].mask(two, False),
            end_reason=survival["end_reason"].mask(two, "surgical death"),
        )

    reasons = {**config.end_reasons, "surgical death": "competing"}
    config = config.model_copy(update={"end_reasons": reasons})
    _, _, caption = draw(config, "survival", edit("survival.csv", otherwise))
    assert "2 animals that died of another cause count as censored." in caption


def test_a_panel_of_regions_without_animals_tells_of_no_line(draw: Callable[..., Drawn]) -> None:
    config = made_up_config(["PC9"])
    one = edit("flux.csv", lambda table: table[table["region"] != "cranial"])
    _, shown, caption = draw(config, "regions", one)
    assert "no animal has cranial and spinal flux" in " ".join(shown).replace("\n", " ")
    assert "Dashed" not in caption and caption.endswith("No animals.")


def test_the_fit_of_growth_tells_how_many_images_and_animals(
    draw: Callable[..., Drawn], tmp_path: Path
) -> None:
    config = made_up_config(["PC9"])
    _, _, caption = draw(config, "growth_diagnostics")
    images = read_csv(tmp_path / "flux.csv").query("region == 'neuraxis'")
    assert len(images) > images["animal_id"].nunique() == 20
    assert f"n = {len(images)} images of 20 animals (PC9)." in caption
    none = edit("statistics/growth_diagnostics.csv", lambda table: table.iloc[:0])
    _, _, caption = draw(config, "growth_diagnostics", none)
    assert caption.endswith("No fit.")


def test_days_of_quality_control_do_not_touch() -> None:
    days = [float(100 + day) for day in range(8)]
    counts = pd.DataFrame(4, index=["Clicks", "Animals imaged"], columns=days)
    with STYLE.context():
        panel = qc_panel(QcData(counts, 0.0 * counts), "PC9", STYLE)
        for width_cm in np.arange(4.0, 9.0, 0.25):
            figure = compose([panel], STYLE, float(width_cm), 1)
            figure.canvas.draw()
            boxes = [t.get_window_extent() for t in figure.axes[0].get_xticklabels()]
            assert min(b.x0 - a.x1 for a, b in pairwise(boxes)) > 1.5 * figure.dpi / 72
