"""The study's protocol against what was done: every deviation is listed, none is dropped.

Limits come from the config's `schedule`; the defaults are those of Chi et al., Science 2020
(2 mg/kg every 3 days from day 7, weekly imaging 10 minutes after 150 mg/kg D-luciferin).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from lumicohort.cohort.animals import Animal, Check, Dose, Weight
from lumicohort.cohort.sightings import Sighting
from lumicohort.study.config import StudyConfig

VEHICLE = "vehicle"
"""Agent of a dose that holds no drug."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A deviation from the protocol; a row of `protocol_deviations.csv`."""

    animal_id: str
    date: date
    check: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of one animal.

    Parameters
    ----------
    animal : Animal
        Its row of the cohort sheet.
    until : date or None
        Its end, or the last day on which it is known to have lived.
    weights, doses, seen, checks : sequence
        Its weighings, treatments, images and clinical checks.
    """

    animal: Animal
    until: date | None
    weights: Sequence[Weight]
    doses: Sequence[Dose]
    seen: Sequence[Sighting]
    checks: Sequence[Check] = ()

    def date_of(self, day: int) -> date:
        """Return the date of a day since inoculation."""
        return self.animal.inoculation_date + timedelta(days=day)

    def day_of(self, day: date) -> int:
        """Return a date's day since inoculation."""
        return (day - self.animal.inoculation_date).days

    def weight_before(self, day: date) -> float | None:
        """Return the weight in grams at the nearest weighing up to a day."""
        known = [(w.date, w.weight_g) for w in self.weights if w.weight_g is not None]
        if self.animal.weight_g is not None:
            known.append((self.animal.inoculation_date, self.animal.weight_g))
        earlier = [entry for entry in known if entry[0] <= day]
        return max(earlier, key=lambda entry: entry[0])[1] if earlier else None


def deviations(
    config: StudyConfig, life: Life, kept: Collection[str] = ("doses", "checks")
) -> list[Deviation]:
    """Check one animal against the protocol.

    Without a sheet of treatments (of clinical checks), or any row in it, none is missed.

    Parameters
    ----------
    config : StudyConfig
        The study.
    life : Life
        The animal.
    kept : collection of str, optional
        Which of the sheets `doses` and `checks` hold anything at all.

    Returns
    -------
    list of Deviation
        In order of date and check.
    """
    found = [*_inoculation(config, life), *_weight_loss(config, life), *_imaging(config, life)]
    found += _luciferin(config, life)
    if config.data.doses is not None and "doses" in kept:
        found += [*_amounts(config, life), *_volumes(config, life), *_treatment_days(config, life)]
    if config.data.checks is not None and "checks" in kept:
        found += _check_days(config, life)
    return sorted(found, key=lambda d: (d.date, d.check, d.found))


def _inoculation(config: StudyConfig, life: Life) -> Iterator[Deviation]:
    """Check age and cell number at inoculation."""
    animal, schedule = life.animal, config.schedule
    day, expected = animal.inoculation_date, schedule.cells_injected
    if expected is not None and animal.cells_injected not in (None, expected):
        yield Deviation(
            animal.animal_id, day, "cells_injected", f"{expected:g}", f"{animal.cells_injected:g}"
        )
    if schedule.age_weeks is not None and animal.birth_date is not None:
        youngest, oldest = schedule.age_weeks
        age = (day - animal.birth_date).days
        # Weeks are completed ones: a mouse is 8 weeks old until its ninth week is full.
        if not youngest <= age // 7 <= oldest:
            yield Deviation(
                animal.animal_id,
                day,
                "age_at_inoculation",
                f"{youngest:g} to {oldest:g} weeks",
                f"{age / 7:.1f} weeks",
            )


