"""The cohort step: survival, exclusions and deviations from sheets."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sheet_files import COHORT, study, write_xlsx

from lumicohort.cohort.cohort import read_cohort
from lumicohort.cohort.study import write_cohort
from lumicohort.errors import InputError
from lumicohort.files import read_csv
from lumicohort.study.config.sheets import Sheet


def rows(path: Path, *columns: str) -> list[tuple[object, ...]]:
    table = read_csv(path)
    return list(table[list(columns)].itertuples(index=False, name=None))


def test_survival_of_ended_animals(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT)
    write_cohort(study(tmp_path), tmp_path / "out")
    table = read_csv(tmp_path / "out" / "survival.csv")
    assert ",".join(table.columns[:8]) == (
        "animal_id,model,arm,time_days,event,end_reason,included,reason"
    )
    assert rows(
        tmp_path / "out" / "survival.csv", "animal_id", "time_days", "event", "included"
    ) == [
        ("007", 21, 1, True),
        ("1E5", 33, 1, True),
        ("3466", 31, 0, True),
    ]
    assert (tmp_path / "out" / "cohort" / "exclusions.csv").read_text() == (
        "what,id,file,row,reason,rule\n"
    )
    animals = read_csv(tmp_path / "out" / "cohort" / "animals.csv")
    assert ",".join(animals.columns) == (
        "animal_id,model,arm,sex,cage,strain,birth_date,inoculation_date,cells_injected,weight_g,"
        "end_date,end_reason,included,reason,file,row"
    )
    assert animals["row"].tolist() == ["2", "3", "4"]


def alive(folder: Path, **more: str) -> list[tuple[object, ...]]:
    """Return the survival of three animals without an end; sheets by name."""
    text = "animal_id,model,arm,inoculation_date\n" + "".join(
        f"{name},MDA,DFO,2020-01-01\n" for name in ("A1", "A2", "A3")
    )
    sheets = {}
    for name, content in {"cohort": text, **more}.items():
        (folder / f"{name}.csv").write_text(content)
        sheets[name] = {"file": f"{name}.csv"}
    write_cohort(study(folder, **sheets), folder / "out")
    return rows(folder / "out" / "survival.csv", "animal_id", "time_days", "event", "included")


def test_living_animals_are_censored_on_the_last_day_known(tmp_path: Path) -> None:
    click = tmp_path / "imaging" / "b1" / "AB20200115101500"
    click.mkdir(parents=True)
    (click / "ClickInfo.txt").write_text("")
    found = alive(
        tmp_path,
        weights="animal_id,date,weight_g\nA1,2020-01-09,20\nA1,2020-01-30,\nA2,2019-12-30,20\n",
        doses="animal_id,date\nA1,2020-01-11\n",
        imaging_sheet="batch,click,position,animal_id\nb1,AB20200115101500,1,A3\n",
    )
    assert found[0] == ("A1", 10, 0, True)  # the blank weight of 30 January is no weighing
    assert found[1][2:] == (0, False) and found[1][1] != found[1][1]  # NA: nothing after day 0
    assert found[2] == ("A3", 14, 0, True)
    assert rows(tmp_path / "out" / "cohort" / "exclusions.csv", "what", "id", "row", "rule") == [
        ("animal", "A2", "3", "no_last_day")
    ]


def test_labels_of_a_click_tell_who_was_seen(tmp_path: Path) -> None:
    click = tmp_path / "imaging" / "b1" / "renamed"
    click.mkdir(parents=True)
    (click / "ClickInfo.txt").write_bytes(
        b"*** luminescent image:\tluminescent.TIF\r\n"
        b"Acquisition Date:\tWednesday, January 8, 2020\r\nAcquisition Time:\t11:42:59\r\n"
        b"*** User Label Name Set:\tLiving Image Universal\r\nAnimal Number:\tA1, A3\r\n"
    )
    found = alive(tmp_path)
    assert [row[:2] for row in found if row[3]] == [("A1", 7), ("A3", 7)]


def test_real_click_shows_five_living_animals(real_click: Path, tmp_path: Path) -> None:
    images = tmp_path / "imaging"
    (images / "b1").mkdir(parents=True)
    (images / "b1" / real_click.name).symlink_to(real_click)
    text = "animal_id,model,arm,inoculation_date\n" + "".join(
        f"{3466 + i},MDA,DFO,2021-12-20\n" for i in range(5)
    )
    (tmp_path / "cohort.csv").write_text(text)
    write_cohort(study(tmp_path), tmp_path / "out")
    assert rows(tmp_path / "out" / "survival.csv", "animal_id", "time_days", "event") == [
        (str(3466 + i), 16, 0) for i in range(5)
    ]


def test_exclusions_are_listed_and_stay_in_the_tables(tmp_path: Path) -> None:
    lines = COHORT.splitlines()
    text = "\n".join(
        [
            lines[0] + ",Histology",
            *(f"{x},No " for x in lines[1:2]),
            *(f"{x},yes" for x in lines[2:]),
        ]
    )
    (tmp_path / "cohort.csv").write_text(text)
    config = study(
        tmp_path,
        exclusions={
            "animals": {"3466": "wrong cells"},
            "rules": [{"column": "histology", "equals": "no", "reason": "no tumour"}],
        },
    )
    write_cohort(config, tmp_path / "out")
    for name in ("survival.csv", "cohort/animals.csv"):
        assert rows(tmp_path / "out" / name, "animal_id", "included", "reason") == [
            ("007", False, "no tumour"),
            ("1E5", True, ""),
            ("3466", False, "wrong cells"),
        ]
    assert rows(tmp_path / "out" / "cohort" / "exclusions.csv", "id", "row", "reason", "rule") == [
        ("007", "2", "no tumour", "exclusions.rules.0: histology"),
        ("3466", "4", "wrong cells", "exclusions.animals"),
    ]


def test_no_cell_becomes_a_formula(tmp_path: Path) -> None:
    text = COHORT.replace("007", "=1+1").replace("weight_g", "weight_g,@note")
    lines = text.splitlines()
    text = "\n".join([lines[0], *(f"{line},+cmd|x" for line in lines[1:])])
    (tmp_path / "cohort.csv").write_text(text)
    write_cohort(study(tmp_path), tmp_path / "out")
    for path in (tmp_path / "out").rglob("*.csv"):
        cells = [cell for line in path.read_text().splitlines() for cell in line.split(",")]
        assert not [c for c in cells if c.startswith(("=", "+", "@"))], path
    assert "\n'=1+1," in (tmp_path / "out" / "survival.csv").read_text()
    assert rows(tmp_path / "out" / "survival.csv", "animal_id")[0] == ("=1+1",)


def test_same_sheet_in_every_kind_gives_the_same_bytes(tmp_path: Path) -> None:
    from test_reading import TEXTS, cells

    hashes = set()
    for number, content in enumerate([*TEXTS.values(), None]):
        folder = tmp_path / str(number)
        folder.mkdir()
        if content is None:
            write_xlsx(folder / "c.xlsx", cells())
        else:
            (folder / "c.csv").write_bytes(content)
        file = "c.xlsx" if content is None else "c.csv"
        write_cohort(study(folder, cohort={"file": file}), folder / "out")
        survival = read_csv(folder / "out" / "survival.csv").iloc[:, :8].to_csv()
        hashes.add(hashlib.sha256(survival.encode()).hexdigest())
    assert len(hashes) == 1


def test_only_a_marked_copy_is_written_where_anything_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT.replace("DFO", "DFo"))
    with pytest.raises(InputError):
        write_cohort(study(tmp_path), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["problems.xlsx"]


def test_unseen_clicks_and_batches_are_listed(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT)
    click = tmp_path / "imaging" / "b1" / "AB20200115101500"
    click.mkdir(parents=True)
    (click / "ClickInfo.txt").write_text("")
    (tmp_path / "i.csv").write_text(
        "batch,click,position,animal_id\nb1,AB20200115101501,1,007\nb3,AB20200122101500,1,007\n"
    )
    config = study(tmp_path, imaging_sheet={"file": "i.csv"})
    notes = [note.message for note in read_cohort(config).notes]
    assert notes == [
        "the click `AB20200115101501` of the imaging sheet is not in batch `b1` — did you mean "
        "`AB20200115101500`?",
        f"the batch `b3` of the imaging sheet has no clicks in {tmp_path / 'imaging'}.",
    ]
    assert [note.where for note in read_cohort(config).notes] == [
        "row 2, column click (B2)",
        "row 3, column batch (A3)",
    ]
    write_cohort(config, tmp_path / "out")
    found = rows(tmp_path / "out" / "cohort" / "exclusions.csv", "what", "id", "row", "rule")
    assert found == [("batch", "b3", "3", "missing_batch")]
    with pytest.raises(InputError, match="has no clicks"):
        write_cohort(study(tmp_path, imaging_sheet={"file": "i.csv"}, strict=True), tmp_path / "o")


def test_an_exclusion_of_a_click_that_is_not_there_says_that_it_leaves_out_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT)
    click = tmp_path / "imaging" / "b1" / "AB20200115101500"
    click.mkdir(parents=True)
    (click / "ClickInfo.txt").write_text("")
    (tmp_path / "e.csv").write_text(
        "animal_id,reason,click,day\n007,moved,AB20200115101500,\n007,leak,AB2020,\n"
        "007,moved,,14\n007,leak,,15\n"
    )
    (tmp_path / "i.csv").write_text("batch,click,position,animal_id\nb1,AB20200115101500,1,007\n")
    config = study(tmp_path, imaging_sheet={"file": "i.csv"})
    data = config.data.model_copy(update={"exclusions": Sheet(file="e.csv")})
    config = config.model_copy(update={"data": data})
    notes = [n for n in read_cohort(config).notes if "Nothing is left out" in n.message]
    assert [(note.where, note.message) for note in notes] == [
        (
            "row 3, column click (C3)",
            "the click `AB2020` is not in the imaging folder. Nothing is left out by this row.",
        ),
        (
            "row 5, column day (D5)",
            "`007` has no image of day 15 (its images are of day 14). Nothing is left out by this "
            "row.",
        ),
    ]
    write_cohort(config, tmp_path / "out")
    found = rows(tmp_path / "out" / "cohort" / "exclusions.csv", "what", "id", "reason")
    assert found == [
        ("image", "007", "moved (click AB20200115101500)"),
        (
            "image",
            "007",
            "leak (click AB2020, of which there is no image: nothing is left out by this row)",
        ),
        ("image", "007", "moved (day 14)"),
        (
            "image",
            "007",
            "leak (day 15, of which there is no image: nothing is left out by this row)",
        ),
    ]


def test_a_weight_far_from_the_animals_others_is_told_with_its_cell(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT)
    weighings = [("08", "24.0"), ("10", "240"), ("12", "23.5"), ("14", "17.9")]
    lines = [f"007,2020-01-{day},{grams}" for day, grams in weighings]
    (tmp_path / "w.csv").write_text("\n".join(["animal_id,date,weight_g", *lines, ""]))
    cohort = read_cohort(study(tmp_path, weights={"file": "w.csv"}))
    (note,) = [note for note in cohort.notes if "far from" in note.message]
    assert note.where == "row 3, column weight_g (C3)"
    assert note.message.startswith(
        "240 g of `007` on 2020-01-10 is far from its other weights (median 23.75 g)."
    )
    assert note in cohort.doubts


def test_a_session_yet_to_come_is_not_taken_for_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text(COHORT)
    for day in (8, 15):
        click = tmp_path / "imaging" / f"2020-01-{day:02}_MDA" / f"AB202001{day:02}101500"
        click.mkdir(parents=True)
        (click / "ClickInfo.txt").write_text("")
    named = "2020-01-08_MDA,AB20200108101500,1,007\n2020-01-22_MDA,AB20200122101500,1,007\n"
    config = study(tmp_path, imaging_sheet={"file": "i.csv"})
    (tmp_path / "i.csv").write_text("batch,click,position,animal_id\n" + named)
    notes = [note.message for note in read_cohort(config).notes if "no clicks" in note.message]
    # Nobody names the session of the 15th: it may be the one that is meant.
    assert [note.split(" in ")[-1] for note in notes] == [
        f"{tmp_path / 'imaging'} \u2014 did you mean `2020-01-15_MDA`?"
    ]
    more = "2020-01-15_MDA,AB20200115101500,1,007\n"
    (tmp_path / "i.csv").write_text("batch,click,position,animal_id\n" + named + more)
    notes = [note.message for note in read_cohort(config).notes if "no clicks" in note.message]
    assert [note.split(" in ")[-1] for note in notes] == [f"{tmp_path / 'imaging'}."]
