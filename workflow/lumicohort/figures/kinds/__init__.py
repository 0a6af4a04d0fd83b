"""The kinds of figures, one module each: what it reads, its panels, its caption.

A module has ``READS`` (names of :data:`lumicohort.figures.sources.SOURCES`), ``page(request)``
and ``caption(request)``; where it uses keys of the config's ``schedule``, ``SETTINGS`` names them,
since only their change draws it anew. To add a kind, add a module and its name to
``study.config.output.PanelKind``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from lumicohort.figures.request import Caption, Page, Request


class Kind(Protocol):
    """What the module of a kind has."""

    READS: tuple[str, ...]

    def page(self, request: Request) -> Page:
        """Return the panels of a figure and what stands under them."""

    def caption(self, request: Request) -> Caption:
        """Return the parts of its caption."""


OF_FLUX = frozenset(
    (
        *("endpoint_burden", "flux_over_time", "growth_diagnostics", "montage"),
        *("qc_summary", "regions", "spider", "waterfall"),
    )
)
"""Kinds that show nothing in a study without flux."""


def kind_of(name: str) -> Kind:
    """Return the module of a kind of figure.

    Parameters
    ----------
    name : str
        A value of ``study.config.output.PanelKind``.
    """
    return cast("Kind", import_module(f"{__name__}.{name}"))


def reads_of(kinds: list[str]) -> list[str]:
    """Return the names of everything that figures of some kinds read, each once."""
    return list(dict.fromkeys(name for kind in kinds for name in kind_of(kind).READS))


def settings_of(kinds: list[str]) -> list[str]:
    """Return the keys of the config that figures of some kinds use and others do not, each once."""
    return list(
        dict.fromkeys(key for kind in kinds for key in getattr(kind_of(kind), "SETTINGS", ()))
    )
