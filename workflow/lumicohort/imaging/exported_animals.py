"""Whose ROI is it: rows of an exported table matched to animals and regions.

A label that names an animal counts first (as written, else without regard to case and spaces).
Only where no label of an image names any does the order of the ROIs stand in. Nothing is guessed:
what stays open is a problem with its file and row. An ROI that fits nobody (on a phantom, on the
bed) is a problem of a class of its own, since without it the others are what they were.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lumicohort.errors import Problem, did_you_mean
from lumicohort.living_image.measurements.kinds import BACKGROUND, GENERIC, SUBJECT
from lumicohort.living_image.measurements.results import RoiResult
from lumicohort.study.config.imaging import Measurements

REGION_NAMES = ("whole_body", "whole body", "cranial", "spinal", "neuraxis")
"""Ends of a label that name a region without the config's help."""

_BEFORE_SUFFIX = " _-,:;/.("
_NUMBERED = re.compile(r"^\s*roi\s*#?\s*\d+[\s_:;,.-]+(?=\w)", re.IGNORECASE)
"""The ROI's own name before what somebody wrote behind it."""


@dataclass(frozen=True, slots=True)
class OwnedRoi:
    """An ROI with the animal and the region that it stands for.

    Parameters
    ----------
    roi : RoiResult
        The row of the table.
    animal_id : str
        The animal: as the click names it, else as the label does.
    region : str
        The region.
    place : int
        Place among the image's animals, counted from 1.
    by : str
        `label`, `position` or `roi_number`: what told; `label_that_is_roi_number` where all labels
        of an image are its ROIs' numbers, and no list of animals says whether they are animals.
    """

    roi: RoiResult
    animal_id: str
    region: str
    place: int
    by: str


class NoAnimal(Problem):
    """An ROI that fits no animal: it gives no number, and leaves the other ROIs theirs."""

    __slots__ = ()


class NotAsMany(NoAnimal):
    """ROIs without names that are more or fewer than the animals: their image gives no number."""

    __slots__ = ()


def no_animal(roi: RoiResult, message: str, hint: str) -> NoAnimal:
    """Return the problem of an ROI that fits no animal."""
    return NoAnimal(message, roi.file, roi.where, hint)


def loose(name: str) -> str:
    """Return a name without case and spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name).casefold())


def is_background(roi: RoiResult, animals: Sequence[str]) -> bool:
    """Tell whether an ROI is a background one (`Bkg 1`), and not an animal of that very name."""
    if roi.kind:
        return roi.kind == "background"
    if roi.label in animals:
        return False
    return any(BACKGROUND.match(text) is not None for text in (roi.label, roi.roi))


def is_subject(roi: RoiResult, animals: Sequence[str]) -> bool:
    """Tell whether an ROI only marks where an animal lies (`Subject 1`), and measures nothing."""
    if roi.kind:
        return roi.kind == "subject"
    return roi.label not in animals and SUBJECT.fullmatch(roi.roi) is not None


def own(
    rois: Sequence[RoiResult], animals: Sequence[str] | None, settings: Measurements
) -> tuple[list[OwnedRoi], list[Problem]]:
    """Match the ROIs of one image to animals and regions.

    Parameters
    ----------
    rois : sequence of RoiResult
        The image's ROIs, background and subject ones left out.
    animals : sequence of str or None
        The animals on it, left to right; None where only the labels can tell.
    settings : Measurements
        What labels and order mean.

    Returns
    -------
    owned : list of OwnedRoi
        One for every ROI whose animal and region are known.
    problems : list of Problem
        What cannot be settled, by file and row; :class:`NoAnimal` for an ROI that fits nobody.
    """
    if animals is None:
        found, problems = _by_label_alone(rois, settings)
    else:
        found, problems = _among(rois, animals, settings)
    first: dict[tuple[str, str], OwnedRoi] = {}
    for owned in found:
        before = first.setdefault((loose(owned.animal_id), owned.region), owned)
        if before is not owned:
            problems.append(
                owned.roi.problem(
                    f"the {owned.region} of animal `{owned.animal_id}` stands twice on image "
                    f"`{owned.roi.image_number}`: here and in {before.roi.file.name}, "
                    f"{before.roi.where}.",
                    "Delete or relabel one of the two ROIs; labels may name their region with a "
                    "suffix (config key imaging.measurements.suffixes).",
                )
            )
    return found, problems


def _by_label_alone(
    rois: Sequence[RoiResult], settings: Measurements
) -> tuple[list[OwnedRoi], list[Problem]]:
    owned: list[OwnedRoi] = []
    problems: list[Problem] = []
    places: dict[str, int] = {}
    numbered = len(rois) > 1 and all(_is_number(roi) for roi in rois)
    by = "label_that_is_roi_number" if numbered else "label"
    for roi in rois:
        text = _named_alone(roi, settings)
        if not text:
            problems.append(
                no_animal(
                    roi,
                    f"whose ROI this is on image `{roi.image_number}` is not known: its label "
                    "names no animal, and neither the imaging sheet nor a click does.",
                    "Write animal ids into `ROI Label`, or name the animals in the imaging sheet.",
                )
            )
            continue
        animal, region = _split(text, settings)
        if region is None:
            problems.append(_no_region(roi))
            continue
        place = places.setdefault(loose(animal), len(places) + 1)
        owned.append(OwnedRoi(roi, animal, region, place, by))
    return owned, problems


def _named_alone(roi: RoiResult, settings: Measurements) -> str:
    """Return what names an ROI's animal where no list of animals is known; blank where nothing.

    The `Subject ID` is an animal by definition, and the label then tells at most the region.
    """
    label = roi.label.strip()
    named = "" if GENERIC.fullmatch(label) else _NUMBERED.sub("", label)
    if roi.subject:
        both = f"{roi.subject} {named}"
        return both if _split(both, settings)[0] != both else roi.subject
    return named or ("" if GENERIC.fullmatch(roi.roi) else roi.roi.strip())


def _texts(roi: RoiResult) -> list[str]:
    """Return what may name an ROI's animal, the label first."""
    label = roi.label.strip()
    texts = [label]
    if roi.subject:
        texts += [f"{roi.subject} {label}", roi.subject]
    if not GENERIC.fullmatch(roi.roi):
        texts.append(roi.roi.strip())
    return texts


