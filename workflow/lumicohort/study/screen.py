"""What a run says on the screen: Snakemake's messages, shortened to what a person reads.

The log file of the run, which Snakemake names at its end, keeps every word of them.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lumicohort.study.config import StudyConfig
from lumicohort.study.reasons import why

LAST_LINES = 20
"""How many lines of a failed job's log are shown."""

_NOISE = (
    "Select jobs to execute...",
    "Assuming unrestricted shared filesystem usage.",
    "Rules claiming more threads will be scaled down.",
    "Using shell: ",
    "Shutting down, this might take some time.",
    # of a failed job, with its whole command; what failed stands in its own message
    "RuleException:\nCalledProcessError in file ",
    # would have one forget, without a trace, what made a result
    "Some jobs were triggered by provenance information",
    "Rules with provenance triggered jobs:",
    "Reasons:\n    (check individual jobs above for details)",
)
"""How messages begin that say nothing to those who run a study."""
_SILENT = ("job_started", "job_finished")
"""Events that the count of steps, or the job's own line, tells besides."""


_REFUSED = re.compile(r'WorkflowError in file "[^"]*", line [0-9]+:\n')
_PLACE = re.compile(r'\n  File "[^"]*", line [0-9]+, in .*')
"""Where in the rules input was refused."""


class Screen(logging.Formatter):
    """Formats Snakemake's records for the screen.

    Parameters
    ----------
    study : StudyConfig, optional
        The config; none while it is read.
    inner : logging.Formatter
        Formats what is left as it is.
    """

    def __init__(self, study: StudyConfig | None, inner: logging.Formatter) -> None:
        super().__init__()
        self._study = study
        self.inner = inner
        self._messages: dict[object, str] = {}
        self._counted = False

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text; blank where there is nothing to say."""
        event = str(getattr(getattr(record, "event", None), "value", ""))
        text = record.getMessage()
        if event in _SILENT or text.startswith(_NOISE):
            return ""
        if text.startswith("Job stats:"):  # a dry run ends with them again
            said, self._counted = self._counted, True
            return "" if said else self.inner.format(record)
        if _REFUSED.match(text):
            return "Lumicohort stops:\n" + _PLACE.sub("", _REFUSED.sub("", text, count=1))
        if event == "job_info" and self._study is not None:
            return self._job(self._study, record)
        if event == "job_error":
            return self._failed(record)
        return self.inner.format(record)

    def _job(self, study: StudyConfig, record: logging.LogRecord) -> str:
        known = record.__dict__
        message = str(known.get("rule_msg") or known.get("rule_name"))
        self._messages[known.get("jobid")] = message
        step, label = step_of(str(known.get("rule_name")), known.get("wildcards") or {})
        if step in ("default", "all", "figures"):
            return ""
        shown = copy.copy(record)
        shown.__dict__["rule_msg"] = message
        shown.__dict__["reason"] = why(study, step, label, str(known.get("reason")))
        return self.inner.format(shown)

    def _failed(self, record: logging.LogRecord) -> str:
        known = record.__dict__
        message = self._messages.get(known.get("jobid"), str(known.get("rule_name")))
        lines = [f"Failed: {message}"]
        lines += [f"  {key}: {value}" for key, value in (known.get("aux") or {}).items()]
        for path in known.get("log") or ():
            lines += [f"  log file: {path}", *(f"  | {line}" for line in last_lines(Path(path)))]
        return "\n".join(lines)


def step_of(rule: str, wildcards: Mapping[str, Any]) -> tuple[str, str]:
    """Return the step that a rule's job does, and its batch or figure (blank of others)."""
    if rule.startswith("figure_"):
        return "figure", rule.removeprefix("figure_")
    return rule, str(wildcards.get("batch", ""))


def last_lines(log: Path) -> list[str]:
    """Return the last lines of a job's log."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ["(the job wrote no log)"]
    lines = text.rstrip().splitlines()
    more = [f"({len(lines) - LAST_LINES} lines above)"] if len(lines) > LAST_LINES else []
    return more + lines[-LAST_LINES:] if lines else ["(the job's log is empty)"]


def shorten(handlers: list[logging.Handler], study: StudyConfig | None = None) -> None:
    """Let the screen's handlers say it shorter.

    Parameters
    ----------
    handlers : list of logging.Handler
        Those of Snakemake's logger. What a logger plugin or a file tells is left as it is.
    study : StudyConfig, optional
        The config, once it is read; reasons of jobs are put into words with it.
    """
    for handler in handlers:
        inner = handler.formatter
        if handler.name == "DefaultStreamHandler" and inner is not None:
            if isinstance(inner, Screen):
                inner = inner.inner
            handler.setFormatter(Screen(study, inner))
