"""What each panel of a figure draws, selected from the study's results by the config."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.errors import InputError, Problem
from lumicohort.figures.data import StudyTables

if TYPE_CHECKING:
    from lumicohort.figures.cells import MontageData
    from lumicohort.figures.comparison import EndpointData
    from lumicohort.figures.diagnostics import DiagnosticsData
    from lumicohort.figures.flux import FluxData
    from lumicohort.figures.survival import SurvivalData
    from lumicohort.study.config import StudyConfig
    from lumicohort.study.config.output import Figure


def figure_models(config: StudyConfig, figure: Figure) -> list[str]:
    """Return the models that a figure draws, one panel each."""
    return list(figure.models or config.models)


def survival_data(config: StudyConfig, model: str, tables: StudyTables) -> SurvivalData:
    """Return what a model's survival panel draws."""
    from lumicohort.figures.survival import SurvivalData

    survival = config.analysis.survival
    return SurvivalData(
        curves=tables.of("survival_curves", model),
        arms=tables.of("survival_arms", model),
        tests=tables.of("survival_tests", model),
        ci_type=survival.ci_type,
        smallest_p=config.tables.smallest_p,
        p_adjust=survival.p_adjust,
    )


def flux_data(config: StudyConfig, figure: Figure, model: str, tables: StudyTables) -> FluxData:
    """Return what a model's panel of flux over time draws."""
    from lumicohort.figures.flux import FluxData

    burden = config.analysis.burden
    flux = tables.flux
    return FluxData(
        flux=flux[(flux["model"] == model) & (flux["region"] == burden.region)],
        days=tables.of("burden_days", model, burden.region),
        first_death=tables.first_deaths(model),
        region=burden.region,
        quantity=burden.quantity,
        mean=figure.mean,
        limits=figure.flux_limits_p_s,
    )


def endpoint_data(
    config: StudyConfig, figure: Figure, model: str, tables: StudyTables
) -> EndpointData:
    """Return what a model's endpoint panel draws."""
    from lumicohort.figures.comparison import EndpointData

    burden = config.analysis.burden
    flux = tables.flux
    return EndpointData(
        flux=flux[(flux["model"] == model) & (flux["region"] == burden.region)],
        comparisons=tables.of("burden_endpoint", model, burden.region),
        days=tables.of("burden_days", model, burden.region),
        region=burden.region,
        quantity=burden.quantity,
        mean=figure.mean,
        limits=figure.flux_limits_p_s,
        smallest_p=config.tables.smallest_p,
        p_adjust=burden.p_adjust,
    )


def montage_data(
    config: StudyConfig, figure: Figure, tables: StudyTables, results: Path
) -> dict[str, MontageData]:
    """Return what each model's montage draws."""
    from lumicohort.figures.cutouts import gather

    return gather(config, figure, figure_models(config, figure), tables, results)


def diagnostics_data(
    config: StudyConfig, models: Sequence[str], results: Path
) -> dict[str, list[DiagnosticsData]]:
    """Return what the panels on the growth model's fit draw, three a model."""
    from lumicohort.figures.diagnostics import DiagnosticsData
    from lumicohort.files import read_csv

    path = results / "statistics" / "growth_diagnostics.csv"
    if not path.is_file():
        raise InputError(Problem("this table is missing.", path, hint="Run the step burden first."))
    table = read_csv(path, text=("kind",))
    table = table[table["region"] == config.analysis.burden.region]
    out = {}
    for model in models:
        ours = table[table["model"] == model]
        out[model] = [
            DiagnosticsData(ours[ours["kind"] == "residual"], "residuals"),
            DiagnosticsData(ours[ours["kind"] == "random_intercept"], "random_intercept"),
            DiagnosticsData(ours[ours["kind"] == "random_slope"], "random_slope"),
        ]
    return out
