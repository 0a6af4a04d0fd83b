"""Slips of the keyboard that a sheet alone does not show: odd dates, units, treatments."""

from __future__ import annotations

import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from sheet_files import HEADER, study

from lumicohort.cohort.cohort import read_cohort
from lumicohort.commands.check import summary
from lumicohort.errors import InputError

START = date(2020, 1, 1)
DAYS = {f"M{k}": 20 + k for k in range(8)}
"""Animals, and the days that they lived."""


def cohort(**ends: str) -> str:
    """Return a cohort sheet; ends are the dates of some animals."""
    rows = [HEADER]
    for k, (name, days) in enumerate(DAYS.items()):
        arm = ("vehicle", "DFO")[k % 2]
        end = ends.get(name, (START + timedelta(days)).isoformat())
        rows.append(f"{name},MDA,{arm},{START},{end},found dead,22")
    return "\n".join(rows) + "\n"


def weights(times: float = 1.0, until: int = 99) -> str:
    """Return weighings of every animal each third day, in grams times something."""
    rows = ["animal_id,date,weight_g"]
    for name, days in DAYS.items():
        for day in range(0, min(days, until), 3):
            rows.append(f"{name},{START + timedelta(day)},{times * (20 + 0.1 * day):g}")
    return "\n".join(rows) + "\n"


def doses(**changed: str) -> str:
    """Return daily treatments from day 7 on; changed are other agents of some animals' first."""
    rows = ["animal_id,date,agent,dose_ug,route"]
    for k, (name, days) in enumerate(DAYS.items()):
        usual = ("vehicle", "DFO")[k % 2]
        for day in range(7, days):
            agent = changed.get(name, usual) if day == 7 else usual
            rows.append(f"{name},{START + timedelta(day)},{agent},{44 * (k % 2)},intrathecal")
    return "\n".join(rows) + "\n"


def notes(folder: Path, **texts: str) -> list[str]:
    """Return what is noted of sheets."""
    config = {}
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
        config[name] = {"file": f"{name}.csv"}
    return [
        str(note).replace(f"{folder}/", "") for note in read_cohort(study(folder, **config)).notes
    ]


def test_an_end_in_another_year_is_told(tmp_path: Path) -> None:
    assert notes(tmp_path, cohort=cohort(), weights=weights()) == []
    found = notes(tmp_path, cohort=cohort(M2="2021-01-23"), weights=weights())
    assert found == [
        "cohort.csv, row 4, column end_date (E4): `M2` ended on 2021-01-23, 367 days after "
        "anything else is known of it (images, weights, treatments, checks); usual here are 2.5 "
        "days. Correct the date if it was mistyped: survival is counted with it."
    ]


def test_an_inoculation_in_another_year_is_told(tmp_path: Path) -> None:
    sheet = cohort().replace(f"M3,MDA,DFO,{START}", "M3,MDA,DFO,2019-01-01")
    (found,) = notes(tmp_path, cohort=sheet, weights=weights())
    assert "(D5): `M3` was inoculated on 2019-01-01, 365 days before anything else" in found


def test_animals_looked_at_for_some_weeks_only_may_live_long(tmp_path: Path) -> None:
    """All weighed until day 6 and followed to days 20 to 27: then 70 days are no slip, 110 are."""
    early = weights(until=7)
    assert notes(tmp_path, cohort=cohort(M2="2020-03-11"), weights=early) == []
    (found,) = notes(tmp_path, cohort=cohort(M2="2020-04-20"), weights=early)
    assert "`M2` ended on 2020-04-20, 104 days after" in found


@pytest.mark.parametrize(("times", "unit"), [(1000.0, "mg"), (0.001, "kg")])
def test_weights_in_another_unit_are_refused(tmp_path: Path, times: float, unit: str) -> None:
    with pytest.raises(InputError, match=f"they seem to be in {unit}") as caught:
        notes(tmp_path, cohort=cohort(), weights=weights(times))
    (problem,) = caught.value.problems
    assert "row 2, column weight_g (C2): the weights of this column have a median of" in str(
        problem
    )
    with pytest.raises(InputError, match=r"\(G2\).*config key data.cohort.columns"):
        notes(tmp_path, cohort=cohort().replace(",22\n", f",{22 * times:g}\n"))


def test_another_arms_agent_is_told(tmp_path: Path) -> None:
    assert notes(tmp_path, cohort=cohort(), doses=doses()) == []
    found = notes(tmp_path, cohort=cohort(), doses=doses(M0="DFO"))
    total = sum(days - 7 for k, days in enumerate(DAYS.values()) if k % 2 == 0)
    assert found == [
        "doses.csv, row 2, column agent (C2): `M0` of the arm `vehicle` was given `DFO` on "
        f"2020-01-08, as animals of `DFO` are (1 of {total} treatments of `vehicle`). Correct the "
        "agent, the animal or its arm if one was mistyped."
    ]


def test_arms_that_share_an_agent_by_plan_are_not_told_of(tmp_path: Path) -> None:
    """The vehicle's animals get the drug on days 7 to 9: more often than by slips."""
    sheet = doses()
    for day in (8, 9, 10):
        sheet = sheet.replace(f"2020-01-{day:02d},vehicle,0", f"2020-01-{day:02d},DFO,44")
    assert sheet.count(",DFO,44") == 12 + doses().count(",DFO,44")
    assert notes(tmp_path, cohort=cohort(), doses=sheet) == []


