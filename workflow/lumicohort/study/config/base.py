"""What all config models share."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, TypeGuard, get_type_hints

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo


class Section(BaseModel):
    """A section of the study config: unknown keys are refused, values are frozen.

    The text under a key is its meaning in the docs; `study.reference` reads it from the source,
    since pydantic would read all sources at each start of each job.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def is_section(kind: Any) -> TypeGuard[type]:
    """Return whether a type is a section of the config, of either make.

    Parameters
    ----------
    kind : object
        What stands in an annotation.

    Returns
    -------
    bool
        True for models, and for the dataclasses of :mod:`~lumicohort.study.config.settings`.
    """
    return isinstance(kind, type) and (
        (issubclass(kind, BaseModel) and kind is not Section) or dataclasses.is_dataclass(kind)
    )


def fields_of(section: type) -> dict[str, FieldInfo]:
    """Return the keys of a section, with their types and defaults.

    Parameters
    ----------
    section : type
        A section of either make.

    Returns
    -------
    dict
        By key, in the order of the source.
    """
    if issubclass(section, BaseModel):
        return dict(section.model_fields)
    return dict(_of_dataclass(section))


def _of_dataclass(section: Any) -> Iterator[tuple[str, FieldInfo]]:
    hints = get_type_hints(section, include_extras=True)
    for field in dataclasses.fields(section):
        default = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        yield field.name, FieldInfo.from_annotated_attribute(hints[field.name], default)
