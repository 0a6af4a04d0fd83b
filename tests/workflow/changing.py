"""A finished run of the small study that a test changes: data, sheets, config, code, libraries."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import small_study
from running import ROOT, before_all


@dataclass
class Study:
    """A finished run of the small study, about to be changed.

    Parameters
    ----------
    folder : Path
        Where it was run.
    project : Path
        The project, or a copy of it whose code a change may edit.
    variables : dict
        Environment variables for the next run.
    """

    folder: Path
    project: Path = ROOT
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data" / "small"

    @property
    def batch(self) -> Path:
        """The batch that changes."""
        return self.data / "imaging" / "2020-01-13_MDA231-LeptoM_day07"

    @property
    def click(self) -> Path:
        return next(self.batch.iterdir())

    def set(self, key: str, value: Any) -> None:
        """Set a key of the config."""
        config = json.loads(json.dumps(small_study.CONFIG))
        *parents, last = key.split(".")
        section = config
        for name in parents:
            section = section.setdefault(name, {})
        section[last] = value
        small_study.write_config(self.folder, config)

    def edit(self, sheet: str, pattern: str, replacement: str) -> None:
        """Change one place of a sheet."""
        path = self.data / sheet
        text, n = re.subn(pattern, replacement, path.read_text(), count=1, flags=re.MULTILINE)
        assert n == 1, f"{sheet} has no {pattern}"
        path.write_text(text)

    def edit_code(self, module: str) -> None:
        """Change the code of a module, in a copy of the project."""
        self.project = copy_of_project(self.folder / "project")
        with (self.project / "workflow" / "lumicohort" / module).open("a") as stream:
            stream.write("\n# a change\n")

    def upgrade(self, library: str) -> None:
        """Let another version of a library be the one that is found."""
        place = self.folder / "upgraded" / f"{library.replace('-', '_')}-99.9.dist-info"
        place.mkdir(parents=True)
        # What it requires stays as it is: only the version differs.
        from importlib import metadata

        requires = "".join(f"Requires-Dist: {r}\n" for r in metadata.requires(library) or ())
        head = f"Metadata-Version: 2.1\nName: {library}\nVersion: 99.9\n"
        (place / "METADATA").write_text(head + requires)
        self.variables["PYTHONPATH"] = before_all(place.parent)


def copy_of_project(to: Path) -> Path:
    """Copy what a run needs of the project."""
    to.mkdir()
    shutil.copy(ROOT / "Snakefile", to)
    for part in ("workflow", "config", "profiles"):
        shutil.copytree(ROOT / part, to / part, ignore=shutil.ignore_patterns("__pycache__"))
    return to
