"""What is wrong with a study config, in words.

:func:`in_words` puts pydantic's findings into plain English; :func:`disagreements` finds keys
that do not fit each other. The latter works on the raw mapping, so that it also speaks when
other keys are wrong: one message lists all problems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

from lumicohort.errors import Problem, did_you_mean
from lumicohort.study.config.base import Section, fields_of, is_section


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


def in_words(
    error: Mapping[str, Any], model: type[Section], file: str | Path | None = None
) -> Problem:
    """Put one of pydantic's findings into plain English.

    Parameters
    ----------
    error : mapping
        One of `ValidationError.errors()`.
    model : type of Section
        The model that was validated, for the keys that it allows.
    file : str or Path, optional
        The file that was read, for the message.

    Returns
    -------
    Problem
        The key's path, what is wrong and what is allowed.
    """
    location = list(error["loc"])
    key = ".".join(str(part) for part in location)
    kind, found = error["type"], error.get("input")
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        allowed = _keys_at(model, location[:-1])
        hint = _meant_elsewhere(model, str(location[-1]))
        hint = hint or (did_you_mean(str(location[-1]), allowed) if allowed else "")
        end = "" if hint.endswith("?") else "."
        listed = f" Allowed here: {', '.join(sorted(allowed))}." if allowed else ""
        return Problem(f"unknown key{hint}{end}{listed}", file, f"key {key}")
    if kind == "missing":
        return Problem("this key is required and missing.", file, f"key {key}")
    if kind == "string_pattern_mismatch":
        message = _PATTERNS.get(error["ctx"]["pattern"], error["msg"])
    elif kind in ("dict_type", "model_type", "model_attributes_type", "dataclass_type"):
        message = _keys_wanted(location, found)
    elif kind == "string_type" and isinstance(found, dict):
        message = _text_wanted(model, location)
    elif kind == "list_type":
        message = f"a list is needed here, also of one: `{location[-1]}: [ … ]`"
    else:
        message = error["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    shown = "" if isinstance(found, dict) else f"; found {found!r}"
    end = "" if message.endswith("?") else "."
    return Problem(f"{message}{shown}{end}", file, f"key {key}" if key else None)


def _text_wanted(model: type, location: Sequence[Any]) -> str:
    """Say that keys stand where a text belongs, and which key they may be meant for."""
    near = [
        key for key in _keys_at(model, list(location[:-1])) if key.startswith(f"{location[-1]}_")
    ]
    meant = f" — did you mean `{near[0]}`?" if len(near) == 1 else ""
    return f"one text is needed here, and no keys below it{meant}"


def _keys_wanted(location: Sequence[Any], found: Any) -> str:
    """Say how keys are written where something else stands."""
    names = found if isinstance(found, list) else []
    if not names or not all(isinstance(name, str) for name in names):
        return "keys are needed here, each with a colon and what belongs to it"
    written = ", ".join(f"{name}: {{}}" for name in names)
    return f"each name here is a key and has a colon: `{location[-1]}: {{ {written} }}`"


_NAME = (
    "a name here may hold letters (A to Z), digits,{} _ and -, no spaces, and begins with a "
    "letter or digit"
)
_PATTERNS = {
    r"^#[0-9A-Fa-f]{6}$": 'a colour is # and six digits (0 to 9, A to F), as in "#0072B2"',
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*$": _NAME.format(" ."),
    r"^[A-Za-z0-9][A-Za-z0-9_-]*$": _NAME.format(""),
}
"""What a text must look like, in words."""

_OTHER_NAMES = {"analysis_region": "analysis.burden.region"}
"""Names that people look for, and the key that they mean."""


def _meant_elsewhere(model: type[Section], name: str) -> str:
    """Return `` — did you mean `X.name`?`` where keys of that name stand in other sections."""
    paths = [_OTHER_NAMES[name]] if name in _OTHER_NAMES else list(_paths_of(model, name))
    if not 1 <= len(paths) <= 2:  # a common word (`file`, `columns`) tells nothing
        return ""
    return f" — did you mean {' or '.join(f'`{path}`' for path in paths)}?"


def _paths_of(model: type, name: str, above: str = "") -> Iterator[str]:
    """Yield the paths of all keys of a name, below mappings and lists excepted."""
    for key, field in fields_of(model).items():
        if key == name:
            yield above + key
        kinds = [field.annotation, *get_args(field.annotation)]
        if get_origin(field.annotation) in (list, dict, tuple):
            continue
        for kind in kinds:
            if is_section(kind):
                yield from _paths_of(kind, name, f"{above}{key}.")


def _keys_at(model: Any, location: list[Any]) -> set[str]:
    """Return the keys that the models allow at a place in the config."""
    for part in location:
        if not is_section(model):
            inner = [a for a in get_args(model) if is_section(a)]
            model = inner[0] if inner else None
            if model is None:
                return set()
            if not isinstance(part, str) or part not in fields_of(model):
                continue
        field = fields_of(model).get(part) if isinstance(part, str) else None
        if field is None:
            return set()
        model = field.annotation
    if not is_section(model):
        inner = [a for a in get_args(model) if is_section(a)]
        model = inner[0] if inner else None
    return set(fields_of(model)) if model is not None else set()


def yaml_hint(what: str, begin: Any) -> str:
    """Return what to do about a config that is no YAML, for people who have never written any.

    Parameters
    ----------
    what : str
        The parser's words.
    begin : yaml.Mark or None
        Where it began to read what it could not finish.

    Returns
    -------
    str
        The likeliest slips behind these words.
    """
    quoting = 'put text that holds # : , { } [ ] in quotation marks (`"Mouse #"`)'
    if "'\\t'" in what:
        return "Indent with spaces, not with tabs."
    if what.startswith("expected ',' or"):
        opened = f" of line {begin.line + 1}" if begin is not None else ""
        return (
            f"The bracket{opened} is not closed, or a comma is missing. A # that is not in "
            f"quotation marks begins a comment: {quoting}."
        )
    if "mapping values are not allowed" in what:
        return (
            "The line before may lack its colon, or this one begin further in than its "
            f"neighbours; {quoting}."
        )
    return f"See this line and the one above: every key needs a colon; {quoting}."
