"""Real labs' sheets of every shape are read into the right values through config alone.

The expected values were read off the raw files by eye; whole tables are compared besides with a
plain split of the text at explicit column numbers.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lumicohort.cohort.animals import read_animals, read_weights
from lumicohort.cohort.cohort import Cohort, read_cohort
from lumicohort.cohort.measurements import read_flux
from lumicohort.errors import InputError
from lumicohort.study.config import StudyConfig, parse_config

DAY_0 = "2022-01-01"
"""These sheets count days and know no dates: day 0 is said in the config."""

Values = dict[tuple[str, int], float]


@pytest.fixture
def sheets(shared: Path) -> Path:
    """Return the folder of real sheets."""
    return shared / "real" / "sheets"


def config(folder: Path, arms: list[str], model: str = "M", **more: Any) -> StudyConfig:
    rest = {key: more.pop(key) for key in ("end_reasons", "exclusions") if key in more}
    return parse_config(
        {
            "study": "real",
            "models": {model: {}},
            "arms": {a: {} for a in arms},
            "reference_arm": arms[0],
            "data": {"folder": str(folder), "imaging": "none", **more},
            **rest,
        }
    )


def both(sheet: dict[str, Any], **volumes: Any) -> dict[str, Any]:
    """Return a sheet's config as cohort (of model M, day 0 as said) and as volumes."""
    given = dict(sheet.pop("values", {}))
    cohort = {**sheet, "values": {"model": "M", "inoculation_date": DAY_0, **given}}
    return {"cohort": cohort, "volumes": {**sheet, "values": given, **volumes}}


def volumes(cohort: Cohort) -> Values:
    """Return volumes by animal and day."""
    starts = {a.animal_id: a.inoculation_date for a in cohort.animals}
    found = {}
    for v in cohort.volumes:
        assert v.volume_mm3 is not None
        found[v.animal_id, (v.date - starts[v.animal_id]).days] = v.volume_mm3
    assert len(found) == len(cohort.volumes)
    return found


def arms(cohort: Cohort) -> dict[str, int]:
    counts: dict[str, int] = {}
    for animal in cohort.animals:
        counts[animal.arm] = counts.get(animal.arm, 0) + 1
    return counts


def split(path: Path, ids: list[int], days: dict[int, int]) -> Values:
    """Return the values of a tab-separated file with two header rows at explicit columns."""
    found = {}
    lines = re.split(r"\r\n|\r|\n", path.read_text(encoding="utf-8"))
    for line in lines[2:]:
        cells = line.split("\t")
        for column, day in days.items():
            if column < len(cells) and cells[column].strip():
                name = "-".join(cells[i] for i in ids)
                found[name, day] = float(cells[column].replace(",", "."))
    return found


def test_ids_that_repeat_per_group_decimal_commas_blank_column_and_two_headers(
    sheets: Path,
) -> None:
    sheet = {
        "file": "TestLong.tsv",
        "columns": {"animal_id": ["Grp", "Id"], "arm": "Grp"},
        "wide": {"headings": ["day", "kind"], "only": {"kind": "Z"}, "others": ["Use"]},
    }
    rule = {"column": "Use", "equals": "", "reason": "not to be used"}
    cohort = read_cohort(config(sheets, ["C", "A"], **both(sheet), exclusions={"rules": [rule]}))
    assert arms(cohort) == {"C": 10, "A": 11}
    assert list(cohort.excluded) == ["C-2"]
    found = volumes(cohort)
    days = [5, 8, 12, 14, 16, 20, 22]
    assert [found["C-1", d] for d in days] == [42, 80, 114, 143, 168, 201.5, 202.5]
    assert [found["A-5", d] for d in days] == [25, 42.5, 57, 70, 58.5, 48, 51]
    assert [found["C-7", d] for d in days] == [29, 56, 90, 109.25, 132, 180, 238]
    assert len(found) == 147
    columns = dict(zip(range(4, 11), days, strict=True))
    assert found == split(sheets / "TestLong.tsv", [1, 2], columns)


