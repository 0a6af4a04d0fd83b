"""What guidelines ask of a report: the animals, and how its tests are to be read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from made_up import made_up_config

from lumicohort.files import write_csv
from lumicohort.report.reporting import animals_in_words, statistics_in_words

CONFIG = made_up_config()


def told(folder: Path, **columns: object) -> str:
    rows = {"animal_id": ["a", "b", "c"], "inoculation_date": "2020-01-06", **columns}
    (folder / "cohort").mkdir(exist_ok=True)
    write_csv(pd.DataFrame(rows), folder / "cohort" / "animals.csv")
    ((heading, text),) = animals_in_words(CONFIG, folder)
    assert heading == "Animals"
    return text


def test_animals_are_described_as_the_cohort_sheet_has_them(tmp_path: Path) -> None:
    text = told(
        tmp_path,
        strain=["NSG", "NSG", ""],
        sex=["F", "M", "F"],
        birth_date=["2019-11-11", "2019-11-18", "2019-11-20"],
        weight_g=[20.5, 22.0, 26.0],
        cells_injected=100000,
    )
    assert text.startswith("3 animals in the cohort sheet; the animal is the experimental unit.")
    assert "Strain: NSG (2); known of 2 of 3. Sex: F (2), M (1)." in text
    assert "Age at inoculation (days): 47 to 56 (median 49)." in text
    assert "Body weight at inoculation (g): 20.5 to 26 (median 22)." in text
    assert "Tumour cells injected: 100,000." in text
    assert "Not in the cohort sheet" not in text


def test_what_the_cohort_sheet_lacks_is_named(tmp_path: Path) -> None:
    text = told(tmp_path, strain="", sex="F", birth_date="", weight_g=[None, None, None])
    assert (
        "Not in the cohort sheet: strain, age at inoculation, body weight at inoculation, "
        "tumour cells injected." in text
    )
    assert animals_in_words(CONFIG, tmp_path / "nowhere") == []


def test_values_below_the_limit_and_the_reading_of_p_are_told() -> None:
    flux = pd.DataFrame({"below_lod": [True, False, False], "lod_p_s": [1e4, 1e4, 2e4]})
    ((heading, text),) = statistics_in_words(CONFIG, flux, timed=True)
    assert heading == "Statistics"
    assert text.startswith("1 of the 3 fluxes analysed lies below the limit of detection.")
    assert "Tests are two-sided" in text
    assert "P values are not adjusted for that, nor for the number of models." in text
    one = made_up_config(models=["PC9"], arms=["vehicle"])
    ((_, text),) = statistics_in_words(one, flux.iloc[1:], timed=True)
    assert text.startswith("None of the 2 fluxes analysed lies below")
    assert "two-sided" not in text
    assert statistics_in_words(CONFIG, flux.iloc[:0], timed=False) == []
    ((_, text),) = statistics_in_words(CONFIG, flux.assign(lod_p_s=[1e4, None, None]), timed=True)
    assert text.startswith("1 of the 1 flux analysed whose limit of detection is known lies below")
    unknown = flux.assign(lod_p_s=None, below_lod=None)  # as in a sheet of flux from elsewhere
    ((_, text),) = statistics_in_words(CONFIG, unknown, timed=True)
    assert "below" not in text.partition("Growth")[0]
