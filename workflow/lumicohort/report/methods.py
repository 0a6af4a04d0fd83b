"""The methods in words, with the choices that the study's config made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumicohort.figures.words import QUANTITIES, REGIONS, capital
from lumicohort.report.measured import Measured
from lumicohort.tables.format import format_percent
from lumicohort.tables.sources import (
    ADJUSTMENT_WORDS,
    APPROXIMATE,
    HAZARD_WORDS,
    TEST_WORDS,
    weights_words,
)

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


def methods(config: StudyConfig, measured: Measured | None = None) -> list[tuple[str, str]]:
    """Return the methods, a heading and a paragraph each.

    Parameters
    ----------
    config : StudyConfig
        The study.
    measured : Measured, optional
        What its results came from (:func:`lumicohort.report.measured.measured`); images measured
        as the config says, where none is given.
    """
    done = measured or _planned(config)
    return [
        ("Bioluminescence", _images(config, done)),
        *([("Regions and limit of detection", _regions(config, done))] if done.sources else []),
        ("Survival", _survival(config, done)),
        ("Tumour burden", _burden(config, done)),
    ]


def _planned(config: StudyConfig) -> Measured:
    """Return what a study that measures all its images as the config says will come from."""
    source = config.imaging.calibration.source
    sources = {"raw", "living_image"} if source == "auto" else {source}
    if config.imaging.measurements.used:
        sources.add("measurements")
    methods = frozenset({config.imaging.regions.method})
    competing = "competing" in config.end_reasons.values()
    return Measured(
        frozenset(sources),
        methods,
        reviewed=0,
        rejected=0,
        lod_of_images=True,
        lod_of_sheet=False,
        timed=True,
        incidence=competing,
        gray=competing and len(config.arms) > 1,
    )


def _images(config: StudyConfig, done: Measured) -> str:
    told = []
    if done.on_images:
        told.append(_radiance(config, done))
    net = config.analysis.burden.quantity == "net_flux_p_s"
    flux = "flux net of a background region of interest" if net else "total flux"
    if "measurements" in done.sources:
        start = f"For images without a click folder, {flux}" if told else capital(flux)
        told.append(
            f"{start} was taken from the Measurements tables exported from Living Image"
            + ("; the source of every value stands in flux.csv." if told else ".")
        )
    if done.on_images:
        told.append(
            "Total flux (p/s) is 4π times the radiance summed over a region’s area; negative "
            "radiance was kept."
        )
        told.append(
            "Saturated regions were left out of the statistics."
            if config.imaging.detection.exclude_saturated
            else "Saturated regions, whose flux is a lower bound, were kept."
        )
    imaging = config.imaging
    if done.methods:
        chosen = _CHOOSE[imaging.choose].format(minutes=imaging.choose_minutes)
        told.append(f"Of several images of one animal on one day, {chosen} counted.")
        if imaging.emission_filter.casefold() == "any":
            told.append("Images were taken through whatever emission filter was in place.")
        elif imaging.emission_filter.casefold() != "open":
            told.append(
                f"Only images through the emission filter {imaging.emission_filter} were used: "
                "flux is that of its band."
            )
        if imaging.views == "sum":
            told.append("Dorsal and ventral flux of one day were added.")
        elif imaging.view is not None:
            told.append(f"Only images of the {imaging.view} view were used.")
    if "sheet" in done.sources:
        file = config.data.flux.file if config.data.flux else "the sheet of flux"
        what = "Further total flux" if told else "Total flux"
        told.append(
            f"{what} (p/s) was measured elsewhere and taken from {file}; how its images were "
            "taken, calibrated and chosen is not known here."
        )
    return " ".join(told) or "No flux was measured."


def _radiance(config: StudyConfig, done: Measured) -> str:
    calibration = config.imaging.calibration
    if "raw" not in done.sources:
        return "Radiance was taken from the corrected images that Living Image saved."
    steps = [
        words
        for step, words in (
            (calibration.bias, "subtraction of the read bias"),
            (calibration.dark, "subtraction of the dark charge"),
            (calibration.flat_field, "division by the lens’s flat field"),
        )
        if step
    ]
    corrected = ", ".join(steps) if steps else "no correction"
    source = (
        "Camera counts were turned into radiance (p/s/cm²/sr) with the instrument’s own "
        f"calibration coefficient for field of view and f-number, after {corrected}."
    )
    if "living_image" in done.sources:
        source = (
            "Where Living Image had saved its corrected image, radiance was taken from it; "
            "elsewhere: " + source[0].lower() + source[1:]
        )
    return f"{source} {_COSMIC[calibration.cosmic]}"


def _regions(config: StudyConfig, done: Measured) -> str:
    regions = config.imaging.regions
    told = []
    if regions.method in done.methods and done.on_images:
        told.append(_laid(config))
    if "measurements" in done.sources:
        whose = "Regions of exported tables" if told else "Regions of interest"
        told.append(f"{whose} are those drawn in Living Image.")
    if done.reviewed or done.rejected:
        mice = "mouse" if done.reviewed == 1 else "mice"
        regions_were = "region was" if done.rejected == 1 else "regions were"
        told.append(
            f"A reviewer’s corrections win over what was found: the regions of {done.reviewed} "
            f"{mice}, each counted on every click, were looked at or changed, and {done.rejected} "
            f"{regions_were} rejected."
        )
    if "sheet" in done.sources:
        region = config.analysis.burden.region
        told.append(
            "The regions of flux from the sheet are as the sheet names them."
            if done.sheet_regions - {region}
            else f"Flux from the sheet counts as that of the region “{REGIONS[region]}”."
        )
    level = format_percent(100 * config.imaging.detection.lod_level, 1)
    if done.lod_of_images:
        told.append(
            f"The limit of detection of each region is a one-sided {level} prediction limit for a "
            "region of that size without tumour."
        )
    if done.lod_of_sheet:
        told.append(
            f"{'Other limits' if done.lod_of_images else 'Limits'} of detection are the sheet’s."
        )
    if not (done.lod_of_images or done.lod_of_sheet):
        told.append("No limit of detection is known: no value counts as below it.")
    return " ".join(told)


def _laid(config: StudyConfig) -> str:
    """Say how regions were laid on images, by the config's method."""
    regions = config.imaging.regions
    if regions.method == "anatomy":
        return (
            "Mice were found in the photograph and their regions laid along the body axis (nose to "
            f"base of the tail): cranial {_range(regions.cranial)}, spinal "
            f"{_range(regions.spinal)} of its length, the spinal region "
            f"{format_percent(100 * regions.spinal_width)} of the body’s width; the neuraxis is "
            "their union."
        )
    if regions.method == "living_image":
        return "Regions of interest are those drawn in Living Image."
    if regions.method == "imagej":
        return "Regions of interest are those drawn in ImageJ."
    if regions.method == "fixed":
        fixed = regions.fixed
        return (
            f"The region of interest ({fixed.region}) was of one size for all mice: {fixed.shape}, "
            f"{fixed.length_cm:g} cm along the body axis found in the photograph and "
            f"{fixed.width_cm:g} cm across it."
        )
    contour = regions.contour
    return (
        "The region of interest held the pixels around each mouse’s brightest one (within the "
        f"region {contour.region} found in the photograph) that reach "
        f"{format_percent(100 * contour.fraction)} of it."
    )


