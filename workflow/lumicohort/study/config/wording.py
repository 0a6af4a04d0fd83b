"""What pydantic finds wrong with a config, in plain English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

from lumicohort.errors import Problem, did_you_mean
from lumicohort.study.config.base import Section, fields_of, is_section

_BRANCH = re.compile(r"literal\[.*\]|int|float|str|bool|constrained-\w+|(list|dict|tuple)\[.*\]")
"""What pydantic adds to a key's path for each kind of value that is allowed there."""

_KINDS = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text",
}
"""What is wanted, by the type of pydantic's finding."""


def problems_in_words(
    errors: Iterable[Mapping[str, Any]], model: type[Section], file: str | Path | None = None
) -> list[Problem]:
    """Put all of pydantic's findings into plain English, one for each key.

    Parameters
    ----------
    errors : iterable of mapping
        `ValidationError.errors()`. Where values of several kinds are allowed for a key, each
        kind has a finding of its own.
    model : type of Section
        The model that was validated, for the keys that it allows.
    file : str or Path, optional
        The file that was read, for the message.

    Returns
    -------
    list of Problem
        In the order of the findings.
    """
    by_key: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for error in errors:
        place = tuple(error["loc"])
        if place and isinstance(place[-1], str) and _BRANCH.fullmatch(place[-1]):
            place = place[:-1]
        by_key.setdefault(place, []).append(error)
    return [_told(place, found, model, file) for place, found in by_key.items()]


def _told(
    place: tuple[Any, ...],
    errors: Sequence[Mapping[str, Any]],
    model: type[Section],
    file: str | Path | None,
) -> Problem:
    found = errors[0].get("input")
    simple = [e for e in errors if e["type"] == "literal_error" or e["type"] in _KINDS]
    if not simple or isinstance(found, (dict, list)):
        return in_words({**errors[0], "loc": place}, model, file)
    words, kinds = [], []
    for error in simple:
        if error["type"] == "literal_error":
            words += re.findall(r"'([^']*)'", error["ctx"]["expected"])
        else:
            kinds.append(_KINDS[error["type"]])
    *most, last = [*(f"`{word}`" for word in words), *dict.fromkeys(kinds)]
    allowed = f"{', '.join(most)} or {last}" if most else last
    guess = did_you_mean(found, words) if isinstance(found, str) and words else ""
    shown = "nothing" if found is None else repr(found)
    text = f"{allowed} is needed here; found {shown}{guess or '.'}"
    return Problem(text, file, f"key {'.'.join(map(str, place))}")


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
