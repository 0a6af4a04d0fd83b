"""Reading the statistics that tables print, and wording what they share."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.errors import InputError, Problem, did_you_mean
from lumicohort.files import read_csv
from lumicohort.tables.format import NA, format_interval, format_ratio
from lumicohort.tables.model import Cell
from lumicohort.warned import WARNING, warnings_in

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config.output import Published

TEST_WORDS = {
    "logrank": "log-rank test",
    "gehan_breslow_wilcoxon": "Gehan–Breslow–Wilcoxon test",
    "tarone_ware": "Tarone–Ware test",
    "peto_peto": "Peto–Peto test",
    "peto_peto_modified": "modified Peto–Peto test",
    "fleming_harrington": "Fleming–Harrington test",
    "logrank_permutation": "permutation log-rank test",
    "logrank_trend": "log-rank test for trend",
    "welch_t_log10": "Welch's t-test on log10 flux",
    "mann_whitney": "Mann–Whitney test",
    "permutation_log10": "permutation test on log10 flux",
}
"""Names of tests in print."""

HAZARD_WORDS = {
    "cox_efron": "Cox, Efron ties",
    "cox_breslow": "Cox, Breslow ties",
    "cox_exact": "Cox, exact ties",
    "cox_firth": "Cox with Firth's penalty",
    "mantel_haenszel": "Mantel–Haenszel",
    "logrank_oe": "log-rank O/E",
}
"""Names of hazard ratios in print."""

ADJUSTMENT_WORDS = {"holm": "Holm", "hochberg": "Hochberg", "bh": "Benjamini–Hochberg"}
"""Names of adjustments in print."""

APPROXIMATE = "normal approximation"
"""What the method of a Mann–Whitney test says where it is not exact."""
_WEIGHTS = re.compile(r"rho=([^,;]+), gamma=([^,;]+)")
PUBLISHED_MARK = "published"
NO_COMPARISON = "–"
"""What stands in a reference arm's cells of difference and p."""


def read_statistics(
    results: Path, name: str, columns: str, only: tuple[str, str] | None = None
) -> pd.DataFrame:
    """Read a table of `statistics/`.

    Parameters
    ----------
    results : Path
        The study's results folder.
    name : str
        Name of the table.
    columns : str
        Columns that it must have, separated by spaces.
    only : tuple of str, optional
        Of a large table, a text column and the value there of the rows that are read; of the
        columns, then, only those that it must have, and `primary` and `note`.

    Returns
    -------
    pandas.DataFrame
        The table; `note` is text, and `primary` is true where the column is missing.

    Raises
    ------
    InputError
        Where the table or a column is missing.
    """
    path = results / "statistics" / f"{name}.csv"
    if not path.is_file():
        step = "burden" if name.startswith("burden") else "survival"
        raise InputError(
            Problem("this table is missing.", path, hint=f"Run the step `{step}` first.")
        )
    table = read_csv(
        path,
        ("note", "options", "method", "day_rule", "reduction_method", "software"),
        None if only is None else (*columns.split(), "primary", "note"),
        only,
    )
    missing = [c for c in columns.split() if c not in table.columns]
    if missing:
        raise InputError([Problem("this column is missing.", path, f"column {c}") for c in missing])
    if "note" in table:
        table["note"] = table["note"].replace(NA, "")
    else:
        table["note"] = ""
    return table


