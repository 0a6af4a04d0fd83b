"""How long the luminescent exposure was, where its unit contradicts its key.

The key `Luminescent Exposure (Seconds)` names the unit, and `Luminescent Exposure Units` names it
again. Where the second says minutes, no document tells which of them holds. The camera's clock
does: the frame `readbiasonly` is read right after the exposure (of 40 s, 43 s after its start, on
a real click), so one of the two units fits and the other is a factor of 60 off.
"""

from __future__ import annotations

from lumicohort.errors import InputError
from lumicohort.living_image.texts import InfoText, Section

SETTLED = "exposure_unit_settled_by_clock"
"""Flag of a click whose exposure has the unit that the clock's times fit."""

KEY = "Luminescent Exposure (Seconds)"
UNITS = "Luminescent Exposure Units"
SLACK_S = 30.0
"""Longest time (s) between the end of an exposure and the frame read after it: 3 s on a real
click; and short enough that an exposure from half a minute on cannot fit both units."""

_SECONDS = {"min": 60.0, "ms": 0.001, "h": 3600.0}


def exposure_seconds(info: InfoText, section: Section, value: float) -> tuple[float, str]:
    """Return the luminescent exposure.

    Parameters
    ----------
    info : InfoText
        `ClickInfo.txt`.
    section : Section
        Its section on the luminescent image.
    value : float
        The number at :data:`KEY`.

    Returns
    -------
    float
        Exposure, s.
    str
        A flag, empty where key and unit agree.

    Raises
    ------
    InputError
        Where they do not and the clock's times do not tell which of them holds.
    """
    unit = (section.get(UNITS) or "sec").casefold()
    if unit.startswith("s"):
        return value, ""
    factor = next((f for name, f in _SECONDS.items() if unit.startswith(name)), None)
    lasted = _until_read(info, section)
    if factor is not None and lasted is not None:
        # times are whole seconds, so the difference may be one short
        fits = [t for t in (value, value * factor) if t <= lasted + 1 <= t + 1 + SLACK_S]
        if len(fits) == 1:
            return fits[0], SETTLED
    clock = "" if lasted is None else f" (a frame was read {lasted:g} s after the exposure's start)"
    raise section.problem(
        UNITS,
        f"the unit is `{unit}`, but the exposure's key says seconds: which of them holds is "
        f"not known{clock}.",
        "Correct the unit to `sec` once the exposure is known to be in seconds.",
    )


def _until_read(info: InfoText, section: Section) -> float | None:
    """Return the seconds from the exposure's start until the frame read after it, if known."""
    after = info.find("readbiasonly image")
    key = "Acquisition Seconds"
    if after is None or after.get(key) is None or section.get(key) is None:
        return None
    try:
        lasted = after.number(key) - section.number(key)
    except InputError:  # told by the refusal that follows
        return None
    return lasted if lasted > 0 else None