def _range(fractions: tuple[float, float]) -> str:
    low, high = fractions
    return f"{format_percent(100 * low)} to {format_percent(100 * high)}"


def _survival(config: StudyConfig, done: Measured) -> str:
    survival = config.analysis.survival
    if not done.timed:
        return "No animal has a survival time, so survival was not analysed."
    coded: dict[str, list[str]] = {"event": [], "censored": [], "competing": []}
    for name, meaning in config.end_reasons.items():
        coded[meaning].append(name)
    competing = (
        f"; competing, censored here: {', '.join(coded['competing'])}"
        if done.incidence and coded["competing"]
        else ""
    )
    entry = (
        f" Animals came under observation on the day in `{survival.entry}` and count as at risk "
        "only after it (delayed entry)."
        if survival.entry
        else ""
    )
    return (
        f"Time runs from inoculation. Events: {', '.join(coded['event']) or 'none'}; censored: "
        f"{', '.join(coded['censored']) or 'none'}{competing}. "
        "Survival was estimated by Kaplan and Meier’s method; medians have Brookmeyer–Crowley "
        f"confidence intervals from the {_CI[survival.ci_type]} band."
        f"{_compared(config, done) if len(config.arms) > 1 else ''}{_incidence(done)}{entry}"
    )


def _incidence(done: Measured) -> str:
    """Say how deaths of several causes were told apart, where competing ones occurred."""
    if not done.incidence:
        return ""
    return (
        " Where competing deaths occurred, the cumulative incidence of each cause was estimated by "
        f"Aalen and Johansen’s method{' and arms compared by Gray’s test' if done.gray else ''}."
    )


