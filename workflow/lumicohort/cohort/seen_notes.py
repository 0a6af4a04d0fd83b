"""Notes on who was imaged, before anything is measured: names that do not fit, odd days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lumicohort.cohort.animals import Animal
from lumicohort.cohort.batches import Click
from lumicohort.cohort.click_order import in_other_order
from lumicohort.cohort.crosschecks import nearest_id, stopped
from lumicohort.cohort.sightings import Sighting
from lumicohort.errors import Problem
from lumicohort.imaging.filters import filter_of, other_filter
from lumicohort.nouns import counted, is_or_are
from lumicohort.study.config import StudyConfig

_SHOWN = 10
"""So many animals are named one by one."""
_LEFT_OUT = (
    "Such images are left out. Correct the cohort sheet, or say in the imaging sheet who lay there."
)


def notes_on_images(
    config: StudyConfig,
    animals: Sequence[Animal],
    clicks: Sequence[Click],
    seen: Mapping[str, Sequence[Sighting]],
) -> list[Problem]:
    """Return what deserves a look before animals on clicks are measured.

    Parameters
    ----------
    config : StudyConfig
        The study.
    animals : sequence of Animal
        Those of the cohort sheet.
    clicks : sequence of Click
        All clicks.
    seen : mapping
        animal_id to its images, the earliest first.

    Returns
    -------
    list of Problem
        Clicks that name nobody, names on clicks that the cohort sheet does not know, animals on
        no click although others are on some, images from before the inoculation, clicks
        behind an emission filter, and clicks on which animals lie in another order than usual.
    """
    known = {animal.animal_id for animal in animals}
    if not known:
        return []
    notes = [*_nameless(config, clicks, seen), *_unknown(seen, known)]
    notes += [*_never(animals, seen), *_early(animals, seen), *_filtered(config, clicks)]
    return [*notes, *in_other_order(seen)]


def _nameless(
    config: StudyConfig, clicks: Sequence[Click], seen: Mapping[str, Sequence[Sighting]]
) -> list[Problem]:
    """Return the note that clicks name no animal, where no drawn ROI or table may do so."""
    imaging = config.imaging
    if imaging.regions.method in ("living_image", "imagej"):
        return []
    if imaging.measurements.used or imaging.calibration.source == "measurements":
        return []
    naming = {sighting.click.path for images in seen.values() for sighting in images}
    nameless = [click for click in clicks if click.path not in naming]
    if not nameless:
        return []
    which = "this click" if len(nameless) == 1 else f"{len(nameless)} clicks (this one, …)"
    return [
        Problem(
            f"nobody is named on {which}: no row of the imaging sheet, and no label Animal Number.",
            nameless[0].path,
            hint="Such images are left out. Say in the imaging sheet who lay there.",
        )
    ]


def _filtered(config: StudyConfig, clicks: Sequence[Click]) -> list[Problem]:
    """Return notes on clicks through another emission filter than the one that counts."""
    wanted = config.imaging.emission_filter
    others: dict[str, list[Click]] = {}
    for click in clicks:
        found = "" if click.only_exported else filter_of(click.path)
        if found and other_filter(found, wanted):
            others.setdefault(found, []).append(click)
    return [
        Problem(
            f"{'this click' if len(of_it) == 1 else f'{len(of_it)} clicks (this one, …)'} of the "
            f"emission filter `{found}`, where those of `{wanted}` count.",
            of_it[0].path,
            hint="Such clicks are left out: behind a filter only a part of the flux is seen. Where "
            "the study was imaged behind it throughout, set imaging.emission_filter to it.",
        )
        for found, of_it in others.items()
    ]


def _unknown(seen: Mapping[str, Sequence[Sighting]], known: set[str]) -> list[Problem]:
    """Return notes on names of clicks' labels that are no animals of the cohort sheet."""
    strange = [name for name in seen if name not in known]
    guesses = {name: nearest_id(name, known) for name in strange}
    near = [name for name in strange if guesses[name]][:_SHOWN]
    notes = [
        Problem(
            stopped(
                f"the label Animal Number names `{name}`{_elsewhere(seen[name])}, and the cohort "
                f"sheet does not{guesses[name]}"
            ),
            seen[name][0].click.path,
            hint=_LEFT_OUT,
        )
        for name in near
    ]
    if rest := [name for name in strange if name not in near]:
        first = seen[rest[0]][0].click
        what = "names" if len(rest) > 1 else "a name"
        more = "" if len({s.click.path for n in rest for s in seen[n]}) == 1 else " and others"
        text = (
            f"the label Animal Number of this click{more} has {what} that the cohort sheet has not"
        )
        notes.append(Problem(f"{text}: {_listed(rest)}.", first.path, hint=_LEFT_OUT))
    return notes


def _elsewhere(images: Sequence[Sighting]) -> str:
    """Return on how many clicks beside the first one a name stands."""
    more = len(images) - 1
    return f" (also on {more} other click{'' if more == 1 else 's'})" if more else ""


def _never(animals: Sequence[Animal], seen: Mapping[str, Sequence[Sighting]]) -> list[Problem]:
    """Return the note that animals are on no click, for models of which others are."""
    models = {animal.model for animal in animals if animal.animal_id in seen}
    if not models and seen:
        models = {animal.model for animal in animals}
    missing = [a.animal_id for a in animals if a.animal_id not in seen and a.model in models]
    if not missing:
        return []
    of = sum(animal.model in models for animal in animals)
    who = f"{len(missing)} of {counted(of, 'animal')} {is_or_are(len(missing))}"
    return [Problem(f"{who} on no click: {_listed(missing)}.")]


def _early(animals: Sequence[Animal], seen: Mapping[str, Sequence[Sighting]]) -> list[Problem]:
    """Return a note for every animal that was imaged before its inoculation."""
    notes = []
    for animal in animals:
        early = [s for s in seen.get(animal.animal_id, ()) if s.day < animal.inoculation_date]
        if not animal.dated or not early:
            continue
        first = early[0]
        days = (animal.inoculation_date - first.day).days
        notes.append(
            Problem(
                f"`{animal.animal_id}` was imaged on {first.day}, {days} "
                f"day{'' if days == 1 else 's'} before its inoculation on "
                f"{animal.inoculation_date} (cohort sheet, row {int(animal.row)}).",
                first.click.path,
                hint="Right for an image of the healthy animal; else correct the date, or which "
                "animal lay on the click.",
            )
        )
    return notes


def early_in_short(animals: Sequence[Animal], seen: Mapping[str, Sequence[Sighting]]) -> list[str]:
    """Return one sentence on the animals imaged before their inoculation; none where none was.

    The days stand beside them: a baseline image is right, a date of another year is a slip.
    """
    days = {
        animal.animal_id: (animal.inoculation_date - seen[animal.animal_id][0].day).days
        for animal in animals
        if animal.dated and seen.get(animal.animal_id)
    }
    early = [(name, n) for name, n in days.items() if n > 0]
    if not early:
        return []
    shown = ", ".join(f"`{name}` ({n} day{'' if n == 1 else 's'})" for name, n in early[:_SHOWN])
    more = f" and {len(early) - _SHOWN} more" if len(early) > _SHOWN else ""
    were = "animal was" if len(early) == 1 else "animals were"
    return [f"{len(early)} {were} imaged before inoculation: {shown}{more}."]


def _listed(names: Iterable[str]) -> str:
    """Return names in a row, the first ones where there are many."""
    names = list(names)
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    rest = len(names) - _SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown
