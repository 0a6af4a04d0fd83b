"""What planning keeps of a batch's files, and when it looks at them again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lumicohort.study import manifests, of_batch, plan, planned, seen
from lumicohort.study.config import StudyConfig, parse_config

CONFIG = {
    "study": "s",
    "models": {"m": {}},
    "arms": {"a": {}, "b": {}},
    "reference_arm": "a",
    "data": {"cohort": {"file": "cohort.csv"}, "imaging_sheet": {"file": "imaging.csv"}},
}
ROWS = "day7,X20240108120000,1,A1\nday7,X20240108120000,2,B1\n"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudyConfig:
    monkeypatch.chdir(tmp_path)
    for module in (manifests, planned):  # here files are always young
        monkeypatch.setattr(module, "SETTLED_S", -1e9)
    study = parse_config(CONFIG)
    for batch, click in (("day7", "X20240108120000"), ("day14", "X20240115120000")):
        folder = study.imaging_folder / batch / click
        folder.mkdir(parents=True)
        (folder / "luminescent.TIF").write_bytes(b"II")
        (folder / "ClickInfo.txt").write_text("x", encoding="utf-8")
    (study.data_folder / "cohort.csv").write_text("animal_id\n", encoding="utf-8")
    sheet = study.data_folder / "imaging.csv"
    sheet.write_text(f"batch,click,position,animal_id\n{ROWS}", encoding="utf-8")
    return study


def image(study: StudyConfig) -> Path:
    return study.imaging_folder / "day7" / "X20240108120000" / "luminescent.TIF"


def _pixel(study: StudyConfig) -> None:
    """Other content, and neither size nor time tells."""
    stat = image(study).stat()
    image(study).write_bytes(b"MM")
    os.utime(image(study), ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _other_file(study: StudyConfig) -> None:
    """Another file of the same size and time is put in its place."""
    stat = image(study).stat()
    new = image(study).with_name("new")
    new.write_bytes(b"MM")
    os.utime(new, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    new.replace(image(study))


CHANGES: dict[str, Callable[[StudyConfig], object]] = {
    "touched": lambda study: os.utime(image(study)),
    "pixel": _pixel,
    "replaced": _other_file,
    "deleted": lambda study: image(study).unlink(),
    "renamed": lambda study: image(study).rename(image(study).with_name("photograph.TIF")),
    "moved": lambda study: image(study).parent.rename(image(study).parents[1] / "X20240108130000"),
    "added": lambda study: (image(study).parent / "notes.txt").write_text("x"),
    "emptied": lambda study: shutil.rmtree(image(study).parent),
    "empty folder": lambda study: (image(study).parents[1] / "X20240108130000").mkdir(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_change_of_a_batch_is_seen_and_of_no_other(
    study: StudyConfig, change: Callable[[StudyConfig], object]
) -> None:
    before = plan.look(study)
    assert plan.look(study) == before
    change(study)
    after = plan.look(study)
    assert after.digest != before.digest
    assert after.batches["day7"] != before.batches["day7"]
    assert after.batches["day14"] == before.batches["day14"]


def test_batches_that_come_and_go_and_files_beside_them_are_seen(study: StudyConfig) -> None:
    states = [plan.look(study)]
    shutil.move(study.imaging_folder / "day14", study.imaging_folder / "day21")
    states.append(plan.look(study))
    assert set(states[1].batches) == {"day7", "day21"}
    (study.imaging_folder / "notes.txt").write_text("x", encoding="utf-8")
    states.append(plan.look(study))
    shutil.rmtree(study.imaging_folder)
    states.append(plan.look(study))
    assert len({state.digest for state in states}) == 4
    assert (states[3].batches, states[3].newest) == ({}, 0)


def test_the_newest_time_is_that_of_any_file(study: StudyConfig) -> None:
    assert plan.look(study).newest == max(
        max(path.stat().st_mtime_ns, path.stat().st_ctime_ns)
        for path in study.imaging_folder.rglob("*.*")
        if path.is_file()
    )


def test_the_lists_of_batches_are_the_same_with_and_without_a_look(study: StudyConfig) -> None:
    for change in (lambda _: None, *CHANGES.values()):
        shutil.copytree(study.imaging_folder, "kept", copy_function=shutil.copy2)
        change(study)
        for _ in range(2):  # made, and found again
            found = Path(plan.refresh_manifest(study, "day7", plan.look(study)))
            content = json.loads(found.read_text())
            assert content == json.loads(Path(plan.refresh_manifest(study, "day7")).read_text())
        shutil.rmtree(study.imaging_folder)
        Path("kept").rename(study.imaging_folder)


def test_a_batch_as_it_was_is_not_looked_at_again(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Path] = []
    stats_of = manifests.stats_of

    def spied(folder: Path) -> dict[str, list[int]]:
        looked.append(folder)
        return stats_of(folder)

    monkeypatch.setattr(manifests, "stats_of", spied)
    manifest = Path(plan.refresh_manifest(study, "day7", plan.look(study)))
    written = manifest.read_text()
    assert len(looked) == 1
    plan.refresh_manifest(study, "day7", plan.look(study))
    assert len(looked) == 1
    manifest.unlink()
    plan.refresh_manifest(study, "day7", plan.look(study))
    assert (len(looked), manifest.read_text()) == (2, written)
    manifest.write_text("{}")
    plan.refresh_manifest(study, "day7", plan.look(study))
    assert (len(looked), manifest.read_text()) == (3, written)
    note = manifest.with_name(".day7.seen.json")
    for damaged in ("{", "[]", "{}", '{"seen": "x"}'):
        note.write_text(damaged)
        plan.refresh_manifest(study, "day7", plan.look(study))
    assert len(looked) == 7


def test_young_and_unreadable_files_are_looked_at_again(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = Path(plan.refresh_manifest(study, "day14", plan.look(study)))
    note = manifest.with_name(".day7.seen.json")
    monkeypatch.setattr(manifests, "SETTLED_S", 3600)
    plan.refresh_manifest(study, "day7", plan.look(study))
    assert not note.exists()
    monkeypatch.setattr(manifests, "SETTLED_S", -1e9)
    monkeypatch.setattr(manifests, "_hash", lambda path: manifests.UNREADABLE)
    manifest.with_name("day7.json").unlink()
    plan.refresh_manifest(study, "day7", plan.look(study))
    assert not note.exists()


def test_rows_are_those_of_the_sheet_and_their_hash_is_found_again(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = study.data_folder / "imaging.csv"

    def rows(known: bool) -> str:
        """Ask as a process of its own would."""
        of_batch._ROWS.clear()
        of_batch._sheet_key.cache_clear()
        if known:
            plan.refresh_manifest(study, "day7", plan.look(study))
        return plan.rows(study, "day7", plan.look(study) if known else None)

    first = rows(known=True)
    assert first.startswith("2 rows of the imaging sheet: ")
    assert rows(known=False) == first
    with monkeypatch.context() as patch:
        patch.setattr(of_batch, "positions", lambda *_: pytest.fail("it was known"))
        assert rows(known=True) == first
    head, _, rest = sheet.read_text().partition("\n")
    sheet.write_text(f"{head}\n\n{rest}")
    assert rows(known=True) == first, "a row's place does not count"
    sheet.write_text(f"{head}\n{rest}".replace(",2,B1", ",3,B1"))
    third = rows(known=True)
    assert third != first
    assert rows(known=False) == third
    sheet.write_text(f"{head}\n{rest}")
    assert rows(known=True) == first
    # the click that they name is not there any more: now their place counts
    image(study).parent.rename(image(study).parents[1] / "X20240108130000")
    gone = rows(known=True)
    assert gone != first
    assert rows(known=False) == gone


def test_nothing_is_kept_where_nothing_can_be_written(study: StudyConfig) -> None:
    looked = plan.look(study)
    seen.keep(study, "day7", looked, {"list": None})  # there is no folder for it
    assert seen.notes_of(study, "day7", looked) == {}
    seen.keep(study, "day7", None, {})
    assert seen.notes_of(study, "day7", None) == {}
    assert seen.notes_of(study, "day99", looked) == {}


def test_batches_are_listed_alike_and_once(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plan.batches(study, plan.look(study)) == plan.batches(study) == ["day14", "day7"]
    monkeypatch.setattr(of_batch, "_list_batches", lambda study: ["found anew"])
    assert plan.batches(study, plan.look(study)) == ["day14", "day7"]
    image(study).with_name("notes.txt").write_text("x", encoding="utf-8")
    assert plan.batches(study, plan.look(study)) == ["found anew"]
