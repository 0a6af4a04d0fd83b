"""Measuring one imaging batch: a folder of clicks in, its tables and previews out."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lumicohort.errors import InputError, Problem
from lumicohort.files import write_csv
from lumicohort.imaging.assign import SHEET, animals_of, by_click, check_positions
from lumicohort.imaging.click import measure_click
from lumicohort.imaging.positions import Position
from lumicohort.imaging.rows import CLICK_COLUMNS, ROI_COLUMNS, click_row, preview_arrays, roi_rows
from lumicohort.living_image import NotLuminescent, read_click, survey
from lumicohort.regions.mouse import MiceNotFound
from lumicohort.study.config import StudyConfig

FILES = ("clicks.csv", "rois.csv", "exclusions.csv", "previews.npz")
"""What a measured batch leaves in its results folder."""

EXCLUSION_COLUMNS = ["what", "id", "file", "row", "reason", "rule"]

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold: the same bytes on every run


@dataclass(slots=True)
class _Tables:
    clicks: list[dict[str, Any]] = field(default_factory=list)
    rois: list[dict[str, Any]] = field(default_factory=list)
    exclusions: list[dict[str, Any]] = field(default_factory=list)

    def exclude(
        self, what: str, name: str, file: object, row: object, reason: str, rule: str
    ) -> None:
        self.exclusions.append(
            {
                "what": what,
                "id": name,
                "file": "" if file is None else str(file),
                "row": "" if row is None else str(row),
                "reason": reason,
                "rule": rule,
            }
        )


def measure_batch(
    config: StudyConfig, batch_folder: Path, positions: Sequence[Position], out: Path
) -> None:
    """Measure every click of a batch.

    Writes `clicks.csv`, `rois.csv`, `exclusions.csv` and `previews.npz` into `out`; they appear
    together once the batch is done. A click that cannot be measured becomes a row of
    `exclusions.csv` and the others go on.

    Parameters
    ----------
    config : StudyConfig
        The study.
    batch_folder : Path
        The batch: click and `_SEQ` folders. Its name is the batch's.
    positions : sequence of Position
        The imaging sheet's rows of this batch; may be empty.
    out : Path
        The batch's results folder.

    Raises
    ------
    InputError
        Where the folder is missing, the imaging sheet puts two animals in one position or one
        animal twice on a click, two clicks have one name, or, with `strict`, where any click
        cannot be measured.
    """
    batch_folder, out = Path(batch_folder), Path(out)
    tables = _Tables()
    found = survey(batch_folder)
    for skipped in found.skipped:
        tables.exclude("click", skipped.path.name, skipped.path, None, skipped.reason, skipped.rule)
    folders = _by_name(found.clicks)
    rows, unknown = by_click(positions, {name: name for name in folders})
    if unknown:
        rows, unknown = by_click(positions, _living_image_names(folders))
    if problems := check_positions(rows):
        raise InputError(problems)
    for p in unknown:
        reason = f"{SHEET} names click `{p.click}`, which is not in the batch folder."
        tables.exclude("click", p.click, p.file, p.row, reason, "missing_click")

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".batch.", dir=out) as temporary:
        workspace = Path(temporary)
        with _previews(workspace / "previews.npz") as previews:
            # one click at a time stands in memory
            for name, folder in folders.items():
                _measure_one(
                    config,
                    batch_folder,
                    folder,
                    rows.get(name, ()),
                    bool(positions),
                    tables,
                    previews,
                )
        if config.strict:
            _refuse(tables)
        _write(tables, workspace)
        for file in FILES:
            (workspace / file).replace(out / file)


_HARMLESS_RULES = frozenset({"background_click", "no_click", "not_luminescent"})
"""Rules that leave out what was never a luminescence click of mice: no error even if strict."""


def _refuse(tables: _Tables) -> None:
    problems = [
        Problem(e["reason"], e["file"] or None, f"row {e['row']}" if e["row"] else None)
        for e in tables.exclusions
        if e["rule"] not in _HARMLESS_RULES
    ]
    if problems:
        raise InputError(problems)


def _by_name(clicks: Sequence[Path]) -> dict[str, Path]:
    names: dict[str, list[Path]] = defaultdict(list)
    for path in clicks:
        names[path.name].append(path)
    problems = [
        Problem(
            f"the click `{name}` is there {len(paths)} times: "
            + ", ".join(str(p) for p in paths)
            + ".",
            hint="Keep one of them.",
        )
        for name, paths in names.items()
        if len(paths) > 1
    ]
    if problems:
        raise InputError(problems)
    return {name: paths[0] for name, paths in names.items()}


def _living_image_names(folders: Mapping[str, Path]) -> dict[str, str]:
    """Return what Living Image calls each click: its `ClickNumber`, should folders be renamed."""
    names = {}
    for name, folder in folders.items():
        try:
            names[name] = read_click(folder).uid
        except InputError:  # told when it is measured
            names[name] = name
    return names


def _list_failure(tables: _Tables, name: str, folder: Path, error: InputError) -> None:
    rule = "unmeasurable_click"
    if isinstance(error, NotLuminescent):
        rule = "not_luminescent"
    elif isinstance(error, MiceNotFound):
        rule = "mouse_count"
    first = error.problems[0]
    reason = " ".join(
        " ".join(t for t in (p.message, p.hint) if t)
        if p.file == first.file and p.where == first.where
        else str(p)
        for p in error.problems
    )
    if first.where and not first.where.startswith("row "):
        reason = f"{first.where}: {reason}"
    row = first.where.removeprefix("row ").split(",")[0] if first.where else ""
    tables.exclude("click", name, first.file or folder, row if row.isdigit() else "", reason, rule)


def _measure_one(
    config: StudyConfig,
    batch_folder: Path,
    folder: Path,
    rows: Sequence[Position],
    sheet_covers_batch: bool,
    tables: _Tables,
    previews: zipfile.ZipFile,
) -> None:
    try:
        click = read_click(folder)
        animals, named_by, flags = animals_of(click, rows, sheet_covers_batch)
        measured = measure_click(click, animals, config.imaging, named_by, flags)
    except InputError as error:
        _list_failure(tables, folder.name, folder, error)
        return
    batch = batch_folder.name
    where = folder.relative_to(batch_folder).as_posix()
    tables.clicks.append(click_row(measured, batch, where))
    tables.rois += roi_rows(measured, batch, config.imaging.detection.luciferin_minutes)
    for name, array in preview_arrays(measured).items():
        _add(previews, f"{click.name}/{name}", array)


def _write(tables: _Tables, folder: Path) -> None:
    import pandas as pd

    write_csv(pd.DataFrame(tables.clicks, columns=CLICK_COLUMNS), folder / "clicks.csv")
    write_csv(pd.DataFrame(tables.rois, columns=ROI_COLUMNS), folder / "rois.csv")
    exclusions = pd.DataFrame(tables.exclusions, columns=EXCLUSION_COLUMNS)
    write_csv(exclusions, folder / "exclusions.csv")


@contextmanager
def _previews(path: Path) -> Iterator[zipfile.ZipFile]:
    """Yield an npz file that is filled array by array: a batch never stands in memory whole."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        yield archive


def _add(archive: zipfile.ZipFile, name: str, array: np.ndarray) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asanyarray(array), allow_pickle=False)
    info = zipfile.ZipInfo(f"{name}.npy", _ZIP_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, stream.getvalue())