def _compared(config: StudyConfig, done: Measured) -> str:
    """Say by which test arms were compared, and how hazard ratios were estimated."""
    survival = config.analysis.survival
    permuted = survival.test == "logrank_permutation"
    if survival.test == "auto" and survival.entry:
        test = "the log-rank test"
    elif survival.test == "auto":
        made = done.survival_tests
        permuted = made is None or "logrank_permutation" in made
        test = "the log-rank test"
        if permuted:
            when = "where" if made is None or "logrank" in made else "as"
            test += (
                f", by permutation {when} an arm has fewer than "
                f"{survival.permutation_below} animals"
            )
    else:
        test = f"the {TEST_WORDS.get(survival.test, survival.test)}"
        if survival.test == "fleming_harrington":
            test += weights_words(*survival.fleming_harrington)
    ratio = (
        "by Cox’s model (Efron’s ties), or with Firth’s penalty where the arms separate"
        if survival.hazard_ratio == "auto"
        else f"by {HAZARD_WORDS.get(survival.hazard_ratio, survival.hazard_ratio)}"
    )
    text = (
        f" Arms were compared with {config.arm_label(config.reference_arm)} by {test}; hazard "
        f"ratios {ratio}. The interval of a difference of medians runs between percentiles of "
        f"{survival.bootstrap_samples:,} bootstrap samples within arms."
    )
    if permuted:
        text += " The permutation test takes animals to be censored alike in all arms."
    if survival.stratify_by:
        text += f" Tests and models were stratified by {survival.stratify_by}."
    how = []
    if survival.covariates:
        how.append(f"adjusted for {', '.join(survival.covariates)}")
    if survival.cluster_by:
        how.append(f"made robust to clusters of {survival.cluster_by}")
    if how:
        printed = "those printed" if survival.print_adjusted else "listed beside the plain ones"
        text += f" Hazard ratios {' and '.join(how)} are {printed}."
    if dropped := [name for name in survival.covariates if name in done.dropped]:
        text += (
            f" Where a model’s animals did not differ in {' or '.join(dropped)}, or its strata "
            "tell as much, it was not adjusted for it."
        )
    return text + _several(config, survival.p_adjust)


def _several(config: StudyConfig, adjust: str) -> str:
    if len(config.arms) <= 2:
        return ""
    name = ADJUSTMENT_WORDS.get(adjust)
    how = "not adjusted" if name is None else f"adjusted by {name}’s method"
    return (
        f" P values of a model’s several comparisons with the reference are {how}; confidence "
        "intervals are not adjusted."
    )


def _article(test: str) -> str:
    """Return the article of a test's name; a name in the genitive has none."""
    return "" if "'s " in TEST_WORDS[test] else "the "


def _approximate(done: Measured) -> str:
    """Say whether the test of burden is approximate, where its results are known."""
    approximate = {name.endswith(APPROXIMATE) for name in done.burden_tests}
    if True not in approximate:
        return ""
    return f" ({APPROXIMATE}{' of some comparisons' if False in approximate else ''})"


def _burden(config: StudyConfig, done: Measured) -> str:
    from lumicohort.burden.values import BELOW_LOD

    if not done.sources:
        return "No flux was measured, so tumour burden was not analysed."
    burden = config.analysis.burden
    day = (
        "the last scheduled imaging day on which every animal of the arms compared was alive and "
        "under study"
        if burden.endpoint_day == "last_common"
        else f"day {burden.endpoint_day}, fixed in the config"
    )
    below = (
        f" Values below the limit of detection were {BELOW_LOD[burden.below_lod]}."
        if done.lod_of_images or done.lod_of_sheet
        else ""
    )
    compared, reduction = f" is that of {day}.", ""
    if len(config.arms) > 1:
        test = f"{_article(burden.test)}{TEST_WORDS[burden.test]}{_approximate(done)}"
        compared = f" was compared on {day}, by {test}."
        reduction = (
            " The reduction is that of arithmetic means; the one with a confidence interval is "
            "that of geometric means, by Welch’s t on log10 flux."
        )
    return (
        f"{QUANTITIES[burden.quantity]} of the region “{REGIONS[burden.region]}”{compared}{below}"
        f"{reduction} Animals that have died are no longer imaged, as a rule those of large burden "
        "first: means after the first death describe survivors only."
        f"{_several(config, burden.p_adjust)}"
    )
