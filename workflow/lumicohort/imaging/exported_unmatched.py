"""ROIs of exported tables that fit no animal: left out and listed, or a reason to stop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lumicohort.errors import Problem
from lumicohort.imaging.exported import Listed, left_out
from lumicohort.imaging.exported_animals import NoAnimal, NotAsMany
from lumicohort.imaging.exported_image import TableImage

RULE = "roi_without_animal"
DOUBT = "roi_in_doubt"
"""Rule of a row whose animal or region is not clear, and which is only compared."""


@dataclass(slots=True)
class Unmatched:
    """What of a batch's tables fits nobody.

    An ROI on a phantom or on the bed is common, and takes nothing from the animals' own: it is
    listed, and the study goes on. Where an animal of its image has no ROI, though, it may be that
    animal's under a mistyped label, which would cost a value: that stops the study. So does a
    table none of whose ROIs fits anybody: it is another study's, or its labels are no animal ids.
    What is only compared with a click that counts never stops anything.

    Parameters
    ----------
    fitting : set of Path
        Tables of which an ROI that counts has an animal.
    strange : dict of Path to list of Problem
        Tables to those of their ROIs that fit nobody.
    """

    fitting: set[Path] = field(default_factory=set)
    strange: dict[Path, list[Problem]] = field(default_factory=dict)

    def sort_out(self, image: TableImage, counts: bool) -> list[Problem]:
        """Return the problems of an image that stop the study, and note the others.

        Parameters
        ----------
        image : TableImage
            The image.
        counts : bool
            Whether its fluxes are those of the tables, and not only compared.
        """
        if not counts:
            return []
        self.fitting |= {owned.roi.file for owned in image.owned}
        strays = [
            problem
            for problem in image.problems
            if isinstance(problem, NoAnimal) and not isinstance(problem, NotAsMany)
        ]
        for stray in strays:
            self.strange.setdefault(Path(stray.file or ""), []).append(stray)
        stops = [p for p in image.problems if not isinstance(p, NoAnimal)]
        if image.owned and image.without_roi:
            stops += [_whose(stray, image.without_roi) for stray in strays]
        return stops

    def listed(self, image: TableImage, refused: Iterable[Problem]) -> list[Listed]:
        """Return rows of `exclusions.csv` for the problems of an image that stop nothing."""
        kept = [problem for problem in image.problems if problem not in refused]
        return [
            left_out(
                "roi",
                image.name,
                problem.file,
                _row_name(problem),
                " ".join(filter(None, [problem.message, problem.hint])),
                RULE if isinstance(problem, NoAnimal) else DOUBT,
            )
            for problem in kept
        ]

    def of_strange_tables(self) -> list[Problem]:
        """Return the problems of tables that count and of which no ROI fits any animal."""
        tables = (found for file, found in self.strange.items() if file not in self.fitting)
        return [problem for found in tables for problem in found]


def _whose(stray: Problem, without_roi: Sequence[str]) -> Problem:
    """Return the problem of an ROI that may be that of an animal without one."""
    animals = ", ".join(f"`{animal}`" for animal in without_roi)
    hint = (
        f"{animals} of that image {'has' if len(without_roi) == 1 else 'have'} no ROI: if this one "
        "is meant, correct the label; if it lies on no animal, take its row out of the table."
    )
    return Problem(stray.message, stray.file, stray.where, hint)


def _row_name(problem: Problem) -> str:
    """Return the row of a problem as tables name it: `12`, or `day 7!12` of a worksheet."""
    where = (problem.where or "").removeprefix("worksheet ")
    return where.replace(", row ", "!").removeprefix("row ")
