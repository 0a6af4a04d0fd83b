"""The methods in words, with the choices that the study's config made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumicohort.figures.words import QUANTITIES, REGIONS
from lumicohort.tables.format import format_percent
from lumicohort.tables.sources import ADJUSTMENT_WORDS, HAZARD_WORDS, TEST_WORDS

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

_CHOOSE = {
    "first": "the first",
    "last": "the last",
    "peak": "the one of highest flux in the analysed region",
    "nearest": "the one nearest to {minutes:g} minutes after luciferin",
    "longest_unsaturated": "the longest exposure without saturation",
}
_COSMIC = {
    "off": "Cosmic-ray hits were not corrected.",
    "isolated": "Cosmic-ray hits (single pixels too sharp for the lens to have made) were "
    "replaced; the number of replaced pixels stands beside each region.",
    "living_image": "Cosmic-ray hits were replaced by Living Image’s rule (3 × 3 median where a "
    "pixel exceeds it 1.3-fold), which also lowers sharp tumour peaks.",
}
_CI = {
    "log-log": "log-log",
    "log": "log",
    "plain": "plain",
}


def methods(config: StudyConfig) -> list[tuple[str, str]]:
    """Return the methods, a heading and a paragraph each.

    Parameters
    ----------
    config : StudyConfig
        The study.
    """
    return [
        ("Bioluminescence", _images(config)),
        ("Regions and limit of detection", _regions(config)),
        ("Survival", _survival(config)),
        ("Tumour burden", _burden(config)),
    ]


def _images(config: StudyConfig) -> str:
    calibration = config.imaging.calibration
    if calibration.source == "living_image":
        source = "Radiance was taken from the corrected images that Living Image saved."
    else:
        steps = [
            words
            for done, words in (
                (calibration.bias, "subtraction of the read bias"),
                (calibration.dark, "subtraction of the dark charge"),
                (calibration.flat_field, "division by the lens’s flat field"),
            )
            if done
        ]
        corrected = ", ".join(steps) if steps else "no correction"
        source = (
            "Camera counts were turned into radiance (p/s/cm²/sr) with the instrument’s own "
            f"calibration coefficient for field of view and f-number, after {corrected}."
        )
        if calibration.source == "auto":
            source = (
                "Where Living Image had saved its corrected image, radiance was taken from it; "
                "elsewhere: " + source[0].lower() + source[1:]
            )
        source += " " + _COSMIC[calibration.cosmic]
    saturated = (
        "Saturated regions were left out of the statistics."
        if config.imaging.detection.exclude_saturated
        else "Saturated regions, whose flux is a lower bound, were kept."
    )
    imaging = config.imaging
    net = config.analysis.burden.quantity == "net_flux_p_s"
    flux = "flux net of a background region of interest" if net else "total flux"
    if calibration.source == "measurements":
        source = f"{flux.capitalize()} was taken from the Measurements tables exported from "
        source += "Living Image."
    elif imaging.measurements.used:
        source += (
            f" For images without a click folder, {flux} was taken from the Measurements "
            "tables exported from Living Image; the source of every value stands in flux.csv."
        )
    chosen = _CHOOSE[imaging.choose].format(minutes=imaging.choose_minutes)
    views = ""
    if imaging.views == "sum":
        views = " Dorsal and ventral flux of one day were added."
    elif imaging.view is not None:
        views = f" Only images of the {imaging.view} view were used."
    return (
        f"{source} Total flux (p/s) is 4π times the radiance summed over a region’s area; negative "
        f"radiance was kept. {saturated} Of several images of one animal on one day, "
        f"{chosen} counted.{views}"
    )


def _regions(config: StudyConfig) -> str:
    regions = config.imaging.regions
    if regions.method == "anatomy":
        where = (
            "Mice were found in the photograph and their regions laid along the body axis (nose to "
            f"base of the tail): cranial {_range(regions.cranial)}, spinal "
            f"{_range(regions.spinal)} of its length, the spinal region "
            f"{format_percent(100 * regions.spinal_width)} of the body’s width; the neuraxis is "
            "their union."
        )
    elif regions.method == "living_image":
        where = "Regions of interest are those drawn in Living Image."
    elif regions.method == "imagej":
        where = "Regions of interest are those drawn in ImageJ."
    elif regions.method == "fixed":
        fixed = regions.fixed
        where = (
            f"The region of interest ({fixed.region}) was of one size for all mice: {fixed.shape}, "
            f"{fixed.length_cm:g} cm along the body axis found in the photograph and "
            f"{fixed.width_cm:g} cm across it."
        )
    else:
        contour = regions.contour
        where = (
            "The region of interest held the pixels around each mouse’s brightest one (within the "
            f"region {contour.region} found in the photograph) that reach "
            f"{format_percent(100 * contour.fraction)} of it."
        )
    level = format_percent(100 * config.imaging.detection.lod_level, 1)
    return (
        f"{where} The limit of detection of each region is a one-sided {level} prediction limit "
        "for a region of that size without tumour."
    )


def _range(fractions: tuple[float, float]) -> str:
    low, high = fractions
    return f"{format_percent(100 * low)} to {format_percent(100 * high)}"


def _survival(config: StudyConfig) -> str:
    survival = config.analysis.survival
    events = [name for name, meaning in config.end_reasons.items() if meaning == "event"]
    censored = [name for name, meaning in config.end_reasons.items() if meaning == "censored"]
    competing = [name for name, meaning in config.end_reasons.items() if meaning == "competing"]
    if survival.test == "auto":
        test = (
            "the log-rank test, by permutation where an arm has fewer than "
            f"{survival.permutation_below} animals"
        )
    else:
        test = f"the {TEST_WORDS.get(survival.test, survival.test)}"
    ratio = (
        "by Cox’s model (Efron’s ties), or with Firth’s penalty where the arms separate"
        if survival.hazard_ratio == "auto"
        else f"by {HAZARD_WORDS.get(survival.hazard_ratio, survival.hazard_ratio)}"
    )
    strata = (
        f" Tests and models were stratified by {survival.stratify_by}."
        if survival.stratify_by
        else ""
    )
    several = _several(config, survival.p_adjust)
    entry = (
        f" Animals came under observation on the day in `{survival.entry}` and count as at risk "
        "only after it (delayed entry)."
        if survival.entry
        else ""
    )
    return (
        f"Time runs from inoculation. Events: {', '.join(events) or 'none'}; censored: "
        f"{', '.join(censored) or 'none'}"
        + (f"; competing, censored here: {', '.join(competing)}" if competing else "")
        + ". Survival was estimated by Kaplan and Meier’s method; "
        f"medians have Brookmeyer–Crowley confidence intervals from the {_CI[survival.ci_type]} "
        f"band. Arms were compared with {config.arm_label(config.reference_arm)} by {test}; hazard "
        f"ratios {ratio}.{strata}{several}{entry}"
    )


def _several(config: StudyConfig, adjust: str) -> str:
    if len(config.arms) <= 2:
        return ""
    name = ADJUSTMENT_WORDS.get(adjust)
    if name is None:
        return " p-values of the several comparisons are not adjusted."
    return f" p-values of the several comparisons are adjusted by {name}’s method."


def _burden(config: StudyConfig) -> str:
    from lumicohort.burden.values import BELOW_LOD

    burden = config.analysis.burden
    day = (
        "the last scheduled imaging day on which every animal of the arms compared was alive"
        if burden.endpoint_day == "last_common"
        else f"day {burden.endpoint_day}, fixed in the config"
    )
    return (
        f"{QUANTITIES[burden.quantity]} of the region “{REGIONS[burden.region]}” was compared on "
        f"{day}, by {TEST_WORDS[burden.test]}. Values below the limit of detection were "
        f"{BELOW_LOD[burden.below_lod]}. The reduction is that of arithmetic means. Animals that "
        "have died are missing because of their burden: means after the first death describe "
        f"survivors only.{_several(config, burden.p_adjust)}"
    )