def _amounts(config: StudyConfig, life: Life) -> Iterator[Deviation]:
    """Check each dose against body weight: mg/kg times grams is micrograms."""
    schedule, own = config.schedule, config.arms[life.animal.arm].dose_mg_per_kg
    if own is None and life.animal.arm == config.control_arm:
        return
    target = schedule.dose_mg_per_kg if own is None else own
    for dose in life.doses:
        if (dose.agent or "").casefold() == VEHICLE:
            continue
        weight = life.weight_before(dose.date)
        if dose.dose_ug is not None and weight is not None:
            wanted, given, unit = target * weight, dose.dose_ug, "ug"
            basis = f" ({target:g} mg/kg x {weight:g} g)"
        elif dose.dose_mg_per_kg is not None:
            wanted, given, unit, basis = target, dose.dose_mg_per_kg, "mg/kg", ""
        else:
            missing = "dose" if dose.dose_ug is None else "body weight on or before that day"
            yield Deviation(
                dose.animal_id, dose.date, "dose", f"{target:g} mg/kg", f"no {missing} known"
            )
            continue
        percent = 100 * (given - wanted) / wanted
        # A billionth, so that a dose exactly at the limit is not listed for its rounding.
        if abs(percent) > schedule.dose_tolerance_percent + 1e-9:
            yield Deviation(
                dose.animal_id,
                dose.date,
                "dose",
                f"{wanted:.4g} {unit}{basis}",
                f"{given:.4g} {unit} ({percent:+.0f} %)",
            )


def _volumes(config: StudyConfig, life: Life) -> Iterator[Deviation]:
    """Check the injected volume, of drug and vehicle alike."""
    wanted = config.schedule.dose_volume_ul
    for dose in life.doses:
        given = dose.volume_ul
        if wanted is not None and given is not None and abs(given - wanted) > 1e-9 * wanted:
            yield Deviation(
                dose.animal_id, dose.date, "dose_volume", f"{wanted:g} ul", f"{given:g} ul"
            )


def _check_days(config: StudyConfig, life: Life) -> Iterator[Deviation]:
    """Check that no gap between clinical checks, from inoculation to the end, is too long."""
    if life.until is None:
        return
    every = config.schedule.checks_every_days
    end = life.day_of(life.until)
    done = sorted({d for d in (life.day_of(c.date) for c in life.checks) if 0 <= d <= end})
    # The day of inoculation and the last one are days on which the animal was seen.
    for before, after in pairwise([0, *done, end]):
        if after - before > every:
            yield Deviation(
                life.animal.animal_id,
                life.date_of(before + every),
                "check_missed",
                "every day" if every == 1 else f"every {every} days",
                f"none from day {before + 1} to day {after - 1}",
            )


def _scheduled(first: int, every: int, last: int | None, life: Life) -> list[int]:
    """Return the scheduled days before the animal's last day.

    The last day itself is not among them: an animal that ends on it need not have been treated
    or imaged before.
    """
    if life.until is None:
        return []
    end = life.day_of(life.until)
    return [d for d in range(first, end, every) if last is None or d <= last]


def _matched(scheduled: Sequence[int], done: Sequence[int], within: int) -> dict[int, int]:
    """Return which day that was done stands for which scheduled one, the nearest first."""
    pairs = sorted(
        (abs(day - wanted), wanted, day)
        for wanted in scheduled
        for day in done
        if abs(day - wanted) <= within
    )
    matched: dict[int, int] = {}
    for _, wanted, day in pairs:
        if wanted not in matched and day not in matched.values():
            matched[wanted] = day
    return matched


def _treatment_days(config: StudyConfig, life: Life) -> Iterator[Deviation]:
    """Check that the animal was treated on every scheduled day while alive, and on no other."""
    schedule, animal_id = config.schedule, life.animal.animal_id
    first, every, last = (
        schedule.treatment_first_day,
        schedule.treatment_every_days,
        schedule.treatment_last_day,
    )
    scheduled = _scheduled(first, every, last, life)
    done = sorted({life.day_of(dose.date) for dose in life.doses})
    within = every // 2
    # A treatment given before the animal's end may stand for a day that it did not live to see.
    further = (max([*scheduled, first - every]) + every * i for i in range(1, 3))
    possible = [*scheduled, *(d for d in further if last is None or d <= last)]
    matched = _matched(possible, done, within)
    for wanted in scheduled:
        if wanted not in matched:
            yield Deviation(
                animal_id, life.date_of(wanted), "treatment_missed", f"day {wanted}", "none"
            )
    for wanted, day in matched.items():
        if day != wanted:
            kind = "treatment_late" if day > wanted else "treatment_early"
            yield Deviation(animal_id, life.date_of(day), kind, f"day {wanted}", f"day {day}")
    for day in done:
        if day not in matched.values():
            text = f"every {every} days from day {first}"
            if last is not None:
                text += f" to day {last}"
            yield Deviation(
                animal_id, life.date_of(day), "treatment_unscheduled", text, f"day {day}"
            )
    counts = {day: sum(life.day_of(d.date) == day for d in life.doses) for day in done}
    for day, count in counts.items():
        if count > 1:
            yield Deviation(
                animal_id, life.date_of(day), "treatment_repeated", "once a day", f"{count} times"
            )


