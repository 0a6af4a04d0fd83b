"""The order of animals in which random draws are made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lumicohort.survival.data import SurvivalData


def in_draw_order(data: SurvivalData) -> SurvivalData:
    """Return the same animals in an order that does not depend on that of the sheet's rows.

    A seed draws places in a list. With the animals in one order, a sheet that was sorted anew gives
    the very same p-values and intervals.

    Parameters
    ----------
    data : SurvivalData
        Survival.

    Returns
    -------
    SurvivalData
        Strata by name; in each, animals by time, event, entry and arm. Who are equal in all of
        these can stand for each other.
    """
    names = sorted(data.strata)
    rank = np.array([names.index(name) for name in data.strata], dtype=np.intp)
    stratum = rank[data.stratum]
    order = np.lexsort((data.group, data.since, data.event, data.time, stratum))
    return replace(
        data,
        time=data.time[order],
        event=data.event[order],
        group=data.group[order],
        stratum=stratum[order],
        strata=tuple(names),
        ids=tuple(data.ids[k] for k in order),
        entry=None if data.entry is None else data.entry[order],
    )
