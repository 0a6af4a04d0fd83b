"""What a simulation must not overwrite."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumicohort.errors import InputError
from lumicohort.simulate.guard import note_sheets, refuse_edited_sheets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "truth").mkdir()
    for name in ("cohort.csv", "imaging.csv"):
        (tmp_path / name).write_text("animal_id\nM01\n")
    note_sheets(tmp_path)
    return tmp_path


def test_sheets_as_they_were_made_may_be_made_anew(folder: Path) -> None:
    refuse_edited_sheets(folder)
    (folder / "imaging.csv").unlink()  # given up
    refuse_edited_sheets(folder)
    refuse_edited_sheets(folder / "nowhere")


def test_an_edited_sheet_is_kept_and_named(folder: Path) -> None:
    (folder / "cohort.csv").write_text("animal_id\nM02\n")
    with pytest.raises(InputError, match=r"cohort\.csv: the sheet was edited") as error:
        refuse_edited_sheets(folder)
    assert "imaging.csv" not in str(error.value)
    assert "without the section `simulate`" in str(error.value)
    assert (folder / "cohort.csv").read_text() == "animal_id\nM02\n"
