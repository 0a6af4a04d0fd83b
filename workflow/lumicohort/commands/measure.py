"""Measure clicks: flux of every animal and region, without a study.

Give click folders, _SEQ folders, or folders that hold them. Animals are taken from each click's
Animal Number, left to right (or from --animals). What cannot be measured is named, and the exit
code is 2; nothing is written then, unless --keep-going is given.

  lumicohort measure imaging/2024-05-03 --out rois.csv
  lumicohort measure DG20220105114235 --roi-method living_image --source raw --out rois.csv
  lumicohort measure DG20220105114235 --masks masks --out rois.csv
  lumicohort measure DG20220105114235 --roi-method imagej --rois masks --out again.csv
  lumicohort measure DG20220105114235 --roi-method fixed --size 2.6x2.6 --region cranial --out r.csv
  lumicohort measure DG20220105114235 --roi-method contour --fraction 0.1 --out r.csv

Exit codes: 0 all went well; 2 bad input, or some clicks left out with --keep-going; 1 our fault.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.commands.measure_options import add_arguments, config_of
from lumicohort.errors import InputError, Problem

if TYPE_CHECKING:
    from lumicohort.imaging.click import MeasuredClick
    from lumicohort.study.config.imaging import Imaging

__all__ = ["HELP", "add_arguments", "run"]

HELP = "flux of every animal and region of one or more clicks, no study needed"


def run(arguments: argparse.Namespace) -> int:
    """Measure the clicks and write the table.

    Parameters
    ----------
    arguments : argparse.Namespace
        What :func:`add_arguments` parsed.

    Returns
    -------
    int
        0; 2 where some clicks could not be measured and `--keep-going` was given.

    Raises
    ------
    InputError
        Naming every click that cannot be measured.
    """
    gc.disable()  # what is imported stays: looking for garbage in it takes a tenth of the start
    try:
        return _run(arguments)
    finally:
        gc.enable()


def _run(arguments: argparse.Namespace) -> int:
    from lumicohort.files import write_lines
    from lumicohort.imaging.rows import ROI_COLUMNS
    from lumicohort.living_image import find_clicks
    from lumicohort.living_image.folders import batch_of, real_folder

    config = config_of(arguments)
    problems: list[Problem] = []
    folders: dict[Path, Path] = {}
    parents: dict[Path, Path] = {}
    for given in arguments.clicks:
        try:
            folders.update((real_folder(folder, parents), folder) for folder in find_clicks(given))
        except InputError as error:
            problems += error.problems
    corrections = _corrections(arguments.review, list(folders))
    one = partial(_measure_one, arguments=arguments, config=config, corrections=corrections)
    found = [_Found(folder, batch_of(real)) for real, folder in folders.items()]
    lines: list[str] = []
    clicks: set[tuple[str, str]] = set()
    rows = 0
    masks: dict[str, Path] = {}
    at_once = 1 if arguments.masks is not None else _AT_ONCE  # what masks are of is large
    for done in _each(one, found, _jobs(arguments, len(found)), at_once):
        for said in done.said:
            print(f"lumicohort: {said}", file=sys.stderr)
        if done.measured is not None and arguments.masks is not None:
            try:
                _write_masks(done.measured, arguments.masks, masks)
            except InputError as error:
                problems += error.problems
                continue
        problems += done.problems
        if done.number:
            rows += done.number
            lines.append(done.lines)
            clicks.add((done.batch, done.click))
    if problems and not (arguments.keep_going and rows):
        raise InputError(problems)
    if not rows:
        raise InputError(Problem("none of these folders holds a luminescence click of mice."))
    try:
        write_lines(lines, ROI_COLUMNS, arguments.out)
    except OSError as error:
        raise InputError(_unwritable(arguments.out, error)) from None
    if problems:
        print(f"lumicohort: {InputError(problems)}", file=sys.stderr)
    print(f"{rows} rows of {len(clicks)} click{'s' if len(clicks) > 1 else ''} in {arguments.out}")
    return 2 if problems else 0


@dataclass(frozen=True, slots=True)
class _Found:
    """A click folder, as it was given, and the batch that it lies in."""

    folder: Path
    batch: str


@dataclass(slots=True)
class _Done:
    """What came of a click, or why there is nothing.

    Its rows are put into the table's words together with those of the next few clicks, which costs
    less: their lines are those of the first of these clicks that has rows.
    """

    batch: str = ""
    click: str = ""
    number: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    lines: str = ""
    problems: list[Problem] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    measured: MeasuredClick | None = None


def _measure_one(
    found: _Found, arguments: argparse.Namespace, config: Imaging, corrections: Any
) -> _Done:
    """Measure one click; what is measured is kept only where masks are wanted."""
    from lumicohort.imaging.click import measure_click
    from lumicohort.imaging.rows import roi_rows
    from lumicohort.imaging.sources import compare_images
    from lumicohort.living_image import NotLuminescent, read_click

    try:
        click = read_click(found.folder, photograph=not arguments.no_photograph)
        animals, named_by, flags = _animals(click, arguments.animals)
        measured = measure_click(
            click,
            animals,
            config,
            named_by,
            flags,
            corrections.get((found.batch, click.name), ()),
            arguments.rois,
            not arguments.no_photograph,
        )
    except NotLuminescent as error:
        return _Done(said=[f"left out: {error}"])
    except InputError as error:
        return _Done(problems=list(error.problems))
    rows = roi_rows(measured, found.batch, config.detection.luciferin_minutes)
    compare_images(measured, animals, config, named_by, rows)  # flags rows where two images differ
    done = _Done(found.batch, click.name, rows=rows, number=len(rows))
    if arguments.masks is not None:
        done.measured = measured
    for missed in measured.not_applied:
        c = missed.correction
        done.said.append(f"correction not applied: {c.file}, row {c.row}: {missed.reason}")
    return done


MANY_CLICKS = 40
"""From so many clicks on, starting processes takes less time than they save."""


def _jobs(arguments: argparse.Namespace, clicks: int) -> int:
    """Return how many processes measure."""
    if arguments.jobs is not None and arguments.jobs < 1:
        raise InputError(f"--jobs {arguments.jobs}: write a whole number from 1 on.")
    if arguments.masks is not None:
        return 1  # masks are written by this process, in the order of the clicks
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    wanted = arguments.jobs or (cpus or 1 if clicks >= MANY_CLICKS else 1)
    return max(1, min(wanted, clicks))


_AT_ONCE = 8
"""Clicks that a process takes at a time."""


def _each(
    one: Callable[[_Found], _Done], found: list[_Found], jobs: int, at_once: int
) -> Iterator[_Done]:
    """Measure click after click, or several at a time, in their order."""
    _keep_freed_memory()
    # Where processes are forks, what the first click imports and keeps is there in all of them.
    yield from _some(one, found[:1])
    gc.freeze()  # and nobody looks through it again for what can be thrown away
    gc.enable()
    # few: none waits long for the last ones
    at_once = max(1, min(at_once, len(found) // (4 * jobs)))
    parts = [found[k : k + at_once] for k in range(1, len(found), at_once)]
    some = partial(_some, one)
    if jobs == 1:
        for part in parts:
            yield from some(part)
    else:
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor(jobs) as pool:
            for dones in pool.map(some, parts):
                yield from dones
    gc.unfreeze()


def _some(one: Callable[[_Found], _Done], found: list[_Found]) -> list[_Done]:
    """Measure some clicks and put their rows into words."""
    from lumicohort.files import lines_of
    from lumicohort.imaging.rows import ROI_COLUMNS

    dones = [one(each) for each in found]
    rows = [row for done in dones for row in done.rows]
    for done in dones:
        if done.rows and rows:
            done.lines, rows = lines_of(rows, ROI_COLUMNS), []
        done.rows = []
    return dones


def _keep_freed_memory() -> None:
    """Have the C library keep memory that is freed for the next image.

    Otherwise glibc gives most of it back to the system, whose fresh pages then cost a seventh of
    the time. The size from which it does so is that of the largest block ever freed (mallopt(3),
    M_MMAP_THRESHOLD); one that was never written to costs nothing.
    """
    import numpy as np

    np.empty(16_000_000, dtype=np.uint8)


def _corrections(path: Path | None, real: list[Path]) -> dict[tuple[str, str], Any]:
    """Return a reviewer's corrections by batch and click, of which the real folders are given."""
    from lumicohort.imaging.corrections import corrections_by_click, read_review
    from lumicohort.living_image.folders import batch_of

    if path is None:
        return {}
    clicks = {(batch_of(folder), folder.name): folder.name for folder in real}
    return corrections_by_click(read_review(path), clicks)


