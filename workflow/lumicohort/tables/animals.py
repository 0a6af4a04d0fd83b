"""Table S1: every animal, whether analysed or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.files import read_csv
from lumicohort.rows import rows_of
from lumicohort.tables.compact import CompactRows
from lumicohort.tables.format import NA, format_days, format_flux
from lumicohort.tables.model import Cell, Column, PrintedTable
from lumicohort.tables.sources import names, number, primary, read_statistics, survival_table

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

_ANIMAL = (
    *("animal_id", "model", "arm", "sex", "cage", "time_days", "event", "end_reason"),
    *("included", "reason"),
)
_CURVES = (
    "animal_id region baseline_day baseline_p_s baseline_below_lod endpoint_day endpoint_p_s "
    "endpoint_below_lod fold_change doubling_days n_images n_below_lod"
)


def animals_table(config: StudyConfig, results: Path) -> PrintedTable:
    """Build Table S1 from the animals of the cohort sheet and each one's curve of flux.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.

    Returns
    -------
    PrintedTable
        A row an animal, in the order of models, arms and the sheet.

    Raises
    ------
    InputError
        Where a table is missing.
    """
    animals = read_csv(
        survival_table(results), ("animal_id", "sex", "cage", "end_reason", "reason"), _ANIMAL
    )
    region = config.analysis.burden.region
    curves = primary(read_statistics(results, "burden_animals", _CURVES, ("region", region)))
    places = {
        (model, arm): place
        for place, (model, arm) in enumerate((m, a) for m in config.models for a in config.arms)
    }
    group = [places.get(of, -1) for of in zip(animals["model"], animals["arm"], strict=True)]
    known = sorted((i for i, at in enumerate(group) if at >= 0), key=group.__getitem__)
    columns = {str(name): curves[name].tolist() for name in curves}
    of = {str(animal): i for i, animal in enumerate(columns["animal_id"])}

    def curve(animal: dict[str, Any]) -> dict[str, Any] | None:
        i = of.get(animal["animal_id"])
        return None if i is None else {name: values[i] for name, values in columns.items()}

    # Row by row: as mappings, an archive's animals and curves take far more than their tables.
    rows = CompactRows(
        _row(config, animal, curve(animal)) for animal in rows_of(animals.iloc[known])
    )
    spans = (
        (number(row, "baseline_day"), number(row, "endpoint_day"))
        for row in rows_of(curves[["baseline_day", "endpoint_day"]])
    )
    days = sorted(set(spans), key=str)  # missing days are None, which is one value; NaN is many
    return PrintedTable(
        name="tableS1_animals",
        number="S1",
        title="Every animal",
        columns=[
            Column("model", "Model"),
            Column("group", "Group"),
            Column("animal_id", "Animal"),
            Column("sex", "Sex"),
            Column("cage", "Cage"),
            Column("time_days", "Days", "right", number_format="0.##"),
            Column("outcome", "Outcome"),
            Column("n_images", "Images analysed", "right", number_format="0"),
            Column("baseline", "Baseline burden (photons/s)", "centre"),
            Column("baseline_p_s", "Baseline, photons/s", "right", False, number_format="0.00E+00"),
            Column("endpoint", "Endpoint burden (photons/s)", "centre"),
            Column("endpoint_p_s", "Endpoint, photons/s", "right", False, number_format="0.00E+00"),
            Column("n_below_lod", "Images below the LOD", "right", False, number_format="0"),
            Column("fold", "Fold change", "right"),
            Column("fold_change", "Fold change, number", "right", False, number_format="0.0"),
            Column("doubling", "Doubling time (days)", "right"),
            Column("doubling_days", "Doubling time, days", "right", False, number_format="0.0"),
            Column("analysed", "Analysed"),
        ],
        rows=rows,
        notes=[*_notes(config, days, rows), *filter(None, [config.blinding_note])],
        simulated=config.simulated,
    )


def _row(
    config: StudyConfig, animal: dict[str, Any], curve: dict[str, Any] | None
) -> dict[str, Cell]:
    days, images = number(animal, "time_days"), number(curve, "n_images")
    fold, doubling = number(curve, "fold_change"), number(curve, "doubling_days")
    if number(curve, "baseline_day") == number(curve, "endpoint_day"):
        fold = None
    # What rests on a value below the limit of detection is marked as that value is.
    ends_below = any(_is_below(curve, end) for end in ("baseline", "endpoint"))
    fold_mark = "*" if ends_below and fold is not None else ""
    n_below = number(curve, "n_below_lod") or 0.0
    doubling_mark = "*" if n_below and doubling is not None else ""
    reason = _text(animal["end_reason"])
    event = str(animal["event"]).lower() in ("1", "1.0", "true")
    outcome = "died" if event else "censored"
    if not event and config.end_reasons.get(reason) == "competing":
        outcome = "died of another cause (censored)"
    outcome += f": {reason}" if reason else ""
    included = str(animal["included"]).lower() == "true"
    why = _text(animal["reason"])
    return {
        "model": names(config.model_label(animal["model"])),
        "group": names(config.arm_label(animal["arm"])),
        "animal_id": names(_text(animal["animal_id"])),
        "sex": names(_text(animal.get("sex")) or NA),
        "cage": names(_text(animal.get("cage")) or NA),
        "time_days": Cell(format_days(days), days),
        "outcome": names(outcome if days is not None else NA),
        "n_images": Cell("0" if images is None else f"{images:.0f}", images or 0.0),
        **_flux_cells(curve, "baseline"),
        **_flux_cells(curve, "endpoint"),
        "n_below_lod": Cell(f"{n_below:.0f}", n_below),
        "fold": Cell((NA if fold is None else f"{fold:.3g}") + fold_mark),
        "fold_change": Cell(NA if fold is None else f"{fold:.6g}", fold),
        "doubling": Cell(format_days(doubling) + doubling_mark),
        "doubling_days": Cell(NA if doubling is None else f"{doubling:.6g}", doubling),
        "analysed": names("yes" if included else f"no: {why}" if why else "no"),
    }


def _flux_cells(curve: dict[str, Any] | None, what: str) -> dict[str, Cell]:
    """Return the printed flux, marked where it is below the limit of detection, and the number."""
    flux = number(curve, f"{what}_p_s")
    mark = "*" if _is_below(curve, what) and flux is not None else ""
    return {
        what: Cell(format_flux(flux) + mark),
        f"{what}_p_s": Cell(NA if flux is None else f"{flux:.6g}", flux),
    }


def _is_below(curve: dict[str, Any] | None, what: str) -> bool:
    return curve is not None and str(curve[f"{what}_below_lod"]).lower() == "true"


def _text(value: object) -> str:
    return "" if value is None or str(value) in ("nan", "NA") else str(value)


def _notes(
    config: StudyConfig, days: list[tuple[Any, Any]], rows: Iterable[Mapping[str, Cell]]
) -> list[str]:
    burden = config.analysis.burden
    of = {
        "total_flux_p_s": "total flux",
        "net_flux_p_s": "net flux (background taken off)",
    }[burden.quantity]
    pairs = "; ".join(
        f"day {format_days(a)}, without an endpoint"
        if b is None
        else f"day {format_days(a)} to day {format_days(b)}"
        if a != b
        else f"both day {format_days(a)}"
        for a, b in days
        if a is not None
    )
    notes = [
        f"Burden: {of} of the {burden.region.replace('_', ' ')} region, from baseline to endpoint "
        f"({pairs or 'no day'}); fold change between them. Doubling time: least squares of log10 "
        "flux on the day of imaging. NA: no value, no change to give, or no growth to double by.",
    ]
    if len(config.arms) > 2 and burden.endpoint_day == "last_common":
        notes.append(
            "The endpoint of this table is one day for all groups of a model; comparisons of two "
            "groups (Table 2) are made on the last day that suits both, which may be later."
        )
    marked = ("baseline", "endpoint", "fold", "doubling")
    if any("*" in row[key].text for row in rows for key in marked):
        notes.append(
            "* below the limit of detection, handled as the methods say; of fold changes and "
            "doubling times: made with such values."
        )
    return notes
