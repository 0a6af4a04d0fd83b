"""Real data are never replaced by simulated ones.

Imports next to nothing: the workflow asks it while it is planned.
"""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

from lumicohort.errors import InputError, Problem
from lumicohort.study.config.marks import MARKS

SHEETS = "truth/sheets.json"
"""File that says what the sheets were when they were simulated."""


def refuse_real_data(folder: Path, imaging: str, added: bool = True) -> None:
    """Refuse a folder that holds anything but a simulated study.

    Snakemake removes a rule's outputs before the rule runs, so the workflow asks this while it is
    planned, before a sheet of a lab could be taken for an output of the simulation. The marker
    is such an output too; the truth is none, and marks the folder as well.

    Parameters
    ----------
    folder : Path
        The data folder.
    imaging : str
        Its folder of imaging batches.
    added : bool, optional
        Refuse batches that were added to a simulated folder as well: simulating again would
        replace them. Not so where the data are only read.

    Raises
    ------
    InputError
        Naming what was found.
    """
    if any((folder / mark).is_file() for mark in MARKS):
        known = _simulated_batches(folder)
        batches = sorted(f.name for f in (folder / imaging).glob("*"))
        foreign = [name for name in batches if name not in known] if added else []
    else:
        foreign = sorted(f.relative_to(folder).as_posix() for f in folder.rglob("*"))[:3]
    if foreign:
        raise InputError(
            Problem(
                f"the folder holds data that were not simulated ({', '.join(foreign[:3])}), and "
                "is left as it is.",
                folder,
                None,
                "Move them to a study of their own, or remove the `simulate` section.",
            )
        )


def note_sheets(folder: Path) -> None:
    """Note beside the truth what each sheet of simulated data was when it was made."""
    notes = {path.name: _hash(path) for path in sorted(folder.iterdir()) if path.is_file()}
    (folder / SHEETS).write_text(json.dumps(notes, indent=1) + "\n", encoding="utf-8")


def refuse_edited_sheets(folder: Path) -> None:
    """Refuse to simulate anew where a simulated sheet was edited by hand.

    Parameters
    ----------
    folder : Path
        The data folder.

    Raises
    ------
    InputError
        Naming each sheet that is another than the simulation made.
    """
    notes = folder / SHEETS
    made = json.loads(notes.read_text(encoding="utf-8")) if notes.is_file() else {}
    problems = [
        Problem(
            "the sheet was edited since it was simulated, and the study is to be simulated anew, "
            "which would overwrite it.",
            folder / name,
            hint="To keep it, copy the folder, and analyse the copy with a config of another "
            "`study` name and without the section `simulate`. To give it up, delete it. Then run "
            "the same command again.",
        )
        for name, digest in made.items()
        if (folder / name).is_file() and _hash(folder / name) != digest
    ]
    if problems:
        raise InputError(problems)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _simulated_batches(folder: Path) -> set[str]:
    """Return the batches that the simulation made, by its truth."""
    truth = folder / MARKS[1]
    if not truth.is_file():
        return set()
    with truth.open(encoding="utf-8", newline="") as stream:
        return {row["batch"] for row in csv.DictReader(stream)}
