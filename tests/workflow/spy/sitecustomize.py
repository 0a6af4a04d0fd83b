"""Notes what a step of the package touches: its modules, and keys of the config.

Python imports this at its start where this folder is on PYTHONPATH. For a `lumicohort step` it
writes `<step>[.<batch or figure>].json` into the folder that LUMICOHORT_SPY names.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = os.environ.get("LUMICOHORT_SPY")


class Spy:
    """What was read of the config while a step ran."""

    def __init__(self) -> None:
        self.on = False
        self.paths: dict[int, str] = {}
        self.places: dict[type, set[str]] = {}
        self.kept: list[Any] = []  # so that no other object gets an id that stands in `paths`
        self.read: set[str] = set()

    def learn(self, value: Any, path: str, section: type) -> None:
        """Note where every section of a config stands in it."""
        if isinstance(value, section):
            self.paths[id(value)] = path
            self.places.setdefault(type(value), set()).add(path)
            self.kept.append(value)
            for name in type(value).model_fields:
                self.learn(getattr(value, name), f"{path}.{name}" if path else name, section)
        elif isinstance(value, dict):
            for item in value.values():
                self.learn(item, path, section)
        elif isinstance(value, (list, tuple)):
            for item in value:
                self.learn(item, path, section)

    def note(self, section: Any, name: str) -> None:
        """Note that a key was read."""
        if not self.on:
            return
        known = self.paths.get(id(section))
        # A copy that the step made stands in any of the places of its kind.
        places = self.places.get(type(section), {"?"}) if known is None else {known}
        self.read.add("|".join(sorted(f"{p}.{name}" if p else name for p in places)))


def watch(name: str) -> None:
    """Watch the step that this process runs."""
    import lumicohort.study.config as package
    from lumicohort.commands import step
    from lumicohort.study.config.base import Section

    spy = Spy()
    load = package.load_config

    def load_config(path: Any) -> Any:
        config = load(path)
        spy.learn(config, "", Section)
        return config

    def read(section: Any, key: str) -> Any:
        value = object.__getattribute__(section, key)
        if spy.on and key in type(section).model_fields:
            spy.note(section, key)
        return value

    def whole(function: Callable[..., Any]) -> Callable[..., Any]:
        def dump(section: Any, *args: Any, **kwargs: Any) -> Any:
            spy.note(section, "*")
            return function(section, *args, **kwargs)

        return dump

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> None:
            spy.on = True
            try:
                function(*args)
            finally:
                spy.on = False

        return run

    package.load_config = load_config
    Section.__getattribute__ = read  # type: ignore[method-assign,assignment]
    for method in ("model_dump", "model_dump_json"):
        setattr(Section, method, whole(getattr(Section, method)))
    for key, function in step.STEPS.items():
        step.STEPS[key] = watched(function)

    def write() -> None:
        found = {
            "config": sorted(spy.read),
            "modules": sorted(m for m in sys.modules if m.split(".")[0] == "lumicohort"),
            "libraries": sorted({m.split(".")[0] for m in [*sys.modules]}),
        }
        Path(str(FOLDER), f"{name}.json").write_text(json.dumps(found), encoding="utf-8")

    atexit.register(write)


def named() -> str | None:
    """Return the step that this process runs, with its batch or figure, or None."""
    words = sys.orig_argv
    if "lumicohort.cli" not in words or "step" not in words:
        return None
    name = words[words.index("step") + 1]
    labels = [words[i + 1] for i, word in enumerate(words) if word in ("--batch", "--figure")]
    return ".".join([name, *labels])


if FOLDER and (found := named()):
    watch(found)
