"""Lists of the content of imaging batches, which stand for their files in the workflow.

A list is rewritten only when a content changed, so touching a file measures nothing again, and a
batch of hundreds of files costs the workflow one input.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.files import sha256, write_json
from lumicohort.study.config import StudyConfig
from lumicohort.study.seen import Seen, keep, notes_of, stamp_of

UNREADABLE = "unreadable"
"""Stands for the hash of a file that could not be read; it is tried anew each time."""

SETTLED_S = 3.0
"""A file younger than this (seconds) may change again without its time telling: FAT counts time
in steps of 2 s, and so do some network drives. Until it is older, its content is compared."""


def refresh_manifest(study: StudyConfig, batch: str, seen: Seen | None = None) -> str:
    """List the files of a batch with their hashes, and return the list's path.

    Files whose size and times are as they were are not read again.

    Parameters
    ----------
    study : StudyConfig
        The config.
    batch : str
        Name of the batch's folder.
    seen : Seen, optional
        What planning saw of the imaging folder. A batch that is as it was when its list was made
        is then not looked at again.

    Returns
    -------
    str
        Path of the list (JSON: relative path to SHA-256, or to :data:`UNREADABLE`).
    """
    folder = study.imaging_folder / batch
    manifest, stats_path = paths_of(study, batch)
    notes = notes_of(study, batch, seen)
    if notes and notes["list"] == stamp_of(manifest):
        return str(manifest)
    known = read_json(stats_path)
    before = read_json(manifest)
    stats = stats_of(folder)
    now = time.time_ns()
    hashes: dict[str, str] = {}
    for name, stat in stats.items():
        same = known.get(name) == stat and before.get(name, UNREADABLE) != UNREADABLE
        hashes[name] = before[name] if same else _hash(folder / name)
    # Not yet settled files are left out of what is known, and so are read again next time.
    settled = {n: s for n, s in stats.items() if _age_ns(s, now) > SETTLED_S * 1e9}
    if hashes != before or not manifest.is_file():
        write_json(hashes, manifest)
    if settled != known:
        write_json(settled, stats_path)
    if settled == stats and UNREADABLE not in hashes.values():
        keep(study, batch, seen, {"list": stamp_of(manifest)})
    return str(manifest)


def as_planned(study: StudyConfig, batch: str, found: Mapping[str, list[int]]) -> None:
    """Compare a batch about to be measured with its list, made when the run was planned.

    What arrived meanwhile is added to the list: otherwise what is measured would not be what the
    list says, and its going again unnoticed.

    Parameters
    ----------
    study : StudyConfig
        The config.
    batch : str
        Name of the batch's folder.
    found : mapping
        :func:`stats_of` it.

    Raises
    ------
    InputError
        Naming the files that went meanwhile. Their drive may be away for a while; without them
        their clicks would be left out for good, since the list is the same once they are back.
    """
    listed = read_json(paths_of(study, batch)[0])
    gone = sorted(listed.keys() - found.keys())
    if gone:
        more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
        raise InputError(
            Problem(
                "files were there when the run was planned, and are not now: "
                f"{', '.join(f'`{name}`' for name in gone[:5])}{more}.",
                study.imaging_folder / batch,
                hint="Was their drive away, or were they deleted? Nothing of the batch was kept; "
                "run the same command again.",
            )
        )
    refresh_manifest(study, batch)


def paths_of(study: StudyConfig, batch: str) -> tuple[Path, Path]:
    """Return the paths of a batch's list, and of the sizes and times it was made at."""
    place = study.results_folder / "provenance" / "batches"
    return place / f"{batch}.json", place / f".{batch}.stat.json"


