"""What a reviewer rejects does not reach the statistics, and says why."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from mice_clicks import make_click

from lumicohort.files import read_csv, sha256, write_csv
from lumicohort.imaging.batch import measure_batch
from lumicohort.regions.review import Correction
from lumicohort.study.assemble import assemble_flux
from lumicohort.study.config import parse_config

CONFIG = parse_config({"study": "s", "models": {"m": {}}, "arms": {"u": {}}, "reference_arm": "u"})
COHORT = {
    "model": "m",
    "arm": "u",
    "inoculation_date": "2021-12-15",
    "end_date": "",
    "birth_date": "",
    "included": True,
    "reason": "",
    "file": "cohort.csv",
}


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "one"
    make_click(folder, "AA20220105114235", ["1", "2"], [1e4, 2e4])
    make_click(folder, "BB20220105114235", ["1", "2"], [9e4, 8e4], seed=1)
    return folder


def flux(batch: Path, results: Path, *clicks: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return flux.csv and exclusions.csv when animal 1 is rejected on some clicks."""
    corrections = [
        Correction(
            click=click,
            animal_id="1",
            region="neuraxis",
            action="reject",
            geometry=(),
            new_animal_id="",
            reason="moved",
            reviewer="kim",
            time="2022-01-06",
            sha256=sha256(batch / click / "luminescent.TIF"),
            file="roi_review.csv",
            row=2,
        )
        for click in clicks
    ]
    measure_batch(CONFIG, batch, [], results / "imaging" / "one", corrections)
    animals = [{"animal_id": k, "row": r, **COHORT} for r, k in enumerate("12", start=2)]
    write_csv(pd.DataFrame(animals), results / "cohort" / "animals.csv")
    columns = ["what", "id", "file", "row", "reason", "rule"]
    write_csv(pd.DataFrame(columns=columns), results / "cohort" / "exclusions.csv")
    assemble_flux(CONFIG, [results / "imaging" / "one"], results)
    return read_csv(results / "flux.csv"), read_csv(results / "exclusions.csv")


def neuraxis(table: pd.DataFrame, animal: str) -> pd.Series:
    return table[(table["animal_id"] == animal) & (table["region"] == "neuraxis")].iloc[0]


def test_another_click_of_the_day_counts_instead(batch: Path, tmp_path: Path) -> None:
    before, _ = flux(batch, tmp_path / "before")
    assert neuraxis(before, "1")["click"] == "BB20220105114235"  # the peak
    table, listed = flux(batch, tmp_path / "after", "BB20220105114235")
    one = neuraxis(table, "1")
    assert (one["click"], one["included"], one["reason"]) == ("AA20220105114235", True, "")
    assert neuraxis(table, "2")["click"] == "BB20220105114235"
    rejected = listed[listed["rule"] == "review_rejected"].iloc[0]
    assert (rejected["what"], rejected["id"]) == ("region", "1")
    assert rejected["reason"].endswith("rejected by kim: moved")


def test_where_there_is_no_other_it_stands_with_its_reason(batch: Path, tmp_path: Path) -> None:
    table, listed = flux(batch, tmp_path, "AA20220105114235", "BB20220105114235")
    one = neuraxis(table, "1")
    assert (one["included"], one["reason"]) == (False, "rejected by kim: moved")
    assert one["total_flux_p_s"] > 0
    others = table[(table["animal_id"] == "1") & (table["region"] != "neuraxis")]
    assert others["included"].all()
    assert (listed["rule"] == "review_rejected").sum() == 2
