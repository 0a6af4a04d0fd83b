"""The study scheme: inoculation, treatments, images and deaths on one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.figures.schematic import ArmScheme, SchemeData

READS = ("events", "flux", "survival")
SETTINGS = (
    "schedule.imaging_first_day",
    "schedule.imaging_every_days",
    "schedule.treatment_first_day",
    "schedule.treatment_every_days",
    "schedule.treatment_last_day",
)


def page(request: Request) -> Page:
    """Return one panel for all models, or one for each group that was treated alike."""
    from lumicohort.figures.schematic import schematic_panel

    groups = _groups(request)
    alike = len(groups) == 1
    panels = [
        schematic_panel(
            scheme_data(request, models),
            request.looks,
            "Study scheme" if alike else _names(request, models),
            request.style,
        )
        for models in groups
    ]
    wide = request.width_cm or request.style.widths_cm[1]
    return Page(panels, layout=(wide, 1))


def _names(request: Request, models: list[str]) -> str:
    return ", ".join(request.config.model_label(model) for model in models)


def scheme_data(request: Request, models: list[str]) -> SchemeData:
    """Return what was done to the animals of some models that are under study."""
    from lumicohort.figures.schematic import SchemeData
    from lumicohort.figures.time_axis import time_axis

    events, survival = _under_study(request, models)
    arms = {
        look.arm: _arm(request, look.arm, events, survival)
        for look in request.looks
        if (survival["arm"] == look.arm).any()
    }
    images = request.tables.images
    images = images[images["animal_id"].isin(survival["animal_id"])]
    imaging = sorted({float(day) for day in images["day"].dropna()})
    last = float(survival["time_days"].max()) if len(survival) else 0.0
    schedule = request.config.schedule
    if not imaging and survival["time_days"].notna().any():
        imaging = _every(schedule.imaging_first_day, schedule.imaging_every_days, last)
    allocated = events.loc[events["what"] == "randomised", "day"]
    return SchemeData(
        arms,
        _inoculation(request, models, events),
        sorted({float(day) for day in allocated}),
        imaging,
        images.empty,
        time_axis(request.drawing),
    )


def _under_study(request: Request, models: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    survival = request.tables.survival
    survival = survival[survival["model"].isin(models) & survival["included"]]
    events = request.tables.events
    return events[events["animal_id"].isin(survival["animal_id"])], survival


def _every(first: int, step: int, last: float) -> list[float]:
    return [float(day) for day in range(first, int(last) + 1, step)]


def _arm(request: Request, arm: str, events: pd.DataFrame, survival: pd.DataFrame) -> ArmScheme:
    from lumicohort.figures.schematic import ArmScheme, days_in_words

    animals = survival[survival["arm"] == arm]
    known = animals[animals["time_days"].notna()]
    ends = [
        (float(day), bool(died))
        for day, died in zip(known["time_days"], known["died"], strict=True)
    ]
    treated = request.tables.events
    treated = treated[treated["what"] == "treated"]
    if treated.empty:  # no sheet of treatments: the plan is all there is
        schedule = request.config.schedule
        last = max((day for day, _ in ends), default=0.0)
        if schedule.treatment_last_day is not None:
            last = min(last, schedule.treatment_last_day)
        days = _every(schedule.treatment_first_day, schedule.treatment_every_days, last)
        words = f"as planned (no sheet of treatments): {days_in_words(days)}"
        return ArmScheme(len(animals), days, words, True, ends)
    mine = events[(events["what"] == "treated") & (events["arm"] == arm)]
    if mine.empty:
        return ArmScheme(len(animals), (), "no treatment listed", False, ends)
    days = treatment_days(mine, known)
    what = _what_was_given(mine)
    words = f"{what}; {days_in_words(days)}" if what else days_in_words(days)
    return ArmScheme(len(animals), days, words, False, ends)


def treatment_days(treated: pd.DataFrame, animals: pd.DataFrame) -> list[float]:
    """Return the days on which an arm was treated.

    Those are the days on which at least half of the animals that were under study beyond that day
    have a treatment (one that ends on a day need not have been treated before). Where there are
    none, because each animal has its own days, it is every day on which any has one.

    Parameters
    ----------
    treated : pandas.DataFrame
        The arm's treatments: animal_id, day.
    animals : pandas.DataFrame
        The arm's animals: animal_id, time_days.
    """
    by_day = treated.groupby("day")["animal_id"].nunique()
    days = by_day.index.to_numpy(dtype=float).tolist()
    common = [
        day
        for day, n in zip(days, by_day, strict=True)
        if 2 * n >= max(1, int((animals["time_days"] > day).sum()))
    ]
    return common or days


def _what_was_given(treated: pd.DataFrame) -> str:
    """Return agent, route and median dose, where the sheet names them and they are few."""
    details = [text for text in dict.fromkeys(treated["detail"]) if text]
    parts = [details[0]] if len(details) == 1 else []
    parts = [part.replace("; ", ", ") for part in parts]
    units = set(treated.loc[treated["value"] > 0, "unit"])
    if len(units) == 1:
        dose = treated.loc[treated["value"] > 0, "value"]
        unit = {"ug": "µg"}.get(str(next(iter(units))), str(next(iter(units))))
        median = "" if dose.min() == dose.max() else " (median)"
        parts.append(f"{float(dose.median()):.3g} {unit}{median}")
    return ", ".join(parts)


def _inoculation(request: Request, models: list[str], events: pd.DataFrame) -> str:
    """Return the cells injected, and the dates where the sheet has them."""
    started = events[events["what"] == "inoculated"]
    cells = sorted(set(started["value"].dropna()))
    parts = []
    if len(cells) == 1:
        count = float(cells[0])
        parts.append(f"{_in_words(count)} cells")
    dates = {}
    for model in models:
        known = sorted({str(d) for d in started.loc[started["model"] == model, "date"] if d})
        if known:
            span = known[0] if len(known) == 1 else f"{known[0]} to {known[-1]}"
            dates[request.config.model_label(model)] = span
    if len(set(dates.values())) == 1 and len(dates) == len(models):
        parts.append(next(iter(dates.values())))
    else:
        parts += [f"{model} on {span}" for model, span in dates.items()]
    return "; ".join(parts)


def _in_words(count: float) -> str:
    """Return a number of cells: ``1 × 10⁵``."""
    from lumicohort.figures.flux_axis import power_of_ten

    if count < 1e4:
        return f"{count:g}"
    exponent = int(f"{count:e}".partition("e")[2])
    return f"{count / 10**exponent:.3g} × {power_of_ten(exponent)}"


def _groups(request: Request) -> list[list[str]]:
    """Return the models in groups that were treated and imaged on the same days while they lived.

    Days are compared up to the last one that both models lived to see.
    """
    groups: list[list[str]] = []
    for model in request.models:
        for group in groups:
            if _alike(scheme_data(request, [group[0]]), scheme_data(request, [model])):
                group.append(model)
                break
        else:
            groups.append([model])
    return groups


def _alike(one: SchemeData, other: SchemeData) -> bool:
    if not one.arms or not other.arms:
        return True

    def days(data: SchemeData) -> dict[str, list[float]]:
        of_arms = {arm: list(scheme.days) for arm, scheme in data.arms.items()}
        return {**of_arms, "": list(data.imaging)}

    a, b = days(one), days(other)
    for lane in set(a) & set(b):
        end = min(max(a[lane], default=0.0), max(b[lane], default=0.0))
        if [d for d in a[lane] if d <= end] != [d for d in b[lane] if d <= end]:
            return False
    return True


def caption(request: Request) -> Caption:
    """Say what the marks are and how treatment days were taken from the sheet."""
    from lumicohort.figures.captions import counts

    survival = request.tables.survival
    treated = request.tables.events
    text = [
        "Triangle down: inoculation, day 0. Triangles up: imaging. Ticks over the time axis: "
        "days on which animals died."
    ]
    if (treated["what"] == "treated").any():
        text.append(
            "Ticks of the arms: days on which at least half of the animals under study were "
            "treated."
        )
    else:
        text.append("No sheet of treatments is given: their days are those of the plan.")
    text += [_in_full(request, models) for models in _groups(request)]
    drawn = survival[survival["included"]]
    title = f"Study scheme of {request.letters([_names(request, g) for g in _groups(request)])}."
    return Caption(title, [sentence for sentence in text if sentence], [counts(request, drawn)])


def _in_full(request: Request, models: list[str]) -> str:
    """Say what stands in the scheme's lanes, whose width may shorten it there."""
    data = scheme_data(request, models)
    said = [f"inoculation: {data.inoculation}"] if data.inoculation else []
    said += [
        f"{request.config.arm_label(arm)}: {scheme.words}" for arm, scheme in data.arms.items()
    ]
    return f"{_names(request, models)} — {'. '.join(said)}." if said else ""
