"""Batches and cohort become flux.csv and exclusions.csv."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lumicohort.errors import InputError
from lumicohort.files import read_csv, write_csv
from lumicohort.study.assemble import FLUX, assemble_flux
from lumicohort.study.config import StudyConfig, parse_config

ANIMALS = [
    ("A2", "2020-02-03", True, ""),
    ("A1", "2020-01-22", True, ""),
    ("007", "", False, "no tumour"),
    ("A4", "", True, ""),
]
CLICKS = ["batch", "click", "acquired_at", "exposure_s"]


def config(**more: Any) -> StudyConfig:
    return parse_config(
        {"study": "test", "models": {"MDA": {}}, "arms": {"v": {}}, "reference_arm": "v", **more}
    )


class Results:
    """A results folder with a cohort, to which batches are added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.batches: list[Path] = []
        rows = [
            {
                "animal_id": a,
                "model": "MDA",
                "arm": "v",
                "birth_date": "",
                "inoculation_date": "2020-01-01",
                "end_date": end,
                "included": ok,
                "reason": why,
                "file": "cohort.csv",
                "row": str(i),
            }
            for i, (a, end, ok, why) in enumerate(ANIMALS, start=2)
        ]
        write_csv(pd.DataFrame(rows), folder / "cohort" / "animals.csv")
        self.exclusions(folder / "cohort", [("animal", "007", "cohort.csv", "4", "no tumour", "r")])

    def exclusions(self, folder: Path, rows: list[tuple[str, ...]]) -> None:
        columns = ["what", "id", "file", "row", "reason", "rule"]
        write_csv(pd.DataFrame(rows, columns=columns), folder / "exclusions.csv")

    def batch(self, name: str, *clicks: tuple[str, str, float, dict[str, Any]]) -> None:
        """Add a batch of clicks: name, time, exposure, and animals to flux (or more)."""
        folder = self.folder / "imaging" / name
        table, rois = [], []
        for click, acquired, exposure, animals in clicks:
            table.append((name, click, acquired, exposure))
            for animal_id, flux in animals.items():
                given = flux if isinstance(flux, dict) else {"total_flux_p_s": flux}
                for region, part in (("neuraxis", 0.5), ("whole_body", 1.0)):
                    rois.append(
                        {
                            "batch": name,
                            "click": click,
                            "animal_id": animal_id,
                            "region": region,
                            "roi_method": "anatomy",
                            "source": "raw",
                            "total_flux_se_p_s": 1.0,
                            "net_flux_p_s": 2.0,
                            "lod_p_s": 3.0,
                            "below_lod": False,
                            "n_saturated": 0,
                            "flags": "",
                            **given,
                            "total_flux_p_s": given["total_flux_p_s"] * part,
                        }
                    )
        write_csv(pd.DataFrame(table, columns=CLICKS), folder / "clicks.csv")
        write_csv(pd.DataFrame(rois), folder / "rois.csv")
        self.exclusions(folder, [])
        self.batches.append(folder)

    def flux(self, **more: Any) -> pd.DataFrame:
        assemble_flux(config(**more), self.batches, self.folder)
        return read_csv(self.folder / "flux.csv")

    def listed(self) -> list[tuple[str, ...]]:
        table = read_csv(self.folder / "exclusions.csv")
        return list(table[["what", "id", "rule"]].itertuples(index=False, name=None))


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(tmp_path)


def picked(table: pd.DataFrame, *columns: str, region: str = "whole_body") -> list[tuple[Any, ...]]:
    rows = table[table["region"] == region]
    return list(rows[list(columns)].itertuples(index=False, name=None))


