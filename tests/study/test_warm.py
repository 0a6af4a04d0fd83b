"""The process that draws a run's figures by forks: asked, refused, left, and ended with the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lumicohort.study import warm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")

START = "import os, time; from lumicohort.study import warm; warm.start({}); "
START += "print(os.environ[warm.VARIABLE], flush=True); time.sleep({})"
LONG = ("plan", "--hazard-ratio", "0.5", "--simulations", "1000000")
ASK = "import sys; from lumicohort.study import warm; print('code', warm.ask(sys.argv[1:]))"


def until(true: Callable[[], bool]) -> bool:
    """Wait until something is so; return whether it came."""
    for _ in range(300):
        if true():
            return True
        time.sleep(0.1)
    return False


def asking(name: str, *arguments: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ASK, *arguments],
        env={**os.environ, warm.VARIABLE: name},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def started(code: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if k != warm.VARIABLE}
    return subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture
def run(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Return what stands for a run of the workflow, and the name by which its process is asked."""
    with started(START.format("", 600)) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        # The first that asks is to do it itself.
        first = asking(name, "--version", folder=tmp_path).communicate(timeout=60)
        assert first == ("code None\n", "")
        yield process, name
        process.kill()


def children(process: subprocess.Popen[str]) -> list[int]:
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(child) for child in path.read_text().split()]


def test_a_command_is_done_in_the_asker_s_folder_and_with_its_streams(
    run: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    (tmp_path / "bad.yaml").write_text("study: [\n")
    for _ in range(2):
        bad = asking(run[1], "check", "bad.yaml", folder=tmp_path)
        good = asking(run[1], "--version", folder=tmp_path)
        said, faults = bad.communicate(timeout=60)
        assert said.endswith("code 2\n")
        assert "bad.yaml" in faults and "not valid YAML" in faults
        said, faults = good.communicate(timeout=60)
        assert said.startswith("lumicohort ") and said.endswith("code 0\n")
        assert faults == ""


def test_without_such_a_process_the_job_is_told_to_do_it_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("off", "lumicohort-nobody"):
        monkeypatch.setenv(warm.VARIABLE, name)
        assert warm.ask(["--version"]) is None
    monkeypatch.delenv(warm.VARIABLE)
    assert warm.ask(["--version"]) is None


def test_where_figures_are_due_the_first_is_drawn_by_it_too(tmp_path: Path) -> None:
    with started(START.format("['matplotlib', 'seaborn']", 600)) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        (server,) = children(process)
        first = asking(name, "--version", folder=tmp_path).communicate(timeout=60)
        assert first[0].endswith("code 0\n")
        assert "scipy" in maps_of(server)  # which of all only seaborn loads
        process.kill()


def test_it_ends_with_a_run_that_is_done_while_it_loads() -> None:
    with started(START.format("['seaborn']", 0.2)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        (server,) = children(process)
        assert process.stdout.read() == ""  # who reads the run's output comes to its end
        assert process.wait(60) == 0
        assert "scipy" not in maps_of(server)
        assert until(lambda: not maps_of(server))


def test_it_ends_with_a_run_that_is_killed(run: tuple[subprocess.Popen[str], str]) -> None:
    (server,) = children(run[0])
    run[0].send_signal(signal.SIGKILL)
    assert until(lambda: not Path(f"/proc/{server}/cmdline").is_file())


def maps_of(process: int) -> str:
    """Return what a process has loaded; nothing of one that has ended."""
    try:
        return Path(f"/proc/{process}/maps").read_text()
    except OSError:
        return ""


def at_work(
    run: tuple[subprocess.Popen[str], str], folder: Path
) -> tuple[subprocess.Popen[str], Path]:
    """Return a job whose fork is at work, and the file that lists the forks."""
    (server,) = children(run[0])
    job = asking(run[1], *LONG, folder=folder)
    forks = Path(f"/proc/{server}/task/{server}/children")
    assert until(lambda: forks.read_text() != "")
    return job, forks


def test_a_job_that_is_killed_ends_its_fork(
    run: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    job, forks = at_work(run, tmp_path)
    job.kill()
    assert until(lambda: forks.read_text() == "")
    done = asking(run[1], "--version", folder=tmp_path)
    assert done.communicate(timeout=60)[0].endswith("code 0\n")


def test_where_its_fork_is_killed_the_job_does_it_itself(
    run: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    job, forks = at_work(run, tmp_path)
    os.kill(int(forks.read_text()), signal.SIGKILL)
    assert job.communicate(timeout=60)[0].endswith("code None\n")