def _imaging(config: StudyConfig, life: Life) -> Iterator[Deviation]:
    """Check that the animal was imaged on every scheduled day while alive, and on no other."""
    schedule, animal_id = config.schedule, life.animal.animal_id
    if not life.seen:
        return  # listed once, as an animal never imaged
    first, every = schedule.imaging_first_day, schedule.imaging_every_days
    within = schedule.imaging_tolerance_days
    done = sorted({life.day_of(s.day) for s in life.seen})
    scheduled = _scheduled(first, every, None, life)
    matched = _matched(scheduled, done, within)
    for wanted in scheduled:
        if wanted not in matched:
            tolerance = f" (within {within})" if within else ""
            yield Deviation(
                animal_id,
                life.date_of(wanted),
                "imaging_missed",
                f"day {wanted}{tolerance}",
                "none",
            )
    for day in done:
        off = 0 if day <= 0 else min((day - first) % every, (first - day) % every)
        if day > 0 and (day < first - within or off > within):
            yield Deviation(
                animal_id,
                life.date_of(day),
                "imaging_unscheduled",
                f"every {every} days from day {first}",
                f"day {day}",
            )


def _luciferin(config: StudyConfig, life: Life) -> Iterator[Deviation]:
    """Check luciferin's dose and the minutes from it to the image, where both are known."""
    low, high = config.imaging.detection.luciferin_minutes
    dose = config.schedule.luciferin_mg_per_kg
    for seen in life.seen:
        position = seen.position
        if position is None:
            continue
        given = position.luciferin_mg_per_kg
        if given is not None and abs(given - dose) > 1e-9 * dose:
            yield Deviation(
                life.animal.animal_id,
                seen.day,
                "luciferin_dose",
                f"{dose:g} mg/kg",
                f"{given:g} mg/kg",
            )
        minutes = minutes_after_luciferin(position.luciferin_time, seen.acquired)
        if minutes is not None and not low <= minutes <= high:
            yield Deviation(
                life.animal.animal_id,
                seen.day,
                "minutes_after_luciferin",
                f"{low:g} to {high:g} min",
                f"{minutes:.1f} min",
            )


def minutes_after_luciferin(given: str | None, acquired: datetime) -> float | None:
    """Return the minutes from luciferin to an image.

    Parameters
    ----------
    given : str or None
        Time of day, or ISO date and time, when luciferin was given.
    acquired : datetime
        When the image was taken, by the same clock.

    Returns
    -------
    float or None
        Minutes; negative where luciferin is said to have been given after the image.
    """
    if given is None:
        return None
    text = given if "T" in given else f"{acquired.date().isoformat()}T{given}"
    return (acquired - datetime.fromisoformat(text)).total_seconds() / 60


def _weight_loss(config: StudyConfig, life: Life) -> Iterator[Deviation]:
    """Check that an animal that lost more weight than allowed was ended on that day."""
    animal, limit = life.animal, config.schedule.weight_loss_percent
    known = sorted(
        ((w.date, w.weight_g) for w in life.weights if w.weight_g is not None),
        key=lambda entry: entry[0],
    )
    baseline = life.weight_before(animal.inoculation_date)
    if baseline is None:
        baseline = known[0][1] if known else None
    if baseline is None:
        return
    for day, weight in known:
        loss = 100 * (baseline - weight) / baseline
        if day >= animal.inoculation_date and loss > limit + 1e-9:
            if animal.end_date == day:
                return
            later = "still alive" if animal.end_date is None else f"ended {animal.end_date}"
            yield Deviation(
                animal.animal_id,
                day,
                "weight_loss",
                f"ended when more than {limit:g} % of {baseline:g} g is lost",
                f"{loss:.1f} % lost ({weight:g} g) on day {life.day_of(day)}; {later}",
            )
            return
