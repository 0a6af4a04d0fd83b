"""What planning sees of the imaging folder: one look at its files for all that asks about them.

An archive has tens of thousands of files, and looking at each costs a run that has nothing to do
more than anything else. So planning looks once, and what follows from the files of a batch is kept
beside its list until one of them changes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from lumicohort.study.config import StudyConfig


@dataclass(frozen=True, slots=True)
class Seen:
    """The imaging folder as it was at one moment.

    Parameters
    ----------
    digest : str
        Hash of the names of all files and folders in it, and of the files' sizes, times and places
        on the disk.
    newest : int
        The newest of the files' times (ns since 1970).
    batches : dict
        Name of each of its folders to that folder's own hash.
    """

    digest: str
    newest: int
    batches: Mapping[str, str]


_NAME = attrgetter("name")


def look(study: StudyConfig) -> Seen:
    """Look at every file of the imaging folder.

    Parameters
    ----------
    study : StudyConfig
        The config.

    Returns
    -------
    Seen
        What there is; of a folder that cannot be listed, nothing.
    """
    top = os.fspath(study.imaging_folder)
    folders: list[str] = []
    lines, newest = _listed(top, folders)
    batches = {}
    for folder in folders:
        batches[os.path.basename(folder)], latest = _digest(folder)  # noqa: PTH119 (not a Path)
        newest = max(newest, latest)
    whole = hashlib.sha256(_bytes(lines))
    for name, digest in batches.items():
        whole.update(_bytes([name, digest]))
    return Seen(whole.hexdigest(), newest, batches)


def _digest(folder: str) -> tuple[str, int]:
    """Return the hash of all that is below a folder, and the newest time among it."""
    digest = hashlib.sha256()
    newest = 0
    todo = [folder]
    while todo:
        lines, latest = _listed(todo.pop(), todo)
        newest = max(newest, latest)
        digest.update(_bytes(lines))
    return digest.hexdigest(), newest


def _listed(folder: str, folders: list[str]) -> tuple[list[str], int]:
    """Return a folder's entries as lines, and the newest of their times; add its folders."""
    lines = [folder]
    newest = 0
    try:
        with os.scandir(folder) as entries:
            children = sorted(entries, key=_NAME)
    except OSError:
        return lines, newest  # what cannot be listed is told by whoever needs it
    for entry in children:
        try:
            if entry.is_dir():
                lines.append(entry.name)
                folders.append(entry.path)
                continue
            stat = entry.stat()
        except OSError:
            continue
        changed, entered = stat.st_mtime_ns, stat.st_ctime_ns
        newest = max(newest, changed, entered)
        lines.append(f"{entry.name}\0{stat.st_ino} {stat.st_size} {changed} {entered}")
    return lines, newest


def _bytes(lines: list[str]) -> bytes:
    return "\0".join(lines).encode(errors="surrogateescape") + b"\0"


def notes_of(study: StudyConfig, batch: str, seen: Seen | None) -> dict[str, Any]:
    """Return what is kept of a batch's files as they were seen; empty where they changed since.

    Parameters
    ----------
    study : StudyConfig
        The config.
    batch : str
        Name of the batch's folder.
    seen : Seen or None
        What planning saw; without it nothing can be said to be as it was.
    """
    if seen is None or batch not in seen.batches:
        return {}
    try:
        with open(_place(study, batch), encoding="utf-8") as stream:  # noqa: PTH123 (speed)
            notes = json.load(stream)
    except (FileNotFoundError, ValueError):
        return {}
    if not isinstance(notes, dict) or notes.get("seen") != seen.batches[batch]:
        return {}
    return notes


def keep(study: StudyConfig, batch: str, seen: Seen | None, notes: Mapping[str, Any]) -> None:
    """Keep what follows from the files of a batch as they were seen, for the next run.

    Parameters
    ----------
    study : StudyConfig
        The config.
    batch : str
        Name of the batch's folder.
    seen : Seen or None
        What planning saw; without it nothing is kept.
    notes : mapping
        What :func:`notes_of` is to return: anything that JSON can hold.
    """
    if seen is None or batch not in seen.batches:
        return
    place = Path(_place(study, batch))
    text = json.dumps({**notes, "seen": seen.batches[batch]})
    # Not worth waiting for the disk: of what a crash leaves, nothing but a whole text counts.
    temporary = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(place)
    except OSError:
        temporary.unlink(missing_ok=True)  # it costs only the time of finding out again


def stamp_of(path: str | os.PathLike[str]) -> list[int] | None:
    """Return what tells that a file was written anew; None where there is none."""
    try:
        stat = os.stat(path)  # noqa: PTH116 (speed)
    except FileNotFoundError:
        return None
    return [stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def _place(study: StudyConfig, batch: str) -> str:
    return f"{study.results_folder}/provenance/batches/.{batch}.seen.json"
