"""Runs that are killed, that find no room, that meet another run: nothing is lost or mixed."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_study
import yaml
from running import before_all, command_of, snakemake

ARGUMENTS = ("--configfile", small_study.CONFIG_FILE)
KILLS = int(os.environ.get("LUMICOHORT_KILLS", "50"))
CUT = Path(__file__).parent / "cut"

pytestmark = pytest.mark.slow


class RunUnderWay:
    """A run in a process group of its own, which can be killed."""

    def __init__(
        self, folder: Path, *arguments: str, variables: dict[str, str] | None = None
    ) -> None:
        self.log = folder / "run.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command_of(folder, *ARGUMENTS, *arguments),
                cwd=folder,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(variables or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, whole_group: bool = True) -> bool:
        """Kill it as a power cut does, or only Snakemake itself; return whether it still ran."""
        if self.process.poll() is not None:
            return False
        if whole_group:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.wait()
        return True

    def end(self) -> None:
        """Kill whatever is left of it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def recover(folder: Path) -> str:
    """Do what the docs say after a crash, and return what the run said."""
    unlock = snakemake(folder, *ARGUMENTS, "--unlock")
    assert unlock.code == 0, unlock.text
    run = snakemake(folder, *ARGUMENTS)
    assert run.code == 0, run.text
    return run.text


def differing(folder: Path, small: Path) -> list[str]:
    expected, found = small_study.tables_of(small), small_study.tables_of(folder)
    return sorted(n for n in expected.keys() | found.keys() if expected.get(n) != found.get(n))


def fresh(folder: Path) -> None:
    """Forget all that was computed."""
    shutil.rmtree(folder / "results", ignore_errors=True)
    shutil.rmtree(folder / ".snakemake", ignore_errors=True)


@pytest.fixture
def study(small: Path, tmp_path: Path) -> Path:
    return small_study.copy_of(small, tmp_path / "study")


def test_kills_at_random_points_cost_no_byte(small: Path, study: Path) -> None:
    """Kill a run again and again, in full or Snakemake alone, and recover as the docs say."""
    rng = random.Random(3382)
    fresh(study)
    began = time.monotonic()
    assert snakemake(study, *ARGUMENTS).code == 0
    length = time.monotonic() - began
    fresh(study)
    kills = finished = 0
    places: set[str] = set()
    while kills < KILLS:
        run = RunUnderWay(study)
        time.sleep(rng.uniform(0.02, 0.45) * length)
        whole = rng.random() < 0.7
        if run.kill(whole):
            kills += 1
            last = [line for line in run.log.read_text().splitlines() if line.startswith("Job ")]
            places.add(last[-1].split(":")[-1].strip() if last else "planning")
        else:
            assert run.process.returncode == 0, run.log.read_text()
            assert differing(study, small) == []
            finished += 1
            fresh(study)
        unlock = snakemake(study, *ARGUMENTS, "--unlock")
        assert unlock.code == 0, unlock.text
        if not whole:
            run.end()  # its orphans have had the time of the unlocking to write on
    recover(study)
    assert differing(study, small) == []
    print(f"{kills} kills, {finished} runs to the end between them, in {len(places)} places")
    assert len(places) >= 5, places


@pytest.mark.parametrize(
    "cut", ["measure_batch:1", "cohort:1", "survival:4", "burden:1", "figure:2", "report:1"]
)
def test_a_power_cut_between_two_outputs_of_a_job(cut: str, small: Path, study: Path) -> None:
    rule = cut.split(":")[0].replace("figure", "figure_survival")
    run = RunUnderWay(
        study,
        "--forcerun",
        rule,
        variables={"PYTHONPATH": before_all(CUT), "LUMICOHORT_CUT": cut},
    )
    assert run.process.wait(timeout=300) == -signal.SIGKILL, run.log.read_text()
    text = snakemake(study, *ARGUMENTS)
    assert text.code != 0
    assert "was cut off" in text.text
    assert "snakemake --unlock" in text.text
    recover(study)
    assert differing(study, small) == []


def test_a_second_run_says_so_and_harms_nothing(small: Path, study: Path) -> None:
    fresh(study)
    run = RunUnderWay(study)
    locks = study / ".snakemake" / "locks"
    while not (locks.is_dir() and any(locks.iterdir())):
        assert run.process.poll() is None, run.log.read_text()
        time.sleep(0.05)
    time.sleep(1)
    other = {**small_study.CONFIG, "imaging": {"regions": {"margin_cm": 0.5}}}
    (study / "other.yaml").write_text(yaml.safe_dump(other, sort_keys=False))
    second = snakemake(study, "--configfile", "other.yaml")
    assert run.process.poll() is None, "the first run was over too soon"
    assert second.code != 0
    assert "is under way" in second.text
    assert "Traceback" not in second.text
    assert run.process.wait(timeout=600) == 0, run.log.read_text()
    assert differing(study, small) == []
    assert snakemake(study, *ARGUMENTS).text.count("Nothing to be done") == 1


