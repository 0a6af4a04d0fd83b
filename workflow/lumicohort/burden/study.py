"""The step `burden`: flux and survival tables in, burden statistics out."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable
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
from lumicohort.burden.values import load_every_rule
from lumicohort.files import write_rows

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
    by_rule = load_every_rule(config, results)
    data, measured = by_rule[config.analysis.burden.below_lod], by_rule["measured"]
    fits = growth_table.fit_all(config, data)
    each = animals.animal_rows(config, data)
    # Made one after the other: an archive's tables would not stand in memory together.
    tables: dict[str, tuple[Callable[[], Iterable[dict[str, Any]]], list[str]]] = {
        "burden_endpoint": (
            lambda: endpoint.endpoint_rows(config, data, measured),
            endpoint.COLUMNS,
        ),
        "burden_days": (lambda: days.day_rows(config, data), days.COLUMNS),
        "growth": (
            lambda: growth_table.growth_rows(config, data, measured, fits),
            growth_table.COLUMNS,
        ),
        "growth_differences": (
            lambda: growth_differences.difference_rows(config, fits),
            growth_differences.COLUMNS,
        ),
        "growth_sensitivity": (
            lambda: growth_sensitivity.sensitivity_rows(config, by_rule, fits),
            growth_sensitivity.COLUMNS,
        ),
        "growth_diagnostics": (
            lambda: growth_diagnostics.diagnostics_rows(config, fits),
            growth_diagnostics.COLUMNS,
        ),
        "burden_animals": (lambda: each, animals.COLUMNS),
        "burden_auc": (lambda: auc.auc_rows(config, data, each), auc.COLUMNS),
        "burden_ancova": (lambda: ancova.ancova_rows(config, data), ancova.COLUMNS),
        "burden_sensitivity": (
            lambda: endpoint_sensitivity.sensitivity_rows(config, by_rule),
            endpoint_sensitivity.COLUMNS,
        ),
        "burden_global": (
            lambda: global_test.global_rows(config, each, data.below_lod),
            global_test.COLUMNS,
        ),
        "baseline_balance": (
            lambda: baseline.balance_rows(config, data, each, results),
            baseline.COLUMNS,
        ),
        "baseline_effect": (
            lambda: baseline_effect.effect_rows(config, data, each),
            baseline_effect.COLUMNS,
        ),
    }
    software = {"software": _software()}
    for name, (make, columns) in tables.items():
        rows = ({**row, **software} for row in make())
        write_rows(rows, columns, results / "statistics" / f"{name}.csv")


def _software() -> str:
    """Name what computed a row, with versions."""
    libraries = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "scipy"))
    return f"lumicohort {__version__}, {libraries}, Python {platform.python_version()}"
