"""What a step read, wrote and used, as `provenance/steps/<step>.json` beside the results.

The record says how old results are without the workflow's own notes: which config, code and
libraries made them, and from which files. What was read is what the process really opened, not
what somebody listed; a file that another program changed meanwhile ends the step, since results
of half-old input would later count as up to date.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.files import sha256, write_json

FOLDER = "provenance/steps"
"""Where the records lie, below a study's results."""

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass
class Trace:
    """The files below some folders that this process opens.

    Parameters
    ----------
    roots : tuple of Path
        Folders, absolute. Hidden files and folders below them do not count.
    read : dict
        Path to (size, time in ns) when it was opened first.
    wrote : list of Path
        What was put in place, in order.
    """

    roots: tuple[Path, ...]
    read: dict[Path, tuple[int, int]] = field(default_factory=dict)
    wrote: list[Path] = field(default_factory=list)
    on: bool = True

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note an event of Python's audit hooks."""
        if not self.on:
            return
        if event == "open":
            path, mode, flags = arguments
            writes = any(c in mode for c in "wax+") if mode else bool(flags & _WRITES)
            if not writes and (place := self.inside(path)):
                self.note(place)
        elif event == "os.rename" and (place := self.inside(arguments[1])):
            self.wrote.append(place)

    def inside(self, path: object) -> Path | None:
        """Return a path in full where it lies in one of the folders and is not hidden."""
        if not isinstance(path, (str, bytes, os.PathLike)):
            return None
        full = Path(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 (keeps links as they are)
        for root in self.roots:
            if full.is_relative_to(root):
                hidden = any(part.startswith(".") for part in full.relative_to(root).parts)
                return None if hidden else full
        return None

    def note(self, path: Path) -> None:
        """Note that a file is being read."""
        if path not in self.read and path not in self.wrote:
            try:
                stat = path.stat()
            except OSError:
                return  # opening it says so
            self.read[path] = (stat.st_size, stat.st_mtime_ns)

    def changed(self) -> list[Path]:
        """Return what was read and is another file now, or none."""
        out = []
        for path, before in self.read.items():
            if path in self.wrote:
                continue
            try:
                stat = path.stat()
            except OSError:
                out.append(path)
                continue
            if (stat.st_size, stat.st_mtime_ns) != before:
                out.append(path)
        return out


@contextmanager
def traced(*roots: Path) -> Iterator[Trace]:
    """Note which files below some folders are opened while the block runs."""
    trace = Trace(tuple(Path(os.path.abspath(root)) for root in roots))  # noqa: PTH100
    sys.addaudithook(trace)  # for good: Python has no way to take it away again
    try:
        yield trace
    finally:
        trace.on = False


def refuse_changed(trace: Trace) -> None:
    """Refuse results of files that changed while a step read them.

    Parameters
    ----------
    trace : Trace
        What was read.

    Raises
    ------
    InputError
        Naming each file.
    """
    problems = [
        Problem(
            "the file changed while it was read.",
            path,
            hint="Save it, close the program that changed it, and run the same command again.",
        )
        for path in trace.changed()
    ]
    if problems:
        raise InputError(problems)


def write_record(
    place: Path,
    name: str,
    uses: dict[str, Any],
    started: float,
    trace: Trace,
    known: dict[Path, str],
) -> None:
    """Write the record of a step that is done.

    Parameters
    ----------
    place : Path
        The study's results folder.
    name : str
        The step, with its batch or figure after a dot.
    uses : dict
        Its code, libraries and settings.
    started : float
        When it began, seconds since 1970.
    trace : Trace
        What it read and wrote.
    known : dict
        Hashes of files that need not be computed again.
    """
    begun = datetime.fromtimestamp(started, UTC)
    ended = datetime.now(UTC)
    wrote = sorted({file for path in trace.wrote for file in _files(path)})
    record = {
        "step": name,
        "started": begun.isoformat(timespec="seconds"),
        "finished": ended.isoformat(timespec="seconds"),
        "seconds": round((ended - begun).total_seconds(), 2),
        **uses,
        "read": {
            _shown(p): known.get(p) or sha256(p)
            for p in sorted(trace.read)
            if p not in wrote and p.is_file()
        },
        "wrote": {_shown(p): sha256(p) for p in wrote},
    }
    write_json(record, place / FOLDER / f"{name}.json")


def _files(path: Path) -> list[Path]:
    """Return a file, or the files of a folder."""
    if path.is_dir():
        return [p for p in path.rglob("*") if p.is_file()]
    return [path] if path.is_file() else []


def _shown(path: Path) -> str:
    """Return a path as the config says it: from the folder that the run was started in."""
    return Path(os.path.relpath(path)).as_posix()