def primary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows marked as those to print."""
    if "primary" not in table:
        return table
    marked = table["primary"].map(lambda value: str(value).lower() == "true")
    return table[marked.astype(bool)]  # of no rows at all, the map is not yet boolean


def printed_test(table: pd.DataFrame, test: str | None) -> pd.DataFrame:
    """Return a table of tests with another test than the leading one marked for print.

    Parameters
    ----------
    table : pandas.DataFrame
        Comparisons with their tests; those marked `primary` are printed.
    test : str or None
        The test to print (`logrank`, `mann_whitney`, …); None leaves the marks as they are.

    Raises
    ------
    InputError
        Where the table has comparisons, but none by that test.
    """
    if test is None or table.empty:
        return table
    chosen = table["test"] == test
    if "stratified_by" in table and "primary" in table:
        # of the stratified and the plain one, that which the statistics lead with
        led = set(primary(table)["stratified_by"].fillna("").astype(str))
        same = table["stratified_by"].fillna("").astype(str).isin(led)
        chosen = chosen & same if bool((chosen & same).any()) else chosen
    if not bool(chosen.any()):
        known = sorted(set(table["test"].astype(str)))
        raise InputError(
            Problem(
                f"a figure asks for the test `{test}`, which the statistics do not have (there: "
                f"{', '.join(f'`{k}`' for k in known)}){did_you_mean(test, known)}.",
                where="key figures.show",
            )
        )
    return table.assign(primary=chosen)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def warnings_of(row: Mapping[Any, Any]) -> list[str]:
    """Return what a row's note warns of, which belongs beside its numbers wherever they are told.

    Parameters
    ----------
    row : mapping
        A row of statistics, whose note is of parts separated by semicolons.

    Returns
    -------
    list of str
        The warnings, without the word itself.
    """
    return warnings_in(str(row.get("note", "")))


def number(row: dict[str, Any] | None, key: str) -> float | None:
    """Return a number of a row, None where it is NA."""
    value = row.get(key) if row else None
    try:
        found = float(value) if value is not None else math.nan
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def names(text: str) -> Cell:
    """Return a cell of a user's text."""
    return Cell(text, own=False)


def count(value: float | None) -> Cell:
    """Return a cell of a count."""
    return Cell(NA) if value is None else Cell(f"{value:.0f}", value)


def weights_words(rho: float, gamma: float) -> str:
    """Return the weights of a Fleming–Harrington test, to stand after its name."""
    stuck = f"ρ = {rho:g}, γ = {gamma:g}".replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
    return f" ({stuck})"


def test_name(row: Mapping[Any, Any]) -> str:
    """Name the test of a row of statistics, with what makes it another test of that name.

    Parameters
    ----------
    row : mapping
        A row with `test`, and `options` or `method` where there are any.

    Returns
    -------
    str
        ``Fleming–Harrington test (ρ = 0, γ = 1)``, ``Mann–Whitney test, normal approximation``.
    """
    name = TEST_WORDS.get(str(row["test"]), str(row["test"]))
    if weights := _WEIGHTS.search(str(row.get("options") or "")):
        name += weights_words(*map(float, weights.groups()))
    if APPROXIMATE in str(row.get("method") or ""):
        name += f", {APPROXIMATE}"
    return name


def test_words(row: dict[str, Any]) -> str:
    """Name the test of a row of statistics: exact or not, stratified by what."""
    words = test_name(row)
    how = f"{row.get('options') or ''} {row.get('method') or ''}"
    if "exact" in how:
        words += ", exact"
    elif "random" in how or "draw" in how:
        words += ", random arrangements"
    return words + strata_words(row)


def strata_words(row: Mapping[Any, Any]) -> str:
    """Return what a row of statistics is stratified by, to stand after its test's name."""
    by = str(row.get("stratified_by", ""))
    return "" if by in ("", NA, "nan", "None") else f", stratified by {by}"


def hazard_words(row: Mapping[Any, Any]) -> str:
    """Name a hazard ratio's method, and what tells it from others by the same method.

    Parameters
    ----------
    row : dict
        A row of `hazard_ratios.csv`.

    Returns
    -------
    str
        ``Cox, Efron ties (adjusted for sex)``.
    """
    keys = ("term", "stratified_by", "adjusted_for", "clustered_by")
    told = {key: str(row.get(key)) for key in keys}
    told = {key: text for key, text in told.items() if text not in ("", NA, "nan", "None", "arm")}
    words = [f"of {told['term']}"] if "term" in told else []
    if "stratified_by" in told:
        words.append(f"stratified by {told['stratified_by']}")
    if "adjusted_for" in told:
        words.append(f"adjusted for {told['adjusted_for'].replace('; ', ', ')}")
    if "clustered_by" in told:
        words.append(f"robust to clusters of {told['clustered_by']}")
    name = HAZARD_WORDS.get(str(row["method"]), str(row["method"]))
    return f"{name} ({'; '.join(words)})" if words else name


