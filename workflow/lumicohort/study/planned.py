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
from functools import cache
from pathlib import Path
from typing import Any

from lumicohort.files import whole_file
from lumicohort.imaging.positions import Position
from lumicohort.study.config import StudyConfig
from lumicohort.study.known import text_of
from lumicohort.study.manifests import SETTLED_S, read_json
from lumicohort.study.seen import Seen, look
from lumicohort.study.steps import PACKAGE


def remembered(
    study: StudyConfig,
    name: str,
    files: Iterable[os.PathLike[str] | str],
    work: Callable[[], Any],
    *,
    images: bool = False,
    seen: Seen | None = None,
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
    seen : Seen, optional
        What planning saw of that folder, where it looked before.

    Returns
    -------
    object
        What `work` returned now or then. What it raises is not kept.
    """
    path = _place(study, f"{name}.json")
    key = _key(study, files, (seen or look(study)) if images else None)
    if key is None:
        return work()
    known = read_json(path)
    if known.get("key") == key:
        return known["value"]
    value = work()
    _keep(path, [{"key": key, "value": value}])
    return value


def _keep(path: Path, lines: Iterable[Any]) -> None:
    """Write a file of JSON, a value a line."""
    # a folder that cannot be written to costs only the time of finding out again
    with (
        contextlib.suppress(OSError),
        whole_file(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as stream,
    ):
        for line in lines:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def batch_rows(study: StudyConfig, batch: str) -> list[Position]:
    """Return a batch's own rows of the imaging sheet, for its job.

    They are those that planning found just before, as long as the sheet is the same; the job
    depends on no more of the config than its rows.

    Raises
    ------
    InputError
        With every problem of the imaging sheet.
    """
    with _kept_positions(study) as (head, lines):
        if head.get("files") == _digest(_stats(imaging_sheet(study))):
            own = f"[{json.dumps(batch, ensure_ascii=False)}, "
            kept = next((line for line in lines if line.startswith(own)), None)
            return [Position(**row) for row in json.loads(kept)[1]] if kept else []
    # Planning keeps nothing of a young sheet: the first job that meets an older one does.
    return [Position(**row) for row in positions_by_batch(study).get(batch, [])]


def positions_by_batch(study: StudyConfig) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the imaging sheet by batch, as what JSON can hold; see `batch_rows`."""
    from lumicohort.cohort.study import batch_positions

    files = imaging_sheet(study)
    key = _key(study, files, None)
    with _kept_positions(study) as (head, lines):
        if key is not None and head.get("key") == key:
            return dict(json.loads(line) for line in lines)
    found = {b: [asdict(row) for row in rows] for b, rows in batch_positions(study).items()}
    if key is not None:
        digest = _digest(_stats(files))
        _keep(_kept_file(study), [{"key": key, "files": digest}, *found.items()])
    return found


@contextlib.contextmanager
def _kept_positions(study: StudyConfig) -> Iterator[tuple[dict[str, Any], Iterator[str]]]:
    """Open what is kept of the imaging sheet: what it came from, and a line per batch.

    A job of one batch reads no more than its line: the sheet of an archive has ten thousands of
    rows. Nothing stands in a file that cannot be read.
    """
    try:
        stream = _kept_file(study).open(encoding="utf-8")
    except FileNotFoundError:
        yield {}, iter(())
        return
    with stream:
        try:
            head = json.loads(stream.readline())
        except ValueError:
            head = None
        yield (head if isinstance(head, dict) else {}), stream


def _kept_file(study: StudyConfig) -> Path:
    return _place(study, "positions.jsonl")


def sheet_key(study: StudyConfig) -> str | None:
    """Return a hash of the imaging sheet's state, the config and the code; None of a young one."""
    return _key(study, imaging_sheet(study), None)


def imaging_sheet(study: StudyConfig) -> list[Path]:
    """Return the files of the imaging sheet."""
    sheet = study.data.imaging_sheet
    return [] if sheet is None else [study.data_folder / part.file for part in sheet.parts()]


def _place(study: StudyConfig, file: str) -> Path:
    return study.results_folder / "provenance" / f".planned-{file}"


def _digest(stats: Iterable[tuple[str, os.stat_result]]) -> str:
    digest = hashlib.sha256()
    for path, stat in stats:
        digest.update(_line(path, stat))
    return digest.hexdigest()


def _key(
    study: StudyConfig, files: Iterable[os.PathLike[str] | str], seen: Seen | None
) -> str | None:
    """Return a hash of all that the result depends on.

    None where a file is so young that it may change again without its time telling.
    """
    digest = hashlib.sha256(text_of(study).encode())
    newest = 0
    for path, stat in _stats(files):
        newest = max(newest, stat.st_mtime_ns, stat.st_ctime_ns)
        digest.update(_line(path, stat))
    if seen is not None:
        newest = max(newest, seen.newest)
        digest.update(seen.digest.encode())
    code, latest = code_state()
    newest = max(newest, latest)
    digest.update(code.encode())
    now = time.time_ns()
    return None if now - min(newest, now) < SETTLED_S * 1e9 else digest.hexdigest()


@cache
def code_state() -> tuple[str, int]:
    """Return a hash of the state of the package's files, and the newest (ns) of their times.

    What this process runs of them stays as it is.
    """
    stats = list(_stats(_files_of(PACKAGE)))
    newest = max(time for _, stat in stats for time in (stat.st_mtime_ns, stat.st_ctime_ns))
    return _digest(stats), newest


def _files_of(package: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(package):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (f"{folder}/{name}" for name in sorted(names))


def _line(path: str, stat: os.stat_result) -> bytes:
    times = f"{stat.st_mtime_ns} {stat.st_ctime_ns}"
    return f"{path}\0{stat.st_ino} {stat.st_size} {times}\n".encode(errors="surrogateescape")


def _stats(files: Iterable[os.PathLike[str] | str]) -> Iterator[tuple[str, os.stat_result]]:
    for file in files:
        yield os.fspath(file), Path(file).stat()
