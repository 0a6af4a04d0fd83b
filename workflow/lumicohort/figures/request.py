"""What a kind of figure is asked for, and what it gives: panels, notes, the parts of a caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.figures.layout import Panel, Strip
from lumicohort.figures.style import ArmLook, Style

if TYPE_CHECKING:
    from lumicohort.figures.data import StudyTables
    from lumicohort.study.config import StudyConfig
    from lumicohort.study.config.output import Drawing


@dataclass(frozen=True, slots=True)
class Request:
    """One figure, or one place of a composite, to be drawn and described.

    Parameters
    ----------
    config : StudyConfig
        The study, its arms and models as this figure orders and names them
        (:func:`as_figure_says`).
    drawing : Drawing
        The options of the figure or place.
    tables : StudyTables
        The study's tables.
    results : Path
        The study's results folder (montages read previews from it).
    looks : sequence of ArmLook
        How the arms are drawn, in order.
    style : Style
        The journal's measures.
    width_cm : float or None
        Width of the page where the config or a composite gives it.
    first : int
        Index of the first panel on its page, for its letter.
    lettered : bool
        Whether even a single panel has a letter, as in a composite.
    axes_widths : sequence of float
        Widths in points of the axes of the panels that were placed, for the caption.
    """

    config: StudyConfig
    drawing: Drawing
    tables: StudyTables
    results: Path
    looks: Sequence[ArmLook]
    style: Style
    width_cm: float | None = None
    first: int = 0
    lettered: bool = False
    axes_widths: Sequence[float] = ()

    @property
    def models(self) -> list[str]:
        """Models drawn, one panel each unless the kind says otherwise."""
        return list(self.config.models)

    def letters(self, names: Sequence[str]) -> str:
        """Name panels, lettered where the page has several: ``(A) MDA231, (B) PC9``."""
        if len(names) == 1 and not self.lettered:
            return names[0]
        return ", ".join(
            f"({self.style.letters(self.first + i)}) {name}" for i, name in enumerate(names)
        )

    def models_in_words(self) -> str:
        """Name the models, each with its panel's letter."""
        return self.letters([self.config.model_label(model) for model in self.models])


@dataclass(frozen=True, slots=True)
class Page:
    """What a kind draws: its panels and what stands under them.

    Parameters
    ----------
    panels : sequence of Panel
        The panels, row by row.
    notes : sequence of str
        Sentences printed small at the foot of the page.
    strip : Strip, optional
        Drawn once under the panels.
    layout : tuple of float and int, optional
        Width in cm and columns, where they are not the default for as many panels.
    """

    panels: Sequence[Panel]
    notes: Sequence[str] = ()
    strip: Strip | None = None
    layout: tuple[float, int] | None = None


@dataclass(frozen=True, slots=True)
class Caption:
    """The parts of a caption, in plain text.

    Parameters
    ----------
    title : str
        The first sentence.
    text : list of str
        The sentences between title and numbers: what is drawn and how.
    n : list of str
        Sentences that count animals.
    tests : list of str
        Sentences with estimates, tests and p.
    """

    title: str
    text: list[str] = field(default_factory=list)
    n: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        """All of it, in order."""
        return [self.title, *self.text, *self.n, *self.tests]


def as_figure_says(config: StudyConfig, drawing: Drawing) -> StudyConfig:
    """Return the study with the models and arms that a figure draws, in its order and names.

    Parameters
    ----------
    config : StudyConfig
        The study.
    drawing : Drawing
        The figure's options.
    """
    models = {
        name: config.models[name].model_copy(
            update={"label": drawing.labels.get(name, config.models[name].label)}
        )
        for name in drawing.models or config.models
    }
    arms = {
        name: config.arms[name].model_copy(
            update={
                "label": drawing.labels.get(name, config.arms[name].label),
                "colour": drawing.colours.get(name, look.colour),
            }
        )
        for name, look in _looks(config).items()
        if drawing.arms is None or name in drawing.arms
    }
    if drawing.arms is not None:
        arms = {name: arms[name] for name in drawing.arms}
    return config.model_copy(update={"models": models, "arms": arms})


def _looks(config: StudyConfig) -> dict[str, ArmLook]:
    """Return the look of every arm of the study: it stays when a figure leaves others out."""
    from lumicohort.figures.style import arm_looks

    return {look.arm: look for look in arm_looks(config)}


def looks_of(study: StudyConfig, config: StudyConfig) -> list[ArmLook]:
    """Return how a figure draws its arms: marker and line as everywhere in the study.

    Parameters
    ----------
    study : StudyConfig
        The study.
    config : StudyConfig
        The study as the figure says (:func:`as_figure_says`).
    """
    from dataclasses import replace

    known = _looks(study)
    return [
        replace(known[name], label=config.arm_label(name), colour=arm.colour or known[name].colour)
        for name, arm in config.arms.items()
    ]
