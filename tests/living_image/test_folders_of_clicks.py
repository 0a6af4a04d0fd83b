"""Finding the click folders of a batch."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from synthetic_click import Recipe, make_click

from lumicohort.errors import InputError
from lumicohort.living_image import find_clicks, survey
from lumicohort.living_image.folders import batch_of, real_folder


def tree(root):
    batch = root / "batch"
    for uid in ("AA_SEQ/AA_010", "AA_SEQ/AA_002", "BKG1", "CC", "day/.hidden/DD"):
        folder = make_click(root / "made", Recipe(uid=uid.replace("/", "_"))).folder
        (batch / uid).parent.mkdir(parents=True, exist_ok=True)
        folder.rename(batch / uid)
    (batch / "AA_SEQ" / "SequenceInfo.txt").write_text("*** Sequence:\t\n")
    (batch / "empty").mkdir()
    (batch / "notes").mkdir()
    (batch / "notes" / "a.txt").write_text("x")
    return batch


def test_clicks_of_a_batch_in_natural_order(tmp_path):
    batch = tree(tmp_path)
    assert [str(p.relative_to(batch)) for p in find_clicks(batch)] == [
        "AA_SEQ/AA_002",
        "AA_SEQ/AA_010",
        "CC",
    ]
    found = {str(s.path.relative_to(batch)): s.rule for s in survey(batch).skipped}
    assert found == {
        "BKG1": "background_click",
        "day": "no_click",
        "empty": "no_click",
        "notes": "no_click",
    }


def test_clicks_deep_in_folders_are_found_once(tmp_path):
    deep = tmp_path / "batch" / "2022" / "Müller" / "group A" / "day 1" / "AA_SEQ"
    deep.mkdir(parents=True)
    folder = make_click(tmp_path / "made", Recipe(uid="AA_001")).folder.rename(deep / "AA_001")
    (deep / "again").symlink_to(tmp_path / "batch", target_is_directory=True)
    assert find_clicks(tmp_path / "batch") == [folder]


def test_archives_of_clicks_are_told_unless_unpacked_beside(tmp_path):
    batch = tmp_path / "batch"
    click = make_click(tmp_path / "made", Recipe(uid="AA1")).folder
    shutil.make_archive(str(batch / "AA1"), "zip", click.parent, click.name)
    shutil.make_archive(str(batch / "session"), "tar", click)
    with zipfile.ZipFile(batch / "rois.zip", "w") as rois:
        rois.writestr("0001.roi", b"Iout")
    (batch / "broken.zip").write_bytes(b"PK")
    assert [(s.path.name, s.rule) for s in survey(batch).skipped] == [
        ("AA1.zip", "archived_clicks"),
        ("broken.zip", "archived_clicks"),  # cut off: may have held clicks
        ("session.tar", "archived_clicks"),
    ]
    with pytest.raises(InputError, match=r"AA1\.zip: an archive of clicks, which is not opened"):
        find_clicks(batch)
    click.rename(batch / "AA1")
    assert find_clicks(batch) == [batch / "AA1"]
    assert [s.path.name for s in survey(batch).skipped] == ["broken.zip", "session.tar"]


def test_a_sequence_and_a_single_click(tmp_path):
    batch = tree(tmp_path)
    assert [p.name for p in find_clicks(batch / "AA_SEQ")] == ["AA_002", "AA_010"]
    assert find_clicks(batch / "CC") == [batch / "CC"]


def test_folders_without_clicks_are_an_error(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        find_clicks(tmp_path / "none")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="a file, not a folder"):
        find_clicks(tmp_path / "file")
    (tmp_path / "empty" / "BKG1").mkdir(parents=True)
    with pytest.raises(InputError, match=r"no click folder was found here \(BKG1: a background"):
        find_clicks(tmp_path / "empty")


def test_real_folders_are_those_of_resolve(tmp_path, monkeypatch):
    (tmp_path / "batch" / "AA_SEQ" / "AA_001").mkdir(parents=True)
    (tmp_path / "batch" / "BB").mkdir()
    (tmp_path / "linked").symlink_to("batch")
    (tmp_path / "batch" / "CC").symlink_to("BB")
    monkeypatch.chdir(tmp_path / "batch" / "BB")
    parents = {}
    for name in ("batch/BB", "linked/BB", "batch/CC", "linked/CC", "linked/AA_SEQ/AA_001"):
        folder = tmp_path / name
        assert real_folder(folder, parents) == folder.resolve()
    for name in (".", "..", "../CC", "../AA_SEQ/../BB"):
        assert real_folder(Path(name), parents) == Path(name).resolve()
    assert batch_of(real_folder(tmp_path / "linked" / "CC", parents)) == "batch"
    assert batch_of(real_folder(tmp_path / "linked" / "AA_SEQ" / "AA_001", parents)) == "batch"
