"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path that takes the place of `path` only if the block succeeds.

    The temporary file lies beside `path` and keeps its suffix, so libraries that choose a
    format by suffix work; the replacement is atomic on one file system.

    Parameters
    ----------
    path : str or Path
        The file to write. Missing parent folders are made.

    Yields
    ------
    Path
        Where to write.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        put(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def put(temporary: Path, path: Path) -> None:
    """Put a written file in the place of another, such that a power cut leaves one of the two.

    Parameters
    ----------
    temporary : Path
        The file, on the same file system.
    path : Path
        Its place. What lies there is replaced.
    """
    # Otherwise the name may reach the disk before the content, which leaves an empty file.
    with temporary.open("rb") as stream:
        os.fsync(stream.fileno())
    temporary.replace(path)


LEFTOVER_S = 3600.0
"""Age (seconds) at which a temporary file is one of a process that was killed."""


def _remove_leftovers(path: Path) -> None:
    """Remove temporary files of `path` that a killed process left behind."""
    for other in path.parent.glob(f".{glob.escape(path.stem)}.????????{glob.escape(path.suffix)}"):
        try:
            if time.time() - other.stat().st_mtime > LEFTOVER_S:
                other.unlink()
        except OSError:
            continue  # another process was faster, or it is not ours to remove


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path` only if the block succeeds.

    Parameters
    ----------
    path : str or Path
        The folder to make. An existing folder of that name is replaced at the end.

    Yields
    ------
    Path
        The folder to fill.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield temporary
        temporary.chmod(0o755)
        if path.exists():
            shutil.rmtree(path)
        temporary.replace(path)
    finally:
        if temporary.exists():
            shutil.rmtree(temporary)


def write_text(pieces: Iterable[str], path: str | Path) -> None:
    """Write a text as UTF-8, whole or not at all.

    Parameters
    ----------
    pieces : iterable of str
        The text in order. Where they are made one after another, it never stands in memory whole.
    path : str or Path
        The file.
    """
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(pieces)


def write_json(value: Any, path: str | Path) -> None:
    """Write a value as indented JSON, its keys in their own order, whole or not at all."""
    with whole_file(path) as temporary:
        text = json.dumps(value, indent=2, ensure_ascii=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's content as hexadecimal digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