def test_rows_columns_days_and_order(results: Results) -> None:
    results.batch("b2", ("c3", "2020-01-16T10:00:00+01:00", 60, {"A1": 3e6, "A2": 4e6}))
    results.batch("b1", ("c1", "2020-01-08T00:30:00+01:00", 60, {"A1": 1e6, "007": 2e6}))
    flux = results.flux()
    assert list(flux.columns) == FLUX
    assert ",".join(FLUX[:15]) == (
        "animal_id,model,arm,batch,click,date,day,region,total_flux_p_s,total_flux_se_p_s,"
        "net_flux_p_s,lod_p_s,below_lod,included,reason"
    )
    assert flux["region"].tolist() == ["whole_body", "neuraxis"] * 4
    columns = ["animal_id", "click", "date", "day", "scheduled_day", "total_flux_p_s", "included"]
    assert picked(flux, *columns) == [
        ("A2", "c3", "2020-01-16", 15, 14, 4e6, True),
        ("A1", "c1", "2020-01-08", 7, 7, 1e6, True),
        ("A1", "c3", "2020-01-16", 15, 14, 3e6, True),
        ("007", "c1", "2020-01-08", 7, 7, 2e6, False),
    ]
    assert results.listed() == [("animal", "007", "r"), ("animal", "A4", "never_imaged")]


def test_same_input_in_any_order_of_batches_gives_the_same_bytes(results: Results) -> None:
    results.batch("b1", ("c1", "2020-01-08T10:00:00+00:00", 60, {"A1": 1e6, "A2": 2e6}))
    results.batch("b2", ("c2", "2020-01-08T10:30:00+00:00", 60, {"A1": 3e6, "A2": 1e6}))
    results.flux()
    first = [(results.folder / n).read_bytes() for n in ("flux.csv", "exclusions.csv")]
    results.batches.reverse()
    results.flux()
    assert [(results.folder / n).read_bytes() for n in ("flux.csv", "exclusions.csv")] == first


@pytest.mark.parametrize(
    ("rule", "click"),
    [("first", "c1"), ("last", "c4"), ("peak", "c2"), ("longest_unsaturated", "c3")],
)
def test_one_click_a_day_by_rule(rule: str, click: str, results: Results) -> None:
    saturated = {"total_flux_p_s": 9e6, "n_saturated": 4}
    results.batch(
        "b1",
        ("c1", "2020-01-08T10:00:00+00:00", 60, {"A1": 1e6}),
        ("c2", "2020-01-08T10:01:00+00:00", 60, {"A1": 5e6}),
        ("c3", "2020-01-08T10:02:00+00:00", 120, {"A1": 2e6}),
        ("c4", "2020-01-08T10:03:00+00:00", 180, {"A1": saturated}),
    )
    flux = results.flux(imaging={"choose": rule})
    assert picked(flux, "click") == [(click,)]
    listed = read_csv(results.folder / "exclusions.csv")
    left_out = listed[listed["rule"] == f"choose_{rule}"]
    assert left_out["file"].tolist() == [
        f"data/test/imaging/b1/{c}" for c in ("c1", "c2", "c3", "c4") if c != click
    ]
    assert set(left_out["id"]) == {"A1"}
    assert all(f"`{click}` (imaging.choose: {rule})" in reason for reason in left_out["reason"])


def test_saturated_regions_are_left_out_only_where_config_says_so(results: Results) -> None:
    results.batch(
        "b1",
        ("c1", "2020-01-08T10:00:00+00:00", 60, {"A1": {"total_flux_p_s": 9e6, "n_saturated": 4}}),
    )
    assert picked(results.flux(), "included", "reason") == [
        (False, "saturated (4 pixels): the flux is a lower bound")
    ]
    kept = results.flux(imaging={"detection": {"exclude_saturated": False}})
    assert picked(kept, "included", "reason") == [(True, "")]


def test_an_animal_imaged_after_its_end_is_an_error(results: Results) -> None:
    results.batch("b1", ("c1", "2020-01-22T10:00:00+00:00", 60, {"A1": 1e6}))
    assert len(results.flux()) == 2
    results.batch("b2", ("c2", "2020-01-23T10:00:00+00:00", 60, {"A1": 1e6, "A2": 1e6}))
    with pytest.raises(InputError) as caught:
        results.flux()
    assert str(caught.value) == (
        "cohort.csv, row 3: `A1` was imaged on 2020-01-23 (click `c2` of batch `b2`), after its "
        "end on 2020-01-22. Correct the end date, or which animal lay on the click."
    )