def _among(
    rois: Sequence[RoiResult], animals: Sequence[str], settings: Measurements
) -> tuple[list[OwnedRoi], list[Problem]]:
    named: list[tuple[RoiResult, list[tuple[str, str | None]]]] = [
        (roi, _first_found(roi, animals, settings)) for roi in rois
    ]
    unnamed = [roi for roi in rois if _generic(roi)]
    if unnamed and not any(found for _, found in named):
        owned, problems = _by_order(unnamed, animals, settings)
        return owned, problems + [_fits_nobody(r, animals) for r in rois if r not in unnamed]
    owned, problems = [], []
    for roi, found in named:
        if not found:
            problems.append(_fits_nobody(roi, animals))
        elif len(found) > 1:
            both = " and ".join(f"`{animal}`" for animal, _ in found)
            problems.append(
                roi.problem(
                    f"the label `{roi.label}` fits {both} on image `{roi.image_number}`.",
                    "Write the animal's id exactly as the sheet does.",
                )
            )
        elif found[0][1] is None:
            problems.append(_no_region(roi))
        else:
            animal, region = found[0]
            assert region is not None
            owned.append(OwnedRoi(roi, animal, region, list(animals).index(animal) + 1, "label"))
    return owned, problems


def _fits_nobody(roi: RoiResult, animals: Sequence[str]) -> NoAnimal:
    shown = ", ".join(f"`{a}`" for a in animals) or "none"
    name = roi.label or roi.roi
    return no_animal(
        roi,
        f"the label `{name}` is none of the animals on image `{roi.image_number}` ({shown})"
        f"{did_you_mean(name, animals)}.",
        "Correct the label, or the imaging sheet; the table may be another study's.",
    )


def _first_found(
    roi: RoiResult, animals: Sequence[str], settings: Measurements
) -> list[tuple[str, str | None]]:
    """Return the animals that the first of an ROI's texts can mean that means any."""
    found = (_candidates(text, animals, settings) for text in _texts(roi))
    return next((animal for animal in found if animal), [])


