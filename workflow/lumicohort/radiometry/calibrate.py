"""A click's radiance from the source that the config names."""

from __future__ import annotations

from lumicohort.living_image.click import Click
from lumicohort.radiometry.corrected import CORRECTED, radiance_of_living_image
from lumicohort.radiometry.radiance import RadianceImage
from lumicohort.radiometry.raw_chain import radiance_from_counts
from lumicohort.study.config.imaging import Calibration


def calibrate(click: Click, options: Calibration) -> RadianceImage:
    """Turn a click into radiance.

    Parameters
    ----------
    click : Click
        The click.
    options : Calibration
        Which source and which corrections. `auto` takes the image that Living Image corrected
        and saved where the click has one, else raw counts.

    Returns
    -------
    RadianceImage
        Radiance, its uncertainty, masks, and what was applied.

    Raises
    ------
    InputError
        When an image is damaged or does not fit the text, or a coefficient is missing.
    """
    if options.source == "living_image" or (
        options.source == "auto" and click.file(CORRECTED) is not None
    ):
        return radiance_of_living_image(click)
    return radiance_from_counts(click, options)
