"""The ROIs of exported tables measured on their clicks, as they were drawn in Living Image.

A region found in the photograph and an ROI drawn by hand differ in outline. Where the click's text
has the very ROI that a table's row is of, it is measured too: then both are of the same pixels, and
of the same background ROI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.errors import InputError
from lumicohort.imaging.exported_animals import OwnedRoi
from lumicohort.imaging.exported_background import NET, TOTAL, line_of
from lumicohort.imaging.exported_image import TableImage
from lumicohort.living_image.measurements import RoiResult
from lumicohort.living_image.rois import RoiLine
from lumicohort.study.config import StudyConfig

if TYPE_CHECKING:
    from lumicohort.living_image import Click
    from lumicohort.regions.measure import Measurement
    from lumicohort.regions.region import Region


OTHER_FLAG = "bkg_roi_disagrees_with_flux"
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
        Whether it is linked to a background ROI.
    """

    measured: Measurement
    source: str
    has_net: bool

    def flux(self, quantity: str) -> float:
        """Return its total or net flux (p/s); NaN for a net one without a background ROI."""
        if quantity == NET and not self.has_net:
            return float("nan")
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


def drawn_fluxes(folder: Path, image: TableImage, config: StudyConfig) -> dict[RoiResult, Drawn]:
    """Measure the ROIs of a table on their click, as they were drawn.

    Parameters
    ----------
    folder : Path
        The click.
    image : TableImage
        Its rows in the tables, and its ROI lines.
    config : StudyConfig
        The study.

    Returns
    -------
    dict of RoiResult to Drawn
        Rows whose ROI the click's text has, in a shape that can be measured.
    """
    from lumicohort.living_image import read_click
    from lumicohort.radiometry import calibrate
    from lumicohort.regions.background import Background
    from lumicohort.regions.measure import measure_regions

    lines = {owned.roi: line_of(owned.roi, image.lines) for owned in image.owned}
    known = {roi: line for roi, line in lines.items() if line is not None and _measures(line)}
    if not known:
        return {}
    click = read_click(folder)
    radiance = calibrate(click, config.imaging.calibration)
    regions = {}
    for roi, line in known.items():
        try:
            regions[roi] = _region(line, image.lines, click, radiance.n)
        except InputError:  # a grid, or an outline that the line lacks
            continue
    regions = {roi: region for roi, region in regions.items() if region.n_pixels}
    none = Background(0.0, 0.0, 0.0, 0.0, 0, 1.0)  # net flux is used with a drawn background alone
    measured = measure_regions(radiance, list(regions.values()), none, config.imaging.detection)
    return {
        roi: Drawn(row, radiance.source, region.background is not None)
        for (roi, region), row in zip(regions.items(), measured, strict=True)
    }


def _measures(line: RoiLine) -> bool:
    return line.roi_type.casefold().startswith("measurement")


def _region(line: RoiLine, lines: Mapping[str, RoiLine], click: Click, n: int) -> Region:
    """Return a drawn ROI with the background ROI that it is linked to."""
    from lumicohort.regions.region import cropped

    linked = lines.get(line.bkg_roi.strip().casefold()) if line.bkg_roi else None
    background = None
    if linked is not None:
        background = cropped(0, linked.label, linked.mask((n, n), click.binning))
    return cropped(1, line.label, line.mask((n, n), click.binning), background=background)
