"""The caption of each figure, in plain text: n, test, which mean, which error bar, which CI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.figures.letters import missing_letters
from lumicohort.figures.words import QUANTITIES, REGIONS, adjustment_words, capital, test_words
from lumicohort.tables.format import (
    format_days,
    format_flux,
    format_interval,
    format_p_equation,
    is_missing,
)

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.figures.cells import MontageData
    from lumicohort.figures.data import StudyTables
    from lumicohort.study.config import StudyConfig
    from lumicohort.study.config.output import Figure

SIMULATED_SENTENCE = "Simulated data."


def caption(config: StudyConfig, figure: Figure, tables: StudyTables, results: Path) -> str:
    """Return the caption of a figure of the config.

    Parameters
    ----------
    config : StudyConfig
        The study.
    figure : Figure
        The figure's entry in the config.
    tables : StudyTables
        The study's tables.
    results : Path
        The study's results folder.

    Returns
    -------
    str
        One paragraph of plain text; the first sentence is the figure's title.
    """
    writers = {
        "survival": _survival,
        "flux_over_time": _flux,
        "endpoint_burden": _endpoint,
        "montage": _montage,
        "growth_diagnostics": _diagnostics,
    }
    sentences = writers[figure.kind](config, figure, tables, results)
    if config.simulated:
        sentences = [sentences[0], SIMULATED_SENTENCE, *sentences[1:]]
    missing = missing_letters(config)
    if missing:
        sentences.append(
            f"No font on the machine that drew this has the letters {' '.join(missing)}: install "
            "one that does (such as Noto Sans CJK) and draw again."
        )
    return " ".join(sentences)


def _diagnostics(
    config: StudyConfig, figure: Figure, tables: StudyTables, results: Path
) -> list[str]:
    models = " and ".join(config.model_label(model) for model in _models(config, figure))
    return [
        f"Fit of the growth model of {models}.",
        f"Mixed model of log10 flux of the region “{config.analysis.burden.region}”: standardised "
        "residuals against fitted values, one dot an image, and the animals’ random intercepts and "
        "slopes against normal quantiles, one dot an animal. Dotted: about where the dots lie if "
        "the model fits.",
    ]


def _models(config: StudyConfig, figure: Figure) -> list[str]:
    return list(figure.models or config.models)


def _panels(config: StudyConfig, models: Sequence[str]) -> str:
    """Name the panels, lettered where there are several."""
    from lumicohort.figures.style import get_style

    labels = [config.model_label(model) for model in models]
    if len(labels) == 1:
        return labels[0]
    style = get_style(config.figures.preset)
    parts = [f"({style.letters(i)}) {label}" for i, label in enumerate(labels)]
    return ", ".join(parts)


def _counts(config: StudyConfig, table: pd.DataFrame, models: Sequence[str]) -> str:
    """Word the animals of each arm and model: ``n = 10 Vehicle and 10 DFO``."""
    parts = []
    for model in models:
        rows = table[table["model"] == model]
        arms = [
            f"{rows.loc[rows['arm'] == arm, 'animal_id'].nunique()} {config.arm_label(arm)}"
            for arm in config.arms
            if (rows["arm"] == arm).any()
        ]
        if arms:
            parts.append(" and ".join(arms) + (f" ({config.model_label(model)})"))
    return "n = " + "; ".join(parts) + "." if parts else "No animals."


def _survival(config: StudyConfig, figure: Figure, tables: StudyTables, results: Path) -> list[str]:
    models = _models(config, figure)
    settings = config.analysis.survival
    survival = tables.survival
    out = [
        f"Survival of {_panels(config, models)}.",
        "Kaplan–Meier curves; ticks mark censored animals; bands are pointwise 95% confidence "
        f"intervals ({settings.ci_type}).",
        _counts(config, survival[survival["included"]], models),
    ]
    for model in models:
        out += _medians(config, model, tables)
    out += _survival_tests(config, models, tables)
    out.append(
        "Below each panel: animals at risk on that day (time not before it), and animals "
        "censored and dead before it."
    )
    return out


def _medians(config: StudyConfig, model: str, tables: StudyTables) -> list[str]:
    arms = tables.of("survival_arms", model).set_index("arm")
    parts = []
    for arm in config.arms:
        if arm not in arms.index:
            continue
        row = arms.loc[[arm]].astype(object).iloc[0].to_dict()
        if is_missing(float(row["median_days"])):
            parts.append(f"{config.arm_label(arm)} not reached")
            continue
        interval = format_interval(row["median_lower_95"], row["median_upper_95"])
        days = format_days(float(row["median_days"]))
        parts.append(f"{config.arm_label(arm)} {days} days ({interval})")
    if not parts:
        return []
    ci = f"95% CI, {config.analysis.survival.ci_type}"
    return [f"Median survival, {config.model_label(model)} ({ci}): {'; '.join(parts)}."]


def _survival_tests(config: StudyConfig, models: Sequence[str], tables: StudyTables) -> list[str]:
    from lumicohort.figures.survival import comparisons

    out = []
    for model in models:
        pairs = comparisons(tables.of("survival_tests", model), list(config.arms))
        adjust = config.analysis.survival.p_adjust
        out += _tests(config, model, pairs, adjust)
    return out


def _tests(config: StudyConfig, model: str, pairs: pd.DataFrame, adjust: str) -> list[str]:
    """Word the tests of one model, each with its exact p."""
    tested = pairs[pairs["p_value"].notna()] if len(pairs) else pairs
    if tested.empty:
        return [f"{config.model_label(model)}: no test could be made."]
    several = len(pairs) > 1 and "p_adjusted" in pairs.columns
    column = "p_adjusted" if several else "p_value"
    name = test_words(str(tested.iloc[0]["test"]))
    suffix = adjustment_words(adjust) if several else ""
    parts = [
        f"{config.arm_label(row['arm'])} vs {config.arm_label(row['reference'])} "
        f"{format_p_equation(float(row[column]), config.tables.smallest_p)}"
        for _, row in tested.iterrows()
    ]
    return [f"{name}{suffix}, {config.model_label(model)}: {'; '.join(parts)}."]


def _flux(config: StudyConfig, figure: Figure, tables: StudyTables, results: Path) -> list[str]:
    models = _models(config, figure)
    burden = config.analysis.burden
    flux = tables.flux[tables.flux["region"] == burden.region]
    out = [
        f"Bioluminescence over time of {_panels(config, models)}.",
        f"{QUANTITIES[burden.quantity]} of the region “{REGIONS[burden.region]}”, log scale. "
        "Thin lines: animals. " + _mean_sentence(figure.mean, "Bold lines"),
        _counts(config, flux, models),
        "Below each panel: animals imaged on each day.",
    ]
    if any(tables.first_deaths(model) for model in models):
        out.append(
            "Hollow means: after the first death in the arm; the survivors carry less tumour, so "
            "these means are biased downwards."
        )
    return out + _lod_sentences(config, flux[flux["model"].isin(models)])


def _mean_sentence(mean: str, what: str) -> str:
    from lumicohort.figures.means import FEWEST

    if mean == "geometric":
        return (
            f"{what}: geometric means with 95% confidence intervals (Student’s t on log10 flux), "
            f"drawn from {FEWEST} animals on."
        )
    return f"{what}: arithmetic means ± standard error of the mean, from {FEWEST} animals on."


def _lod_sentences(config: StudyConfig, flux: pd.DataFrame) -> list[str]:
    from lumicohort.burden.values import BELOW_LOD

    lods = flux["lod_p_s"].astype(float).dropna()
    out = []
    if len(lods):
        out.append(
            f"Dotted line: limit of detection, median of the images ({format_flux(lods.median())} "
            f"p/s; range {format_flux(lods.min())} to {format_flux(lods.max())})."
        )
    below = int(flux["below_lod"].astype(bool).sum())
    if below:
        rule = BELOW_LOD[config.analysis.burden.below_lod]
        out.append(
            f"{below} of {len(flux)} values are below the limit of detection: {rule}, drawn hollow."
        )
    lost = int(flux["value_p_s"].isna().sum())
    if lost:
        out.append(
            f"{lost} values are not positive; a log axis cannot hold them: triangles at its foot."
        )
    return out


def _endpoint(config: StudyConfig, figure: Figure, tables: StudyTables, results: Path) -> list[str]:
    from lumicohort.figures.comparison import endpoint_columns, rows_on_day
    from lumicohort.figures.selection import endpoint_data
    from lumicohort.figures.style import arm_looks
    from lumicohort.tables.sources import primary

    models = _models(config, figure)
    burden = config.analysis.burden
    looks = arm_looks(config)
    counts, tests, shown = [], [], []
    for model in models:
        data = endpoint_data(config, figure, model, tables)
        parts = []
        for column in endpoint_columns(data, looks):
            arm = data.flux[data.flux["arm"] == column.look.arm]
            rows = rows_on_day(arm, column.day)
            shown.append(rows)
            parts.append(f"{len(rows)} {column.look.label} on day {format_days(column.day)}")
        if parts:
            counts.append(f"{' and '.join(parts)} ({config.model_label(model)})")
        comparisons = primary(data.comparisons)
        comparisons = comparisons[comparisons["arm"].isin(list(config.arms))]
        tests += _tests(config, model, comparisons, burden.p_adjust)
        tests += _rules(config, model, comparisons)
    out = [
        f"Tumour burden at the endpoint of {_panels(config, models)}.",
        f"{QUANTITIES[burden.quantity]} of the region “{REGIONS[burden.region]}”, log scale; each "
        "dot is an animal. " + _mean_sentence(figure.mean, "Bars"),
        f"n = {'; '.join(counts)}." if counts else "No values.",
        *tests,
    ]
    if shown:
        import pandas as pd

        out += _lod_sentences(config, pd.concat(shown))
    return out


def _rules(config: StudyConfig, model: str, comparisons: pd.DataFrame) -> list[str]:
    """Say how the endpoint day was chosen, and what the statistics warn of."""
    if comparisons.empty or "day_rule" not in comparisons.columns:
        return []
    rules = dict.fromkeys(str(r) for r in comparisons["day_rule"] if str(r) not in ("", "nan"))
    out = [capital(rule) + "." for rule in rules]
    if "note" in comparisons.columns:
        notes = dict.fromkeys(
            note for note in comparisons["note"].astype(str) if note not in ("", "nan", "NA")
        )
        out += [capital(note) + "." for note in notes]
    return out


def _montage(config: StudyConfig, figure: Figure, tables: StudyTables, results: Path) -> list[str]:
    from lumicohort.figures.scale import common_scale
    from lumicohort.figures.selection import montage_data

    models = _models(config, figure)
    data = montage_data(config, figure, tables, results)
    pictures = [picture for d in data.values() for picture in d.pictures.values()]
    out = [f"Bioluminescence images of {_panels(config, models)}.", montage_rule(config, data)]
    if pictures:
        scale = common_scale(pictures, figure.scale, figure.colour_map, figure.radiance_limits)
        out.append(
            f"Radiance in colour over the photograph in grey; one colour scale for all pictures "
            f"({scale.words()}); radiance below it is not coloured. What lies nearer to a "
            "neighbouring animal is faded and not coloured. All pictures have one magnification. "
            "Empty cells: the animal had died or left the study, or has no image."
        )
    for model in models:
        for arm, animals in data[model].animals.items():
            names = ", ".join(animals)
            out.append(f"{config.model_label(model)}, {config.arm_label(arm)}: {names}.")
    return out


def montage_rule(config: StudyConfig, data: Mapping[str, MontageData]) -> str:
    """Return the sentence that says how a montage's animals were chosen.

    Parameters
    ----------
    config : StudyConfig
        The study.
    data : mapping of str to MontageData
        What each model's montage draws.
    """
    region = REGIONS[config.analysis.burden.region]
    days: dict[str, set[float]] = {}
    for model, montage in data.items():
        for arm in montage.animals:
            days.setdefault(config.model_label(model), set()).add(montage.selection_day[arm])
    if not days:
        return "No animal has an image that could be chosen."
    each = {model: " and ".join(format_days(d) for d in sorted(ds)) for model, ds in days.items()}
    if len(set(each.values())) == 1:
        when = f"on day {next(iter(each.values()))}"
    else:
        when = "on the endpoint day (" + ", ".join(f"{m}: {d}" for m, d in each.items()) + ")"
    return (
        f"Animals chosen by rule: those of each arm whose {region} flux is nearest to the arm’s "
        f"median {when}; ordered from low to high.{_later(data)}"
    )


def _later(data: Mapping[str, MontageData]) -> str:
    """Name the imaging days that are not shown because none of the chosen animals lived."""
    left = sorted({day for montage in data.values() for day in montage.days_left_out})
    if not left:
        return ""
    days = ", ".join(format_days(day) for day in left)
    return f" Not shown, as none of them was imaged any more: day {days}."
