"""What a measured click leaves beside its rows: masks, and what is listed as left out."""

from __future__ import annotations

from pathlib import Path

from lumicohort.imaging.click import MeasuredClick

Listed = tuple[str, str, object, object, str, str]
"""What, id, file, row, reason and rule of a row of `exclusions.csv`."""


def write_masks(measured: MeasuredClick, folder: Path) -> None:
    """Write a click's regions as ImageJ ROIs and as a label image.

    Parameters
    ----------
    measured : MeasuredClick
        The click.
    folder : Path
        Where `<click>.zip` and `<click>_labels.tif` are written.
    """
    from lumicohort.regions.export import write_labels, write_rois

    regions = measured.regions
    animals = [r.animal_id or measured.animals[r.place - 1].animal_id for r in regions]
    name, image = measured.click.name, measured.image
    write_rois(regions, animals, folder / f"{name}.zip")
    write_labels(regions, animals, image.n, image.pixel_cm, folder / f"{name}_labels.tif")


def exclusions_of(measured: MeasuredClick, folder: Path) -> list[Listed]:
    """Return what is left out of a click that was measured.

    Parameters
    ----------
    measured : MeasuredClick
        The click.
    folder : Path
        Its folder.

    Returns
    -------
    list of tuple
        Regions that a reviewer rejected (rule `review_rejected`), corrections that could not be
        applied (`correction_not_applied`), animals of which no region was drawn (`no_roi`).
    """
    name = measured.click.name
    out: list[Listed] = []
    for region in measured.regions:
        if region.rejected:
            animal = region.animal_id or measured.animals[region.place - 1].animal_id
            reason = f"region {region.name} of `{animal}` on click `{name}`: {region.rejected}"
            out.append(("region", animal, folder, "", reason, "review_rejected"))
    for missed in measured.not_applied:
        c = missed.correction
        reason = f"`{c.action}` of `{c.animal_id}` on click `{name}` is not applied: "
        reason += missed.reason
        out.append(("correction", c.animal_id, c.file, c.row, reason, "correction_not_applied"))
    out += [
        ("image", animal, folder, "", f"no region of `{animal}` on click `{name}`.", "no_roi")
        for animal in measured.without_region
    ]
    return out
