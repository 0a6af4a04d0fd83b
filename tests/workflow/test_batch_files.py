"""Batches whose files come, go, change or cannot be read while they are measured."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import small_study

from lumicohort.cli import main
from lumicohort.files import read_csv
from lumicohort.study import manifests
from lumicohort.study.config import StudyConfig, load_config

BATCH = "2020-01-13_MDA231-LeptoM_day07"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    small_study.make(folder)
    return folder


@pytest.fixture
def study(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudyConfig:
    """Return the small study, its data settled, in the working directory."""
    folder = small_study.copy_of(made, tmp_path / "study")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(manifests, "SETTLED_S", 0.0)
    return load_config(small_study.CONFIG_FILE)


def image(study: StudyConfig) -> Path:
    return next((study.imaging_folder / BATCH).rglob("luminescent.TIF"))


def listed(study: StudyConfig) -> dict[str, str]:
    content = json.loads(Path(manifests.refresh_manifest(study, BATCH)).read_text())
    assert isinstance(content, dict)
    return content


def measure(study: StudyConfig, planned: bool = False) -> int:
    if not planned:
        manifests.refresh_manifest(study, BATCH)
    return main(["step", "measure_batch", "--batch", BATCH, "--config", small_study.CONFIG_FILE])


def results(study: StudyConfig) -> Path:
    return study.results_folder / "imaging" / BATCH


class Meanwhile:
    """Does something when the first click of the batch is being measured."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
        from lumicohort.imaging import batch

        measured = batch.measure_click

        def measure_click(*args: object, **kwargs: object) -> object:
            act()
            return measured(*args, **kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr(batch, "measure_click", measure_click)


def lock_images(patch: pytest.MonkeyPatch) -> None:
    """Let no luminescent image be opened, as while another program holds it."""
    import builtins
    import io

    opening = io.open

    def locked(file: object, *args: object, **kwargs: object) -> object:
        if str(file).endswith("luminescent.TIF"):
            raise PermissionError(13, "Permission denied", str(file))
        return opening(file, *args, **kwargs)  # type: ignore[call-overload]

    patch.setattr(io, "open", locked)
    patch.setattr(builtins, "open", locked)


def test_a_file_that_comes_while_a_batch_is_measured_ends_its_job(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    more = study.imaging_folder / BATCH / "SIM20200113999999" / "luminescent.TIF"

    def copy() -> None:
        more.parent.mkdir()
        shutil.copy(image(study), more)

    Meanwhile(monkeypatch, copy)
    assert measure(study) == 2
    said = capsys.readouterr().err
    assert "the batch changed while it was measured" in said
    assert "`SIM20200113999999/luminescent.TIF` came" in said
    assert "Is it still being copied?" in said
    assert not list(results(study).iterdir())
    assert not (study.results_folder / "provenance" / "steps").exists()


def test_a_file_that_grows_meanwhile_ends_its_job(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = image(study).with_name("ClickInfo.txt")
    Meanwhile(monkeypatch, lambda: text.write_text(text.read_text() + "\n"))
    assert measure(study) == 2
    assert f"`{text.parent.name}/ClickInfo.txt` changed" in capsys.readouterr().err
    assert not list(results(study).iterdir())


def test_a_file_that_vanishes_meanwhile_ends_its_job_and_comes_back_unharmed(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = image(study)
    away = path.with_name(".away")
    with monkeypatch.context() as patch:
        Meanwhile(patch, lambda: path.rename(away))
        assert measure(study) == 2
    said = capsys.readouterr().err
    assert "could be read when the run began, and then not (No such file or directory)" in said
    assert not list(results(study).iterdir())
    away.rename(path)
    assert measure(study) == 0
    assert len(read_csv(results(study) / "clicks.csv")) == 1


def test_a_click_that_arrives_before_measuring_is_measured_and_listed(study: StudyConfig) -> None:
    first = listed(study)
    more = image(study).parent.with_name("SIM20200113101241")
    shutil.copytree(image(study).parent, more)
    assert measure(study, planned=True) == 0
    place, _ = manifests.paths_of(study, BATCH)
    new = json.loads(place.read_text()).keys() - first.keys()
    assert new == {f"{more.name}/{path.name}" for path in more.iterdir()}
    assert more.name in read_csv(results(study) / "clicks.csv")["click"].tolist()
    shutil.rmtree(more)
    assert listed(study) == first, "its going is a change"


def test_a_file_that_goes_before_measuring_ends_the_job(
    study: StudyConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    before = listed(study)
    path = image(study)
    path.rename(path.with_name(".away"))
    assert measure(study, planned=True) == 2
    said = capsys.readouterr().err
    assert f"{BATCH}: files were there when the run was planned, and are not now" in said
    assert f"`{path.parent.name}/luminescent.TIF`" in said
    assert json.loads(manifests.paths_of(study, BATCH)[0].read_text()) == before


def test_a_locked_file_ends_the_job_rather_than_leave_its_click_out(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listed(study)
    with monkeypatch.context() as patch:
        lock_images(patch)
        assert measure(study, planned=True) == 2
    said = capsys.readouterr().err
    assert f"{image(study).absolute()}: the file could be read when the run began" in said
    assert "Permission denied" in said
    assert not list(results(study).iterdir())


def test_a_file_that_cannot_be_read_from_the_beginning_is_a_bad_click_and_tried_anew(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = manifests.sha256

    def locked(path: Path) -> str:
        if Path(path).name == "luminescent.TIF":
            raise PermissionError(13, "Permission denied", str(path))
        return known(path)

    name = image(study).relative_to(study.imaging_folder / BATCH).as_posix()
    with monkeypatch.context() as patch:
        patch.setattr(manifests, "sha256", locked)
        lock_images(patch)
        assert measure(study) == 0
        assert listed(study)[name] == manifests.UNREADABLE
    excluded = read_csv(results(study) / "exclusions.csv")
    assert excluded["rule"].tolist() == ["unmeasurable_click"]
    assert "Permission denied" in excluded["reason"].iloc[0]
    before = (study.results_folder / "provenance" / "batches" / f"{BATCH}.json").stat().st_mtime_ns
    assert listed(study)[name] == known(image(study)), "nothing tells but trying"
    after = (study.results_folder / "provenance" / "batches" / f"{BATCH}.json").stat().st_mtime_ns
    assert after > before
    assert measure(study) == 0
    assert read_csv(results(study) / "exclusions.csv").empty


def test_the_list_is_rewritten_only_when_a_content_changed(study: StudyConfig) -> None:
    first = listed(study)
    place, _ = manifests.paths_of(study, BATCH)
    written = place.stat().st_mtime_ns
    os.utime(image(study))
    assert listed(study) == first
    assert place.stat().st_mtime_ns == written
    image(study).with_name("notes.txt").write_text("a new file")
    assert listed(study).keys() - first.keys() == {f"{image(study).parent.name}/notes.txt"}
    assert place.stat().st_mtime_ns > written


def test_files_that_did_not_change_are_not_read_again(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = listed(study)

    def reading(path: Path) -> str:
        raise AssertionError(f"{path} was read again")

    monkeypatch.setattr(manifests, "sha256", reading)
    assert listed(study) == first


def test_other_pixels_are_found_though_size_and_time_are_as_before(study: StudyConfig) -> None:
    first = listed(study)
    path = image(study)
    stat = path.stat()
    raw = bytearray(path.read_bytes())
    raw[-1000] ^= 1
    path.write_bytes(bytes(raw))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path.stat().st_mtime_ns == stat.st_mtime_ns
    assert {name for name, digest in listed(study).items() if first[name] != digest} == {
        path.relative_to(study.imaging_folder / BATCH).as_posix()
    }


def test_a_young_file_is_read_again_since_its_time_may_not_tell(
    study: StudyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifests, "SETTLED_S", 3.0)
    note = image(study).with_name("notes.txt")
    note.write_text("one")
    first = listed(study)
    stats = {n: [9, 0, 0] for n in manifests.stats_of(study.imaging_folder / BATCH)}
    monkeypatch.setattr(manifests, "stats_of", lambda folder: stats)  # a clock that stands still
    note.write_text("two")
    now = listed(study)
    name = f"{note.parent.name}/notes.txt"
    assert first[name] != now[name]


def test_times_of_a_clock_that_runs_ahead_do_not_count() -> None:
    assert manifests._age_ns([1, 5, 200], 100) == 95
    assert manifests._age_ns([1, 200, 200], 100) == 0
