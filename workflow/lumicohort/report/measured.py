"""What a study's numbers came from, as its results say: the methods tell what was done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lumicohort.cohort.external import SOURCE as SHEET
from lumicohort.files import read_csv
from lumicohort.tables.sources import primary, test_name

_DROPPED = re.compile(r"not adjusted for ([^:]+):")
_FLUX = ("animal_id", "region", "batch", "click", "lod_p_s", "source", "roi_method", "flags")


@dataclass(frozen=True, slots=True)
class Measured:
    """Where flux, regions and limits of detection came from.

    Parameters
    ----------
    sources : frozenset of str
        `source` of the rows of ``flux.csv``: `raw`, `living_image`, `measurements`, `sheet`.
    methods : frozenset of str
        `roi_method` of what was measured on images or exported from them.
    reviewed, rejected : int
        Mice on a click whose regions a reviewer looked at or changed, and regions of theirs that
        the reviewer rejected.
    lod_of_images, lod_of_sheet : bool
        Whether images, or the sheet of flux, have limits of detection.
    timed : bool
        Whether any animal under study has a survival time.
    sheet_regions : frozenset of str
        Regions of the sheet of flux; one that names none has the one that is analysed.
    survival_tests : frozenset of str, optional
        Tests of survival that are printed (those that led to a P); None where it is not known.
    incidence, gray : bool
        Whether competing deaths occurred, so that cumulative incidence was estimated, and whether
        arms were compared by it.
    burden_tests : frozenset of str
        Tests of the endpoint burden that are printed (those that led to a P), in words; none
        where it is not known.
    dropped : frozenset of str
        Covariates that dropped out of a model, as its animals do not differ in them.
    """

    sources: frozenset[str]
    methods: frozenset[str]
    reviewed: int
    rejected: int
    lod_of_images: bool
    lod_of_sheet: bool
    timed: bool
    sheet_regions: frozenset[str] = frozenset()
    survival_tests: frozenset[str] | None = None
    incidence: bool = False
    gray: bool = False
    burden_tests: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()

    @property
    def on_images(self) -> bool:
        """Whether radiance was summed over images, here."""
        return bool(self.sources & {"raw", "living_image"})


def measured(results: Path) -> Measured:
    """Return what the results say of their origin.

    Parameters
    ----------
    results : Path
        The study's results folder, with ``flux.csv``, ``survival.csv``, ``exclusions.csv`` and the
        statistics of survival.
    """
    flux = read_csv(results / "flux.csv", columns=_FLUX).reindex(columns=list(_FLUX))
    sheet, has_lod = flux["source"] == SHEET, flux["lod_p_s"].notna()
    seen = flux[flux["flags"].astype(str).str.contains("review_", regex=False)]
    animals = read_csv(results / "survival.csv", columns=("included", "time_days"))
    kept = animals[animals["included"].astype(str).str.lower() == "true"]
    statistics = results / "statistics"
    tests = primary(read_csv(statistics / "survival_tests.csv"))
    told = " ".join(map(str, read_csv(statistics / "hazard_ratios.csv", text=["note"])["note"]))
    burden = primary(read_csv(statistics / "burden_endpoint.csv"))
    burden = burden[burden["p_value"].notna()]
    rules = read_csv(results / "exclusions.csv")["rule"].astype(str)
    return Measured(
        sources=frozenset(flux["source"].dropna()) - {""},
        methods=frozenset(flux.loc[~sheet, "roi_method"].dropna()) - {""},
        reviewed=len(seen[["batch", "click", "animal_id"]].drop_duplicates()),
        rejected=int((rules == "review_rejected").sum()),
        lod_of_images=bool((has_lod & ~sheet).any()),
        lod_of_sheet=bool((has_lod & sheet).any()),
        timed=bool(kept["time_days"].notna().any()),
        sheet_regions=frozenset(flux.loc[sheet, "region"].dropna()),
        survival_tests=frozenset(tests.loc[tests["p_value"].notna(), "test"]),
        incidence=len(read_csv(statistics / "cumulative_incidence.csv")) > 0,
        gray=bool(read_csv(statistics / "competing_tests.csv")["p_value"].notna().any()),
        dropped=frozenset(_DROPPED.findall(told)),
        burden_tests=frozenset(test_name(row) for row in burden.to_dict("records")),
    )
