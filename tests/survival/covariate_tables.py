"""Made-up animals with covariates and cages, which R has analysed too."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lumicohort.survival.covariates import Adjustment
from lumicohort.survival.data import SurvivalData

DATA = Path(__file__).parent / "data"
BOTH = ["sex", "weight_g"]


def made_up() -> pd.DataFrame:
    return pd.read_csv(DATA / "made_covariates.csv")


def survival(table: pd.DataFrame, stratum: str | None = None) -> SurvivalData:
    return SurvivalData.from_frame(
        table, time="time", event="status", group="group", stratum=stratum, id="animal_id"
    )


def adjustment(
    table: pd.DataFrame, covariates: list[str], cluster: str = "", printed: bool = False
) -> Adjustment:
    cells = {name: table[name].tolist() for name in covariates}
    clusters = table[cluster].tolist() if cluster else ()
    return Adjustment.from_columns(cells, cluster, clusters, printed=printed)