def hazard_interval(row: Mapping[Any, Any]) -> str:
    """Return the confidence interval of a hazard ratio in words, or that there is none."""
    low, high = (number(dict(row), key) for key in ("lower_95", "upper_95"))
    interval = format_interval(low, high, format_ratio)
    return "no 95% CI" if interval == NA else f"95% CI {interval}"


def no_hazard(row: Mapping[Any, Any]) -> str:
    """Say why an adjusted or clustered hazard ratio, which was asked for, has no number.

    Parameters
    ----------
    row : mapping
        A printed row of `hazard_ratios.csv`, without a number.

    Returns
    -------
    str
        ``no hazard ratio by Cox, Efron ties (adjusted for sex): reason``; empty for a plain one,
        whose reason is that of the test.
    """
    told = [str(row.get(key)) for key in ("adjusted_for", "clustered_by")]
    if all(text in ("", NA, "nan", "None") for text in told):
        return ""
    note = str(row.get("note") or "").replace(WARNING, "")
    return f"no hazard ratio by {hazard_words(row)}: {note or 'not estimable'}"


def p_note(used: list[tuple[str, str]], many: bool, adjust: str) -> str:
    """Word by which tests a table's p-values are, and whether they are adjusted.

    Parameters
    ----------
    used : list of (str, str)
        Model and test of every p-value.
    many : bool
        Whether the study has several arms to compare with the reference.
    adjust : str
        The config's adjustment.
    """
    text = f"P values: {grouped(used)}, two-sided"
    if many:
        name = ADJUSTMENT_WORDS.get(adjust)
        how = f"adjusted over the arms of a model ({name})" if name else "not adjusted"
        text += f", {how}; confidence intervals are not adjusted"
    return f"{text}."


def na_note(published: bool) -> str:
    """Say what NA stands for in a table, in one with published values or without."""
    return f"NA: not estimable{' or not published' if published else ''}."


def published_note(published: dict[str, Published | None]) -> list[str]:
    """Name the sources of published values, one sentence for each source."""
    sources: dict[str, list[str]] = {}
    for model, values in published.items():
        if values is not None:
            sources.setdefault(values.source, []).append(model)
    notes = []
    for source, models in sources.items():
        mark = "" if PUBLISHED_MARK in source else f" ({PUBLISHED_MARK})"
        of = f" for {', '.join(models)}" if len(sources) > 1 else ""
        notes.append(f"Published values{of}: {source}{mark}; not recomputed here.")
    return notes


def grouped(pairs: list[tuple[str, str]]) -> str:
    """Word which model has what: one phrase where all agree, else one per phrase.

    Parameters
    ----------
    pairs : list of (str, str)
        Model and phrase.

    Returns
    -------
    str
        ``exact test`` or ``exact test (A, B); other test (C)``.
    """
    phrases: dict[str, list[str]] = {}
    for model, phrase in pairs:
        models = phrases.setdefault(phrase, [])
        if model not in models:
            models.append(model)
    if len(phrases) == 1:
        return next(iter(phrases))
    return "; ".join(f"{phrase} ({', '.join(models)})" for phrase, models in phrases.items())


def arms_there(results: Path) -> frozenset[tuple[str, str]]:
    """Return the models and arms that have any animal, also one that was left out.

    Not every model of a study needs all of its arms, and one without animals has no row.

    Parameters
    ----------
    results : Path
        The study's results folder.

    Raises
    ------
    InputError
        Where `survival.csv` is missing.
    """
    animals = read_csv(survival_table(results), columns=("model", "arm"))
    return frozenset(zip(animals["model"], animals["arm"], strict=True))


def survival_table(results: Path) -> Path:
    """Return the path of `survival.csv`; where it is missing, say which step makes it."""
    path = results / "survival.csv"
    if not path.is_file():
        raise InputError(
            Problem("this table is missing.", path, hint="Run the step `cohort` first.")
        )
    return path
