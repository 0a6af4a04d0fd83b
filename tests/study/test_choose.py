"""Which click of a session counts, with numbers worked by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from lumicohort.errors import InputError
from lumicohort.study.choose import choose_clicks
from lumicohort.study.config import StudyConfig, parse_config
from lumicohort.study.views import Views, view_name

Row = dict[str, Any]


def config(**imaging: Any) -> StudyConfig:
    return parse_config(
        {
            "study": "s",
            "models": {"m": {}},
            "arms": {"a": {}},
            "reference_arm": "a",
            "imaging": imaging,
        }
    )


def click(name: str, flux: float, region: str = "neuraxis", **more: Any) -> Row:
    return {
        "animal_id": "A1",
        "date": "2020-01-08",
        "batch": "b",
        "click": name,
        "region": region,
        "source": "raw",
        "total_flux_p_s": flux,
        "total_flux_se_p_s": 3e3,
        "net_flux_p_s": flux - 1e4,
        "net_flux_se_p_s": 3e3,
        "lod_p_s": 3e4,
        "below_lod": False,
        "n_saturated": 0,
        "exposure_s": 60.0,
        "luciferin_minutes": math.nan,
        "view": "",
        "flags": "",
        "included": True,
        "reason": "",
        **more,
    }


def chosen(rows: list[Row], **imaging: Any) -> list[str]:
    views = Views(config(**imaging))
    views.see(rows)
    views.refuse()
    return [row["click"] for row in choose_clicks(config(**imaging), rows)[0]]


SERIES = [
    click("X_001", 1e6, luciferin_minutes=5.0),
    click("X_002", 3e6, luciferin_minutes=9.0),
    click("X_003", 5e6, luciferin_minutes=12.0),
    click("X_004", 4e6, luciferin_minutes=20.0),
]


@pytest.mark.parametrize(
    ("rule", "minutes", "click"),
    [
        ("first", 10, "X_001"),
        ("last", 10, "X_004"),
        ("peak", 10, "X_003"),
        ("nearest", 10, "X_002"),
        ("nearest", 11, "X_003"),
        ("nearest", 10.5, "X_002"),  # equally near: the earlier
        ("nearest", 60, "X_004"),
    ],
)
def test_kinetic_series(rule: str, minutes: float, click: str) -> None:
    kept, left_out = choose_clicks(config(choose=rule, choose_minutes=minutes), SERIES)
    assert [row["click"] for row in kept] == [click]
    assert [row["n_other_clicks"] for row in kept] == [3]
    words = {"peak": "peak of neuraxis", "nearest": f"nearest to {minutes:g} min"}
    assert kept[0]["chosen_by"] == words.get(rule, rule)
    assert len(left_out) == 3
    assert all(row["rule"] == f"choose_{rule}" for row in left_out)


def test_the_peak_is_that_of_the_analysed_region() -> None:
    rows = [
        click("1", 2e6),
        click("1", 3e6, "whole_body"),
        click("2", 1e6),
        click("2", 9e6, "whole_body"),
    ]
    assert chosen(rows, choose="peak") == ["1", "1"]
    study = config(choose="peak")
    body = study.model_dump() | {"analysis": {"burden": {"region": "whole_body"}}}
    kept, _ = choose_clicks(parse_config(body), rows)
    assert [row["click"] for row in kept] == ["2", "2"]
    assert {row["chosen_by"] for row in kept} == {"peak of whole_body"}


def test_exposure_brackets() -> None:
    rows = [
        click("1", 1e6, exposure_s=10.0),
        click("2", 1.1e6, exposure_s=60.0),
        click("3", 1.2e6, exposure_s=180.0, n_saturated=3),
    ]
    assert chosen(rows, choose="longest_unsaturated") == ["2"]
    assert chosen(rows, choose="peak") == ["2"]
    allof = [{**row, "n_saturated": 1} for row in rows]
    assert chosen(allof, choose="longest_unsaturated") == ["1"]
    table = [rows[0], {**rows[1], "exposure_s": math.nan, "n_saturated": math.nan}]
    with pytest.raises(InputError, match=r"exposures and saturation of all clicks .* `2`"):
        chosen(table, choose="longest_unsaturated")


@pytest.mark.parametrize(
    ("fluxes", "errors", "counts"),
    [
        ((5.6e5, 2.6e5, 2.5e5), (1.9e5, 2e4, 4e3), "3"),  # noise made the 1 s exposure highest
        ((9e5, 2.6e5, 2.5e5), (1.9e5, 2e4, 4e3), "1"),  # more than noise does
        ((2.56e5, 2.5e5, 2.4e5), (4.5e3, 4e3, 3e3), "1"),  # one exposure time throughout
        ((5.6e5, 2.6e5, 2.5e5), (math.nan, math.nan, math.nan), "1"),  # an exported table
        ((5.6e5, 2.5e5, -1e4), (1.9e5, 2e5, 1e6), "1"),
    ],
)
def test_noise_of_a_short_exposure_is_no_peak(
    fluxes: tuple[float, ...], errors: tuple[float, ...], counts: str
) -> None:
    rows = [
        click(str(k), flux, total_flux_se_p_s=se)
        for k, (flux, se) in enumerate(zip(fluxes, errors, strict=True), start=1)
    ]
    assert chosen(rows, choose="peak") == [counts]
    assert chosen(rows[::-1], choose="peak") == [counts]


def test_nearest_needs_luciferin_times_where_there_is_a_choice() -> None:
    rows = [SERIES[0], {**SERIES[1], "luciferin_minutes": math.nan}]
    with pytest.raises(InputError) as caught:
        chosen(rows, choose="nearest")
    assert "not known for every click of `A1` on 2020-01-08: `X_002`" in str(caught.value)
    assert "luciferin_time" in str(caught.value)
    assert chosen(rows[1:], choose="nearest") == ["X_002"]


def test_all_animals_without_times_are_named_at_once() -> None:
    rows = [{**row, "luciferin_minutes": math.nan} for row in SERIES]
    with pytest.raises(InputError, match="2 problems"):
        chosen([*rows, *({**r, "animal_id": "A2"} for r in rows)], choose="nearest")


@pytest.mark.parametrize("rule", ["first", "last", "peak"])
def test_a_click_without_a_value_never_counts_before_one_with(rule: str) -> None:
    lost = [click("1", math.nan), click("2", 2e6), click("3", math.nan)]
    assert chosen(lost, choose=rule) == ["2"]
    other_region = [click("1", 9e6, "whole_body"), click("2", 2e6), click("3", 9e6, "whole_body")]
    assert chosen(other_region, choose=rule) == ["2"]
    blurred = {"included": False, "reason": "the mouse moved"}
    left_out = [click("1", 9e6, **blurred), click("2", 2e6), click("3", 9e6, **blurred)]
    assert chosen(left_out, choose=rule) == ["2"]


@pytest.mark.parametrize(
    ("label", "name"),
    [("Dorsal", "dorsal"), (" D", "dorsal"), ("prone", "dorsal"), ("V", "ventral"), ("", "")],
)
def test_views_are_known_by_their_usual_names(label: str, name: str) -> None:
    assert view_name(label) == name
    assert view_name(math.nan) == ""
    assert view_name("Left side") == "left side"


VIEWS = [
    click("d", 4e5, view="dorsal", flags="near_lod"),
    click("v", 3e5, view="ventral", total_flux_se_p_s=4e3, lod_p_s=4e4, flags="saturated"),
]


def test_views_are_never_mixed_silently() -> None:
    with pytest.raises(InputError) as caught:
        chosen(VIEWS)
    assert "two views on 2020-01-08: dorsal (click `d`) and ventral (click `v`)" in str(
        caught.value
    )
    assert "more time" not in str(caught.value)
    twice = [{**row, "animal_id": animal} for animal in ("A1", "A2") for row in VIEWS]
    with pytest.raises(InputError, match=r"this happens 1 more time \(animals × days\)"):
        chosen(twice)
    other_day = [VIEWS[0], {**VIEWS[1], "date": "2020-01-15"}]
    with pytest.raises(InputError) as caught:
        chosen(other_day)
    assert (
        "the study's images show different views: dorsal (`A1` on 2020-01-08, click `d`), ventral "
        "(`A1` on 2020-01-15, click `v`)."
    ) in str(caught.value)
    unlabelled = [VIEWS[0], {**VIEWS[1], "date": "2020-01-15", "view": ""}]
    assert chosen(unlabelled) == ["d", "v"]


def test_one_view_by_the_config() -> None:
    kept, left_out = choose_clicks(config(view="Ventral"), VIEWS)
    assert [row["click"] for row in kept] == ["v"]
    assert [row["rule"] for row in left_out] == ["view"]
    assert "its view is dorsal, and only Ventral counts" in left_out[0]["reason"]
    with pytest.raises(InputError, match=r"no click has that view; .*: dorsal, ventral"):
        chosen(VIEWS, view="lateral")
    with pytest.raises(InputError, match="view must not be set"):
        config(view="dorsal", views="sum")


def test_dorsal_and_ventral_add_up_where_asked() -> None:
    weaker = click("d0", 1e5, view="dorsal")
    kept, left_out = choose_clicks(config(views="sum"), [weaker, *VIEWS])
    (row,) = kept
    assert (row["click"], row["summed_with"], row["view"]) == ("d", "v", "dorsal+ventral")
    assert row["total_flux_p_s"] == 7e5
    assert row["net_flux_p_s"] == pytest.approx(3.9e5 + 2.9e5)
    # 3, 4, 5: quadrature
    assert row["total_flux_se_p_s"] == pytest.approx(5e3)
    assert row["lod_p_s"] == pytest.approx(5e4)
    assert row["below_lod"] is False
    assert row["flags"] == "near_lod;saturated"
    assert math.isnan(row["avg_radiance_p_s_cm2_sr"])
    assert row["n_other_clicks"] == 1
    assert [r["file"][-5:] for r in left_out] == ["/b/d0"]
    assert "`d` (imaging.choose: peak)" in left_out[0]["reason"]


def test_a_sum_can_be_above_what_each_view_is_below() -> None:
    faint = [click("d", 3.5e4, view="dorsal"), click("v", 3.5e4, view="ventral")]
    (row,) = choose_clicks(config(views="sum"), faint)[0]
    # net 2.5e4 each, below 3e4; together 5e4 against 3e4 * sqrt(2) = 4.24e4
    assert (row["below_lod"], row["lod_p_s"]) == (False, pytest.approx(3e4 * math.sqrt(2)))


def test_a_sum_needs_both_views() -> None:
    kept, _ = choose_clicks(config(views="sum"), VIEWS[:1])
    assert [(r["included"], r["reason"]) for r in kept] == [
        (False, "imaged in one view only (dorsal), and imaging.views is `sum`")
    ]
    saturated = [VIEWS[0], {**VIEWS[1], "included": False, "reason": "saturated"}]
    (row,) = choose_clicks(config(views="sum"), saturated)[0]
    assert (row["included"], row["reason"]) == (False, "saturated")
    table = [VIEWS[0], {**VIEWS[1], "lod_p_s": math.nan, "net_flux_p_s": math.nan}]
    (row,) = choose_clicks(config(views="sum"), table)[0]
    assert row["below_lod"] is None
    assert math.isnan(row["lod_p_s"])
