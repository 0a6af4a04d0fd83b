"""Keys of a study config that do not fit each other.

The raw mapping is looked at, so that they are told also when other keys are wrong: one message
lists all problems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lumicohort.errors import Problem, did_you_mean


def disagreements(raw: Mapping[str, Any], file: str | Path | None = None) -> list[Problem]:
    """Return the disagreements between keys of a config.

    Parameters
    ----------
    raw : mapping
        The config as read from YAML, possibly with other faults.
    file : str or Path, optional
        The file it came from, for messages.

    Returns
    -------
    list of Problem
        One for every name that another key does not know, and every name used twice, also with
        other capitals.
    """
    return [Problem(message, file, f"key {key}") for key, message in _disagreements(raw)]


def _disagreements(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    models, arms = _mapping(raw.get("models")), _mapping(raw.get("arms"))
    for key in ("models", "arms", "end_reasons"):
        yield from _alike(key, _mapping(raw.get(key)))
    for key, option in (("models", "label"), ("arms", "label"), ("arms", "colour")):
        yield from _shown_alike(key, option, _mapping(raw.get(key)))
    reference = raw.get("reference_arm")
    if isinstance(reference, str) and arms and reference not in arms:
        yield "reference_arm", _unknown(reference, "arms", arms)
    for model, options in models.items():
        published = _mapping(_mapping(_mapping(options).get("published")).get("arms"))
        for arm in published:
            if arms and arm not in arms:
                yield f"models.{model}.published.arms.{arm}", _unknown(str(arm), "arms", arms)
    yield from _unmeasured_region(raw)
    yield from _unadjustable(raw)
    shown = _mapping(raw.get("figures")).get("show")
    names: set[str] = set()
    for index, figure in enumerate(shown if isinstance(shown, list) else []):
        name = _mapping(figure).get("name")
        if isinstance(name, str):
            if name in names:
                yield f"figures.show.{index}.name", f"two figures are called `{name}`."
            names.add(name)
        for place, drawing in _drawings(f"figures.show.{index}", _mapping(figure)):
            yield from _unknown_names(place, drawing, models, arms)


def _alike(key: str, names: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    """Find names that differ in capitals and spaces only: they would be groups of their own.

    End reasons that differ so are spellings of one reason, as long as they mean the same.
    """
    first: dict[str, Any] = {}
    for name, meaning in names.items():
        known = first.setdefault(_folded(str(name)), name)
        if known == name or (key == "end_reasons" and meaning == names[known]):
            continue
        yield (
            f"{key}.{name}",
            f"`{known}` and `{name}` differ in capitals or spaces only, and would count as two: "
            "keep one, and write it so in the sheet.",
        )


def _folded(text: str) -> str:
    """Return a text without its capitals and spaces."""
    return "".join(text.casefold().split())


def _shown_alike(key: str, option: str, names: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    """Find groups that a reader of figures and tables could not tell from one another."""
    first: dict[str, Any] = {}
    for name, options in names.items():
        shown = _mapping(options).get(option) or (name if option == "label" else None)
        if not isinstance(shown, str):
            continue
        known = first.setdefault(_folded(shown), name)
        if _folded(str(known)) != _folded(str(name)):
            yield (
                f"{key}.{name}.{option}",
                f"`{known}` and `{name}` have the same {option}, `{shown}`: nobody could tell them "
                "apart in figures and tables. Give each its own.",
            )


def _unmeasured_region(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Find an analysed region that the method of the regions does not make."""
    regions = _mapping(_mapping(raw.get("imaging")).get("regions"))
    method = regions.get("method")
    if method not in ("fixed", "contour"):
        return
    made = _mapping(regions.get(method)).get("region", "neuraxis")
    analysed = _mapping(_mapping(raw.get("analysis")).get("burden")).get("region", "neuraxis")
    if made != analysed:
        yield (
            "analysis.burden.region",
            f"`{analysed}` is analysed, and the regions made are `{made}` "
            f"(imaging.regions.{method}.region): make them the same.",
        )


def _unadjustable(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Find a hazard ratio that is to be printed adjusted and that is never fitted so."""
    survival = _mapping(_mapping(raw.get("analysis")).get("survival"))
    method = survival.get("hazard_ratio")
    wanted = [name for name in ("covariates", "cluster_by") if survival.get(name)]
    if survival.get("print_adjusted") is True and wanted and method in _NEVER_ADJUSTED:
        yield (
            "analysis.survival.hazard_ratio",
            f"`{method}` is not adjusted ({wanted[0]}), so with print_adjusted no hazard ratio "
            "would be printed: choose `auto`, `cox_efron`, `cox_breslow` or `cox_firth`, or take "
            "print_adjusted away.",
        )


_NEVER_ADJUSTED = ("mantel_haenszel", "logrank_oe", "cox_exact")
"""Two come from the log-rank test, which knows no covariates; exact ties are fitted without."""


def _drawings(place: str, figure: Mapping[Any, Any]) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Return a figure and, of a composite, its panels, each with its place in the config."""
    yield place, figure
    rows = figure.get("rows")
    for r, row in enumerate(rows if isinstance(rows, list) else []):
        for c, panel in enumerate(row if isinstance(row, list) else []):
            yield f"{place}.rows.{r}.{c}", _mapping(panel)


def _unknown_names(
    place: str, drawing: Mapping[Any, Any], models: Mapping[Any, Any], arms: Mapping[Any, Any]
) -> Iterator[tuple[str, str]]:
    """Find models and arms that a figure names and the study does not have."""
    both = {**arms, **models}
    for key, kind, known in (
        ("models", "models", models),
        ("arms", "arms", arms),
        ("colours", "arms", arms),
        ("labels", "arms` and `models", both),
    ):
        wanted = drawing.get(key)
        for name in wanted if isinstance(wanted, (list, Mapping)) else []:
            if known and name not in known:
                yield f"{place}.{key}", _unknown(str(name), kind, known)


def _mapping(value: Any) -> Mapping[Any, Any]:
    """Return the value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def _unknown(name: str, key: str, allowed: Mapping[Any, Any]) -> str:
    """Say that a name is not among those of another key."""
    words = [str(a) for a in allowed]
    listed = ", ".join(f"`{word}`" for word in words)
    return f"`{name}` is not among `{key}` ({listed}){did_you_mean(name, words)}."
