"""Check a study's config and sheets before anything is measured.

Reads the config, all sheets and the names of the click folders, and prints either every
problem at once or what would be analysed. Where the sheets are faulty, a copy of them with the
faulty cells marked is written to results/<study>/problems.xlsx; nothing else is written.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lumicohort.cohort.cohort import Cohort
    from lumicohort.study.config import StudyConfig

HELP = "check a study's config and sheets, and say what would be analysed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("config", type=Path, help="the study's config (config/my_study.yaml)")


def run(arguments: argparse.Namespace) -> int:
    """Check the study; return 0 where nothing is wrong."""
    from lumicohort.cohort.problems_book import read_or_mark
    from lumicohort.imaging.corrections import batch_corrections
    from lumicohort.study.config import load_config
    from lumicohort.study.exported import check_config, check_labels

    config = load_config(arguments.config)
    batch_corrections(config)
    cohort = read_or_mark(config, template_ok=True)
    check_config(config, cohort.clicks)
    check_labels(config, cohort)
    print("\n".join([*summary(config, cohort), *same_name(arguments.config, config.study)]))
    return 0


def same_name(config: Path, study: str) -> list[str]:
    """Return the lines that say which configs beside this one have its study's name.

    Parameters
    ----------
    config : Path
        The config's file.
    study : str
        Its study.

    Returns
    -------
    list of str
        Lines of text; none where no other config has the name. A config copied for a second study
        often keeps it, and would write its results over the first one's.
    """
    found = []
    for other in sorted(config.parent.glob("*.y*ml")):
        if other.name == config.name or not other.is_file():
            continue
        text = other.read_text(encoding="utf-8-sig", errors="replace")
        named = re.search(r"^study[ \t]*:[ \t]*[\"']?([\w.-]+)", text, re.MULTILINE)
        # Macs take `Study` and `study` for one folder.
        if named and named[1].casefold() == study.casefold():
            found.append(other)
    if not found:
        return []
    listed = ", ".join(str(other) for other in found)
    return [
        "",
        f"The same study name stands in {listed}: a run with one config writes over the results "
        f"of the other (results/{study}). Give each study a name of its own (key study).",
    ]


def summary(config: StudyConfig, cohort: Cohort) -> list[str]:
    """Return the lines that say what would be analysed.

    Parameters
    ----------
    config : StudyConfig
        The study.
    cohort : Cohort
        Its sheets.

    Returns
    -------
    list of str
        Lines of text.
    """
    from lumicohort.cohort.animals import ended_in
    from lumicohort.cohort.batches import list_batches
    from lumicohort.cohort.doubts import notes_once
    from lumicohort.cohort.exclusions import days_of_images, excluded_images
    from lumicohort.cohort.label_checks import other_labels
    from lumicohort.cohort.seen_notes import notes_on_images
    from lumicohort.imaging.exported import read_exported, unknown_tables
    from lumicohort.living_image.folders import ARCHIVED, archives, survey
    from lumicohort.study.plan import missing_imaging

    lines = [f"Study {config.study}: nothing wrong found.", ""]
    if config.blinded:
        lines += [config.blinding_note, ""]
    if not cohort.animals:
        sheet = config.data_folder / config.data.cohort.file
        lines += [f"No animal stands in {sheet} yet: fill it in.", ""]
    lines.append("Animals per model and arm (events / alive or censored):")
    for model in config.models:
        for arm in config.arms:
            group = [a for a in cohort.animals if (a.model, a.arm) == (model, arm)]
            events = sum(ended_in(config, a) == "event" for a in group)
            left_out = sum(a.animal_id in cohort.excluded for a in group)
            more = f", {left_out} of them left out" if left_out else ""
            counts = f"{len(group):3d} ({events} / {len(group) - events}){more}"
            lines.append(f"  {model}, {arm}: {counts}")
    lines += alive(cohort)
    lines += ["", "Imaging batches:"]
    per_batch = Counter(click.batch for click in cohort.clicks if not click.only_exported)
    exported = Counter(click.batch for click in cohort.clicks if click.only_exported)
    batches = list_batches(config)
    lines += [
        f"  {batch}: {per_batch[batch]} click{'' if per_batch[batch] == 1 else 's'}"
        + (f", {exported[batch]} only in exported tables" if exported[batch] else "")
        for batch in batches
    ]
    for batch in batches:
        if not per_batch[batch] + exported[batch]:
            folder = config.imaging_folder / batch
            unread = unknown_tables(folder)
            if config.imaging.measurements.used:
                unread += read_exported(config, folder, has_clicks=False).listed
            lines += [f"    {row['id']}: {row['reason']}" for row in unread]
        lines += [
            f"    {left.path.name}: {left.reason}"
            for left in survey(config.imaging_folder / batch).skipped
            if left.rule == ARCHIVED
        ]
    beside = list(config.imaging_folder.iterdir()) if config.imaging_folder.is_dir() else []
    lines += [f"  {left.path.name}: {left.reason}" for left in archives(beside)]
    if not batches:
        lines.append(f"  none in {config.imaging_folder}")
        if config.simulate is None:
            missing = missing_imaging(config.data_folder, config.data)
            lines += [f"    A run stops: {problem}" for problem in missing]
    if cohort.weights or cohort.doses:
        lines += ["", f"{len(cohort.weights)} weighings, {len(cohort.doses)} treatments."]
    for records, what in ((cohort.flux, "fluxes"), (cohort.volumes, "tumour volumes")):
        if records:
            lines += ["", f"{len(records)} {what} from sheets."]
    if cohort.excluded:
        lines += ["", "Animals left out:"]
        lines += [f"  {e.id}: {e.reason} ({e.rule})" for e in cohort.excluded.values()]
    if cohort.images_left_out:
        lines += ["", "Images left out:"]
        days = days_of_images(cohort.animals, cohort.seen, cohort.flux)
        images = excluded_images(cohort.images_left_out, cohort.clicks, days)
        lines += [f"  {e.id}: {e.reason}" for e in images]
    lines += protocol(config, cohort)
    on_images = notes_on_images(config, cohort.animals, cohort.clicks, cohort.seen)
    on_images += other_labels(cohort.clicks, cohort.seen)
    odd = []
    if cohort.flux:
        from lumicohort.burden.doubts import sheet_doubts  # it loads much

        odd = sheet_doubts(config, cohort)
    if notes := notes_once([*cohort.notes, *odd, *on_images]):
        lines += ["", "Worth a look:"]
        lines += [f"  {note}" for note in notes]
    return lines


def protocol(config: StudyConfig, cohort: Cohort) -> list[str]:
    """Return the lines that count the deviations from the protocol, and show the first of each.

    Parameters
    ----------
    config : StudyConfig
        The study.
    cohort : Cohort
        The sheets.

    Returns
    -------
    list of str
        Lines of text; none without a deviation.
    """
    from lumicohort.cohort.study import deviation_rows, lives

    by_check: dict[str, list[dict[str, Any]]] = {}
    for row in deviation_rows(config, cohort, lives(cohort)):
        by_check.setdefault(row["check"], []).append(row)
    if not by_check:
        return []
    lines = ["", "Deviations from the protocol (a run lists all in protocol_deviations.csv):"]
    for check, found in sorted(by_check.items()):
        first = found[0]
        example = (
            f"`{first['animal_id']}` on {first['date']}: {first['found']}, expected "
            f"{first['expected']}"
        )
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        lines.append(f"  {check.replace('_', ' ')}: {example}{more}")
    return lines


def alive(cohort: Cohort) -> list[str]:
    """Return the lines that say until which day animals without an end count.

    Parameters
    ----------
    cohort : Cohort
        The sheets.

    Returns
    -------
    list of str
        Lines of text; none where every animal ended.
    """
    from lumicohort.cohort.study import lives

    living = [
        life
        for life in lives(cohort)
        if life.animal.end_date is None
        and life.animal.time_days is None
        and life.animal.animal_id not in cohort.excluded
    ]
    lines = []
    ends = [a.end_date for a in cohort.animals if a.end_date is not None and a.dated]
    if seen := [life for life in living if life.until is not None]:
        last = Counter(life.day_of(life.until) for life in seen if life.until is not None)
        days = ", ".join(f"{count} until day {day}" for day, count in sorted(last.items()))
        lines.append(
            f"  Without an end: {len(seen)}, censored when last seen (imaged, weighed, treated): "
            f"{days}."
        )
        latest = max(ends, default=None)
        before = sum(
            latest is not None and life.until is not None and life.until < latest
            for life in seen
            if life.animal.dated
        )
        if before:
            were = "was" if before == 1 else "were"
            lines.append(
                f"  {before} of them {were} last seen before the latest end in the sheet "
                f"({latest}): if alive then and it is not said, survival is underestimated."
            )
    if unseen := [life.animal.animal_id for life in living if life.until is None]:
        shown = ", ".join(f"`{name}`" for name in unseen[:10])
        more = f" and {len(unseen) - 10} more" if len(unseen) > 10 else ""
        lines.append(
            f"  Without an end, and never seen after inoculation, so not in the survival analysis: "
            f"{shown}{more}."
        )
    if lines:
        lines.append(
            "  Who was seen alive later gets that day as end_date, with an end_reason that censors."
        )
    return lines
