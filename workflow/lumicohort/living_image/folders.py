"""Finding the click folders of a batch, a sequence, or a single click."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lumicohort.errors import InputError, Problem

MARKS = ("clickinfo.txt", "analyzedclickinfo.txt", "luminescent.tif", "photograph.tif")
"""Files by which a folder is known as a click, even one that is not whole."""

DEPTH = 10
"""How far below a batch clicks may lie: year / user / group / day / _SEQ / click, and more."""
ARCHIVED = "archived_clicks"
"""Rule of an archive that holds clicks, or that only another program can look into."""
_CLOSED = (".7z", ".rar", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")


@dataclass(frozen=True)
class Skipped:
    """A folder or archive that was passed over.

    Parameters
    ----------
    path : Path
        The folder or archive.
    reason : str
        Why, in words for the reader of `exclusions.csv`.
    rule : str
        `background_click`, `no_click` or `archived_clicks`.
    """

    path: Path
    reason: str
    rule: str


@dataclass(frozen=True)
class FoundClicks:
    """What a folder holds.

    Parameters
    ----------
    clicks : tuple of Path
        Click folders in natural order (`_2` before `_10`).
    skipped : tuple of Skipped
        Folders that were passed over, with the reason.
    """

    clicks: tuple[Path, ...]
    skipped: tuple[Skipped, ...]


def find_clicks(folder: str | Path) -> list[Path]:
    """Return the click folders of a batch, a `_SEQ` folder or a single click.

    Parameters
    ----------
    folder : str or Path
        The folder to search; itself, where it is a click.

    Returns
    -------
    list of Path
        In natural order, background clicks (`BKG…`) left out; :func:`survey` also tells what
        was passed over.

    Raises
    ------
    InputError
        When the folder does not exist or holds no click at all.
    """
    found = survey(folder)
    if not found.clicks:
        listed = "; ".join(f"{s.path.name}: {s.reason.rstrip('.')}" for s in found.skipped[:5])
        raise InputError(
            Problem(
                f"no click folder was found here{f' ({listed})' if listed else ''}.",
                Path(folder),
                None,
                "A click folder holds ClickInfo.txt, luminescent.TIF and photograph.TIF.",
            )
        )
    return list(found.clicks)


def survey(folder: str | Path) -> FoundClicks:
    """Return the click folders below a folder, and what was passed over and why.

    Parameters
    ----------
    folder : str or Path
        A batch, a `_SEQ` folder or a click.

    Returns
    -------
    FoundClicks
        Click folders and skipped folders.

    Raises
    ------
    InputError
        When the folder does not exist or cannot be listed.
    """
    folder = Path(folder)
    if not folder.is_dir():
        what = "this is a file, not a folder" if folder.exists() else "there is no such folder"
        raise InputError(Problem(f"{what}.", folder, None, "Name a click folder or a batch."))
    clicks: list[Path] = []
    skipped: list[Skipped] = []
    _search(folder, 0, clicks, skipped)
    return FoundClicks(tuple(clicks), tuple(skipped))


def real_folder(folder: Path, parents: dict[Path, Path]) -> Path:
    """Return a folder's real path, as `folder.resolve()` does.

    Parameters
    ----------
    folder : Path
        A folder.
    parents : dict
        Real paths of the folders above others asked for, to which this one's is added: of a
        thousand clicks in one batch, its path is resolved once.

    Returns
    -------
    Path
        Absolute, without links.
    """
    if folder.name in ("", "..") or folder.is_symlink():
        return folder.resolve()
    parent = folder.parent
    if parent not in parents:
        parents[parent] = parent.resolve()
    return parents[parent] / folder.name


def batch_of(real: Path) -> str:
    """Return the name of the folder that holds a click (or the sequence that it is part of).

    Parameters
    ----------
    real : Path
        The click folder's real path.
    """
    parent = real.parent
    return parent.parent.name if parent.name.upper().endswith("_SEQ") else parent.name


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts `x_2` before `x_10`, case ignored."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return tuple((0, int(p), p) if p.isdecimal() else (1, 0, p) for p in parts)


def _search(folder: Path, depth: int, clicks: list[Path], skipped: list[Skipped]) -> None:
    try:
        children = list(folder.iterdir())
    except OSError as error:
        reason = f"the folder cannot be listed: {error.strerror}."
        raise InputError(Problem(reason, folder)) from None
    if folder.name.upper().startswith("BKG"):
        skipped.append(Skipped(folder, "a background click: no mice.", "background_click"))
        return
    if any(child.name.casefold() in MARKS for child in children):
        clicks.append(folder)
        return
    before = len(clicks) + len(skipped)
    skipped += archives(children)
    if depth < DEPTH:
        folders = [c for c in children if _may_hold_clicks(c)]
        for child in sorted(folders, key=lambda c: natural_key(c.name)):
            _search(child, depth + 1, clicks, skipped)
    if len(clicks) + len(skipped) == before:
        reason = "no click: neither ClickInfo.txt nor images here or below."
        skipped.append(Skipped(folder, reason, "no_click"))


def _may_hold_clicks(path: Path) -> bool:
    """Return whether to look into it; hidden folders and archive leftovers hold no clicks.

    Nor does a link to a folder that it lies in, which would be searched again and again.
    """
    if path.name.startswith((".", "__")) or not path.is_dir():
        return False
    if not path.is_symlink():
        return True
    holder = path.parent.resolve()
    return path.resolve() not in (holder, *holder.parents)


def archives(children: Sequence[Path]) -> list[Skipped]:
    """Return the archives among a folder's files that hold clicks, unless unpacked beside."""
    folders = {path.name.casefold() for path in children if path.is_dir()}
    found = []
    for path in sorted(children, key=lambda path: natural_key(path.name)):
        name = path.name.casefold()
        ending = next((e for e in (".zip", *_CLOSED) if name.endswith(e)), "")
        unpacked = name.removesuffix(ending) in folders
        if not ending or name.startswith(".") or unpacked or not path.is_file():
            continue
        holds = _holds_clicks(path) if ending == ".zip" else None
        if holds is False:
            continue  # of ImageJ's ROIs, say
        reason = "an archive, which is not opened: should it hold clicks, unpack it here."
        if holds:
            reason = "an archive of clicks, which is not opened: unpack it here."
        found.append(Skipped(path, reason, ARCHIVED))
    return found


def _holds_clicks(path: Path) -> bool | None:
    """Return whether a zip archive holds files of clicks; None where it cannot be read."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):  # cut off, or still being copied
        return None
    return any(name.replace("\\", "/").rpartition("/")[2].casefold() in MARKS for name in names)
