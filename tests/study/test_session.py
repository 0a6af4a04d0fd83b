"""A kinetic series from its `_SEQ` folder to the click that counts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from mice_clicks import make_click

from lumicohort.cohort.study import write_cohort
from lumicohort.files import read_csv
from lumicohort.imaging.batch import measure_batch
from lumicohort.study.assemble import assemble_flux
from lumicohort.study.config import StudyConfig, parse_config

NAME = "AA20220105114235"


def test_each_animal_has_its_own_peak(tmp_path: Path) -> None:
    data, results = tmp_path / "data", tmp_path / "results"
    sequence = data / "imaging" / "week 1" / f"{NAME}_SEQ"
    glow = {"001": [2e4, 9e4], "002": [5e4, 8e4], "003": [4e4, 1e4]}
    for number, light in glow.items():
        make_click(sequence, f"{NAME}_{number}", ["007", "008"], light)
    (data / "cohort.csv").write_text(
        "animal_id,model,arm,inoculation_date,end_date,end_reason\n"
        "007,m,a,2021-12-29,2022-02-01,found dead\n008,m,a,2021-12-29,2022-02-01,found dead\n"
    )

    def study(rule: str) -> StudyConfig:
        return parse_config(
            {
                "study": "s",
                "models": {"m": {}},
                "arms": {"a": {}},
                "reference_arm": "a",
                "data": {"folder": str(data)},
                "imaging": {"choose": rule},
            }
        )

    def clicks(rule: str) -> pd.DataFrame:
        assemble_flux(study(rule), [results / "imaging" / "week 1"], results)
        flux = read_csv(results / "flux.csv")
        return flux[flux["region"] == "neuraxis"]

    write_cohort(study("peak"), results)
    measure_batch(study("peak"), sequence.parent, [], results / "imaging" / "week 1")
    peak = clicks("peak")
    assert peak[["animal_id", "click"]].values.tolist() == [
        ["007", f"{NAME}_002"],
        ["008", f"{NAME}_001"],
    ]
    assert set(peak["chosen_by"]) == {"peak of neuraxis"}
    assert peak["n_other_clicks"].tolist() == [2, 2]
    listed = read_csv(results / "exclusions.csv")
    assert (listed["rule"] == "choose_peak").sum() == 4
    assert set(clicks("last")["click"]) == {f"{NAME}_003"}
