"""Config of reading, calibrating and measuring clicks."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt, MinLen

from lumicohort.study.config.settings import NumberAsText, settings

Fraction = tuple[float, float]
BodyRegion = Literal["whole_body", "cranial", "spinal", "neuraxis"]
DateFrom = Literal["auto", "experiment", "batch"]


@settings
class Calibration:
    """Counts to radiance: which corrections are applied."""

    source: Literal["auto", "living_image", "raw", "measurements"] = "raw"
    """Where flux comes from: `raw` counts calibrated here; `living_image`, the corrected image
    that Living Image saved; `auto`, that image where there is one, else raw counts;
    `measurements`, only exported tables (see `measurements`), with which clicks are compared."""
    bias: bool = True
    """Subtract the read bias."""
    dark: bool = True
    """Subtract the dark charge."""
    flat_field: bool = True
    """Divide by the lens's flat field."""
    cosmic: Literal["off", "isolated", "living_image"] = "isolated"
    """How cosmic-ray hits are replaced: not at all; only pixels that no lens could make; or by
    Living Image's rule (3x3 median where the ratio exceeds 1.3, which also clips sharp tumours)."""


@settings
class Fixed:
    """One region of the same size for every mouse, laid along its body axis."""

    region: BodyRegion = "neuraxis"
    """What the region stands for, and so where along the axis its centre lies: in the middle of
    the cranial or spinal part, or of the whole axis."""
    shape: Literal["ellipse", "rectangle"] = "ellipse"
    """Outline of the region."""
    length_cm: Annotated[float, Gt(0), Le(30)] = 8.0
    """Size along the body axis, cm."""
    width_cm: Annotated[float, Gt(0), Le(30)] = 2.5
    """Size across it, cm."""
    turned: bool = True
    """Turn it with the body; otherwise its length lies along the image's columns."""


@settings
class Contour:
    """The pixels around an animal's brightest one that exceed a fraction of it."""

    region: BodyRegion = "neuraxis"
    """The anatomical region that the contour is searched in, and named for."""
    fraction: Annotated[float, Gt(0), Lt(1)] = 0.05
    """Threshold as a fraction of the brightest pixel."""
    parts: Literal["peak", "all"] = "peak"
    """Keep only the connected part that holds the brightest pixel, or all that exceed it."""


@settings
class Regions:
    """Regions of interest."""

    method: Literal["anatomy", "fixed", "contour", "living_image", "imagej"] = "anatomy"
    """`anatomy`: mice found in the photograph and split along the body axis; `fixed`: one size for
    all mice, laid along the axis; `contour`: a fraction of each mouse's peak; `living_image`: the
    ROIs drawn in Living Image, read from AnalyzedClickInfo.txt; `imagej`: areas drawn in ImageJ."""
    fixed: Fixed = Fixed()
    """Regions of the method `fixed`."""
    contour: Contour = Contour()
    """Regions of the method `contour`."""
    drawn_as: BodyRegion | None = None
    """Region that a drawn ROI (`living_image`, `imagej`) counts as where it is its animal's only
    one, so that the statistics find it; its own label or name where none is given."""
    imagej_folder: str | None = None
    """Folder of ImageJ ROIs (`<click>.zip` or `.roi`) in the study's data folder; where none is
    given, they are looked for in and beside the click folders."""
    imagej_pixels: Literal["luminescent", "photograph"] = "luminescent"
    """The image that ImageJ ROIs were drawn on."""
    cranial: Fraction = (0.0, 0.30)
    """Head region: from and to, as fractions of the body axis (0 is the nose, 1 the tail base)."""
    spinal: Fraction = (0.30, 1.0)
    """Spinal region: from and to, as fractions of the body axis."""
    spinal_width: Annotated[float, Gt(0), Le(1)] = 0.34
    """Width of the spinal region as a fraction of the body's width, centred on the midline."""
    margin_cm: Annotated[float, Ge(0), Le(1)] = 0.15
    """By how much the regions reach beyond the body's outline, for light that spills."""

    def __post_init__(self) -> None:
        """Refuse fractions out of order."""
        for name in ("cranial", "spinal"):
            low, high = getattr(self, name)
            if not 0 <= low < high <= 1:
                raise ValueError(f"{name} must be two rising fractions between 0 and 1")


@settings
class Detection:
    """Background, limit of detection and the limits at which a value is flagged."""

    lod_level: Annotated[float, Gt(0.5), Lt(1)] = 0.99
    """One-sided level of the limit of detection: a region without tumour exceeds it this rarely."""
    exclude_saturated: bool = True
    """Leave saturated regions out of the statistics (they stay in the tables, flagged)."""
    luciferin_minutes: tuple[float, float] = (5.0, 25.0)
    """Minutes after luciferin within which an image is unflagged, where the times are known."""
    neighbour_fraction: Annotated[float, Gt(0), Le(1)] = 0.10
    """Flag a region when light spilled from a neighbour is predicted above this part of it."""


