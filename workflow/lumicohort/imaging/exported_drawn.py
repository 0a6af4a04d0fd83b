"""The ROIs of exported tables measured on their clicks, as they were drawn in Living Image.

A region found in the photograph and an ROI drawn by hand differ in outline. Where the click's text
has the very ROI that a table's row is of, it is measured too: then both are of the same pixels, and
of the same background ROI.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.errors import InputError
from lumicohort.imaging.exported_animals import OwnedRoi
from lumicohort.imaging.exported_background import NET, TOTAL
from lumicohort.imaging.exported_click import ClickText
from lumicohort.imaging.exported_image import TableImage
from lumicohort.living_image.measurements.results import RoiResult
from lumicohort.living_image.rois import RoiLine
from lumicohort.study.config import StudyConfig

if TYPE_CHECKING:
    from lumicohort.living_image import Click
    from lumicohort.regions.measure import Measurement
    from lumicohort.regions.region import Region


OTHER_FLAG = "bkg_roi_disagrees_with_flux"
NOT_AS_DRAWN = "roi_not_compared_as_drawn"
_APART = 0.02


@dataclass(frozen=True, slots=True)
class Drawn:
    """An ROI of a click, measured as it was drawn.

    Parameters
    ----------
    measured : Measurement
        Its fluxes; net of its background ROI where it is linked to one.
    source : str
        The click's image.
    has_net : bool
        Whether it is linked to a background ROI that can be measured.
    no_net : str
        Why it is not; blank where it is.
    """

    measured: Measurement
    source: str
    has_net: bool
    no_net: str = ""

    def flux(self, quantity: str) -> float:
        """Return its total flux, or its net flux if it has one (p/s)."""
        return float(getattr(self.measured, quantity))

    def se(self, quantity: str) -> float:
        """Return that flux's standard error (p/s)."""
        return float(getattr(self.measured, quantity.replace("flux", "flux_se")))

    def row(self, image: TableImage, owned: OwnedRoi, quantity: str) -> dict[str, Any]:
        """Return what `sources.csv` says of it, for the region that it stands for."""
        return {
            "batch": image.batch,
            "click": image.name,
            "animal_id": owned.animal_id,
            "region": owned.region,
            "source": self.source,
            quantity: self.flux(quantity),
            "flags": "",
        }

    def doubt(self, roi: RoiResult, quantity: str) -> str:
        """Say that a table's flux is clearly that with, not without, the background; else blank.

        Or the other way round: it is three times nearer to the other of the two, and from the one
        it should be further off (2 %) than the chains of calibration differ on bright mice.
        """
        if not self.has_net:
            return ""
        other = TOTAL if quantity == NET else NET
        printed, own = roi.total_flux_p_s, self.flux(quantity)
        off = abs(printed - own)
        if off > max(_APART * abs(own), 3 * abs(printed - self.flux(other)), roi.rounding_p_s):
            taken = "not taken off" if quantity == NET else "taken off"
            return f"the table's flux fits a background ROI that was {taken}"
        return ""


@dataclass(frozen=True, slots=True)
class DrawnRois:
    """The ROIs of a click's rows in the tables, measured as they were drawn, as far as they can be.

    Parameters
    ----------
    measured : dict of RoiResult to Drawn
        Rows whose ROI the click's text has, in a shape that can be measured.
    unmeasured : dict of RoiResult to str
        Why others could not be, although the click's text has them or may have.
    """

    measured: dict[RoiResult, Drawn] = field(default_factory=dict)
    unmeasured: dict[RoiResult, str] = field(default_factory=dict)

    def of(self, roi: RoiResult, quantity: str) -> tuple[Drawn | None, str]:
        """Return a row's ROI as drawn, if it gives what the row is, else why not (or blank)."""
        drawn = self.measured.get(roi)
        if drawn is None:
            return None, self.unmeasured.get(roi, "")
        if quantity == NET and not drawn.has_net:
            return None, drawn.no_net
        return drawn, ""


def drawn_fluxes(folder: Path, image: TableImage, config: StudyConfig) -> DrawnRois:
    """Measure the ROIs of a table on their click, as they were drawn.

    Parameters
    ----------
    folder : Path
        The click.
    image : TableImage
        Its rows in the tables, and its text.
    config : StudyConfig
        The study.
    """
    from lumicohort.living_image import read_click
    from lumicohort.radiometry import calibrate
    from lumicohort.regions.background import Background
    from lumicohort.regions.measure import measure_regions

    rows = [owned.roi for owned in image.owned]
    found = DrawnRois(unmeasured={roi: why for roi in rows if (why := image.text.doubt_of(roi))})
    known = {roi: line for roi in rows if (line := image.text.line_of(roi)) is not None}
    if not known:
        return found
    click = read_click(folder)
    radiance = calibrate(click, config.imaging.calibration)
    regions: dict[RoiResult, Region] = {}
    no_net: dict[RoiResult, str] = {}
    for roi, line in known.items():
        region, why = _pixels(1, line, click, radiance.n)
        if not line.roi_type.casefold().startswith("measurement"):
            region, why = None, f"the click's ROI `{line.label}` is of the type {line.roi_type}"
        if region is None:
            found.unmeasured[roi] = why
            continue
        background, no_net[roi] = _background(line, image.text, click, radiance.n)
        regions[roi] = region.like(background=background)
    none = Background(0.0, 0.0, 0.0, 0.0, 0, 1)  # net flux is used with a drawn background alone
    measured = measure_regions(radiance, list(regions.values()), none, config.imaging.detection)
    for (roi, region), row in zip(regions.items(), measured, strict=True):
        has_net = region.background is not None
        found.measured[roi] = Drawn(row, radiance.source, has_net, no_net[roi])
    return found


def _pixels(place: int, line: RoiLine, click: Click, n: int) -> tuple[Region | None, str]:
    """Return the pixels of a drawn ROI, or why it cannot be measured."""
    from lumicohort.regions.region import cropped

    try:
        mask = line.mask((n, n), click.binning)
    except InputError as error:
        return None, error.problems[0].message.rstrip(".")
    if not mask.any():
        return None, f"the ROI `{line.label}` covers no pixel of the image"
    return cropped(place, line.label, mask), ""


def _background(line: RoiLine, text: ClickText, click: Click, n: int) -> tuple[Region | None, str]:
    """Return the background ROI that a drawn ROI is linked to, or why there is none."""
    if not line.bkg_roi:
        return None, f"in the click the ROI `{line.label}` is linked to no background ROI"
    linked = text.lines.get(line.bkg_roi.strip().casefold())
    if linked is None:
        return None, f"the background ROI `{line.bkg_roi}` is not (or not once) in the click's text"
    return _pixels(0, linked, click, n)