def _candidates(
    label: str, animals: Sequence[str], settings: Measurements
) -> list[tuple[str, str | None]]:
    """Return the animals that a label can mean, each with its region."""
    readings: list[tuple[str, str | None]] = [(label, settings.region)]
    for text in dict.fromkeys([label, _NUMBERED.sub("", label)]):  # `ROI 1_M3` is `M3`
        stem, region = _split(text, settings)
        readings += [(text, settings.region), (stem, region)]
    for text, meaning in readings:
        same: list[Callable[[str], bool]] = [
            lambda a, text=text: a == text,  # type: ignore[misc]
            lambda a, text=text: bool(text) and loose(a) == loose(text),  # type: ignore[misc]
        ]
        for fits in same:
            found = [a for a in dict.fromkeys(animals) if fits(a)]
            if found:
                return [(a, meaning) for a in found]
    return []


def _split(label: str, settings: Measurements) -> tuple[str, str | None]:
    """Return a label without its region suffix, and the region that it stands for."""
    suffixes: dict[str, str] = {name: name.replace(" ", "_") for name in REGION_NAMES}
    suffixes |= {name.strip().casefold(): region for name, region in settings.suffixes.items()}
    text = label.rstrip(" )")
    for suffix in sorted(suffixes, key=len, reverse=True):
        stem = text[: len(text) - len(suffix)]
        apart = stem != "" and stem[-1] in _BEFORE_SUFFIX
        if text.casefold().endswith(suffix) and apart and stem.strip(_BEFORE_SUFFIX):
            return stem.rstrip(_BEFORE_SUFFIX), suffixes[suffix]
    return label, settings.region


def _no_region(roi: RoiResult) -> Problem:
    return roi.problem(
        f"the region of the label `{roi.label}` is not known.",
        "Set config key imaging.measurements.region to what ROIs without a suffix stand for.",
    )


def _generic(roi: RoiResult) -> bool:
    """Tell whether a label names nothing: blank, `ROI 3 (auto)`, or the ROI's own number."""
    label = roi.label.strip()
    number = GENERIC.fullmatch(label)
    if number is None:
        return not label or _is_number(roi)
    return not number[2] or int(number[2]) == _number(roi)


def _is_number(roi: RoiResult) -> bool:
    """Tell whether a label is the ROI's own number: then it may be a place, and no animal."""
    label = roi.label.strip()
    return label.isdecimal() and int(label) == _number(roi)


def _number(roi: RoiResult) -> int | None:
    found = re.search(r"(\d+)\s*(\([^)]*\)\s*)?$", roi.roi)
    return int(found[1]) if found else None


def _by_order(
    rois: Sequence[RoiResult], animals: Sequence[str], settings: Measurements
) -> tuple[list[OwnedRoi], list[Problem]]:
    """Match ROIs to animals from left to right, or by number where the config says so."""
    first, image = rois[0], rois[0].image_number
    if settings.region is None:
        return [], [_no_region(first)]
    if len(rois) != len(animals):
        shown = ", ".join(f"`{a}`" for a in animals)
        message = f"image `{image}` has {len(rois)} ROIs whose labels name no animal, and "
        message += f"{len(animals)} animals ({shown}), so whose each is cannot be told."
        hint = "Write animal ids into `ROI Label`."
        return [], [NotAsMany(message, first.file, first.where, hint)]
    by = settings.order
    values = [float(_number(r) or math.nan) if by == "roi_number" else r.x for r in rois]
    if len(rois) > 1 and any(math.isnan(value) for value in values):
        what = "`Xc (pixels)`" if by == "position" else "an ROI number"
        return [], [
            no_animal(
                first,
                f"labels name no animal on image `{image}`, and not every ROI has {what}.",
                "Export `Xc (pixels)` too, write animal ids into `ROI Label`, or, where ROIs were "
                "drawn from left to right, set imaging.measurements.order: roi_number.",
            )
        ]
    if len(set(values)) < len(values):
        what = "place (Xc)" if by == "position" else "number"
        message = f"two ROIs of image `{image}` have the same {what}, so whose each is cannot be "
        hint = "Write animal ids into `ROI Label`."
        return [], [NotAsMany(f"{message}told.", first.file, first.where, hint)]
    ordered = sorted(zip(values, rois, strict=True), key=lambda pair: pair[0])
    pairs = zip(ordered, animals, strict=True)
    region = settings.region
    return [
        OwnedRoi(roi, animal, region, place, by)
        for place, ((_, roi), animal) in enumerate(pairs, start=1)
    ], []
