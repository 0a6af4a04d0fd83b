"""Quality control in numbers: what was flagged on which imaging day; a panel a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumicohort.figures.request import Caption, Page, Request

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.figures.qc_summary import QcData

READS = ("flux", "clicks")


def page(request: Request) -> Page:
    """Return a panel a model."""
    from lumicohort.figures.qc_summary import qc_panel, with_common_rows

    data = with_common_rows([qc_data(request, model) for model in request.models])
    panels = [
        qc_panel(one, request.config.model_label(model), request.style)
        for one, model in zip(data, request.models, strict=True)
    ]
    return Page(panels, _unknown(request))


def qc_data(request: Request, model: str) -> QcData:
    """Return the counts of one model, of the region that is analysed."""
    from lumicohort.figures.qc_summary import qc_counts

    images = request.tables.images
    region = request.config.analysis.burden.region
    mine = images[(images["model"] == model) & (images["region"] == region)]
    mine = mine[mine["arm"].isin([look.arm for look in request.looks])]
    return qc_counts(mine, _clicks(request))


def _clicks(request: Request) -> pd.DataFrame:
    """Return the clicks of the batches there are; results of one taken away stay on the disk."""
    clicks, folder = request.tables.clicks, request.config.imaging_folder
    # A results folder may be looked at where the raw data are not: then all of it counts.
    if not folder.is_dir():
        return clicks
    there = {name for name in set(clicks["batch"].astype(str)) if (folder / name).is_dir()}
    return clicks[clicks["batch"].astype(str).isin(there)]


def _unknown(request: Request) -> list[str]:
    """Say how many clicks show no animal that is measured."""
    images, clicks = request.tables.images, _clicks(request)
    known = set(zip(images["batch"].astype(str), images["click"].astype(str), strict=True))
    all_clicks = set(zip(clicks["batch"].astype(str), clicks["click"].astype(str), strict=True))
    n = len(all_clicks - known)
    return [f"{n} click{'s' * (n != 1)} with no measured animal not shown."] if n else []


def caption(request: Request) -> Caption:
    """Say what is counted and what the shade is."""
    from lumicohort.figures.captions import counts
    from lumicohort.figures.words import REGIONS

    images = request.tables.images
    region = request.config.analysis.burden.region
    drawn = images[(images["region"] == region) & images["arm"].isin(list(request.config.arms))]
    text = [
        f"Images of the region “{REGIONS[region]}” by the imaging day that they count for. Rows "
        "below the line: animals, or clicks where said, that are left out, below the limit of "
        "detection, saturated or flagged; the deeper the shade, the greater their share.",
        *_unknown(request),
    ]
    title = f"Quality control of {request.models_in_words()}."
    return Caption(title, text, [counts(request, drawn)])
