"""What reporting guidelines ask beside the methods: the animals, and how tests are to be read.

ARRIVE 2.0 (Percie du Sert et al., PLoS Biol 18:e3000410, 2020) and SAMPL (Lang & Altman, 2013).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.files import read_csv
from lumicohort.nouns import counted

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

_NAMES = (("strain", "Strain"), ("sex", "Sex"))
_NUMBERS = (
    ("age_days", "Age at inoculation (days)"),
    ("weight_g", "Body weight at inoculation (g)"),
    ("cells_injected", "Tumour cells injected"),
)


def animals_in_words(config: StudyConfig, results: Path) -> list[tuple[str, str]]:
    """Return a paragraph on the animals as the cohort sheet has them, with what it has not.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.

    Returns
    -------
    list of tuple of str
        Its heading and text; empty where there is no ``cohort/animals.csv``.
    """
    import pandas as pd

    path = results / "cohort" / "animals.csv"
    table = read_csv(path, text=("sex", "strain")) if path.is_file() else pd.DataFrame()
    if table.empty:
        return []
    columns = [name for name, _ in (*_NAMES, *_NUMBERS)]
    table = table.reindex(columns=[*columns, "birth_date", "inoculation_date"])
    born, day_0 = (
        pd.to_datetime(table[column], errors="coerce")
        for column in ("birth_date", "inoculation_date")
    )
    table["age_days"] = (day_0 - born).dt.days.astype(float)
    told = [
        f"{counted(len(table), 'animal')} in the cohort sheet; the animal is the experimental unit."
    ]
    unknown = []
    for column, name in _NAMES:
        known = table[column].dropna().astype(str)
        known = known[known != ""]
        if not len(known):
            unknown.append(name)
            continue
        counts = known.value_counts(sort=False)
        each = ", ".join(f"{value} ({n})" for value, n in counts.items())
        told.append(f"{name}: {each}{_of(len(known), len(table))}.")
    for column, name in _NUMBERS:
        values = pd.to_numeric(table[column], errors="coerce").dropna()
        if not len(values):
            unknown.append(name.partition(" (")[0])
            continue
        told.append(f"{name}: {_range(values)}{_of(len(values), len(table))}.")
    if unknown:
        words = ", ".join(name[0].lower() + name[1:] for name in unknown)
        told.append(f"Not in the cohort sheet: {words}.")
    if config.blinded:
        told.append("This analysis was made under codes for the arms.")
    elif config.blinding is not None:
        told.append("The codes under which the analysis can be made were broken for this report.")
    told.append(
        "A paper also has to say how many animals were planned and why, how they were allocated to "
        "arms, and who knew the arm while treating, imaging and judging endpoints (ARRIVE 2.0, "
        "items 2, 4 and 5)."
    )
    return [("Animals", " ".join(told))]


def _range(values: pd.Series) -> str:
    low, middle, high = (f"{v:,.10g}" for v in (values.min(), values.median(), values.max()))
    return low if low == high else f"{low} to {high} (median {middle})"


def _of(known: int, n: int) -> str:
    return "" if known == n else f"; known of {known} of {n}"


def statistics_in_words(
    config: StudyConfig, flux: pd.DataFrame, *, timed: bool
) -> list[tuple[str, str]]:
    """Return a paragraph on how tests and intervals are to be read, and on values below the limit.

    Parameters
    ----------
    config : StudyConfig
        The study.
    flux : pandas.DataFrame
        The analysed images of the analysed region (:meth:`StudyTables.flux`).
    timed : bool
        Whether survival was analysed.
    """
    told = []
    if len(flux):
        known = int(flux["lod_p_s"].notna().sum())
        below = int((flux["below_lod"].astype(str).str.casefold() == "true").sum())
        if known:
            fluxes = counted(known, "flux", "fluxes")
            lies = "lies" if below < 2 else "lie"
            those, limit = "", "the limit of detection"
            if known < len(flux):
                those, limit = f" whose {limit.removeprefix('the ')} is known", "it"
            told.append(f"{below or 'None'} of the {fluxes} analysed{those} {lies} below {limit}.")
        growth = (
            "a linear mixed model of log10 flux on the day of imaging (REML; random intercept and "
            "slope of each animal, fewer where these cannot be estimated; Satterthwaite’s degrees "
            "of freedom)"
            if config.analysis.burden.growth == "mixed_model"
            else "Welch’s t-test of each animal’s least-squares slope of log10 flux"
        )
        told.append(f"Growth was analysed by {growth}.")
    if not told and not timed:
        return []
    if len(config.arms) > 1:
        told.append(
            "Tests are two-sided, intervals are of 95%, and no threshold of significance is set."
        )
        if timed and len(flux):
            told.append(
                "Survival and burden were both tested, and P values are not adjusted for that"
                + (", nor for the number of models." if len(config.models) > 1 else ".")
            )
        elif len(config.models) > 1:
            told.append("P values are not adjusted for the number of models.")
        told.append(
            "Tables 1 and 2 print what the config says; all other statistics show how far the "
            "answer depends on that."
        )
    return [("Statistics", " ".join(told))]
