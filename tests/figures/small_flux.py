"""Flux of two small arms on two days, and its figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lumicohort.figures.compose import compose
from lumicohort.figures.flux import flux_panel
from lumicohort.figures.flux_days import FluxData
from lumicohort.figures.layout import Panel
from lumicohort.figures.style import ArmLook, get_style

LOOKS = [ArmLook("v", "Vehicle", "#4D4D4D", "o", "-"), ArmLook("d", "DFO", "#0072B2", "s", "--")]
LOD = 1e5
VALUES = {"v": [1e6, 2e6, 4e6, 8e6], "d": [1e6, 1e6, 2e6, 0.5e5]}


def flux_table(days: tuple[int, ...] = (7, 14)) -> pd.DataFrame:
    rows = [
        {
            "animal_id": f"{arm}{i}",
            "arm": arm,
            "day": float(day),
            "on_day": float(day),
            "value_p_s": value * day / 7,
            "lod_p_s": LOD,
            "below_lod": value * day / 7 < LOD * 1.2,
        }
        for day in days
        for arm, values in VALUES.items()
        for i, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def day_table(flux: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (arm, day), group in flux.groupby(["arm", "on_day"]):
        values = group["value_p_s"].to_numpy()
        mean = float(np.exp(np.log(values).mean()))
        rows.append(
            {
                "arm": arm,
                "day": day,
                "n": len(group),
                "n_below_lod": int(group["below_lod"].sum()),
                "mean_p_s": values.mean(),
                "sem_p_s": values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan,
                "geometric_mean_p_s": mean,
                "geometric_lower_95_p_s": mean / 2,
                "geometric_upper_95_p_s": mean * 2,
            }
        )
    return pd.DataFrame(rows)


def flux_data(**more: object) -> FluxData:
    flux = flux_table()
    values: dict = {"flux": flux, "days": day_table(flux), "first_death": {}}
    return FluxData(**{**values, "region": "neuraxis", "quantity": "total_flux_p_s", **more})


def drawn(panel: Panel) -> Figure:
    style = get_style("science", font="DejaVu Sans")
    with style.context():
        return compose([panel], style, 8.0, 1)


def flux_figure(data: FluxData) -> Figure:
    return drawn(flux_panel(data, LOOKS, "Model", get_style("science", font="DejaVu Sans")))
