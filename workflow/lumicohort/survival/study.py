"""The survival statistics of a study: `survival.csv` in, `statistics/` out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.files import read_csv, write_csv
from lumicohort.survival.analysis import Options, analyse
from lumicohort.survival.competing_frames import INCIDENCE, competing_frames, note_competing
from lumicohort.survival.competing_frames import TESTS as COMPETING_TESTS
from lumicohort.survival.covariates import Adjustment as Covariates
from lumicohort.survival.data import SurvivalData
from lumicohort.survival.entry import delayed_entry
from lumicohort.survival.frames import (
    ARMS,
    CURVES,
    DIFFERENCES,
    HAZARDS,
    RATIOS,
    TESTS,
    frames,
    software,
)
from lumicohort.warned import warned, warnings_in

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig
    from lumicohort.study.config.analysis import Survival

COLUMNS = {
    "survival_arms": ARMS,
    "survival_tests": TESTS,
    "survival_differences": DIFFERENCES,
    "hazard_ratios": RATIOS,
    "survival_curves": CURVES,
    "survival_ph": HAZARDS,
    "cumulative_incidence": INCIDENCE,
    "competing_tests": COMPETING_TESTS,
}
SENSITIVITY = [
    "model",
    "end_reason",
    "configured_as",
    "counted_as",
    "arm",
    "reference",
    "n",
    "events",
    "n_reference",
    "events_reference",
    "median_days",
    "median_reference_days",
    "test",
    "p_value",
    "p_adjusted",
    "adjustment",
    "options",
    "hr_method",
    "hr",
    "lower_95",
    "upper_95",
    "note",
    "software",
]

_READ = ["animal_id", "model", "arm", "time_days", "event", "end_reason", "included"]


def options_of(survival: Survival) -> Options:
    """Return the config's section as options of :func:`lumicohort.survival.analysis.analyse`."""
    return Options(
        ci_type=survival.ci_type,
        test=survival.test,
        hazard_ratio=survival.hazard_ratio,
        permutation_below=survival.permutation_below,
        permutation_draws=survival.permutation_draws,
        bootstrap_samples=survival.bootstrap_samples,
        seed=survival.seed,
        fleming_harrington=survival.fleming_harrington,
        rmst_tau_days=survival.rmst_tau_days,
        p_adjust=survival.p_adjust,
        stratified_by=survival.stratify_by or "",
    )


def analyse_survival(config: StudyConfig, results: Path) -> None:
    """Write the survival statistics of a study.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder; reads `survival.csv` (and `cohort/animals.csv` where the
        strata stand only there) and writes `statistics/survival_{arms,tests,differences,curves,
        ph,sensitivity}.csv`, `statistics/hazard_ratios.csv` and, empty but for their headings
        where no animal died a competing death, `statistics/{cumulative_incidence,
        competing_tests}.csv`.

    Raises
    ------
    InputError
        If a table or column is missing, or a value in it cannot be analysed.
    """
    import pandas as pd

    results = Path(results)
    options = options_of(config.analysis.survival)
    table = _read(config, results)
    gathered: dict[str, list[pd.DataFrame]] = {name: [] for name in COLUMNS}
    sensitivity: list[dict[str, Any]] = []
    for model, data, rows in _models(config, table, results):
        covariates = _covariates(config, rows, results)
        analysis = analyse(data, options, config.reference_arm, covariates=covariates)
        made = frames(analysis)
        competing = (rows["end_reason"].map(config.end_reasons) == "competing").to_numpy()
        made["survival_arms"] = note_competing(made["survival_arms"], data, competing)
        made |= competing_frames(
            data, competing, config.reference_arm, options.p_adjust, options.stratified_by
        )
        for name, frame in made.items():
            frame.insert(0, "model", model)
            gathered[name].append(frame)
        sensitivity += _sensitivity(
            config, model, data, rows["end_reason"].tolist(), options, covariates
        )
    folder = results / "statistics"
    for name, columns in COLUMNS.items():
        parts = [f for f in gathered[name] if len(f)]
        empty = pd.DataFrame(columns=["model", *columns])
        write_csv(pd.concat(parts, ignore_index=True) if parts else empty, folder / f"{name}.csv")
    write_csv(pd.DataFrame(sensitivity, columns=SENSITIVITY), folder / "survival_sensitivity.csv")


def _read(config: StudyConfig, results: Path) -> pd.DataFrame:
    """Read the included animals, with their stratum where the config names one."""
    path = results / "survival.csv"
    if not path.is_file():
        raise InputError(Problem("this table is missing.", path, hint="Run the step `cohort`."))
    survival = config.analysis.survival
    asked = {"stratify_by": [survival.stratify_by] if survival.stratify_by else []}
    asked["entry"] = [survival.entry] if survival.entry else []
    asked["covariates"] = list(survival.covariates)
    asked["cluster_by"] = [survival.cluster_by] if survival.cluster_by else []
    words = [name for names in asked.values() for name in names]
    table = read_csv(path, text=words)
    missing = [c for c in _READ if c not in table.columns]
    if missing:
        raise InputError([Problem("this column is missing.", path, f"column {c}") for c in missing])
    table["_row"] = np.arange(2, len(table) + 2)
    named = {"_row", *asked["entry"]}
    problems = delayed_entry(
        {c: table[c].tolist() for c in table.columns if c not in named},
        path,
        "the config key analysis.survival.entry",
    )
    for key, names in asked.items():
        for name in names:
            try:
                table[f"_{key}:{name}"] = _cohort_column(name, key, table, results)
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    return table[table["included"].astype(bool)]


