"""The demo's raw data: click folders, sheets, and the truth beside them."""

from __future__ import annotations

from pathlib import Path

from lumicohort.errors import InputError
from lumicohort.files import whole_folder
from lumicohort.simulate import parameters as p
from lumicohort.simulate.cohort import simulate_cohort
from lumicohort.simulate.guard import (
    note_sheets,
    refuse_edited_sheets,
    refuse_real_data,
)
from lumicohort.simulate.sessions import Sessions
from lumicohort.simulate.sheets import write_rows, write_sheets
from lumicohort.study.config import StudyConfig
from lumicohort.study.config.marks import MARKER

_NOTE = """\
SIMULATED DATA

Every click and every sheet in this folder was made by Lumicohort's simulator. No animal was
involved. The study mirrors the design of Chi et al., Science 369, 276 (2020); truth/ holds the
true flux of every animal on every click, for tests.
"""


def make_study(config: StudyConfig, folder: str | Path) -> None:
    """Write the raw data of a simulated study, whole or not at all.

    Parameters
    ----------
    config : StudyConfig
        A config with a `simulate` section.
    folder : str or Path
        The data folder to make. A simulated one is replaced.

    Raises
    ------
    InputError
        When the config asks for no simulation, or the folder holds data that are not simulated
        or sheets that were edited since.
    """
    folder = Path(folder)
    if config.simulate is None:
        raise InputError(f"the study `{config.study}` has no `simulate` section in its config.")
    unknown = [m for m in p.MODELS if m not in config.models]
    unknown += [a for m in p.MODELS.values() for a in m.arms if a not in config.sheet_arms]
    if unknown:
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(unknown))
        raise InputError(f"the simulated study needs the models and arms {names} in its config.")
    refuse_real_data(folder, config.data.imaging)
    refuse_edited_sheets(folder)
    seed, schedule = config.simulate.seed, config.schedule
    sessions = Sessions(seed)
    animals = sessions.scaled_to_burden(simulate_cohort(seed, config.simulate.animals_per_arm))
    last = max(a.end_day for a in animals)
    days = range(schedule.imaging_first_day, last, schedule.imaging_every_days)
    with whole_folder(folder) as out:
        imaged = sessions.image(animals, days, out / config.data.imaging)
        write_sheets(animals, imaged.sheet, config, seed, out)
        write_rows(out / "truth" / "truth.csv", imaged.truth)
        note_sheets(out)
        (out / MARKER).write_text(_NOTE, encoding="utf-8")