@settings
class Measurements:
    """Measurements tables exported from Living Image, lying in the batches' folders.

    They are recognised by their headings, whatever the file's name, and used once `region` or
    `suffixes` says what their ROIs are.
    """

    region: BodyRegion | None = None
    """The region that an ROI stands for, unless its label ends with one of `suffixes`. To analyse
    it, set `analysis.burden.region` to the same."""
    suffixes: dict[str, BodyRegion] = field(default_factory=dict)
    """What the end of an ROI label means: `{head: cranial}` reads `3466 head` as the cranial
    region of `3466`. The regions' own names are known."""
    order: Literal["position", "roi_number"] = "position"
    """Whose ROI it is where labels name no animals but the imaging sheet or Animal Number does:
    from left to right by `Xc`, or in the order of the ROI numbers (`ROI 1` is the leftmost)."""
    background_roi: Literal["subtracted", "not_subtracted"] | None = None
    """Whether Living Image had taken an average background ROI off the fluxes of the tables:
    `subtracted` makes them net flux, `not_subtracted` total flux. Where unset, the column `Bkg ROI`
    tells, else the link in the click's AnalyzedClickInfo; tables with a background ROI and neither
    are an error."""
    date_from: DateFrom = "auto"
    """When an image without its click was taken: `auto`, by `Date and Time`, else by its number;
    or the date that stands in `Experiment`, or at the start of the batch folder's name."""

    @property
    def used(self) -> bool:
        """Whether the config says what the ROIs of exported tables stand for."""
        return self.region is not None or bool(self.suffixes)


@settings
class Compare:
    """Limits above which two sources of one flux are flagged `sources_disagree`.

    Differences within three standard errors never are. Both numbers stand in
    `imaging/<batch>/sources.csv`.
    """

    images_percent: Annotated[float, Gt(0)] = 5.0
    """The same ROI on raw counts and on the image that Living Image corrected, or in its exported
    table: they agree within 1.5 % on bright mice, and a left-out flat field is 11-23 % off."""
    rois_percent: Annotated[float, Gt(0)] = 25.0
    """An ROI drawn by hand (exported table) against the region found here: outlines differ, and
    moving one by 3 pixels changes a faint region by 8 %."""


@settings
class Imaging:
    """From click folders to flux per animal and region."""

    calibration: Calibration = Calibration()
    """Counts to radiance."""
    regions: Regions = Regions()
    """Regions of interest."""
    export_masks: bool = False
    """Write each click's regions as ImageJ ROIs (`rois/<click>.zip`) and as a label image
    (`rois/<click>_labels.tif`) into the batch's results, for Fiji and napari."""
    detection: Detection = Detection()
    """Background, limit of detection, flags."""
    measurements: Measurements = Measurements()
    """Exported Measurements tables in the batches' folders, recognised by their headings; used
    once `region` or `suffixes` is given."""
    compare: Compare = Compare()
    """Limits above which two sources of one flux are flagged `sources_disagree`; differences
    within three standard errors never are. Both numbers stand in `imaging/<batch>/sources.csv`."""
    choose: Literal["first", "last", "peak", "nearest", "longest_unsaturated"] = "peak"
    """Which click counts where one animal was imaged several times on one day: the first, the
    last, the one of highest flux in the analysed region (kinetic series; a click of more than
    twice another's standard error only where it exceeds that one by more than noise), the one
    taken nearest to `choose_minutes` after luciferin, or the longest unsaturated exposure."""
    choose_minutes: Annotated[float, Gt(0)] = 10.0
    """Minutes after luciferin for `choose: nearest`."""
    emission_filter: Annotated[str, NumberAsText(), MinLen(1)] = "open"
    """Only clicks through this emission filter count, by the name in ClickInfo (`620`); `open` is
    no filter, `any` takes them all, flagged. The others of a spectral series are left out and
    listed: behind a filter only a part of the flux is seen."""
    view: str | None = None
    """Only clicks of this view count (`dorsal`, `ventral`, or as the label View says); needed
    where a study has clicks of two views. Views are never mixed."""
    views: Literal["one", "sum"] = "one"
    """`sum` adds dorsal and ventral flux of an animal's day, one click of each by `choose`; days
    with one view only are left out and listed."""

    def __post_init__(self) -> None:
        """Refuse one view where all are added up."""
        if self.views == "sum" and self.view is not None:
            raise ValueError("views: sum adds dorsal and ventral, so view must not be set")
