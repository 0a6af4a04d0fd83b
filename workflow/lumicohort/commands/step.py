"""Run one step of the workflow on a study's resolved config.

The rules of the workflow call this; docs/architecture.md lists what each step reads and writes.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.errors import InputError

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

HELP = "run one step of the workflow (the rules call this)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("name", choices=sorted(STEPS), help="the step")
    parser.add_argument("--config", type=Path, required=True, help="the study's config")
    parser.add_argument("--batch", help="for measure_batch: the batch's folder name")
    parser.add_argument("--planned", default="", help="what planning says it writes (JSON)")
    parser.add_argument("--figure", help="for figure: the figure's name")


def run(arguments: argparse.Namespace) -> int:
    """Run the step."""
    import json
    import time
    from dataclasses import asdict
    from datetime import timedelta

    from lumicohort.study import warm

    if arguments.name == "figure" and arguments.figure:
        config = ["--config", str(arguments.config)]
        code = warm.ask(["step", "figure", "--figure", arguments.figure, *config])
        if code is not None:
            return code

    from lumicohort.study.config import load_config
    from lumicohort.study.manifests import known_hashes
    from lumicohort.study.plan import corrections, own_rows, sheet_files, uses_of
    from lumicohort.study.planned import batch_rows
    from lumicohort.study.record import refuse_changed, traced, write_record
    from lumicohort.study.running import in_words, progress, say

    started = time.time()
    study = load_config(arguments.config)
    label = arguments.batch or arguments.figure
    uses = uses_of(study, arguments.name, arguments.figure)
    if arguments.batch:
        rows = [asdict(row) for row in batch_rows(study, arguments.batch)]
        uses["rows"] = own_rows(study, arguments.batch, rows)
        uses["corrections"] = json.loads(corrections(study, arguments.batch))
    results = study.results_folder.absolute()
    with traced(study.data_folder, results) as trace:
        if STEPS[arguments.name] is _of_sheets:
            for sheet in sheet_files(study):
                trace.note(Path(sheet).absolute())
        STEPS[arguments.name](study, arguments)
        # A batch checks its files itself, and its rows are parameters of its job.
        if arguments.name not in ("simulate", "measure_batch"):
            refuse_changed(trace)
    name = f"{arguments.name}.{label}" if label else arguments.name
    write_record(results, name, uses, started, trace, known_hashes(study, arguments.batch))
    if arguments.batch:
        took = in_words(timedelta(seconds=time.time() - started))
        say(f"Measured batch {arguments.batch} in {took}. Done: {progress(study) or 'this batch'}.")
    return 0


def _simulate(study: StudyConfig, arguments: argparse.Namespace) -> None:
    from lumicohort.simulate.study import make_study

    make_study(study, study.data_folder)


def _measure_batch(study: StudyConfig, arguments: argparse.Namespace) -> None:
    from lumicohort.imaging.batch import measure_batch
    from lumicohort.imaging.corrections import batch_corrections
    from lumicohort.study.manifests import (
        as_planned,
        refuse_changed,
        refuse_unread,
        stats_of,
    )
    from lumicohort.study.planned import batch_rows
    from lumicohort.study.running import telling

    if arguments.batch is None:
        raise InputError("measure_batch needs --batch, the name of a folder of clicks.")
    batch, folder = arguments.batch, study.imaging_folder / arguments.batch
    before = stats_of(folder)
    as_planned(study, batch, before)

    def check(unread: Mapping[Path, str]) -> None:
        refuse_unread(study, batch, unread)
        refuse_changed(folder, before)

    out = study.results_folder / "imaging" / batch
    for leftover in out.glob(".batch.*"):  # of a run that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    measure_batch(
        study,
        folder,
        batch_rows(study, arguments.batch),
        out,
        batch_corrections(study).get(arguments.batch, []),
        check,
        telling(batch),
    )


def _of_sheets(study: StudyConfig, arguments: argparse.Namespace) -> None:
    import json

    from lumicohort.study.contents import write_step

    write_step(study, arguments.name, json.loads(arguments.planned or "{}"))


def _flux(study: StudyConfig, arguments: argparse.Namespace) -> None:
    from lumicohort.cohort.batches import list_batches
    from lumicohort.study.assemble import assemble_flux

    results = study.results_folder
    assemble_flux(study, [results / "imaging" / batch for batch in list_batches(study)], results)


def _survival(study: StudyConfig, arguments: argparse.Namespace) -> None:
    from lumicohort.survival.study import analyse_survival

    analyse_survival(study, study.results_folder)


def _burden(study: StudyConfig, arguments: argparse.Namespace) -> None:
    from lumicohort.burden.study import analyse_burden

    analyse_burden(study, study.results_folder)


def _tables(study: StudyConfig, arguments: argparse.Namespace) -> None:
    from lumicohort.tables.study import write_tables

    write_tables(study, study.results_folder)


def _figure(study: StudyConfig, arguments: argparse.Namespace) -> None:
    import gc

    if arguments.figure is None:
        raise InputError("figure needs --figure, a name from the config's figures.")
    # The job is short and leaves little behind: collecting would cost a tenth of its time.
    gc.disable()
    try:
        from lumicohort.figures.draw import draw_figure

        draw_figure(study, arguments.figure, study.results_folder)
    finally:
        gc.enable()


def _qc(study: StudyConfig, arguments: argparse.Namespace) -> None:
    from lumicohort.report.qc import write_qc

    write_qc(study, study.results_folder)


def _report(study: StudyConfig, arguments: argparse.Namespace) -> None:
    from lumicohort.report.report import write_report

    write_report(study, study.results_folder)


def _versions(study: StudyConfig, arguments: argparse.Namespace) -> None:
    from lumicohort.files import write_json
    from lumicohort.study.libraries import versions

    place = study.results_folder / "provenance"
    write_json(study.model_dump(mode="json"), place / "config.json")
    write_json(versions(), place / "versions.json")


STEPS: dict[str, Callable[[StudyConfig, argparse.Namespace], None]] = {
    "simulate": _simulate,
    "measure_batch": _measure_batch,
    "cohort": _of_sheets,
    "left_out": _of_sheets,
    "protocol": _of_sheets,
    "flux": _flux,
    "survival": _survival,
    "burden": _burden,
    "tables": _tables,
    "figure": _figure,
    "qc": _qc,
    "report": _report,
    "versions": _versions,
}
"""The steps by name, in the order in which the workflow runs them."""
