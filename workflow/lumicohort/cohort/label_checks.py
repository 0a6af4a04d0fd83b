"""What was typed at the instrument against the imaging sheet, before anything is measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from lumicohort.cohort.batches import Click
from lumicohort.cohort.sightings import Sighting, labels_of
from lumicohort.errors import Problem


def other_labels(clicks: Sequence[Click], seen: Mapping[str, Sequence[Sighting]]) -> list[Problem]:
    """Return a note for every batch in which labels name other animals than the imaging sheet.

    Parameters
    ----------
    clicks : sequence of Click
        All clicks; of each, one text is read.
    seen : mapping
        animal_id to its images.

    Returns
    -------
    list of Problem
        At the row of the first such click, where the sheet has rows for it. The sheet decides:
        what it says is measured, and the click is flagged.
    """
    rows: defaultdict[Click, list[Sighting]] = defaultdict(list)
    for images in seen.values():
        for sighting in images:
            if sighting.position is not None:
                rows[sighting.click].append(sighting)
    found: defaultdict[str, list[tuple[Click, list[str], list[Sighting]]]] = defaultdict(list)
    for click in clicks:
        named = sorted(rows.get(click, ()), key=lambda s: s.place)
        labels = labels_of(click) if named and not click.only_exported else []
        if labels and labels != [sighting.animal_id for sighting in named]:
            found[click.batch].append((click, labels, named))
    return [_note(batch, *of_batch) for batch, of_batch in found.items()]


def _note(batch: str, first: tuple[Click, list[str], list[Sighting]], *others: object) -> Problem:
    click, labels, named = first
    position = named[0].position
    more = f" (and on {len(others)} more of batch `{batch}`)" if others else ""
    return Problem(
        f"on click `{click.name}`{more} the label Animal Number says {_listed(labels)}, and the "
        f"imaging sheet, from left to right, {_listed([s.animal_id for s in named])}.",
        position.file if position is not None and position.file else click.path,
        f"row {int(position.row)}" if position is not None and position.file else None,
        "The sheet's are measured. Correct it where the label is right.",
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
