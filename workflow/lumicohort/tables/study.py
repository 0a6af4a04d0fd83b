"""The step `tables`: statistics in, Tables 1, 2 and S1 out."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort import __version__
from lumicohort.files import write_text
from lumicohort.tables.animals import animals_table
from lumicohort.tables.burden import burden_table
from lumicohort.tables.format import printing
from lumicohort.tables.html import html_page
from lumicohort.tables.latex import write_table_tex
from lumicohort.tables.model import PrintedTable
from lumicohort.tables.survival import survival_table
from lumicohort.tables.word import write_table_docx
from lumicohort.tables.workbook import write_table_csv, write_table_xlsx

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

TABLES = ("table1_survival", "table2_burden", "tableS1_animals")
"""File names of the tables, without their endings: survival, flux, every animal."""


def _write_html(table: PrintedTable, path: Path) -> None:
    write_text(html_page(table), path)


WRITERS: dict[str, Callable[[PrintedTable, Path], None]] = {
    "csv": write_table_csv,
    "xlsx": write_table_xlsx,
    "docx": write_table_docx,
    "html": _write_html,
    "tex": write_table_tex,
}
"""What writes each format."""


def build_tables(config: StudyConfig, results: Path) -> list[PrintedTable]:
    """Build Tables 1, 2 and S1 from the statistics, for the writers and the report.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.

    Returns
    -------
    list of PrintedTable
        The tables in order of their numbers.

    Raises
    ------
    InputError
        Where a statistics table is missing.
    """
    packages = ("numpy", "scipy", "pandas", "lifelines")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    sources = {
        "Study": config.study,
        "Software": f"lumicohort {__version__}, {versions}, Python {platform.python_version()}",
    }
    results = Path(results)
    with printing(config.tables.rounding):
        tables = (
            survival_table(config, results),
            burden_table(config, results),
            animals_table(config, results),
        )
    return [replace(table, sources=sources) for table in tables]


def write_tables(config: StudyConfig, results: Path) -> None:
    """Write the tables in the formats of the config.

    Reads `statistics/` and `survival.csv`; writes `tables/table1_survival.*`,
    `tables/table2_burden.*` and `tables/tableS1_animals.*`.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.

    Raises
    ------
    InputError
        Where a statistics table is missing.
    """
    results = Path(results)
    for table in build_tables(config, results):
        for name in dict.fromkeys(config.tables.formats):
            WRITERS[name](table, results / "tables" / f"{table.name}.{name}")
