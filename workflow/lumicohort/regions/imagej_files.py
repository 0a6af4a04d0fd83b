"""Where the ImageJ ROIs of a click lie."""

from __future__ import annotations

import re
from pathlib import Path

from lumicohort.errors import InputError, Problem


def roi_files(click_folder: Path, name: str, folder: Path | None) -> list[Path]:
    """Find the ImageJ files of a click.

    Parameters
    ----------
    click_folder : Path
        The click folder.
    name : str
        The click's name.
    folder : Path or None
        A folder (or a file) of ROIs that was named; None to look in and beside the click folder.

    Returns
    -------
    list of Path
        One `.zip`, or one or more `.roi`. In a named folder and beside the click folder, files
        are those called after the click (`<click>.zip`, `<click>_RoiSet.zip`, `<click>.roi`) and
        those of a folder of that name; inside the click folder, any.

    Raises
    ------
    InputError
        Where there are none, or several sets.
    """
    places: list[Path]
    if folder is None:
        own = _rois_in(click_folder)
        beside = _named(click_folder.parent, name)
        found, places = own + beside, [click_folder, click_folder.parent / f"{name}.zip"]
    elif folder.is_file():
        found, places = [folder], [folder]
    elif not folder.is_dir():
        raise InputError(Problem("there is no such file or folder of ROIs.", folder))
    else:
        batch = folder / click_folder.parent.name
        found = _named(folder, name) + _rois_in(folder / name)
        if batch.is_dir() and batch.resolve() != click_folder.parent.resolve():
            found += _named(batch, name) + _rois_in(batch / name)
        places = [folder / f"{name}.zip"]
    found = list(dict.fromkeys(found))
    if not found:
        raise InputError(
            Problem(
                "there are no ImageJ ROIs of this click.",
                places[-1],
                hint=f"Save them from ImageJ's ROI Manager as `{name}.zip` beside the click folder "
                "or in it, or name their folder.",
            )
        )
    archives = [path for path in found if path.suffix.casefold() == ".zip"]
    if archives and len(found) > 1:
        listed = ", ".join(f"`{path}`" for path in found[:6])
        raise InputError(
            Problem(
                f"there are several sets of ROIs of this click ({listed}), and which of them holds "
                "is not known.",
                click_folder,
                hint="Keep one .zip, or .roi files alone.",
            )
        )
    return found


def _rois_in(folder: Path) -> list[Path]:
    """Return the ROI files of a folder."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.casefold() in (".roi", ".zip")
        and path.is_file()
        and not path.name.startswith(".")
    )


def _named(folder: Path, name: str) -> list[Path]:
    """Return the ROI files of a folder that are called after a click."""
    wanted = name.casefold()
    found = []
    for path in _rois_in(folder):
        stem = path.stem.casefold()
        if stem == wanted or re.fullmatch(re.escape(wanted) + r"[ _.-]?(roi|rois|roiset)", stem):
            found.append(path)
    return found
