"""Config of reading, calibrating and measuring clicks."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from lumicohort.study.config.base import Section

Fraction = tuple[float, float]


class Calibration(Section):
    """Counts to radiance: which corrections are applied."""

    source: Literal["auto", "living_image", "raw"] = "raw"
    """Where radiance comes from: `raw` counts calibrated here; `living_image`, the corrected
    image that Living Image saved; `auto`, that image where there is one, else raw counts."""
    bias: bool = True
    """Subtract the read bias."""
    dark: bool = True
    """Subtract the dark charge."""
    flat_field: bool = True
    """Divide by the lens's flat field."""
    cosmic: Literal["off", "isolated", "living_image"] = "isolated"
    """How cosmic-ray hits are replaced: not at all; only pixels that no lens could make; or by
    Living Image's rule (3x3 median where the ratio exceeds 1.3, which also clips sharp tumours)."""


class Regions(Section):
    """Regions of interest."""

    method: Literal["anatomy", "living_image"] = "anatomy"
    """`anatomy`: mice found in the photograph and split along the body axis; `living_image`: the
    ROIs drawn in Living Image, read from AnalyzedClickInfo.txt."""
    cranial: Fraction = (0.0, 0.30)
    """Head region: from and to, as fractions of the body axis (0 is the nose, 1 the tail base)."""
    spinal: Fraction = (0.30, 1.0)
    """Spinal region: from and to, as fractions of the body axis."""
    spinal_width: float = Field(default=0.34, gt=0, le=1)
    """Width of the spinal region as a fraction of the body's width, centred on the midline."""
    margin_cm: float = Field(default=0.15, ge=0, le=1)
    """By how much the regions reach beyond the body's outline, for light that spills."""

    @model_validator(mode="after")
    def _fractions_in_order(self) -> Self:
        for name in ("cranial", "spinal"):
            low, high = getattr(self, name)
            if not 0 <= low < high <= 1:
                raise ValueError(f"{name} must be two rising fractions between 0 and 1")
        return self


class Detection(Section):
    """Background, limit of detection and the limits at which a value is flagged."""

    lod_level: float = Field(default=0.99, gt=0.5, lt=1)
    """One-sided level of the limit of detection: a region without tumour exceeds it this rarely."""
    exclude_saturated: bool = True
    """Leave saturated regions out of the statistics (they stay in the tables, flagged)."""
    luciferin_minutes: tuple[float, float] = (5.0, 25.0)
    """Minutes after luciferin within which an image is unflagged, where the times are known."""
    neighbour_fraction: float = Field(default=0.10, gt=0, le=1)
    """Flag a region when light spilled from a neighbour is predicted above this part of it."""


class Imaging(Section):
    """From click folders to flux per animal and region."""

    calibration: Calibration = Calibration()
    """Counts to radiance."""
    regions: Regions = Regions()
    """Regions of interest."""
    detection: Detection = Detection()
    """Background, limit of detection, flags."""
    choose: Literal["first", "last", "peak", "longest_unsaturated"] = "peak"
    """Which click counts where one animal was imaged several times on one day: the first, the
    last, the one of highest whole-body flux, or the longest unsaturated exposure."""
