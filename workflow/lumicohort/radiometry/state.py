"""What an image's own flags say was already done to it, so that nothing is corrected twice."""

from __future__ import annotations

from dataclasses import dataclass

from lumicohort.living_image.texts import Section


@dataclass(frozen=True)
class Done:
    """Corrections that an image already has.

    Parameters
    ----------
    background : bool
        Read bias and dark charge are subtracted.
    flat_field : bool
        The lens's response is divided out.
    cosmic : bool
        Cosmic-ray hits are replaced.
    radiance : bool
        The pixels are radiance (p/s/cm²/sr), no longer counts.
    """

    background: bool
    flat_field: bool
    cosmic: bool
    radiance: bool


def already_done(section: Section) -> Done:
    """Read the flags of an image's section; a flag that is missing counts as 0.

    Parameters
    ----------
    section : Section
        `luminescent image` or `saved luminescent corrected image`.

    Returns
    -------
    Done
        What was done.

    Raises
    ------
    InputError
        When a flag is neither 0 nor 1, or the intensity calibration is unknown.
    """
    unit = (section.get("Intensity Calibration") or section.get("Image Units") or "counts").lower()
    if not unit.startswith(("count", "radiance")) and unit != "photons":
        raise section.problem("Intensity Calibration", f"the unit `{unit[:40]}` is not known.")
    return Done(
        background=_flag(section, "Background Corrected"),
        flat_field=_flag(section, "Flat Field Corrected"),
        cosmic=_flag(section, "Cosmic Corrected"),
        radiance=not unit.startswith("count"),
    )


def _flag(section: Section, key: str) -> bool:
    value = section.get(key) or "0"
    if value not in ("0", "1"):
        raise section.problem(key, f"`{value[:40]}` is neither 0 nor 1.")
    return value == "1"