def test_words_nearly_another_are_told(tmp_path: Path) -> None:
    sheet = doses().replace("intrathecal", "intratecal", 1)
    (found,) = notes(tmp_path, cohort=cohort(), doses=sheet)
    n = sheet.count("intrathecal")
    assert f"(E2): `intratecal` may be `intrathecal`, which stands in {n} rows." in found
    (found,) = notes(tmp_path, cohort=cohort(), doses=doses(M1="DFOO"))
    assert "`DFOO` may be `DFO`" in found


@pytest.mark.parametrize("word", ["DFO 2", "DFO-B", "saline", "DFO (batch 7)"])
def test_words_of_another_meaning_are_not_told(tmp_path: Path, word: str) -> None:
    found = notes(tmp_path, cohort=cohort(), doses=doses(M1=word))
    assert not any("may be" in note for note in found), found


def test_check_counts_deviations_from_the_protocol(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(cohort())
    (tmp_path / "weights.csv").write_text(weights())
    (tmp_path / "doses.csv").write_text(doses().replace(",44,", ",440,", 2))
    config = study(
        tmp_path,
        cohort={"file": "cohort.csv"},
        weights={"file": "weights.csv"},
        doses={"file": "doses.csv"},
        schedule={"treatment_every_days": 1, "dose_mg_per_kg": 2, "dose_tolerance_percent": 12},
    )
    lines = summary(config, read_cohort(config))
    start = lines.index(
        "Deviations from the protocol (a run lists all in protocol_deviations.csv):"
    )
    assert lines[start + 1] == (
        "  dose: `M1` on 2020-01-08: 440 ug (+968 %), expected 41.2 ug (2 mg/kg x 20.6 g), and 1 "
        "more"
    )


def test_check_names_archives_beside_the_batches(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(cohort())
    imaging = tmp_path / "imaging"
    imaging.mkdir()
    with zipfile.ZipFile(imaging / "day 7.zip", "w") as archive:
        archive.writestr("day 7/AB20200108120000/ClickInfo.txt", "x")
    config = study(tmp_path, cohort={"file": "cohort.csv"})
    lines = summary(config, read_cohort(config))
    assert "  day 7.zip: an archive of clicks, which is not opened: unpack it here." in lines


def test_many_slips_of_a_kind_are_told_in_one_line(tmp_path: Path) -> None:
    late = {name: f"2021-0{k}-23" for k, name in enumerate(["M0", "M1", "M2"], start=1)}
    (tmp_path / "cohort.csv").write_text(cohort(**late))
    (tmp_path / "weights.csv").write_text(weights())
    config = study(tmp_path, cohort={"file": "cohort.csv"}, weights={"file": "weights.csv"})
    lines = [line for line in summary(config, read_cohort(config)) if "anything else" in line]
    assert len(lines) == 1
    assert "(E2): `M0` ended on 2021-01-23, " in lines[0]
    assert lines[0].endswith("counted with it. The same in E3 and E4 (3 times in all).")


def click(folder: Path, name: str, label: str) -> None:
    """Make a click folder of which only the texts are there."""
    (folder / name).mkdir(parents=True)
    (folder / name / "ClickInfo.txt").write_text("x")
    text = f"*** User Label Name Set : 1\nUser Group:\tx\nAnimal Number:\t{label}\n"
    (folder / name / "AnalyzedClickInfo.txt").write_text(text)


def test_labels_that_contradict_the_imaging_sheet_are_told(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(cohort())
    names = [f"AB2020010{day}120000" for day in (8, 9)]
    for name in names:
        click(tmp_path / "imaging" / "day7", name, "M0, M1, M2")
    rows = [f"day7,{n},{3 - k},M{k}" for n in names for k in range(3)]
    (tmp_path / "imaging.csv").write_text(
        "\n".join(["batch,click,position,animal_id", *rows]) + "\n"
    )
    config = study(tmp_path, cohort={"file": "cohort.csv"}, imaging_sheet={"file": "imaging.csv"})
    told = [line for line in summary(config, read_cohort(config)) if "Animal Number says" in line]
    assert len(told) == 1
    assert (
        "imaging.csv, row 4: on click `AB20200108120000` (and on 1 more of batch `day7`) the label "
        "Animal Number says `M0`, `M1`, `M2`, and the imaging sheet, from left to right, `M2`, "
        "`M1`, `M0`. The sheet's are measured." in told[0]
    )
    sheet = (tmp_path / "imaging.csv").read_text()
    for k in range(3):
        sheet = sheet.replace(f",{3 - k},M{k}", f",{k + 1}x,M{k}")
    (tmp_path / "imaging.csv").write_text(sheet.replace("x,", ","))
    assert not any("Animal Number says" in x for x in summary(config, read_cohort(config)))


def test_a_letter_for_a_digit_is_guessed(tmp_path: Path) -> None:
    sheet = weights().replace("M0,", "MO,")
    with pytest.raises(InputError, match=r"`MO` does not stand.*did you mean `M0`\?.*looks like"):
        notes(tmp_path, cohort=cohort(), weights=sheet)
