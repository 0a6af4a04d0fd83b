"""The reference of config keys and the JSON schema, generated from the config's models."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
import types
from collections.abc import Collection
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from lumicohort.study.config import StudyConfig
from lumicohort.study.config.base import Section, fields_of, is_section
from lumicohort.study.config.output import CompositePanel, Drawing

_HEAD = """\
# The study config

*Generated from the config's models by `make docs`: edit those instead.*

A study is one YAML file in this folder, and its raw data lie in `data/<study>/`:

```
data/my_study/
    cohort.xlsx                one row per animal (or .csv, .tsv, .ods, .xls)
    imaging/
        2026-03-02_day07/      one folder per imaging session, as it came off the instrument
            DG20260302101500/  click folders (or _SEQ folders), untouched
```

The smallest config, to be saved as `config/my_study.yaml`:

```yaml
study: my_study
models: { MDA231-LeptoM: {} }
arms: { vehicle: {}, DFO: {} }
reference_arm: vehicle
data:
  cohort: { file: cohort.xlsx }
```

`lumicohort check config/my_study.yaml` names everything that is wrong with the config and the
sheets at once; `snakemake --cores all --configfile config/my_study.yaml` runs the study.
An unknown key, a wrong type and a missing file are refused before anything runs. Editors that
know JSON schemas complete and check the keys when the first line of the config is
`# yaml-language-server: $schema=../workflow/schemas/config.schema.json`.

## Keys

`<model>`, `<arm>` and the like stand for names of your own; `[ ]` for every entry of a list.

| key | type | default | meaning |
|---|---|---|---|
"""


def config_schema() -> str:
    """Return the JSON schema of a study config, for editors."""
    schema = StudyConfig.model_json_schema()
    sections = {section.__name__: section for section in _sections(StudyConfig)}
    for name, part in (("StudyConfig", schema), *schema["$defs"].items()):
        meant = _meanings(sections[name])
        for key, entry in part["properties"].items():
            if key in meant:
                entry["description"] = meant[key]
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Lumicohort study config"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def config_reference() -> str:
    """Return the reference of all config keys as Markdown."""
    return _HEAD + "\n".join(_rows(StudyConfig, "")) + "\n"


def _sections(model: type) -> list[type]:
    """Return a section and all below it."""
    found = [model]
    for name, field in fields_of(model).items():
        inner = _inner(name, field.annotation)[1]
        if inner is not None:
            found += _sections(inner)
    return found


def _meanings(model: type) -> dict[str, str]:
    """Return what stands under each key of a section, its parents' included."""
    found: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if not is_section(parent):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(parent))).body[0]
        assert isinstance(body, ast.ClassDef)
        for key, text in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(key, ast.AnnAssign)
                and isinstance(key.target, ast.Name)
                and isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
                and isinstance(text.value.value, str)
            ):
                found[key.target.id] = inspect.cleandoc(text.value.value)
    return found


def _rows(model: type, prefix: str, told: Collection[str] = ()) -> list[str]:
    """Return one table row per key of a section, sub-sections after their own key.

    Keys in `told` are those of the figure around a composite's panel, and not told again.
    """
    rows = []
    meant = _meanings(model)
    for name, field in fields_of(model).items():
        if name in told:
            continue
        key = f"{prefix}{name}"
        meaning = " ".join(meant.get(name, "").split()).replace("|", "\\|")
        rows.append(f"| `{key}` | {_type(field.annotation)} | {_default(field)} | {meaning} |")
        suffix, inner = _inner(name, field.annotation)
        if inner is not None:
            told = Drawing.model_fields if inner is CompositePanel else {}
            rows += _rows(inner, f"{key}{suffix}.", told)
    return rows


def _inner(name: str, annotation: Any) -> tuple[str, type | None]:
    """Return the section below a key, and what stands between the key and the section's keys."""
    if is_section(annotation):
        return "", annotation
    for argument in get_args(annotation):
        if get_origin(annotation) is list and get_origin(argument) is list:
            suffix, inner = _inner(name, argument)
            return f"[ ]{suffix}", inner
        if is_section(argument):
            if get_origin(annotation) is dict:
                return f".<{name.removesuffix('s')}>", argument
            return ("[ ]" if get_origin(annotation) is list else ""), argument
    return "", None


def _type(annotation: Any) -> str:
    """Return a type in words."""
    words = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if annotation is None or annotation is type(None):
        return "nothing"
    if annotation in words:
        return words[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return ", ".join(f"`{a}`" for a in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(a) for a in arguments if a is not type(None))
    if origin is list:
        return f"list of {_type(arguments[0])}"
    if origin is tuple:
        return " and ".join(_type(a) for a in arguments)
    if origin is dict:
        return f"mapping to {_type(arguments[1])}"
    return "section"


def _default(field: FieldInfo) -> str:
    """Return a key's default in words."""
    if field.is_required():
        return "**required**"
    value = field.default
    if value is PydanticUndefined and field.default_factory is not None:
        return "see below"
    if value is None:
        return "none"
    if isinstance(value, Section) or is_section(type(value)):
        return "see below"
    return f"`{json.dumps(value, ensure_ascii=False)}`" if value not in ({}, [], "") else "empty"
