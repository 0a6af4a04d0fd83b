"""Rewrite the files that are generated: the config reference, its schema, environment.yml.

Run as `make docs`; `tests/test_generated.py` fails when a file is not what this would write.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow"))

from lumicohort.study.reference import config_reference, config_schema  # noqa: E402


def environment() -> str:
    """Return environment.yml for conda users, from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        "# Generated from pyproject.toml by `make docs`: edit that instead.",
        "#   conda env create -f environment.yml && conda activate lumicohort",
        "#   snakemake --cores all",
        "name: lumicohort",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        f"  - python {project['requires-python']}",
        "  - pip",
        "  - pip:",
        *(f'      - "{requirement}"' for requirement in project["dependencies"]),
    ]
    return "\n".join(lines) + "\n"


def reruns() -> str:
    """Return docs/reruns.md with the table of what runs again after which change."""
    sys.path.insert(0, str(ROOT / "tests" / "workflow"))
    from changes import table

    text = (ROOT / "docs" / "reruns.md").read_text(encoding="utf-8")
    before, rest = text.split("<!-- table -->\n")
    _, after = rest.split("<!-- end of table -->")
    return f"{before}<!-- table -->\n{table()}<!-- end of table -->{after}"


GENERATED = {
    "environment.yml": environment,
    "config/README.md": config_reference,
    "workflow/schemas/config.schema.json": config_schema,
    "docs/reruns.md": reruns,
}
"""Generated files and what writes them."""


def main() -> None:
    """Write every generated file."""
    for name, make in GENERATED.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(), encoding="utf-8")
        print(f"wrote {name}")


if __name__ == "__main__":
    main()