def click_folders(study: StudyConfig, batch: str) -> tuple[str, ...]:
    """Return the names of a batch's click folders, background clicks left out, as its list has."""
    path = paths_of(study, batch)[0]
    try:
        return _click_folders(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return ()


@cache
def _click_folders(manifest: Path, _stamp: int) -> tuple[str, ...]:
    """List the folders once per state of a batch's list: planning asks several times."""
    from lumicohort.living_image.folders import MARKS

    folders = set()
    for name in read_json(manifest):
        folder, _, file = name.rpartition("/")
        if file.casefold() in MARKS and folder:
            folders.add(PurePosixPath(folder))
    return tuple(
        sorted(f.name for f in folders if not any(p.upper().startswith("BKG") for p in f.parts))
    )


def known_hashes(study: StudyConfig, batch: str | None) -> dict[Path, str]:
    """Return the hashes of a batch's files (absolute paths) as its list has them."""
    if batch is None:
        return {}
    folder = (study.imaging_folder / batch).absolute()
    listed = read_json(paths_of(study, batch)[0])
    return {folder / name: digest for name, digest in listed.items() if digest != UNREADABLE}


def stats_of(folder: Path) -> dict[str, list[int]]:
    """Return size and times (of content and of entry, ns) of each file below a folder.

    Hidden files and folders are no part of a batch.
    """
    found: dict[str, list[int]] = {}
    _add_stats(os.fspath(folder), "", found)
    return found


def _add_stats(folder: str, before: str, found: dict[str, list[int]]) -> None:
    """Add a folder's files, then those of its folders; an archive has tens of thousands."""
    try:
        with os.scandir(folder) as entries:
            children = sorted((e for e in entries if e.name[0] != "."), key=lambda e: e.name)
    except OSError:
        return  # what cannot be listed is told by whoever needs it
    for entry in children:
        if entry.is_dir():
            continue
        try:
            stat = entry.stat()
        except OSError:
            continue  # gone since the folder was listed
        found[before + entry.name] = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
    for entry in children:
        if entry.is_dir(follow_symlinks=False):
            _add_stats(entry.path, f"{before}{entry.name}/", found)


def _age_ns(stat: list[int], now: int) -> int:
    """Return how long ago a file changed; times of a clock that runs ahead do not count."""
    return now - max((t for t in stat[1:] if t <= now), default=now)


def _hash(path: Path) -> str:
    try:
        return sha256(path)
    except OSError:
        return UNREADABLE


def refuse_changed(folder: Path, before: dict[str, list[int]]) -> None:
    """Refuse a batch whose files changed while it was measured.

    Parameters
    ----------
    folder : Path
        The batch's folder.
    before : dict
        :func:`stats_of` it when its measuring began.

    Raises
    ------
    InputError
        Naming the files that came, went, or changed.
    """
    now = stats_of(folder)
    content = {name: stat[:2] for name, stat in now.items()}
    was = {name: stat[:2] for name, stat in before.items()}
    words = [
        *(f"`{n}` came" for n in sorted(content.keys() - was.keys())),
        *(f"`{n}` went" for n in sorted(was.keys() - content.keys())),
        *(f"`{n}` changed" for n in sorted(content) if n in was and content[n] != was[n]),
    ]
    if not words:
        return
    more = f" and {len(words) - 5} more" if len(words) > 5 else ""
    raise InputError(
        Problem(
            f"the batch changed while it was measured: {', '.join(words[:5])}{more}.",
            folder,
            hint="Is it still being copied? Nothing of it was kept. Once all is there, run the "
            "same command again.",
        )
    )


def refuse_unread(study: StudyConfig, batch: str, unread: Mapping[Path, str]) -> None:
    """Refuse a batch of which a file could be read when the run was planned, and then not.

    Such a file is locked, or its drive is gone for a while; its click must not be left out for
    good, since nothing would tell that it can be read again.

    Parameters
    ----------
    study : StudyConfig
        The config.
    batch : str
        Name of the batch's folder.
    unread : dict
        Files that could not be read, and why.

    Raises
    ------
    InputError
        Naming those files.
    """
    readable = known_hashes(study, batch)
    problems = [
        Problem(
            f"the file could be read when the run began, and then not ({why}).",
            path,
            hint="Is it open in another program, or was its drive away? Nothing of the batch was "
            "kept; run the same command again.",
        )
        for path, why in unread.items()
        if path.absolute() in readable
    ]
    if problems:
        raise InputError(problems)


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON file's mapping, or an empty one where there is none to be read."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
