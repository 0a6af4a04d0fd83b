"""How alike the arms are after an allocation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lumicohort.planning.allocation import Candidate

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["model", "arm", "factor", "level", "n", "mean", "sd", "standardised_difference"]


def balance_table(
    candidates: Sequence[Candidate], arm_of: Mapping[str, str], arms: Sequence[str]
) -> pd.DataFrame:
    """Return the balance of an allocation.

    Parameters
    ----------
    candidates : sequence of Candidate
        The animals.
    arm_of : mapping
        animal_id to its arm.
    arms : sequence of str
        The arms; differences are against the first.

    Returns
    -------
    pandas.DataFrame
        One row per model, arm and measure (mean, sd, standardised difference against the first
        arm as in `baseline_balance.csv`), or class of a factor (n).
    """
    import pandas as pd

    from lumicohort.burden.baseline import standardised_difference

    rows: list[dict[str, Any]] = []
    for model in sorted({c.model for c in candidates}):
        members = [c for c in candidates if c.model == model]
        groups = {arm: [c for c in members if arm_of[c.animal_id] == arm] for arm in arms}
        for factor in members[0].measures:
            values = {
                arm: pd.Series([c.measures[factor] for c in group], dtype=float)
                for arm, group in groups.items()
            }
            for arm in arms:
                of = values[arm]
                rows.append(
                    {
                        "model": model,
                        "arm": arm,
                        "factor": factor,
                        "level": "",
                        "n": len(of),
                        "mean": of.mean() if len(of) else math.nan,
                        "sd": of.std() if len(of) > 1 else math.nan,
                        "standardised_difference": math.nan
                        if arm == arms[0]
                        else standardised_difference(of, values[arms[0]]),
                    }
                )
        for factor in members[0].classes:
            for level in sorted({c.classes[factor] for c in members}):
                rows += [
                    {
                        "model": model,
                        "arm": arm,
                        "factor": factor,
                        "level": level,
                        "n": sum(c.classes[factor] == level for c in groups[arm]),
                    }
                    for arm in arms
                ]
        if not members[0].measures and not members[0].classes:
            rows += [{"model": model, "arm": arm, "n": len(groups[arm])} for arm in arms]
    table = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("factor", "level"):
        table[column] = table[column].fillna("")
    return table


def balance_lines(table: pd.DataFrame, arms: Sequence[str]) -> list[str]:
    """Return the balance in sentences, one per model and factor."""
    import pandas as pd

    lines = []
    for (model, factor), rows in table.groupby(["model", "factor"], sort=False):
        head = f"{model}: " if model else ""
        if not factor:
            lines.append(head + ", ".join(f"{r.n} {r.arm}" for r in rows.itertuples()))
            continue
        if (rows["level"] == "").all():
            parts = []
            for _, row in rows.iterrows():
                text = f"{row['arm']} {row['mean']:.4g}"
                if not pd.isna(row["standardised_difference"]):
                    text += f" (standardised difference {row['standardised_difference']:+.2f})"
                parts.append(text)
            lines.append(f"{head}{factor}: mean " + ", ".join(parts))
            continue
        levels = []
        for level in dict.fromkeys(rows["level"]):
            of = rows[rows["level"] == level]
            split = ":".join(str(of.loc[of["arm"] == arm, "n"].iloc[0]) for arm in arms)
            levels.append(f"{level} {split}")
        lines.append(f"{head}{factor} ({':'.join(arms)}): " + ", ".join(levels))
    return lines
