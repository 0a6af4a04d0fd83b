"""Blinding: the arms under codes, from the moment the cohort sheet is read.

A blinded config *is* a config whose arms are called A, B, …: everything made with it (tables,
figures, the report, survival.csv) knows no other names, so that nothing can leak. Only the study's
own config and sheets, and `provenance/`, hold the key.
"""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING, Any

from pydantic import Field

from lumicohort.study.config.base import Section

if TYPE_CHECKING:
    from lumicohort.study.config.output import Drawing, Figures
    from lumicohort.study.config.study import StudyConfig

NOTE = (
    "Arms are blinded: codes stand for them, dealt at random, and differences are against the "
    "first of them, which need not be the control."
)
"""What is said wherever blinded results are shown."""


class Blinding(Section):
    """Codes for arms in every result until `unblinded`."""

    unblinded: bool = False
    """Show the arms' names; everything is made again with the reference arm of the config."""
    seed: int = Field(default=0, ge=0)
    """Seed by which the codes are dealt. Choose one, and keep it from those who are blinded."""
    key: dict[str, str] = {}
    """Arm to code (`A`, `B`, …); dealt by `seed` where none is given."""
    control: str | None = None
    """Code of the reference arm; filled in by the program."""

    @property
    def names(self) -> dict[str, str]:
        """Code to arm."""
        return {code: arm for arm, code in self.key.items()}


def problems_of(blinding: Any, arms: list[str]) -> list[tuple[str, str]]:
    """Return what is wrong with the section `blinding`, as key and message.

    Parameters
    ----------
    blinding : object
        The section as read from YAML.
    arms : list of str
        The config's arms: their names, or their codes where it is blinded already.
    """
    key = blinding.get("key") if isinstance(blinding, dict) else None
    if not isinstance(key, dict) or not key or set(arms) == set(map(str, key.values())):
        return []
    found = []
    names = [str(name) for name in key]
    codes = [str(code) for code in key.values()]
    if sorted(names) != sorted(arms):
        listed = ", ".join(f"`{arm}`" for arm in arms)
        found.append(("blinding.key", f"give each arm ({listed}) one code, and no other name."))
    if len(set(codes)) < len(codes):
        found.append(("blinding.key", "two arms have the same code."))
    if set(codes) & set(arms):
        found.append(("blinding.key", "a code is the name of an arm."))
    if any(not code.isalnum() or len(code) > 8 for code in codes):
        found.append(("blinding.key", "a code is 1 to 8 letters or digits."))
    return found


def blinded(config: StudyConfig) -> StudyConfig:
    """Return the config with codes for its arms, where it asks for blinding.

    Parameters
    ----------
    config : StudyConfig
        A checked config.

    Returns
    -------
    StudyConfig
        The same config where nothing is to be blinded, or is already. Otherwise its arms are the
        codes in their order, drawn in one palette without the grey of a reference; the first code
        is what the others are compared with; published values by arm, and labels, colours
        and captions of figures that name an arm, are left out.
    """
    section = config.blinding
    if section is None or section.unblinded or is_blinded(config):
        return config
    # Imported here: the palette belongs to the figures, which import the config.
    from lumicohort.palette import PALETTE
    from lumicohort.study.config.study import Arm

    key = section.key or _dealt(list(config.arms), section.seed)
    by_code = {code: arm for arm, code in sorted(key.items(), key=lambda item: item[1])}
    arms = {
        code: Arm(
            label=f"Group {code}",
            colour=PALETTE[i % len(PALETTE)],
            animals_planned=config.arms[name].animals_planned,
            dose_mg_per_kg=config.arms[name].dose_mg_per_kg,
        )
        for i, (code, name) in enumerate(by_code.items())
    }
    models = {
        name: model.model_copy(update={"published": None}) for name, model in config.models.items()
    }
    control = key[config.reference_arm]
    return config.model_copy(
        update={
            "arms": arms,
            "models": models,
            "reference_arm": next(iter(arms)),
            "figures": _figures(config, key),
            "blinding": section.model_copy(update={"key": key, "control": control}),
        }
    )


def _figures(config: StudyConfig, key: dict[str, str]) -> Figures:
    """Return the figures without what would tell an arm: names, colours, order, captions."""
    words = [*key, *(config.arm_label(name) for name in key)]
    shown = []
    for figure in config.figures.show:
        update = _drawing(figure, key)
        if figure.rows:
            update["rows"] = [
                [panel.model_copy(update=_drawing(panel, key)) for panel in row]
                for row in figure.rows
            ]
        caption = (figure.caption or "").casefold()
        if any(word.casefold() in caption for word in words):
            update["caption"] = None
        shown.append(figure.model_copy(update=update))
    return config.figures.model_copy(update={"show": shown})


def _drawing(drawing: Drawing, key: dict[str, str]) -> dict[str, Any]:
    """Return what changes in a drawing's options; only what was set, as panels inherit the rest."""
    update: dict[str, Any] = {}
    if drawing.arms:
        update["arms"] = sorted(key[arm] for arm in drawing.arms)
    if drawing.labels:
        update["labels"] = {k: v for k, v in drawing.labels.items() if k not in key}
    if drawing.colours:
        update["colours"] = {k: v for k, v in drawing.colours.items() if k not in key}
    return update


def is_blinded(config: StudyConfig) -> bool:
    """Return whether the config's arms are codes."""
    section = config.blinding
    return bool(
        section is not None
        and not section.unblinded
        and section.key
        and set(config.arms) == set(section.key.values())
    )


def _dealt(arms: list[str], seed: int) -> dict[str, str]:
    """Return codes dealt to the arms at random; the arms' order in the config does not matter."""
    names = sorted(arms)
    letters = [c for c in string.ascii_uppercase if c not in arms]
    codes = letters[: len(names)] if len(names) <= len(letters) else []
    codes = codes or [f"G{i}" for i in range(1, len(names) + 1)]
    random.Random(f"lumicohort blinding {seed}").shuffle(codes)
    return dict(zip(names, codes, strict=True))
