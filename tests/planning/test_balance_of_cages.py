"""Cages against arms, and group sizes against the plan."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lumicohort.cli import main
from lumicohort.cohort.animals import Animal
from lumicohort.cohort.balance import (
    CageCount,
    against_plan,
    cage_by_arm,
    cage_lines,
    read_cages,
)
from lumicohort.cohort.study import write_cohort
from lumicohort.study.config import StudyConfig, parse_config


def study(folder: Path | None = None, **more: Any) -> StudyConfig:
    return parse_config(
        {
            "study": "s",
            "models": {"MDA": {"label": "MDA231"}},
            "arms": {"vehicle": {"label": "Vehicle"}, "DFO": {}},
            "reference_arm": "vehicle",
            "data": {"folder": str(folder or "nowhere")},
            **more,
        }
    )


def animals(*places: tuple[str, str | None]) -> list[Animal]:
    """Return animals by arm and cage."""
    return [
        Animal(f"m{i}", "MDA", arm, date(2026, 1, 1), cage=cage)
        for i, (arm, cage) in enumerate(places)
    ]


def said(*places: tuple[str, str | None], **more: Any) -> list[str]:
    return cage_lines(study(), cage_by_arm(study(), animals(*places)), **more)


def test_every_cage_stands_with_every_arm() -> None:
    found = cage_by_arm(study(), animals(("vehicle", "C2"), ("DFO", "C2"), ("DFO", "C1")))
    assert found == [
        CageCount("MDA", "C1", "vehicle", 0),
        CageCount("MDA", "C1", "DFO", 1),
        CageCount("MDA", "C2", "vehicle", 1),
        CageCount("MDA", "C2", "DFO", 1),
    ]
    assert cage_by_arm(study(), animals(("vehicle", None), ("DFO", None))) == []


def test_full_confounding_is_said_with_the_cage_of_an_arm() -> None:
    lines = said(("vehicle", "C1"), ("vehicle", "C1"), ("DFO", "C2"), ("DFO", "C3"))
    assert len(lines) == 1
    assert lines[0].startswith("MDA231: no cage holds animals of two arms (3 cages)")
    assert "fully confounded" in lines[0]
    assert lines[0].endswith("All animals of Vehicle share cage C1.")
    assert said(("vehicle", "C1"), ("DFO", "C2"), only_confounded=True)


def test_partial_confounding_and_none() -> None:
    part = said(("vehicle", "C1"), ("DFO", "C1"), ("DFO", "C2"))
    assert "1 of 2 cages holds animals of several arms" in part[0] and "in part" in part[0]
    mixed = (("vehicle", "C1"), ("DFO", "C1"), ("DFO", "C2"), ("vehicle", "C2"))
    assert "every one of 2 cages" in said(*mixed)[0]
    assert said(*mixed, only_confounded=True) == []
    assert "share one cage (C1)" in said(("vehicle", "C1"), ("DFO", "C1"))[0]
    unknown = said(("vehicle", "C1"), ("DFO", "C1"), ("DFO", None))
    assert unknown[0].endswith("The cage of 1 animal is not known.")


def test_an_arm_without_a_shared_cage_among_three() -> None:
    config = study(arms={"vehicle": {}, "DFO": {}, "DFX": {}})
    held = animals(("vehicle", "C1"), ("DFO", "C1"), ("DFX", "C2"))
    line = cage_lines(config, cage_by_arm(config, held))[0]
    assert "but DFX shares no cage with another arm" in line


def test_one_arm_has_nothing_to_confound() -> None:
    assert said(("vehicle", "C1"), ("vehicle", "C2")) == []


def test_group_sizes_against_the_plan() -> None:
    arms = {"vehicle": {"animals_planned": 2}, "DFO": {"animals_planned": 3}}
    config = study(arms=arms)
    notes = against_plan(config, animals(("vehicle", "C"), ("vehicle", "C"), ("DFO", "C")))
    assert [str(note) for note in notes] == [
        "nowhere/cohort.csv: MDA231, DFO: 1 animal, and 3 were planned (-2)."
    ]
    assert against_plan(study(), animals(("vehicle", "C"))) == []


SHEET = """animal_id,model,arm,cage,inoculation_date,end_date,end_reason
a1,MDA,vehicle,C1,2026-01-01,2026-01-20,found dead
a2,MDA,DFO,C2,2026-01-01,2026-01-30,found dead
"""


def test_the_step_and_the_check_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cohort.csv").write_text(SHEET)
    arms = {"vehicle": {"animals_planned": 2}, "DFO": {}}
    config = study(tmp_path, arms=arms)
    write_cohort(config, tmp_path / "results")
    assert (tmp_path / "results" / "cohort" / "cage_by_arm.csv").read_text() == (
        "model,cage,arm,animals\nMDA,C1,vehicle,1\nMDA,C1,DFO,0\nMDA,C2,vehicle,0\nMDA,C2,DFO,1\n"
    )
    assert read_cages(tmp_path / "results") == [
        CageCount("MDA", "C1", "vehicle", 1),
        CageCount("MDA", "C1", "DFO", 0),
        CageCount("MDA", "C2", "vehicle", 0),
        CageCount("MDA", "C2", "DFO", 1),
    ]
    assert read_cages(tmp_path) == []
    (tmp_path / "c.json").write_text(config.model_dump_json())
    assert main(["check", "c.json"]) == 0
    out = capsys.readouterr().out
    assert "1 animal, and 2 were planned (-1)" in out and "fully confounded" in out
    assert "A run stops: key data.imaging: the imaging folder" in out
    (tmp_path / config.data.imaging).mkdir()
    assert main(["check", "c.json"]) == 0
    assert "A run stops" not in capsys.readouterr().out


def test_arms_against_the_allocation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cohort.csv").write_text(SHEET)
    (tmp_path / "c.json").write_text(study(tmp_path).model_dump_json())
    (tmp_path / "randomisation").mkdir()
    record = tmp_path / "randomisation" / "allocation.csv"
    record.write_text("animal_id,arm\na1,vehicle\na2,DFO\n")
    assert main(["check", "c.json"]) == 0
    assert "another arm than" not in capsys.readouterr().out
    record.write_text("animal_id,arm\na1,vehicle\na2,vehicle\n")
    assert main(["check", "c.json"]) == 0
    said = capsys.readouterr().out
    assert "the animal `a2` was allocated to another arm than the cohort sheet says (row 3)" in said
    record.write_text("mouse\na1\n")
    assert main(["check", "c.json"]) == 0
    assert "no record of an allocation" in capsys.readouterr().out