@pytest.fixture
def disk(study: Path) -> Iterator[Path]:
    """Return the study with results on a disk of their own, where disks can be mounted."""
    fresh(study)
    place = study / "results"
    place.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=False
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def remount(disk: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(disk)], check=True)


def test_a_full_disk_stops_the_run_and_harms_nothing(small: Path, study: Path, disk: Path) -> None:
    run = snakemake(study, *ARGUMENTS)
    assert run.code != 0
    assert "Make room on the disk" in run.text
    remount(disk, "size=100m")
    again = snakemake(study, *ARGUMENTS)
    assert again.code == 0, again.text
    assert differing(study, small) == []


def test_results_that_cannot_be_written_stop_the_run(small: Path, study: Path, disk: Path) -> None:
    remount(disk, "size=100m")
    remount(disk, "ro")
    run = snakemake(study, *ARGUMENTS)
    assert run.code != 0
    assert "Read-only file system" in run.text
    assert "Traceback" not in run.text
    remount(disk, "rw")
    again = snakemake(study, *ARGUMENTS)
    assert again.code == 0, again.text
    assert differing(study, small) == []


def test_one_bad_click_is_listed_and_strict_refuses_it(small: Path, study: Path) -> None:
    batch = study / "data" / "small" / "imaging" / "2020-01-13_MDA231-LeptoM_day07"
    image = next(batch.rglob("luminescent.TIF"))
    raw = image.read_bytes()
    image.write_bytes(raw[: len(raw) // 2])
    run = snakemake(study, *ARGUMENTS)
    assert run.code == 0, run.text
    results = study / "results" / "small"
    assert "cut off" in (results / "exclusions.csv").read_text()
    assert image.parent.name in (results / "exclusions.csv").read_text()
    report = (results / "report.html").read_text()
    assert "the file is cut off: not all of its pixels are there" in report
    sheet = study / "data" / "small" / "imaging.csv"
    rows = sheet.read_text()
    kept = [row for row in rows.splitlines() if not row.startswith(small_study.LATER)]
    sheet.write_text("\n".join(kept) + "\n")  # strict refuses rows of a batch that is not there
    small_study.write_config(study, {**small_study.CONFIG, "strict": True})
    strict = snakemake(study, *ARGUMENTS)
    assert strict.code != 0
    assert "the file is cut off: not all of its pixels are there" in strict.text
    image.write_bytes(raw)
    sheet.write_text(rows)
    small_study.write_config(study, small_study.CONFIG)
    again = snakemake(study, *ARGUMENTS)
    assert again.code == 0, again.text
    assert differing(study, small) == []


def test_edited_sheets_of_a_simulated_study_are_not_overwritten(tmp_path: Path) -> None:
    simulated = {**small_study.CONFIG, "simulate": {"seed": 1, "animals_per_arm": 2}}
    small_study.write_config(tmp_path, simulated)
    assert snakemake(tmp_path, *ARGUMENTS, "--until", "simulate").code == 0
    sheet = tmp_path / "data" / "small" / "cohort.csv"
    edited = sheet.read_text().replace("2020-01-30", "2020-01-31")
    sheet.write_text(edited)
    simulated["simulate"] = {"seed": 2, "animals_per_arm": 2}
    small_study.write_config(tmp_path, simulated)
    run = snakemake(tmp_path, *ARGUMENTS, "--until", "simulate")
    assert run.code != 0
    assert "data/small/cohort.csv: the sheet was edited since it was simulated" in run.text
    assert "Traceback" not in run.text
    assert sheet.read_text() == edited
    sheet.unlink()
    assert snakemake(tmp_path, *ARGUMENTS, "--until", "simulate").code == 0
    assert sheet.is_file()


def test_results_without_snakemake_s_notes_are_not_taken_for_newer_sheets(
    small: Path, study: Path
) -> None:
    """The sheets went and came back, and the notes were lost in between."""
    sheet = study / "data" / "small" / "cohort.csv"
    before = sheet.read_text()
    sheet.write_text(before.replace("2020-01-30", "2020-02-09"))
    assert snakemake(study, *ARGUMENTS).code == 0
    assert "survival.csv" in differing(study, small)
    shutil.rmtree(study / ".snakemake")
    sheet.write_text(before)
    assert snakemake(study, *ARGUMENTS).code == 0
    assert differing(study, small) == []
