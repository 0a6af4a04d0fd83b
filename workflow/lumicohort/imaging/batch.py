"""Measuring one imaging batch: a folder of clicks in, its tables and previews out."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lumicohort.errors import InputError, Problem
from lumicohort.files import put, write_rows
from lumicohort.imaging.assign import SHEET, animals_of, by_click, check_positions
from lumicohort.imaging.click import measure_click
from lumicohort.imaging.copies import same_images
from lumicohort.imaging.exported import (
    HARMLESS_RULES,
    Exported,
    match_images,
    read_exported,
    unknown_tables,
)
from lumicohort.imaging.exported_join import join_exported
from lumicohort.imaging.filters import OtherFilter, refuse_other_filter
from lumicohort.imaging.masks import exclusions_of, write_masks
from lumicohort.imaging.positions import Position
from lumicohort.imaging.previews import PreviewsFile, previews_file
from lumicohort.imaging.rows import CLICK_COLUMNS, ROI_COLUMNS, click_row, roi_rows
from lumicohort.imaging.sources import COLUMNS as SOURCE_COLUMNS
from lumicohort.imaging.sources import compare_images
from lumicohort.living_image import NotLuminescent, read_click, survey
from lumicohort.regions.mouse import MiceNotFound
from lumicohort.regions.review import Correction
from lumicohort.study.config import StudyConfig

FILES = ("clicks.csv", "rois.csv", "sources.csv", "exclusions.csv", "previews.npz")
"""What a measured batch leaves in its results folder."""

EXCLUSION_COLUMNS = ["what", "id", "file", "row", "reason", "rule"]


@dataclass(slots=True)
class _Tables:
    clicks: list[dict[str, Any]] = field(default_factory=list)
    rois: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    exclusions: list[dict[str, Any]] = field(default_factory=list)
    unread: dict[Path, str] = field(default_factory=dict)

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
    config: StudyConfig,
    batch_folder: Path,
    positions: Sequence[Position],
    out: Path,
    corrections: Sequence[Correction] = (),
    check: Callable[[Mapping[Path, str]], None] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> None:
    """Measure every click of a batch.

    Writes `clicks.csv`, `rois.csv`, `sources.csv`, `exclusions.csv` and `previews.npz` into
    `out`; they appear together once the batch is done. A click that cannot be measured becomes a
    row of `exclusions.csv` and the others go on. Measurements tables exported from Living Image
    that lie in the folder join the clicks, or stand alone. With `imaging.export_masks` the regions
    of every click stand in `rois/` as well.

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
    corrections : sequence of Correction, optional
        A reviewer's corrections of this batch.
    check : callable, optional
        Called before anything is kept, with the files that the system could not read and why;
        it may refuse the batch.
    progress : callable, optional
        Called with the number of each click, how many there are, and its name.

    Raises
    ------
    InputError
        Where the folder is missing, the imaging sheet puts two animals in one position or one
        animal twice on a click, two clicks have one name, an exported table cannot be read or
        matched, or, with `strict`, where any click cannot be measured.
    """
    batch_folder, out = Path(batch_folder), Path(out)
    tables = _Tables()
    found = survey(batch_folder)
    exported = read_exported(config, batch_folder, bool(found.clicks))
    exported.listed.extend(unknown_tables(batch_folder))
    for skipped in found.skipped:
        if skipped.rule == "no_click" and exported.has_tables_in(skipped.path):
            continue
        tables.exclude("click", skipped.path.name, skipped.path, None, skipped.reason, skipped.rule)
    folders = _by_name(found.clicks)
    copied = same_images(folders.values())
    rows, unknown = by_click(positions, {name: name for name in folders})
    if unknown:
        rows, unknown = by_click(positions, _living_image_names(folders))
    clicks_of_images = _clicks_of_images(exported, folders)
    images = [image for image in exported.images if image not in clicks_of_images]
    rows_of_images, unknown = by_click(unknown, {image: image for image in images})
    if problems := check_positions({**rows, **rows_of_images}):
        raise InputError(problems)
    for p in unknown:
        reason = f"{SHEET} names click `{p.click}`, which is not in the batch folder."
        tables.exclude("click", p.click, p.file, p.row, reason, "missing_click")

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".batch.", dir=out) as temporary:
        workspace = Path(temporary)
        with previews_file(workspace / "previews.npz") as previews:
            # one click at a time stands in memory
            for number, (name, folder) in enumerate(folders.items(), start=1):
                if progress is not None:
                    progress(number, len(folders), name)
                _measure_one(
                    config,
                    batch_folder,
                    folder,
                    rows.get(name, ()),
                    bool(positions),
                    ("image_of_another_click",) if folder in copied else (),
                    [c for c in corrections if c.click.casefold() == name.casefold()],
                    tables,
                    previews,
                    workspace / "rois" if config.imaging.export_masks else None,
                )
        joined = join_exported(
            config,
            batch_folder.name,
            exported,
            clicks_of_images,
            folders,
            positions,
            tables.clicks,
            tables.rois,
            tables.exclusions,
        )
        tables.clicks, tables.rois = joined.clicks, joined.rois
        tables.sources += joined.sources
        tables.exclusions = joined.exclusions
        if check is not None:
            check(tables.unread)
        if config.strict:
            _refuse(tables)
        _write(tables, workspace)
        for file in FILES:
            put(workspace / file, out / file)
        if (out / "rois").exists():
            shutil.rmtree(out / "rois")
        if (workspace / "rois").exists():
            (workspace / "rois").replace(out / "rois")


_HARMLESS_RULES = HARMLESS_RULES | {
    "background_click",
    "no_click",
    "emission_filter",
    "not_luminescent",
    "review_rejected",
}
"""Rules that leave out what was never meant to count: no error even if strict."""


_STRICT = "Or leave it out and list it: `strict: false` in the config."


def _refuse(tables: _Tables) -> None:
    problems = [
        Problem(e["reason"], e["file"] or None, f"row {e['row']}" if e["row"] else None, _STRICT)
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


def _clicks_of_images(exported: Exported, folders: Mapping[str, Path]) -> dict[str, str]:
    """Return the click of each image of the exported tables, as far as it is in the batch."""
    found = match_images(exported.images, {name: name for name in folders})
    if len(found) < len(exported.images):  # only then is it worth reading every click's text
        found = match_images(exported.images, _living_image_names(folders))
    return found


def _list_failure(tables: _Tables, name: str, folder: Path, error: InputError) -> None:
    rule = "unmeasurable_click"
    if isinstance(error, NotLuminescent):
        rule = "not_luminescent"
    elif isinstance(error, OtherFilter):
        rule = "emission_filter"
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


# What reading damaged bytes may end in; every other code is of the system, and may pass.
_OF_DAMAGE = frozenset((errno.EINVAL, errno.EOVERFLOW, errno.EFBIG))


def _unread(error: InputError) -> dict[Path, str]:
    """Return the file that the system could not read, if that is behind a refusal, and why."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno and cause.errno not in _OF_DAMAGE:
            file = cause.filename or error.problems[0].file
            reason = cause.strerror or type(cause).__name__
            return {Path(os.fsdecode(file)): reason} if file else {}
        cause = cause.__context__
    return {}


