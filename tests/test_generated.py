"""Generated files are what their sources say; pins name versions and nothing else."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def generate(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", root / "tools" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name", ["environment.yml", "config/README.md", "workflow/schemas/config.schema.json"]
)
def test_generated_file_is_up_to_date(name: str, generate: ModuleType, root: Path) -> None:
    made = generate.GENERATED[name]()
    assert (root / name).read_text(encoding="utf-8") == made, f"run `make docs` to renew {name}"


def test_an_installed_package_has_its_templates(root: Path) -> None:
    tools = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]
    package = root / "workflow" / "lumicohort"
    packed = {p for of in tools["package-data"]["lumicohort"] for p in package.glob(of)}
    files = {p for p in package.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")}
    assert files == packed and any(p.name == "report.typ" for p in packed)


def test_every_dependency_is_pinned_and_has_its_reason(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    pins = (root / "constraints.txt").read_text()
    names = [re.split(r"[<>=\[]", r)[0] for r in project["dependencies"]]
    reasons = (root / "docs" / "dependencies.md").read_text()
    for name in names:
        assert re.search(rf"(?im)^{re.escape(name)}==", pins), f"{name} is not pinned"
        assert name in reasons, f"{name} has no reason in docs/dependencies.md"


def test_pins_hold_names_and_versions_only(root: Path) -> None:
    for line in (root / "constraints.txt").read_text().splitlines():
        assert line.startswith("#") or re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line)


def test_reference_explains_every_key(generate: ModuleType) -> None:
    for line in generate.GENERATED["config/README.md"]().splitlines():
        if line.startswith("| `"):
            meaning = line.rstrip("| ").split("|")[-1].strip()
            assert len(meaning) > 10, line
