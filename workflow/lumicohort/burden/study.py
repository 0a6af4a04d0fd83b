"""The step `burden`: flux and survival tables in, burden statistics out."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort import __version__
from lumicohort.burden import (
    ancova,
    animals,
    auc,
    baseline,
    baseline_effect,
    days,
    endpoint,
    endpoint_sensitivity,
    global_test,
    growth_diagnostics,
    growth_differences,
    growth_sensitivity,
    growth_table,
)
from lumicohort.burden.growth import Growth
from lumicohort.burden.values import load_every_rule
from lumicohort.files import write_rows
from lumicohort.rows import rows_of, table_of

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig


def analyse_burden(config: StudyConfig, results: Path) -> None:
    """Write the tumour-burden statistics of a study.

    Reads `flux.csv` and `survival.csv`, and weights and ages from `cohort/animals.csv` where it
    is there. Writes to `statistics/`: `burden_endpoint.csv` (every region, comparison and test;
    `primary` marks the row that Table 2 prints), `burden_days.csv`, `burden_animals.csv`,
    `burden_auc.csv`, `burden_ancova.csv`, `burden_sensitivity.csv`, `burden_global.csv`,
    `baseline_balance.csv`, `baseline_effect.csv`, `growth.csv`, `growth_differences.csv`,
    `growth_sensitivity.csv` and `growth_diagnostics.csv`. All are always written, where nothing
    applies with their header only. What cannot be estimated is NA with the reason in `note`.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.

    Raises
    ------
    InputError
        Where a table or one of its columns is missing.
    """
    results = Path(results)
    software = {"software": _software()}

    def write(name: str, rows: Iterable[dict[str, Any]], columns: list[str]) -> None:
        told = ({**row, **software} for row in rows)
        write_rows(told, columns, results / "statistics" / f"{name}.csv")

    # Each is written as soon as it is made, and what the rest does not need is let go: an
    # archive's tables would take several times the memory together.
    by_rule = load_every_rule(config, results)
    data, measured = by_rule[config.analysis.burden.below_lod], by_rule["measured"]
    fits: growth_table.Fits = {}

    def fitted() -> Iterator[tuple[tuple[str, str], Growth]]:
        for key, growth in growth_table.fit_each(config, data):
            fits[key] = replace(growth, mixed=None)
            yield key, growth
            del growth  # with its model's data, before the next is fitted

    write(
        "growth_diagnostics",
        growth_diagnostics.diagnostics_rows(config, fitted()),
        growth_diagnostics.COLUMNS,
    )
    write("growth", growth_table.growth_rows(config, data, measured, fits), growth_table.COLUMNS)
    write(
        "growth_differences",
        growth_differences.difference_rows(config, fits),
        growth_differences.COLUMNS,
    )
    write(
        "growth_sensitivity",
        growth_sensitivity.sensitivity_rows(config, by_rule, fits),
        growth_sensitivity.COLUMNS,
    )
    write("burden_endpoint", endpoint.endpoint_rows(config, data, measured), endpoint.COLUMNS)
    write(
        "burden_sensitivity",
        endpoint_sensitivity.sensitivity_rows(config, by_rule),
        endpoint_sensitivity.COLUMNS,
    )
    del by_rule, measured
    write("burden_days", days.day_rows(config, data), days.COLUMNS)
    write("burden_ancova", ancova.ancova_rows(config, data), ancova.COLUMNS)
    each = table_of(animals.animal_rows(config, data), animals.COLUMNS)
    write("burden_animals", rows_of(each), animals.COLUMNS)
    write("burden_auc", auc.auc_rows(config, data, each), auc.COLUMNS)
    write(
        "burden_global", global_test.global_rows(config, each, data.below_lod), global_test.COLUMNS
    )
    write("baseline_balance", baseline.balance_rows(config, data, each, results), baseline.COLUMNS)
    write(
        "baseline_effect", baseline_effect.effect_rows(config, data, each), baseline_effect.COLUMNS
    )


def _software() -> str:
    """Name what computed a row, with versions."""
    libraries = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "scipy"))
    return f"lumicohort {__version__}, {libraries}, Python {platform.python_version()}"
