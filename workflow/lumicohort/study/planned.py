"""What planning found out, kept from run to run while what it came from is as it was.

A facility's sheets have tens of thousands of rows and its archive tens of thousands of files;
reading them again for a run that has nothing to do, and in every job of a cluster, would take
longer than all else. What is kept is found again only under the same config, the same code, and
the same sizes and times of the files; it lies beside the results and may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lumicohort.files import whole_file
from lumicohort.imaging.positions import Position
from lumicohort.study.config import StudyConfig
from lumicohort.study.manifests import SETTLED_S, read_json
from lumicohort.study.steps import PACKAGE


def remembered(
    study: StudyConfig,
    name: str,
    files: Iterable[os.PathLike[str] | str],
    work: Callable[[], Any],
    *,
    images: bool = False,
) -> Any:
    """Return what some work finds out, doing it only where anything changed since the last time.

    Parameters
    ----------
    study : StudyConfig
        The config.
    name : str
        What is found out; names the file that keeps it.
    files : iterable of path
        Files that it depends on.
    work : callable
        Finds it out: anything that JSON can hold.
    images : bool, optional
        Whether it depends on the imaging folder, too: the names of its files, their sizes and
        times.

    Returns
    -------
    object
        What `work` returned now or then. What it raises is not kept.
    """
    path = _place(study, name)
    files = list(files)
    key, newest = _key(study, files, images)
    if time.time_ns() - newest < SETTLED_S * 1e9:
        return work()  # a file this young may change again without its time telling
    known = read_json(path)
    if known.get("key") == key:
        return known["value"]
    value = work()
    kept = {"key": key, "files": _digest(_stats(files)), "value": value}
    text = json.dumps(kept, ensure_ascii=False)
    # a folder that cannot be written to costs only the time of finding out again
    with contextlib.suppress(OSError), whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return value


def batch_rows(study: StudyConfig, batch: str) -> list[Position]:
    """Return a batch's own rows of the imaging sheet, for its job.

    They are those that planning found just before, as long as the sheet is the same; the job
    depends on no more of the config than its rows.

    Raises
    ------
    InputError
        With every problem of the imaging sheet.
    """
    known = read_json(_place(study, "positions"))
    if known and known.get("files") == _digest(_stats(_imaging_sheet(study))):
        return [Position(**row) for row in known["value"].get(batch, [])]
    from lumicohort.cohort.study import batch_positions

    return batch_positions(study).get(batch, [])


def positions_by_batch(study: StudyConfig) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the imaging sheet by batch, as what JSON can hold; see `batch_rows`."""

    def read() -> dict[str, list[dict[str, Any]]]:
        from lumicohort.cohort.study import batch_positions

        found = batch_positions(study)
        return {batch: [asdict(row) for row in rows] for batch, rows in found.items()}

    return dict(remembered(study, "positions", _imaging_sheet(study), read))


def _imaging_sheet(study: StudyConfig) -> list[Path]:
    sheet = study.data.imaging_sheet
    return [] if sheet is None else [study.data_folder / part.file for part in sheet.parts()]


def _place(study: StudyConfig, name: str) -> Path:
    return study.results_folder / "provenance" / f".planned-{name}.json"


def _digest(stats: Iterable[tuple[str, os.stat_result]]) -> str:
    digest = hashlib.sha256()
    for path, stat in stats:
        digest.update(_line(path, stat))
    return digest.hexdigest()


def _key(
    study: StudyConfig, files: Iterable[os.PathLike[str] | str], images: bool
) -> tuple[str, int]:
    """Return a hash of all that the result depends on, and the newest time (ns) among it."""
    digest = hashlib.sha256(study.model_dump_json().encode())
    newest = 0
    for path, stat in _stats(files):
        newest = max(newest, stat.st_mtime_ns, stat.st_ctime_ns)
        digest.update(_line(path, stat))
    if images:
        for path, stat in _tree(os.fspath(study.imaging_folder)):
            newest = max(newest, stat.st_mtime_ns, stat.st_ctime_ns)
            digest.update(_line(path, stat))
    for path, stat in _stats(sorted(PACKAGE.rglob("*.py"))):
        digest.update(_line(path, stat))
    return digest.hexdigest(), min(newest, time.time_ns())


def _line(path: str, stat: os.stat_result) -> bytes:
    times = f"{stat.st_mtime_ns} {stat.st_ctime_ns}"
    return f"{path}\0{stat.st_ino} {stat.st_size} {times}\n".encode(errors="surrogateescape")


def _stats(files: Iterable[os.PathLike[str] | str]) -> Iterator[tuple[str, os.stat_result]]:
    for file in files:
        yield os.fspath(file), Path(file).stat()


def _tree(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Return every file and folder below a folder, in order."""
    try:
        with os.scandir(folder) as entries:
            children = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return  # what cannot be listed is told by whoever needs it
    for entry in children:
        try:
            yield entry.path, entry.stat()
            is_folder = entry.is_dir()
        except OSError:
            continue
        if is_folder:
            yield from _tree(entry.path)