def _cohort_column(name: str, key: str, table: pd.DataFrame, results: Path) -> pd.Series[Any]:
    """Return a column of the cohort sheet, from `survival.csv` or from the cohort's table."""
    if name in table.columns:
        return table[name]
    path = results / "cohort" / "animals.csv"
    animals = read_csv(path, text=[name]) if path.is_file() else None
    if animals is None or name not in animals.columns:
        known = [] if animals is None else list(animals.columns)
        raise InputError(
            Problem(
                f"there is no column `{name}` in the cohort sheet{did_you_mean(name, known)}.",
                path,
                hint=f"It is asked for by the config key analysis.survival.{key}.",
            )
        )
    return table["animal_id"].map(dict(zip(animals["animal_id"], animals[name], strict=True)))


def _covariates(config: StudyConfig, rows: pd.DataFrame, results: Path) -> Covariates | None:
    """Return covariates and clusters of one model's animals, where the config names any."""
    survival = config.analysis.survival
    if not survival.covariates and not survival.cluster_by:
        return None
    return Covariates.from_columns(
        {name: rows[f"_covariates:{name}"].tolist() for name in survival.covariates},
        survival.cluster_by or "",
        rows[f"_cluster_by:{survival.cluster_by}"].tolist() if survival.cluster_by else (),
        printed=survival.print_adjusted,
        file=results / "survival.csv",
        rows=rows["_row"].tolist(),
    )


def _models(
    config: StudyConfig, table: pd.DataFrame, results: Path
) -> list[tuple[str, SurvivalData, pd.DataFrame]]:
    """Return each model's animals and their rows; all problems of all models at once."""
    arms = [config.reference_arm, *(a for a in config.arms if a != config.reference_arm)]
    problems: list[Problem] = []
    out = []
    for model in config.models:
        rows = table[table["model"] == model]
        if not len(rows):
            continue
        try:
            data = SurvivalData.from_arrays(
                rows["time_days"],
                rows["event"],
                rows["arm"],
                stratum=rows.get(f"_stratify_by:{config.analysis.survival.stratify_by}"),
                entry=rows.get(f"_entry:{config.analysis.survival.entry}"),
                ids=rows["animal_id"],
                arms=arms,
                file=results / "survival.csv",
                rows=rows["_row"].tolist(),
                names={
                    "time": "time_days",
                    "group": "arm",
                    "id": "animal_id",
                    "stratum": config.analysis.survival.stratify_by or "",
                    "entry": config.analysis.survival.entry or "",
                },
            )
        except InputError as error:
            problems += error.problems
            continue
        out.append((model, data, rows))
    if problems:
        raise InputError(problems)
    return out


def _sensitivity(
    config: StudyConfig,
    model: str,
    data: SurvivalData,
    reasons: list[str],
    options: Options,
    covariates: Covariates | None = None,
) -> list[dict[str, Any]]:
    """Repeat the printed comparison with each end reason counted the other way.

    The first rows are the configured coding. A reason whose recoding leaves no event is left
    out: nothing could be compared.
    """
    out = []
    reason = np.array(reasons)
    runs: list[tuple[str, str, str, SurvivalData]] = [("", "", "", data)]
    for name in dict.fromkeys(reasons):
        mine = reason == name
        if not name or name not in config.end_reasons:
            continue
        was = config.end_reasons[name]
        now = "censored" if was == "event" else "event"
        event = np.where(mine, now == "event", data.event)
        if event.any():
            runs.append((name, was, now, replace(data, event=event)))
    for recoded_reason, coded, counted, recoded in runs:
        found = analyse(recoded, options, config.reference_arm, False, covariates)
        by_arm = {a.arm: a for a in found.arms}
        base = by_arm.get(config.reference_arm)
        ratios = {r.result.arm: r.result for r in found.hazard_ratios if r.primary}
        for test in found.tests:
            if not test.primary or test.arm == config.reference_arm:
                continue
            arm, ratio = by_arm[test.arm], ratios.get(test.arm)
            caveats = [warned(w) for w in warnings_in(ratio.note)] if ratio else []
            out.append(
                {
                    "model": model,
                    "end_reason": recoded_reason,
                    "configured_as": coded,
                    "counted_as": counted,
                    "arm": test.arm,
                    "reference": test.reference,
                    "n": arm.n,
                    "events": arm.events,
                    "n_reference": base.n if base else 0,
                    "events_reference": base.events if base else 0,
                    "median_days": arm.median.estimate,
                    "median_reference_days": base.median.estimate if base else np.nan,
                    "test": test.result.test,
                    "p_value": test.result.p_value,
                    "p_adjusted": test.p_adjusted,
                    "adjustment": options.p_adjust,
                    "options": test.result.options,
                    "hr_method": ratio.method if ratio else "",
                    "hr": ratio.hr if ratio else np.nan,
                    "lower_95": ratio.lower if ratio else np.nan,
                    "upper_95": ratio.upper if ratio else np.nan,
                    "note": "; ".join(filter(None, (test.result.note, *caveats))),
                    "software": software(),
                }
            )
    return out