def test_wide_sheet_whose_animals_leave_early(sheets: Path) -> None:
    sheet = {
        "file": "TestOS.tsv",
        "columns": {"animal_id": "Id", "arm": "Grp"},
        "wide": {"headings": ["day", "kind"], "only": {"kind": "S"}, "others": ["Use"]},
    }
    cohort = read_cohort(config(sheets, ["IC.WT", "aC.WT", "IC.KO", "aC.KO"], **both(sheet)))
    assert arms(cohort) == {"IC.WT": 6, "aC.WT": 6, "IC.KO": 6, "aC.KO": 6}
    found = volumes(cohort)
    assert found["IC1", 0] == 17.5 and found["IC1", 24] == 315 and ("IC1", 28) not in found
    assert found["aW1", 12] == 25 and found["aW1", 44] == 0
    assert found["aK6", 44] == 252 and found["IK2", 12] == 374 and ("IK2", 15) not in found
    days = [0, 3, 6, 9, 12, 15, 18, 21, 24, 28, 35, 39, 44]
    columns = dict(zip(range(3, 16), days, strict=True))
    assert found == split(sheets / "TestOS.tsv", [2], columns)


def test_carriage_returns_alone_and_a_column_of_survivors(sheets: Path) -> None:
    sheet = {
        "file": "TestTFS.tsv",
        "columns": {"animal_id": "Id", "arm": "Grp"},
        "wide": {"headings": ["day", "kind"], "only": {"kind": "V"}, "others": ["Surv"]},
    }
    cohort = read_cohort(config(sheets, ["C1", "C2", "C3", "C4", "C5"], **both(sheet)))
    assert arms(cohort) == {"C1": 10, "C2": 10, "C3": 10, "C4": 10, "C5": 10}
    survivors = [a.animal_id for a in cohort.animals if a.extra["Surv"] == "TRUE"]
    assert survivors == ["C211", "C222", "C315", "C413", "C424"]
    found = volumes(cohort)
    assert [found["C111", d] for d in (58, 60, 63, 65, 70, 72, 74)] == [
        *(0, 0, 38.2, 67.5, 145.2, 156, 198.5)
    ]
    assert ("C111", 77) not in found
    assert found["C411", 163] == 74.7 and found["C225", 161] == 141.4
    text = (sheets / "TestTFS.tsv").read_text(encoding="utf-8").splitlines()[0]
    columns = {3 + i: int(day) for i, day in enumerate(text.strip().split("\t")[3:])}
    assert found == split(sheets / "TestTFS.tsv", [1], columns)


def test_plain_wide_sheet(sheets: Path) -> None:
    sheet = {
        "file": "KOLB2008.tsv",
        "columns": {"animal_id": "Mid", "arm": "Grp"},
        "wide": {"headings": ["day", "kind"], "only": {"kind": "V"}, "others": ["Use"]},
    }
    cohort = read_cohort(config(sheets, ["Control", "Drug"], **both(sheet)))
    assert arms(cohort) == {"Control": 8, "Drug": 8}
    found = volumes(cohort)
    assert [found["C3", d] for d in range(1, 6)] == [1.15, 2.68, 2.68, 2.58, 3.44]
    assert [found["D8", d] for d in range(1, 6)] == [1.65, 2.13, 2.96, 3.93, 1.85]
    assert found == split(sheets / "KOLB2008.tsv", [2], {c: c - 2 for c in range(3, 8)})


TOY = {
    "file": "Toy.tsv",
    "columns": {"animal_id": "Mid", "arm": "Grp"},
    "wide": {"headings": ["day", "kind"], "only": {"kind": "V"}, "others": ["Use", "Surv"]},
}