def test_unknown_animals_are_listed_or_refused(results: Results) -> None:
    results.batch("b1", ("c1", "2020-01-08T10:00:00+00:00", 60, {"A1": 1e6, "7": 1e6, "": 1e6}))
    assert {row[0] for row in picked(results.flux(), "animal_id")} == {"A1"}
    table = read_csv(results.folder / "exclusions.csv")
    unknown = table[table["rule"] == "unknown_animal"].iloc[0]
    assert unknown["reason"] == (
        "`7`, at position 2 on click `c1` of batch `b1`, does not stand in the cohort "
        "sheet — did you mean `007`?: leading zeros get lost in spreadsheets."
    )
    assert unknown["file"] == "data/test/imaging/b1/c1"
    assert ("image", "", "no_animal") in results.listed()
    with pytest.raises(InputError, match="2 problems"):
        results.flux(strict=True)


def test_two_images_near_one_scheduled_day(results: Results) -> None:
    for number, day in enumerate(("07", "08", "12", "13"), start=1):
        results.batch(f"b{number}", (f"c{number}", f"2020-01-{day}T10:00:00+00:00", 60, {"A1": 1}))
    flux = results.flux(schedule={"imaging_tolerance_days": 2})
    assert [(d, None if pd.isna(s) else s) for d, s in picked(flux, "day", "scheduled_day")] == [
        (6, None),
        (7, 7),
        (11, None),
        (12, 14),
    ]


def test_inconsistent_batches_are_refused(results: Results) -> None:
    results.batch("b1", ("c1", "2020-01-08T10:00:00+00:00", 60, {"A1": 1e6}))
    results.batch("b2", ("c1", "2020-01-08T10:00:00+00:00", 60, {"A1": 1e6}))
    with pytest.raises(InputError, match="the click `c1` stands in the batches `b1` and `b2`"):
        results.flux()
    (results.folder / "imaging" / "b2" / "rois.csv").unlink()
    with pytest.raises(InputError, match=r"rois\.csv: this table of a measured batch is missing"):
        results.flux()


def test_a_study_without_images_has_empty_tables(results: Results) -> None:
    assert results.flux().empty
    assert (results.folder / "flux.csv").read_text() == ",".join(FLUX) + "\n"
    assert results.listed() == [("animal", "007", "r")]  # nobody lacks what the study has not
    flow = read_csv(results.folder / "cohort" / "flow.csv")
    rows = flow[["stage", "n", "left_out", "reasons"]].fillna("")
    assert list(rows.itertuples(index=False, name=None)) == [
        ("inoculated", 4, 0, ""),
        ("randomised", 4, 0, ""),
        ("analysed_survival", 3, 1, "no tumour (1)"),
    ]


def test_animals_are_listed_where_batches_or_a_sheet_of_flux_show_none(results: Results) -> None:
    results.batch("b1", ("c1", "2020-01-08T00:30:00+01:00", 60, {"A1": 1e6}))
    results.flux()
    assert results.listed()[1:] == [("animal", a, "never_imaged") for a in ("A2", "A4")]
    results.batches.clear()
    results.flux(data={"flux": {"file": "flux.csv"}})
    assert results.listed()[1:] == [("animal", a, "never_imaged") for a in ("A2", "A1", "A4")]


def test_a_flux_that_no_animal_can_give_is_refused_with_its_click(results: Results) -> None:
    when = "2020-01-08T10:00:00+00:00"
    results.batch("b1", ("c1", when, 60, {"A1": 1e6, "A2": 1e255}))
    with pytest.raises(InputError) as caught:
        results.flux()
    assert len(caught.value.problems) == 2  # of either region
    assert (
        "total_flux_p_s of `A2`, region whole_body (click `c1` of batch `b1`), is 1e+255, more "
        "than 1e+20, which no luminescent animal can give."
    ) in str(caught.value)
    assert not (results.folder / "flux.csv").exists()
