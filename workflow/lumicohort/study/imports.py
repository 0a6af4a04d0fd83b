"""What modules of this package import, by their text alone: importing them takes seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]

# Blocks that only type checkers run.
_TYPING = re.compile(
    r"^([ \t]*)if TYPE_CHECKING:[^\n]*\n(?:\1[ \t]+[^\n]*\n|[ \t]*\n)+", re.MULTILINE
)
_OURS = re.compile(
    r"^([ \t]*)from[ \t]+(lumicohort[\w.]*)[ \t]+import[ \t]*(\([^)]*\)|[^\n(]*)", re.MULTILINE
)
_OTHERS = re.compile(r"^([ \t]*)(?:from|import)[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Imports:
    """What a module imports: of this package, and of others; whether inside a function."""

    ours: frozenset[tuple[str, bool]]
    others: frozenset[tuple[str, bool]]


def name_of(path: Path) -> str:
    """Return the dotted name of a module's file."""
    return ".".join(("lumicohort", *path.relative_to(PACKAGE).with_suffix("").parts))


@lru_cache(None)
def path_of(module: str) -> Path:
    """Return the file of a module of this package."""
    path = PACKAGE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@lru_cache(None)
def exists(module: str) -> bool:
    """Return whether a dotted name is that of a module."""
    return path_of(module).is_file()


@lru_cache(None)
def imports_of(module: str) -> Imports:
    """Return what a module imports."""
    text = _TYPING.sub("", path_of(module).read_text(encoding="utf-8"))
    ours: set[tuple[str, bool]] = set()
    for indent, base, names in _OURS.findall(text):
        found = {base}
        for name in re.findall(r"(\w+)(?:\s+as\s+\w+)?", re.sub(r"#[^\n]*", "", names)):
            found.add(f"{base}.{name}")  # kept below where it is a module
        for name in [*found]:
            parts = name.split(".")
            found |= {".".join(parts[:n]) for n in range(1, len(parts))}
        ours |= {(name, bool(indent)) for name in found if exists(name)}
    others = {(name, bool(indent)) for indent, name in _OTHERS.findall(text)}
    return Imports(frozenset(ours), frozenset(others - {("lumicohort", False)}))
