"""Names in a config, read as sheets are: what nobody sees makes no second arm.

A name that was copied from a spreadsheet or a web page often holds a no-break space. The sheets'
cells are freed of these, so that the names which they are compared with must be as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lumicohort.plain import plain

# In English, German, French, Swedish and Chinese.
_CURLY = re.compile("[\u2018-\u201f\u00ab\u00bb\u300c].*[\u2018-\u201f\u00ab\u00bb\u300d]")
_NOT_QUOTED = (
    "stands in typographic quotation marks, which become part of the name: write plain ones "
    "(\" or ') or none."
)

_NAMES = frozenset(
    {
        "arms",
        "cluster_by",
        "column",
        "columns",
        "covariates",
        "entry",
        "equals",
        "headings",
        "models",
        "only",
        "others",
        "reference_arm",
        "stratify_by",
        "values",
    }
)
"""Keys whose texts are names of arms or models, headings or cells of a sheet. All others (files,
titles, labels, captions) stay as they are."""


def plain_names(raw: Mapping[Any, Any]) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
    """Return a config whose keys and names hold no odd spaces or invisible characters.

    Parameters
    ----------
    raw : mapping
        The config as read from YAML.

    Returns
    -------
    dict
        The config. The given one is not changed.
    list of tuple
        Key and message for every two keys that differ in what nobody sees only (the first of
        them is kept), and for every key in quotation marks that are none to YAML.
    """
    problems: list[tuple[str, str]] = []
    return _mapping(raw, "", problems, False), problems


def _mapping(
    raw: Mapping[Any, Any], path: str, problems: list[tuple[str, str]], names: bool
) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for key, value in raw.items():
        name = plain(key) if isinstance(key, str) else key
        place = f"{path}.{name}" if path else str(name)
        if isinstance(name, str) and _CURLY.match(name):
            problems.append((place, f"`{name}` {_NOT_QUOTED}"))
        if name in made:
            text = (
                f"`{name}` is written twice, with spaces or characters that nobody sees: keep one."
            )
            problems.append((place, text))
            continue
        made[name] = _value(value, place, problems, names or name in _NAMES)
    return made


def _value(value: Any, path: str, problems: list[tuple[str, str]], names: bool) -> Any:
    if isinstance(value, str):
        return plain(value) if names else value
    if isinstance(value, Mapping):
        # The options of an arm or a model are no names: its label may hold a no-break space.
        texts = names and path.rpartition(".")[2] in ("columns", "values", "only")
        return _mapping(value, path, problems, texts)
    if isinstance(value, list):
        return [_value(v, f"{path}.{i}", problems, names) for i, v in enumerate(value)]
    return value