def _animals(click: Any, given: str | None) -> Any:
    """Return the animals on a click: those given, else those of its label."""
    from lumicohort.imaging.assign import animals_of
    from lumicohort.imaging.click import Animal

    if given is None:
        return animals_of(click, (), False)
    ids = [part.strip() for part in given.replace(";", ",").split(",")]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if "" in ids or twice:
        what = f"names {', '.join(f'`{i}`' for i in twice)} twice" if any(twice) else "has a gap"
        raise InputError(f"--animals {given}: it {what}; write each animal's id once, `101,102`.")
    flags: tuple[str, ...] = ()
    if click.animal_numbers and click.animal_numbers != tuple(ids):
        flags = ("animal_number_disagrees_with_option",)
    return [Animal(i, k) for k, i in enumerate(ids, start=1)], "--animals", flags


def _write_masks(measured: MeasuredClick, folder: Path, taken: dict[str, Path]) -> None:
    """Write a click's masks, unless those of another click of its name are there."""
    from lumicohort.imaging.masks import write_masks

    own = measured.click.folder
    first = taken.setdefault(measured.click.name.casefold(), own)
    if first is not own:
        raise InputError(
            Problem(
                f"its masks would take the place of those of `{first}`.",
                own,
                hint="Write the masks of clicks of the same name into two folders.",
            )
        )
    try:
        write_masks(measured, folder)
    except OSError as error:
        raise InputError(_unwritable(folder, error)) from None


def _unwritable(path: Path, error: OSError) -> Problem:
    return Problem(f"it cannot be written: {error.strerror}.", path, hint="Name another place.")
