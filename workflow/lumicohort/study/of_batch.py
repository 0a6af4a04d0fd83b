"""What planning tells of each imaging batch: which there are, their own rows and corrections."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from lumicohort.files import sha256
from lumicohort.study.config import StudyConfig
from lumicohort.study.known import known, text_of
from lumicohort.study.manifests import click_folders, paths_of
from lumicohort.study.planned import positions_by_batch, remembered, sheet_key
from lumicohort.study.seen import Seen, keep, notes_of, stamp_of


def batches(study: StudyConfig, seen: Seen | None = None) -> list[str]:
    """Return the names of the study's imaging batches; see :mod:`lumicohort.cohort.batches`.

    Parameters
    ----------
    study : StudyConfig
        The config.
    seen : Seen, optional
        What planning saw of the imaging folder.
    """
    if seen is not None:
        work = partial(_list_batches, study)
        return list(remembered(study, "batches", [], work, images=True, seen=seen))
    try:
        with os.scandir(study.imaging_folder) as children:
            stamp = repr(sorted((entry.name, entry.stat().st_mtime_ns) for entry in children))
    except OSError:
        stamp = ""
    return list(_batches(text_of(study), stamp))


@lru_cache
def _batches(config_json: str, _stamp: str) -> tuple[str, ...]:
    """List the batches once per state of the imaging folder: many rules ask for them."""
    return tuple(_list_batches(StudyConfig.model_validate_json(config_json)))


def _list_batches(study: StudyConfig) -> list[str]:
    from lumicohort.cohort.batches import list_batches

    return list_batches(study)


def rows(study: StudyConfig, batch: str, seen: Seen | None = None) -> str:
    """Return what stands for a batch's own rows of the imaging sheet; see :func:`own_rows`.

    The rows themselves would be long: of an archive, Snakemake keeps and reads millions of words.

    Parameters
    ----------
    study : StudyConfig
        The config.
    batch : str
        Name of the batch's folder.
    seen : Seen, optional
        What planning saw of the imaging folder.

    Returns
    -------
    str
        How many rows there are, and a hash of them.
    """
    # Snakemake asks for the parameters of each waiting job whenever another one ends.
    listed = stamp_of(paths_of(study, batch)[0])
    key = (text_of(study), _stamp(study), batch, repr(listed))
    if key not in _ROWS:
        sheet = _sheet_key(*key[:2])
        notes = notes_of(study, batch, seen)
        as_listed = bool(sheet and notes and notes["list"] == listed)
        if as_listed and notes.get("sheet") == sheet:
            _ROWS[key] = notes["rows"]
        else:
            text = positions(study, batch)
            digest = hashlib.sha256(text.encode()).hexdigest()[:16]
            _ROWS[key] = f"{len(json.loads(text))} rows of the imaging sheet: {digest}"
            if as_listed:
                keep(study, batch, seen, {**notes, "sheet": sheet, "rows": _ROWS[key]})
    return _ROWS[key]


def positions(study: StudyConfig, batch: str) -> str:
    """Return a batch's own rows of the imaging sheet as text; see :func:`own_rows`."""
    try:
        listed = paths_of(study, batch)[0].stat().st_mtime_ns
    except FileNotFoundError:
        listed = 0
    key = (text_of(study), _stamp(study), batch, listed)
    if key not in _POSITIONS:
        found = _all_positions(*key[:2]).get(batch, [])
        _POSITIONS[key] = json.dumps(own_rows(study, batch, found), sort_keys=True)
    return _POSITIONS[key]


_POSITIONS: dict[tuple[str, str, str, int], str] = {}
_ROWS: dict[tuple[str, str, str, str], str] = {}


def own_rows(
    study: StudyConfig, batch: str, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return what of its rows of the imaging sheet a batch depends on.

    Where in the sheet they stand does not count, so that a row inserted above measures nothing
    again; except for clicks that are not there, since the results name those rows.
    """
    missing = _missing(study, batch, rows) if rows else set()
    return [
        {k: v for k, v in row.items() if row["click"] in missing or k not in _PLACE} for row in rows
    ]


_PLACE = ("file", "row")
"""Where an imaging sheet's row stands."""


def _missing(study: StudyConfig, batch: str, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the clicks that rows name and that no folder of a batch is called."""
    names = {row["click"] for row in rows}
    folders = click_folders(study, batch)
    known = {folder.casefold() for folder in folders}
    if all(name.strip().casefold() in known for name in names):
        return set()
    from lumicohort.imaging.assign import by_click
    from lumicohort.imaging.positions import Position

    _, unknown = by_click([Position(**row) for row in rows], {f: f for f in folders})
    return {row.click for row in unknown}


def corrections(study: StudyConfig, batch: str) -> str:
    """Return a batch's own rows of the reviewer's corrections, and its ImageJ ROIs, as text.

    Corrections of other batches do not stand in it, so that they measure nothing here again; ROIs
    that lie in the batch's folder are part of its manifest.
    """
    from dataclasses import asdict

    path = study.data_folder / study.data.roi_review
    found: list[Any] = []
    if path.is_file():
        stat = path.stat()
        stamp = repr((stat.st_size, stat.st_mtime_ns))
        found = _all_corrections(text_of(study), stamp).get(batch, [])
    rows = [asdict(c) for c in found]
    hashes: dict[str, str] = {}
    named = study.imaging.regions.imagej_folder
    if named and study.imaging.regions.method == "imagej":
        folder = study.data_folder / named
        known = {click.name for click in _clicks(study, batch)}
        for file in sorted(p for p in folder.rglob("*") if p.suffix.casefold() in (".roi", ".zip")):
            if any(name.casefold() in str(file.relative_to(folder)).casefold() for name in known):
                hashes[file.relative_to(folder).as_posix()] = sha256(file)
    return json.dumps({"corrections": rows, "rois": hashes}, sort_keys=True)


def _clicks(study: StudyConfig, batch: str) -> list[Any]:
    from lumicohort.cohort.batches import list_clicks

    return list_clicks(study, batch)


@lru_cache
def _all_corrections(config_json: str, _stamp: str) -> dict[str, Any]:
    """Read the reviewer's corrections once per state of their file."""
    from lumicohort.imaging.corrections import batch_corrections

    return dict(batch_corrections(StudyConfig.model_validate_json(config_json)))


@lru_cache
def _sheet_key(config_json: str, _stamp: str) -> str | None:
    return sheet_key(StudyConfig.model_validate_json(config_json))


@lru_cache
def _all_positions(config_json: str, _stamp: str) -> dict[str, list[dict[str, Any]]]:
    """Read the imaging sheet once per state of its file."""
    return positions_by_batch(StudyConfig.model_validate_json(config_json))


def _stamp(study: StudyConfig) -> str:
    """Return sizes and times of the sheets: a new stamp means that they are read again."""
    stats = [os.stat(path) for path in known(study).sheets]  # noqa: PTH116 (speed)
    return repr([(s.st_size, s.st_mtime_ns) for s in stats])
