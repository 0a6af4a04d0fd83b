"""Notes of statistics as they are printed: arms by their labels, P as everywhere in print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lumicohort.nouns import marked
from lumicohort.tables.format import p_letter

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.study.config import StudyConfig

WORDS = ("note", "day_rule", "options")
"""Columns of statistics that may name arms in words."""


def labelled(config: StudyConfig, text: str) -> str:
    """Return words of statistics with labels of marked arms and models, and P in its letter.

    Parameters
    ----------
    config : StudyConfig
        The study.
    text : str
        A note or a rule.
    """
    for arm in config.arms:
        text = text.replace(marked(arm), config.arm_label(arm))
    for model in config.models:
        text = text.replace(marked(model), config.model_label(model))
    return re.sub(r"\bp (?=[=<] ?[\d.N])", f"{p_letter()} ", text)


def with_labels(config: StudyConfig, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of statistics with its words as :func:`labelled` prints them.

    Parameters
    ----------
    config : StudyConfig
        The study.
    table : pandas.DataFrame
        The table; each different text is looked at once.
    """
    changed = {}
    for name in WORDS:
        if name in table:
            texts = {t: labelled(config, t) for t in table[name].unique() if isinstance(t, str)}
            changed[name] = table[name].map(lambda t, texts=texts: texts.get(t, t))
    return table.assign(**changed) if changed else table
