"""The run of a study that is under way: telling others of it, and how far it is.

Snakemake itself keeps a second run from touching what the first one makes; its message does not
say whether one is under way or was cut off. It counts jobs; people count sessions and clicks.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from lumicohort.files import write_json
from lumicohort.study.config import StudyConfig
from lumicohort.study.manifests import paths_of, read_json
from lumicohort.study.record import FOLDER
from lumicohort.study.typed import typed

LOCKS = Path(".snakemake") / "locks"


SCREEN_VARIABLE = "LUMICOHORT_SCREEN"
"""Environment variable: the file descriptor of the screen, in jobs whose output goes to a log."""


def begin(study: StudyConfig, batches: Iterable[str] = ()) -> None:
    """Note that this process runs the study, and which batches it is to measure."""
    note = {
        "process": os.getpid(),
        "machine": socket.gethostname(),
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "clicks": {batch: clicks_in(study, batch) for batch in sorted(batches)},
    }
    write_json(note, _note(study))


def clicks_in(study: StudyConfig, batch: str) -> int:
    """Return how many luminescent images the list of a batch's files has."""
    listed = read_json(paths_of(study, batch)[0])
    return sum(Path(name).name.casefold() == "luminescent.tif" for name in listed)


def progress(study: StudyConfig, now: datetime | None = None) -> str:
    """Return how far the measuring of a run is, and how long it will take.

    Parameters
    ----------
    study : StudyConfig
        The config.
    now : datetime, optional
        The time; that of the clock where none is given.

    Returns
    -------
    str
        Batches and clicks done and left, and the time left at the pace so far; blank where the
        workflow does not run.
    """
    note = read_json(_note(study))
    if not note:
        return ""
    started = datetime.fromisoformat(note["started"])
    clicks: dict[str, int] = note["clicks"]
    if not clicks:  # the batches were simulated by this very run
        listed = sorted(paths_of(study, "")[0].parent.glob("[!.]*.json"))
        clicks = {path.stem: clicks_in(study, path.stem) for path in listed}
    done = [batch for batch in clicks if _measured_since(study, batch, started)]
    measured, total = sum(clicks[b] for b in done), sum(clicks.values())
    text = f"{len(done)} of {len(clicks)} batches, {measured} of {total} clicks"
    if measured and measured < total:
        passed = (now or datetime.now().astimezone()) - started
        text += f"; about {in_words(passed * ((total - measured) / measured))} left for measuring"
    return text


def in_words(length: timedelta) -> str:
    """Return a length of time as one reads it: `40 s`, `12 min`, `3 h 20 min`."""
    seconds = max(round(length.total_seconds()), 1)
    if seconds < 90:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _measured_since(study: StudyConfig, batch: str, started: datetime) -> bool:
    # By its time alone: each of thousands of batches asks this of all.
    record = study.results_folder / FOLDER / f"measure_batch.{batch}.json"
    try:
        return record.stat().st_mtime >= started.timestamp()
    except FileNotFoundError:
        return False


SAY_EVERY_S = 30.0
"""How often (seconds) a long batch tells the screen of its clicks."""


def telling(batch: str) -> Callable[[int, int, str], None]:
    """Return a function that tells the log of each click, and the screen now and then."""
    last = time.monotonic()

    def tell(number: int, of: int, name: str) -> None:
        nonlocal last
        text = f"batch {batch}: click {number} of {of}, {name}"
        if time.monotonic() - last < SAY_EVERY_S:
            print(text, flush=True)
            return
        last = time.monotonic()
        say(text)

    return tell


def say(text: str) -> None:
    """Print a line to the log, and to the screen of the person who started the run."""
    print(text, flush=True)
    screen = os.environ.get(SCREEN_VARIABLE, "")
    if screen.isdecimal():
        with contextlib.suppress(OSError):  # no screen: a cluster's job, a closed terminal
            os.write(int(screen), f"{text}\n".encode())


def end(study: StudyConfig) -> None:
    """Note that the run came to its end, whichever."""
    _note(study).unlink(missing_ok=True)


def outcome(study: StudyConfig) -> str:
    """Return what to open after a run, and how much was left out.

    Parameters
    ----------
    study : StudyConfig
        The config.

    Returns
    -------
    str
        Lines of text; blank where there is no report (a run of some of the results only).
    """
    import csv

    from lumicohort.cohort.batches import list_batches
    from lumicohort.study.left_over import left_over

    results = study.results_folder
    report, left_out = results / "report.html", results / "exclusions.csv"
    if not report.is_file():
        return ""
    clicks = results / "qc" / "index.html"
    lines = ["", f"Open {report}; every click, the doubtful ones first: {clicks}"]
    if left_out.is_file():
        with left_out.open(encoding="utf-8", newline="") as stream:
            rows = max(sum(1 for _ in csv.reader(stream)) - 1, 0)
        if rows:
            said = "1 row says" if rows == 1 else f"{rows} rows say"
            lines.append(f"What was left out: {said} it, with reasons, in {left_out}")
    lines += left_over(study, list_batches(study))
    return "\n".join(lines)


def notice(study: StudyConfig) -> str:
    """Return what to say about another run of the study; blank where there is none.

    Parameters
    ----------
    study : StudyConfig
        The config.

    Returns
    -------
    str
        That it is under way, or that it was cut off and what to do.
    """
    note = read_json(_note(study))
    if not note or not (LOCKS.is_dir() and any(LOCKS.iterdir())):
        return ""
    when = str(note["started"])[:16].replace("T", " ")
    here = note["machine"] == socket.gethostname()
    where = "this machine" if here else f"`{note['machine']}`"
    who = f"process {note['process']} on {where}, started {when}"
    unlock = f"{typed('snakemake')} --unlock"
    if here and not _alive(int(note["process"])):
        return (
            f"The last run of study `{study.study}` was cut off ({who}). Run `{unlock}` "
            "with the same --configfile once, then the same command again; finished steps stay."
        )
    return (
        f"A run of study `{study.study}` is under way ({who}). Wait until it has ended; a second "
        "one changes nothing." + ("" if here else f" If that machine stopped, run `{unlock}` once.")
    )


def _note(study: StudyConfig) -> Path:
    return study.results_folder / "provenance" / ".running.json"


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # someone else's
    return True