def _measure_one(
    config: StudyConfig,
    batch_folder: Path,
    folder: Path,
    rows: Sequence[Position],
    sheet_covers_batch: bool,
    known_flags: tuple[str, ...],
    corrections: Sequence[Correction],
    tables: _Tables,
    previews: PreviewsFile,
    masks: Path | None,
) -> None:
    named = config.imaging.regions.imagej_folder
    rois = config.data_folder / named if named else None
    try:
        click = read_click(folder)
        refuse_other_filter(click.emission_filter, config.imaging.emission_filter, folder)
        animals, named_by, flags = animals_of(click, rows, sheet_covers_batch)
        flags = (*known_flags, *flags)
        measured = measure_click(click, animals, config.imaging, named_by, flags, corrections, rois)
    except InputError as error:
        tables.unread |= _unread(error)
        _list_failure(tables, folder.name, folder, error)
        return
    batch = batch_folder.name
    where = folder.relative_to(batch_folder).as_posix()
    tables.clicks.append(click_row(measured, batch, where))
    measurements = roi_rows(measured, batch, config.imaging.detection.luciferin_minutes)
    tables.sources += compare_images(measured, animals, config.imaging, named_by, measurements)
    tables.rois += measurements
    previews.add(measured)
    if masks is not None:
        write_masks(measured, masks)
    for row in exclusions_of(measured, folder):
        tables.exclude(*row)


def _write(tables: _Tables, folder: Path) -> None:
    write_rows(tables.clicks, CLICK_COLUMNS, folder / "clicks.csv")
    write_rows(tables.rois, ROI_COLUMNS, folder / "rois.csv")
    write_rows(tables.sources, SOURCE_COLUMNS, folder / "sources.csv")
    write_rows(tables.exclusions, EXCLUSION_COLUMNS, folder / "exclusions.csv")
