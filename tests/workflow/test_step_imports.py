"""How the code of a step is found: by reading imports, not by importing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lumicohort.study import imports, steps
from lumicohort.study.libraries import LIBRARIES


def _imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _for_types_only(tree: ast.AST) -> set[ast.AST]:
    return {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }


def third_party_imports() -> set[str]:
    """Return the top names of all libraries that the package's modules import."""
    found: set[str] = set()
    for path in imports.PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        skipped = _for_types_only(tree)
        for node in ast.walk(tree):
            if node not in skipped and isinstance(node, (ast.Import, ast.ImportFrom)):
                found |= {name.split(".")[0] for name in _imports(node)}
    return found - set(sys.stdlib_module_names) - {"lumicohort"}


def test_reading_imports_agrees_with_python_s_own_parser() -> None:
    for path in imports.PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        skipped = _for_types_only(tree)
        expected = {
            name
            for node in ast.walk(tree)
            if node not in skipped and isinstance(node, (ast.Import, ast.ImportFrom))
            for name in _imports(node)
            if name.split(".")[0] == "lumicohort" and imports.exists(name)
        }
        module = imports.name_of(path).removesuffix(".__init__")
        found = {name for name, _ in imports.imports_of(module).ours}
        missing = expected - found
        assert not missing, f"{module} imports {missing}"


def test_every_library_that_the_package_imports_is_known() -> None:
    assert third_party_imports() <= set(LIBRARIES)


def test_measuring_and_statistics_do_not_wait_for_drawing() -> None:
    assert "matplotlib" not in steps.libraries_of("measure_batch")
    assert "matplotlib" not in steps.libraries_of("survival")
    assert "scikit-image" not in steps.libraries_of("cohort")
    assert not any(m.startswith("lumicohort.regions") for m in steps.modules_of("cohort"))
    assert not any(m.startswith("lumicohort.figures") for m in steps.modules_of("measure_batch"))
    assert "lumicohort.figures.kinds.montage" not in steps.modules_of("figure", ["survival"])


def test_no_import_is_relative_or_of_everything() -> None:
    """Those would not be found."""
    for path in imports.PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, path
                assert node.names[0].name != "*", path


_SEVERAL_LINES = """\
def run():
    from lumicohort.survival import (
        curve,  # a comment, test
        test as t,
    )
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a small package in the place of ours."""
    place = tmp_path / "lumicohort"
    for name, text in {
        "__init__.py": "",
        "errors.py": "",
        "files.py": "import pandas\n",
        "plain.py": "",
        "commands/__init__.py": "",
        "commands/step.py": "from lumicohort.other import thing\n",
        "study/config/__init__.py": "from lumicohort.drawing import colours\n",
        "drawing/__init__.py": "import matplotlib\n",
        "drawing/colours.py": "",
        "survival/__init__.py": "",
        "survival/study.py": _SEVERAL_LINES,
        "survival/curve.py": "if TYPE_CHECKING:\n    from lumicohort.other import thing\n\n"
        "import numpy as np\n",
        "survival/test.py": "from scipy.stats import norm\n",
        "survival/page.html": "<p>",
        "other/__init__.py": "",
        "other/thing.py": "",
    }.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    monkeypatch.setattr(steps, "PACKAGE", place)
    monkeypatch.setattr(imports, "PACKAGE", place)
    forget()
    yield place
    forget()


def forget() -> None:
    """Let what was remembered of the package's files be read anew."""
    for module in (imports, steps):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def hashed(package: Path) -> str:
    forget()
    return steps.code_hash("survival")


def test_modules_are_followed_but_not_through_the_config(package: Path) -> None:
    found = [m.removeprefix("lumicohort.") for m in steps.modules_of("survival")]
    assert "survival.curve" in found
    assert "survival.test" in found
    assert "drawing" not in found, "what checks the config is no part of a step"
    assert "other.thing" not in found, "only type checkers import it"


def test_libraries_are_those_of_the_modules(package: Path) -> None:
    found = steps.libraries_of("survival")
    assert {"numpy", "scipy", "pandas", "python"} <= set(found)
    assert "matplotlib" not in found
    assert found["python"] == f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("survival/curve.py", True),
        ("survival/page.html", True),
        ("study/config/__init__.py", True),
        ("files.py", True),
        ("drawing/colours.py", False),
        ("other/thing.py", False),
    ],
)
def test_the_hash_changes_with_what_is_used_only(package: Path, file: str, changes: bool) -> None:
    before = hashed(package)
    assert hashed(package) == before
    with (package / file).open("a") as stream:
        stream.write("# more\n")
    assert (hashed(package) != before) is changes
