"""Were flux counted in another unit, no test, slope, ratio or interval would be another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

LEVELS = {
    "baseline_balance": {"mean", "mean_reference"},
    "burden_animals": {"baseline_log10", "endpoint_log10", "auc_log10_days"},
    "burden_auc": {"value", "value_reference"},
    "growth_diagnostics": {"fitted_log10"},
}
"""Levels of log10 flux and areas in a row's own unit: these move."""

TINY = 1e-9  # of differences that are 0 but for rounding


def tables(study, factor, below_lod):
    """Return the statistics of two arms whose flux is counted in units of 1 / factor photons/s."""
    rng = np.random.default_rng(7)
    animals, images = [], []
    for k in range(14):
        arm, name = "AB"[k % 2], f"{'AB'[k % 2]}{k}"
        rate = rng.normal(0.10 if arm == "A" else 0.07, 0.01)
        start, died = rng.normal(4.3, 0.2), k in (3, 8)
        animals.append(study.animal(name, arm, 24.0 if died else 40.0, died))
        for day in (0, 7, 14, 21, 28):
            if day > animals[-1]["time_days"]:
                continue
            flux = 10 ** (start + rate * day + rng.normal(0, 0.1))
            row = study.image(name, arm, day, flux, below=flux < 2e4)
            images.append(
                {key: v * factor if key.endswith("_p_s") else v for key, v in row.items()}
            )
    assert sum(row["below_lod"] == "true" for row in images) > 5
    return study.analyse(images, animals, burden={"below_lod": below_lod, "region": "neuraxis"})


@pytest.mark.parametrize("below_lod", ["half_lod", "measured"])
@pytest.mark.parametrize("factor", [1e-12, 1e9])
def test_the_unit_of_flux_changes_nothing(study, factor, below_lod):
    ours = tables(study, 1.0, below_lod)
    other = tables(study, factor, below_lod)
    compared = 0
    for name, table in ours.items():
        for column in set(table.columns) - LEVELS.get(name, set()):
            there = pd.to_numeric(table[column], errors="coerce")
            moved = pd.to_numeric(other[name][column], errors="coerce")
            words = there.isna()
            assert list(table[column][words]) == list(other[name][column][words]), (name, column)
            unit = factor if column.endswith(("_p_s", "_p_s_days")) else 1.0
            np.testing.assert_allclose(
                moved / unit, there, rtol=1e-5, atol=TINY, err_msg=f"{name} {column}"
            )
            compared += int((~words).sum())
    assert compared > 1_000
