"""What a study's numbers came from, as its results say: the methods tell what was done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lumicohort.cohort.external import SOURCE as SHEET
from lumicohort.files import read_csv

_FLUX = ("animal_id", "batch", "click", "lod_p_s", "source", "roi_method", "flags")


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
    """

    sources: frozenset[str]
    methods: frozenset[str]
    reviewed: int
    rejected: int
    lod_of_images: bool
    lod_of_sheet: bool
    timed: bool

    @property
    def on_images(self) -> bool:
        """Whether radiance was summed over images, here."""
        return bool(self.sources & {"raw", "living_image"})


def measured(results: Path) -> Measured:
    """Return what the results say of their origin.

    Parameters
    ----------
    results : Path
        The study's results folder, with ``flux.csv``, ``survival.csv`` and ``exclusions.csv``.
    """
    flux = read_csv(results / "flux.csv", columns=_FLUX).reindex(columns=list(_FLUX))
    sheet, has_lod = flux["source"] == SHEET, flux["lod_p_s"].notna()
    seen = flux[flux["flags"].astype(str).str.contains("review_", regex=False)]
    animals = read_csv(results / "survival.csv", columns=("included", "time_days"))
    kept = animals[animals["included"].astype(str).str.lower() == "true"]
    rules = read_csv(results / "exclusions.csv")["rule"].astype(str)
    return Measured(
        sources=frozenset(flux["source"].dropna()) - {""},
        methods=frozenset(flux.loc[~sheet, "roi_method"].dropna()) - {""},
        reviewed=len(seen[["batch", "click", "animal_id"]].drop_duplicates()),
        rejected=int((rules == "review_rejected").sum()),
        lod_of_images=bool((has_lod & ~sheet).any()),
        lod_of_sheet=bool((has_lod & sheet).any()),
        timed=bool(kept["time_days"].notna().any()),
    )
