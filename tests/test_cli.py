"""The command line itself."""

from __future__ import annotations

import pytest

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