def test_toy_broken_by_its_author_is_refused_cell_by_cell(sheets: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_cohort(config(sheets, ["PBS", "Drug"], **both(dict(TOY))))
    assert [(p.cell, p.message) for p in caught.value.problems] == [
        ("K4", "`like` is not a number."),
        ("K6", "`b10` is not a number."),
        ("J7", "`eighty` is not a number."),
    ]


def test_toy_without_a_choice_of_kinds_is_refused_for_its_second_day_15(sheets: Path) -> None:
    wide = {"headings": ["day"], "others": ["Use", "Surv"]}
    with pytest.raises(InputError) as caught:
        read_cohort(
            config(
                sheets,
                ["PBS", "Drug", "what"],
                **both({**TOY, "wide": wide, "last_row": 3}),
            )
        )
    again = [p.cell for p in caught.value.problems if "in H3 already" in p.message]
    assert again == ["I3"]
    wide = {"headings": ["day", "kind"], "others": ["Use", "Surv"]}
    with pytest.raises(InputError, match="names `kind`, which is no column that we know"):
        read_cohort(config(sheets, ["PBS", "Drug"], **both({**TOY, "wide": wide})))


def test_toy_with_its_header_taken_for_animals_names_every_heading(sheets: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_cohort(config(sheets, ["PBS", "Drug"], **both({**TOY, "wide": {}})))
    cells = {p.cell for p in caught.value.problems}
    assert {"B1", "C1"} <= cells


def test_a_file_per_arm_with_animals_as_columns(sheets: Path) -> None:
    sheet = {
        "file": "vehicle.tsv",
        "values": {"arm": "vehicle"},
        "columns": {"day": "column A"},
        "wide": {"headings": ["animal_id"]},
        "more": [
            {"file": "good_treatment.tsv", "values": {"arm": "good"}},
            {"file": "other_treatment.tsv", "values": {"arm": "other"}},
        ],
    }
    cohort = read_cohort(config(sheets, ["vehicle", "good", "other"], **both(sheet)))
    assert arms(cohort) == {"vehicle": 8, "good": 5, "other": 9}
    assert [a.animal_id for a in cohort.animals][:9] == [
        *("6661", "6663", "6664", "6665", "6666", "6667", "6668", "6669", "1231")
    ]
    found = volumes(cohort)
    assert found["6661", 1] == 181.22 and found["6669", 32] == 919.84
    assert found["6663", 15] == 725.49 and ("6663", 18) not in found
    assert found["1233", 316] == 137.5284157632 and found["1231", 78] == 6.346032
    assert ("1232", 11) not in found and found["7778", 81] == 935.46
    per_file = dict.fromkeys(("vehicle", "good_treatment", "other_treatment"), 0)
    for volume in cohort.volumes:
        per_file[Path(volume.file).stem] += 1
    assert per_file == {"vehicle": 58, "good_treatment": 69, "other_treatment": 134}


STUDYLOG = {
    "file": "Studylogish.xlsx",
    "sheet": "PrismRaw",
    "columns": {"day": "Day"},
}
EXPECTED_STUDYLOG = {
    ("A", 1): 100.24,
    ("A", 4): 150.14,
    ("A", 8): 200.69,
    ("A", 11): 300.83,
    ("A", 15): 400.35,
    ("A", 18): 500.62,
    ("A", 22): 750.18,
    ("B", 1): 150.14,
    ("B", 4): 200.69,
    ("B", 8): 300.83,
    ("B", 11): 400.35,
    ("B", 15): 500.62,
    ("B", 18): 750.18,
    ("C", 1): 200.69,
    ("C", 4): 300.83,
    ("C", 8): 400.35,
    ("C", 11): 500.62,
    ("C", 15): 750.18,
    ("T", 1): 230.79,
    ("T", 4): 194.62,
    ("T", 8): 161.48,
}


@pytest.mark.parametrize("two_headers", [False, True])
def test_study_managers_blocks_under_titles_and_merged_arms(
    two_headers: bool, sheets: Path
) -> None:
    if two_headers:
        sheet = {
            **STUDYLOG,
            "header_row": 8,
            "last_row": 16,
            "wide": {"headings": ["arm", "animal_id"], "others": ["Mean"]},
            "more": [{"header_row": 18, "last_row": 22}],
        }
    else:
        sheet = {
            **STUDYLOG,
            "header_row": 9,
            "last_row": 16,
            "values": {"arm": "Vehicle"},
            "wide": {"headings": ["animal_id"], "others": ["Mean"]},
            "more": [{"header_row": 19, "last_row": 22, "values": {"arm": "Treat"}}],
        }
    cohort = read_cohort(config(sheets, ["Vehicle", "Treat"], **both(sheet)))
    assert [(a.animal_id, a.arm) for a in cohort.animals] == [
        *(("A", "Vehicle"), ("B", "Vehicle"), ("C", "Vehicle"), ("T", "Treat"))
    ]
    assert volumes(cohort) == EXPECTED_STUDYLOG


@pytest.mark.parametrize(
    ("same_day", "day_15", "day_44"),
    [
        ("first", 466.4474892, 675.1598653184),
        ("last", 416.2494336, 630.83579328),
        ("mean", (466.4474892 + 416.2494336) / 2, (675.1598653184 + 630.83579328) / 2),
    ],
)
def test_study_managers_wide_export_with_times_in_its_headings(
    same_day: str, day_15: float, day_44: float, sheets: Path
) -> None:
    sheet = {
        "file": "absolutetvish.xlsx",
        "columns": {"animal_id": "Animal ID", "arm": "Group"},
        "wide": {"others": ["Study Days Data Type"]},
    }
    cohort = read_cohort(config(sheets, ["DPBS", "Mock"], **both(sheet, same_day=same_day)))
    assert arms(cohort) == {"DPBS": 9, "Mock": 8}
    found = volumes(cohort)
    assert found["9981 (T4)", 15] == pytest.approx(day_15, abs=1e-12)
    assert found["9996 (T5)", 44] == pytest.approx(day_44, abs=1e-12)
    assert found["9981 (T4)", 1] == 221.7152784 and found["9981 (T4)", 40] == 790.6915885176
    assert ("9981 (T4)", 44) not in found
    assert found["9991 (T5)", 104] == 625.8083138384
    assert found["ABCD", 47] == 850.1180072 and ("ABCD", 50) not in found
    assert found["9990", 70] == 725.6655673344
    assert any(f"the {same_day} counts" in str(note) for note in cohort.notes)


def test_two_values_on_one_day_are_refused_unless_the_config_chooses(sheets: Path) -> None:
    sheet = {
        "file": "absolutetvish.xlsx",
        "columns": {"animal_id": "Animal ID", "arm": "Group"},
        "wide": {"others": ["Study Days Data Type"]},
    }
    with pytest.raises(InputError) as caught:
        read_cohort(config(sheets, ["DPBS", "Mock"], **both(sheet)))
    first = caught.value.problems[0]
    assert (first.sheet, first.cell) == ("Absolute TV", "J7")
    assert "measured on 2022-01-16 in I7 already" in first.message
    assert "data.volumes.same_day" in str(first.hint)


MICE = {
    "cohort": {
        "file": "mice_raw_data.csv",
        "columns": {
            "animal_id": "id",
            "model": "tumor_injection",
            "arm": "experiment",
            "birth_date": "dob",
            "cage": "cage_number",
            "inoculation_date": "tumor_injection_date",
            "cells_injected": "tumor_cells_per_mouse",
            "end_date": "death_date",
            "end_reason": "manner_of_death",
        },
    },
    "weights": {
        "file": "mice_raw_mass.csv",
        "columns": {"animal_id": "id", "date": "mass_date", "weight_g": "mass"},
    },
    "flux": {
        "file": "measurements_2024-02-16.csv",
        "columns": {
            "animal_id": "ROI Label",
            "date": "Experiment",
            "total_flux_p_s": "Total Flux [p/s]",
        },
        "more": [
            {"file": "measurements_2024-02-22.csv"},
            {"file": "measurements_2024-03-01.csv"},
        ],
    },
}


def test_long_sheets_and_exported_roi_measurements(sheets: Path) -> None:
    reasons = {"fd": "event", "euth": "event", "sac": "censored"}
    study = config(sheets, ["test"], "XYZ", end_reasons=reasons, **MICE)
    animals = read_animals(study)
    assert not animals.problems
    found = {a.animal_id: a for a in animals.rows}
    assert list(found) == [str(i) for i in range(1, 26)]
    second = found["2"]
    assert (second.birth_date, second.inoculation_date) == (date(2024, 1, 1), date(2024, 2, 10))
    assert (second.end_date, second.end_reason) == (date(2024, 1, 30), "sac")
    assert (second.cage, second.sex, second.strain) == ("100100", "female", "NSG")
    assert second.cells_injected == 1e6
    assert second.extra["ear_punch"] == "R" and second.extra["spleen_cell_viability"] == "0.909"
    assert found["8"].end_date is None and found["8"].end_reason is None
    starts = dict(found)
    weights = read_weights(study, starts)
    assert not weights.problems and len(weights.rows) == 175
    weighed = {(w.animal_id, w.date): w.weight_g for w in weights.rows}
    assert weighed["4", date(2024, 2, 9)] == 32.5 and weighed["25", date(2024, 2, 16)] == 24
    flux = read_flux(study, starts)
    assert not flux.problems and len(flux.rows) == 75
    glowed = {(f.animal_id, f.date): f.total_flux_p_s for f in flux.rows}
    assert glowed["1", date(2024, 2, 16)] == 1.26e6 and glowed["15", date(2024, 2, 16)] == 9.7e5
    assert glowed["8", date(2024, 2, 22)] == 8.63e5 and glowed["2", date(2024, 3, 1)] == 9.73e5
    assert glowed["25", date(2024, 3, 1)] == 1.41e7


def test_mice_that_died_before_their_inoculation_are_told(sheets: Path) -> None:
    """The mock study's dates contradict each other, as its author says: every one is named."""
    reasons = {"fd": "event", "euth": "event", "sac": "censored"}
    with pytest.raises(InputError) as caught:
        read_cohort(config(sheets, ["test"], "XYZ", end_reasons=reasons, **MICE))
    text = str(caught.value)
    assert "row 3, column death_date (Y3): the animal ended on 2024-01-30, before its" in text
    early = [p for p in caught.value.problems if "before its inoculation" in p.message]
    assert len(early) == 20
