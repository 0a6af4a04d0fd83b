"""The command line itself."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lumicohort import threads
from lumicohort.cli import main


def test_ctrl_c_is_one_line_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("lumicohort.commands.status.run", interrupted)
    assert main(["status", "config/config.yaml"]) == 130
    said = capsys.readouterr()
    assert said.err == "lumicohort: stopped by Ctrl-C; nothing half-written was kept.\n"


@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_reader_that_has_gone_is_no_fault(lines: int) -> None:
    program = (
        "import sys, lumicohort.cli as cli, lumicohort.commands.status as status\n"
        f"status.run = lambda _: print(*range({lines}), sep='\\n') or 0\n"
        "sys.stdin.read()\n"  # until the reader has gone
        "sys.exit(cli.main(['status', 'config/config.yaml']))\n"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert started.stdin and started.stdout and started.stderr
    started.stdout.close()
    started.stdin.close()
    assert started.stderr.read() == b""
    assert started.wait() == 141


def test_a_pipe_of_our_own_that_breaks_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(arguments: object) -> int:
        raise BrokenPipeError

    monkeypatch.setattr("lumicohort.commands.status.run", broken)
    with pytest.raises(BrokenPipeError):
        main(["status", "config/config.yaml"])


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_the_program_computes_with_one_thread() -> None:
    program = (
        "import os, sys, lumicohort.cli as cli\n"
        "assert 'numpy' not in sys.modules\n"  # or its threads would have started
        "def main():\n"
        "    import numpy\n"
        "    ones = numpy.ones(1_000_000)\n"
        "    return int(ones @ ones == 1_000_000) * len(os.listdir('/proc/self/task'))\n"
        "cli.main = main\n"
        "cli.program()\n"
    )
    unset = {name: of for name, of in os.environ.items() if not name.endswith("_THREADS")}
    assert subprocess.run([sys.executable, "-c", program], env=unset, check=False).returncode == 1


def test_threads_that_the_environment_asks_for_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"OMP_NUM_THREADS": "4"})
    threads.keep_to_one()
    assert os.environ["OMP_NUM_THREADS"] == "4"
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("check --config a.yaml b.yaml", "there is no option `--config`."),
        ("check a.yaml b.yaml", "`b.yaml` is more than this command takes."),
        (
            "plan --median-treted=30",
            "no option `--median-treted` — did you mean `--median-treated`?",
        ),
    ],
)
def test_what_a_command_does_not_take_is_told_with_its_own_usage(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"usage: lumicohort {words.split()[0]} ")
    assert told.endswith(f"{said}\n")
