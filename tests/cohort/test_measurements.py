"""Sheets without dates or images, exclusions in a sheet, the flow, and the marked copy."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheet_files import COHORT, study, write_xlsx

from lumicohort.burden.study import analyse_burden
from lumicohort.cohort.cohort import read_cohort
from lumicohort.cohort.problems_book import read_or_mark
from lumicohort.cohort.study import write_cohort
from lumicohort.errors import InputError
from lumicohort.files import read_csv
from lumicohort.study.assemble import assemble_flux
from lumicohort.study.config.sheets import Sheet

MICE = """animal_id,model,arm,time_days,event
v1,MDA,vehicle,22.5,1
v2,MDA,vehicle,30,1
v3,MDA,vehicle,41,0
d1,MDA,DFO,35,1
d2,MDA,DFO,36,yes
d3,MDA,DFO,41,FALSE
"""
FLUX = """animal_id,Day 7,Day 14,Day 21
v1,1e5,2e5,4e5
v2,1.5e5,2e5,5e5
v3,1e5,3e5,6e5
d1,1e5,1.2e5,1.5e5
d2,1.2e5,1e5,2e5
d3,1e5,1.1e5,
"""


def made(folder: Path, exclusions: str = "", **sheets: Any) -> Any:
    for name, text in {"cohort": MICE, "flux": FLUX}.items():
        (folder / f"{name}.csv").write_text(sheets.pop(name, text))
    data: dict[str, Any] = {"flux": {"file": "flux.csv", "wide": {}}, **sheets}
    if exclusions:
        (folder / "out.csv").write_text(exclusions)
        config = study(folder, **data)
        sheet = config.data.model_copy(update={"exclusions": Sheet(file="out.csv")})
        return config.model_copy(update={"data": sheet})
    return study(folder, **data)


def refused(folder: Path, **sheets: Any) -> list[tuple[str | None, str]]:
    with pytest.raises(InputError) as caught:
        read_cohort(made(folder, **sheets))
    return [(p.cell, p.message) for p in caught.value.problems]


def test_survival_times_instead_of_dates(tmp_path: Path) -> None:
    config = made(tmp_path)
    write_cohort(config, tmp_path / "r")
    table = read_csv(tmp_path / "r" / "survival.csv")
    assert table["time_days"].tolist() == [22.5, 30, 41, 35, 36, 41]
    assert table["event"].tolist() == [1, 1, 0, 1, 1, 0]
    assert table["end_reason"].tolist() == [
        *("event", "event", "censored", "event", "event", "censored")
    ]
    animals = read_csv(tmp_path / "r" / "cohort" / "animals.csv")
    assert animals["inoculation_date"].tolist() == animals["end_date"].tolist() == [""] * 6
    assert "2000" not in (tmp_path / "r" / "cohort" / "animals.csv").read_text()


def test_status_of_one_and_two_is_refused_until_the_config_says_what_it_means(
    tmp_path: Path,
) -> None:
    coded = MICE.replace(",1\n", ",2\n").replace(",0\n", ",1\n").replace("yes", "2")
    coded = coded.replace("FALSE", "1")
    found = refused(tmp_path, cohort=coded)
    assert [cell for cell, _ in found] == ["E2", "E3", "E5", "E6"]
    assert "`2` is not among the values of an event" in found[0][1]
    config = made(tmp_path, cohort=coded, event_values={1: "censored", 2: "event"})
    write_cohort(config, tmp_path / "r")
    assert read_csv(tmp_path / "r" / "survival.csv")["event"].tolist() == [1, 1, 0, 1, 1, 0]


REFUSED = {
    "no reason and no event": (
        {"cohort": MICE.replace("v1,MDA,vehicle,22.5,1", "v1,MDA,vehicle,22.5,")},
        ("D2", "the animal ended on day 22.5, and no end_reason says why."),
    ),
    "an event without a time": (
        {"cohort": MICE.replace("v2,MDA,vehicle,30,1", "v2,MDA,vehicle,,1")},
        ("D3", "the cell is blank, and there is no inoculation_date instead."),
    ),
    "a negative time": (
        {"cohort": MICE.replace(",30,", ",-3,")},
        ("D3", "-3 is below 0."),
    ),
    "flux after the end": (
        {"flux": FLUX.replace("Day 21", "Day 25")},
        ("D2", "`v1` was measured on day 25, after its end on day 22 (cohort sheet, row 2)."),
    ),
    "a slip in a heading": (
        {"flux": FLUX.replace("Day 14", "Dya 14")},
        ("C1", "the heading `Dya 14` is no day (7, D7, Day 7), and no column that we know."),
    ),
    "a day twice": (
        {"flux": FLUX.replace("Day 14", "Day 7")},
        ("C2", "`v1` was measured on 2000-01-08 in B2 already."),
    ),
    "an unknown animal": (
        {"flux": FLUX.replace("d1,", "D1,")},
        ("A5", "the animal `D1` does not stand in the cohort sheet \u2014 did you mean `d1`?"),
    ),
    "a flux that is no number": (
        {"flux": FLUX.replace("3e5", "sat.")},
        ("C4", "`sat.` is not a number."),
    ),
    "a flux that no mouse has": (
        {"flux": FLUX.replace("3e5", "3e255")},
        ("C4", "`3e255` p/s is more than 1e+20, which no luminescent animal can give."),
    ),
    "a flux as far below nothing": (
        {"flux": FLUX.replace("3e5", "-3e255")},
        ("C4", "`-3e255` p/s is more than 1e+20, which no luminescent animal can give."),
    ),
    "another arm": (
        {"flux": FLUX.replace("animal_id", "animal_id,arm").replace("1,", "1,DFO,", 1)},
        ("B2", "`v1` has the arm `DFO` here, and `vehicle` in the cohort sheet (row 2)."),
    ),
    "a date of an animal without dates": (
        {"flux": "animal_id,date,total_flux_p_s\nv1,2020-01-08,1e5\n", "wide": False},
        (
            "B2",
            "a date is given for `v1`, whose inoculation has none in the cohort sheet (row 2).",
        ),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    sheets, expected = REFUSED[name]
    given: dict[str, Any] = dict(sheets)
    if "another arm" in name:
        lines = FLUX.splitlines()
        lines = [lines[0].replace("id,", "id,arm,"), lines[1].replace(",", ",DFO,", 1)]
        lines += [line.replace(",", ",,", 1) for line in FLUX.splitlines()[2:]]
        given["flux"] = "\n".join(lines) + "\n"
    if given.pop("wide", True) is False:
        (tmp_path / "long.csv").write_text(given.pop("flux"))
        with pytest.raises(InputError) as caught:
            config = made(tmp_path)
            flux = config.data.flux.model_copy(update={"file": "long.csv", "wide": None})
            data = config.data.model_copy(update={"flux": flux})
            read_cohort(config.model_copy(update={"data": data}))
        found = [(p.cell, p.message) for p in caught.value.problems]
    else:
        found = refused(tmp_path, **given)
    assert expected in found


@pytest.mark.parametrize(
    ("old", "new", "cell", "hint"),
    [
        ("3e5", "<1e5", "C4", "Write the flux that was measured, and the limit of detection in"),
        ("3e5", "n.d.", "C4", "Write the flux that was measured, and the limit of detection in"),
        ("3e5", "dead", "C4", "Leave the cell blank where there is no value."),
        ("3e5", "3.2e5 p/s", "C4", "Write only the number (3.2e5), without unit or note."),
        ("d1,", "Mean,", "A5", "If this row holds sums or means, end the table above it: key"),
    ],
)
def test_what_to_do_about_a_cell(old: str, new: str, cell: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_cohort(made(tmp_path, flux=FLUX.replace(old, new)))
    [problem] = [p for p in caught.value.problems if p.cell == cell]
    assert (problem.hint or "").startswith(hint)


def test_burden_statistics_of_a_lab_that_has_only_a_table(tmp_path: Path) -> None:
    config = made(tmp_path, "animal_id,reason,day\nv2,wrong luciferin,21\nd1,other cells,\n")
    results = tmp_path / "r"
    write_cohort(config, results)
    assemble_flux(config, [], results)
    flux = read_csv(results / "flux.csv")
    assert len(flux) == 17
    rows = {(r.animal_id, r.day): r for r in flux.itertuples()}
    assert rows["v1", 21].total_flux_p_s == 4e5 and rows["v1", 21].included
    assert (rows["v2", 21].included, rows["v2", 21].reason) == (False, "wrong luciferin")
    assert (rows["d1", 7].included, rows["d1", 7].reason) == (False, "other cells")
    assert set(flux["source"]) == {"sheet"} and set(flux["date"]) == {""}
    analyse_burden(config, results)
    table = read_csv(results / "statistics" / "burden_endpoint.csv").query("model == 'MDA'")
    columns = ["day", "n", "n_reference", "mean_p_s", "mean_reference_p_s"]
    # day 21: vehicle 4e5 and 6e5 (v2 left out), DFO 2e5 (d1 left out, d3 not measured)
    assert {tuple(row) for row in table[columns].to_numpy()} == {(21, 1, 2, 2e5, 5e5)}


def test_every_exclusion_is_listed_and_counted_in_the_flow(tmp_path: Path) -> None:
    config = made(tmp_path, "animal_id,reason,day,date\nv2,wrong luciferin,21,\nd1,other cells,,\n")
    results = tmp_path / "r"
    write_cohort(config, results)
    assemble_flux(config, [], results)
    listed = [tuple(r) for r in read_csv(results / "exclusions.csv").itertuples(index=False)]
    file = str(tmp_path / "out.csv")
    assert listed == [
        ("animal", "d1", file, "3", "other cells", "data.exclusions"),
        ("image", "v2", file, "2", "wrong luciferin (day 21)", "data.exclusions"),
    ]
    flow = [tuple(r) for r in read_csv(results / "cohort" / "flow.csv").itertuples(index=False)]
    assert [row[1:5] for row in flow] == [
        ("vehicle", "inoculated", 3, 0),
        ("vehicle", "imaged", 3, 0),
        ("vehicle", "randomised", 3, 0),
        ("vehicle", "analysed_survival", 3, 0),
        ("vehicle", "analysed_burden", 3, 0),
        ("DFO", "inoculated", 3, 0),
        ("DFO", "imaged", 3, 0),
        ("DFO", "randomised", 3, 0),
        ("DFO", "analysed_survival", 2, 1),
        ("DFO", "analysed_burden", 2, 1),
    ]
    assert flow[8][5] == "other cells (1)"


def test_dates_as_headings_settle_each_other(tmp_path: Path) -> None:
    flux = "animal_id,08/01/2020,15/01/2020\n007,1e5,2e5\n1E5,1e5,\n"
    wide = {"file": "flux.csv", "wide": {"headings": ["date"]}}
    (tmp_path / "cohort.csv").write_text(COHORT)
    (tmp_path / "flux.csv").write_text(flux)
    cohort = read_cohort(study(tmp_path, flux=wide))
    assert [(f.animal_id, f.date, f.total_flux_p_s) for f in cohort.flux] == [
        ("007", date(2020, 1, 8), 1e5),
        ("007", date(2020, 1, 15), 2e5),
        ("1E5", date(2020, 1, 8), 1e5),
    ]
    (tmp_path / "flux.csv").write_text(flux.replace("15/", "09/"))
    with pytest.raises(InputError, match=r"B1.*2020-01-08 .day first. or 2020-08-01.*So do C1"):
        read_cohort(study(tmp_path, flux=wide))


def test_weeks_and_patterns_of_headings(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT)
    (tmp_path / "w.xlsx").unlink(missing_ok=True)
    write_xlsx(tmp_path / "w.xlsx", [["animal_id", "Visit W0", "Visit W1"], ["007", 20, 21.5]])
    wide = {"pattern": "Visit W([0-9]+)", "unit": "weeks"}
    cohort = read_cohort(study(tmp_path, weights={"file": "w.xlsx", "wide": wide}))
    assert [(w.date, w.weight_g) for w in cohort.weights] == [
        (date(2020, 1, 1), 20),
        (date(2020, 1, 8), 21.5),
    ]


def test_marked_copy_is_written_and_goes_again(tmp_path: Path) -> None:
    results = tmp_path / "r"
    rows = [line.split(",") for line in COHORT.replace("DFO", "DFo").splitlines()]
    write_xlsx(tmp_path / "c.xlsx", [list(r) for r in rows])
    config = study(tmp_path, cohort={"file": "c.xlsx"})
    with pytest.raises(InputError) as caught:
        read_or_mark(config, results=results)
    path = results / "problems.xlsx"
    assert str(caught.value).endswith(f"The faulty cells are marked in {path}.")
    listed, copy = openpyxl.load_workbook(path).worksheets
    cells = [[c.value for c in row] for row in listed.iter_rows(min_row=2)]
    assert [row[1:4] for row in cells] == [["mice", "C3", "DFo"]]
    assert "did you mean `DFO`?" in cells[0][4]
    assert copy["C3"].value == "DFo" and copy["C3"].fill.fgColor.rgb == "FFFFC7CE"
    assert "did you mean `DFO`?" in copy["C3"].comment.text
    assert [copy.cell(r, 1).value for r in (1, 2, 3)] == ["animal_id", "007", "1E5"]
    marked = [c.coordinate for row in copy.iter_rows() for c in row if c.comment]
    assert marked == ["C3"]
    write_xlsx(tmp_path / "c.xlsx", [line.split(",") for line in COHORT.splitlines()])
    read_or_mark(config, results=results)
    assert not path.exists()


def test_where_no_cell_is_at_fault_none_is_said_to_be_marked(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT)
    (tmp_path / "imaging" / "day 7; again").mkdir(parents=True)
    with pytest.raises(InputError) as caught:
        read_or_mark(study(tmp_path, cohort={"file": "cohort.csv"}), results=tmp_path / "r")
    assert str(caught.value).endswith(f"This list stands in {tmp_path / 'r' / 'problems.xlsx'}.")


def test_columns_that_the_analysis_asks_for(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT.replace("22.5", ""))
    asked = {"survival": {"covariates": ["weight_g", "sexx"]}}
    config = study(tmp_path)
    raw = {**config.model_dump(mode="json"), "analysis": asked}
    with pytest.raises(InputError, match="names `sexx`, which the cohort sheet does not have"):
        read_cohort(type(config).model_validate(raw))
    raw["analysis"] = {"survival": {"covariates": ["weight_g"]}}
    notes = [str(n) for n in read_cohort(type(config).model_validate(raw)).notes]
    assert any("(G2): `007` has no weight_g, for which the analysis asks" in n for n in notes)


def test_a_single_click_is_left_out_and_a_day_and_nothing_else(tmp_path: Path) -> None:
    from lumicohort.cohort.external import LeftOut

    (tmp_path / "cohort").mkdir()
    (tmp_path / "cohort" / "image_exclusions.csv").write_text(
        "animal_id,click,day,date,reason,file,row\n"
        "007,AB1,NA,,moved,o.csv,2\n"
        "1E5,,14,,no luciferin,o.csv,3\n"
    )
    images = [("007", "ab1", 7), ("007", "AB2", 7), ("1E5", "AB1", 7), ("1E5", "AB3", 14)]
    rows = [
        {"animal_id": a, "click": c, "day": d, "included": True, "reason": ""} for a, c, d in images
    ]
    LeftOut(tmp_path).mark(rows)
    assert [(row["included"], row["reason"]) for row in rows] == [
        *((False, "moved"), (True, ""), (True, ""), (False, "no luciferin"))
    ]
