"""Sections of the study config that measuring reads, as dataclasses of the standard library.

Pydantic checks them as it checks the others when a study's config is read (it knows dataclasses,
and the limits in their annotations). Clicks that are measured without a study do without it: to
load it takes as long as measuring 30 of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

_Kind = TypeVar("_Kind")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def settings(kind: type[_Kind]) -> type[_Kind]:
    """Make a class a section of the config: unknown keys are refused, values are frozen.

    Parameters
    ----------
    kind : type
        A class with annotated keys, all with defaults. The text under a key is its meaning in the
        docs.

    Returns
    -------
    type
        The same, as a frozen dataclass of keywords. Made by hand its values are taken as they are;
        in a study's config they are checked.
    """
    kind.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[attr-defined]
    return dataclass(frozen=True, kw_only=True)(kind)


class NumberAsText:
    """Mark in an annotation: a number that YAML read where a name belongs is its text."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        """Tell pydantic; this is what it asks an annotation for."""
        return {**handler(source), "coerce_numbers_to_str": True}
