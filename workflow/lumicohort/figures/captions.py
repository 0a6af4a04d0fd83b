"""The caption of each figure, in plain text: n, test, which mean, which error bar, which CI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lumicohort.figures.letters import missing_letters
from lumicohort.figures.words import adjustment_words, tests_words
from lumicohort.nouns import counted, is_or_are, listed_first
from lumicohort.tables.format import format_flux, format_p_equation

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.figures.request import Caption, Request
    from lumicohort.study.config import StudyConfig
    from lumicohort.study.config.output import Figure

SIMULATED_SENTENCE = "Simulated data."


def write_caption(config: StudyConfig, figure: Figure, parts: Sequence[Caption]) -> str:
    """Return the caption of a figure of the config.

    Parameters
    ----------
    config : StudyConfig
        The study.
    figure : Figure
        The figure's entry in the config; its own caption, where it has one, is filled in.
    parts : sequence of Caption
        One for each kind of panel on the page.

    Returns
    -------
    str
        One paragraph of plain text; the first sentence is the figure's title.
    """
    title = " ".join(part.title for part in parts)
    if len(parts) > 1:
        title = f"{config.title or config.study}."
    text = [sentence for part in parts for sentence in _body(part, len(parts) > 1)]
    sentences = [_once_ended(sentence) for sentence in (title, *text)]
    if figure.caption is not None:
        values = {
            "title": title,
            "text": " ".join(t for part in parts for t in part.text),
            "n": " ".join(n for part in parts for n in part.n),
            "tests": " ".join(t for part in parts for t in part.tests),
        }
        sentences = [figure.caption.format(**values).strip()]
    if config.simulated:
        sentences.insert(1, SIMULATED_SENTENCE)
    if config.blinded:
        sentences.append(config.blinding_note)
    missing = missing_letters(config)
    if missing:
        sentences.append(
            f"No font on the machine that drew this has the letters {' '.join(missing)}: install "
            "one that does (such as Noto Sans CJK) and draw again."
        )
    return " ".join(sentences)


def _once_ended(sentence: str) -> str:
    """Return a sentence with one full stop at its end where its last word (``i.p.``) has one."""
    doubled = sentence.endswith("..") and not sentence.endswith("...")
    return sentence[:-1] if doubled else sentence


def _body(part: Caption, of_several: bool) -> list[str]:
    return part.sentences if of_several else part.sentences[1:]


def counts(request: Request, table: pd.DataFrame) -> str:
    """Word the animals of each arm and model: ``n = 10 Vehicle and 10 DFO``.

    Parameters
    ----------
    request : Request
        The figure.
    table : pandas.DataFrame
        Columns model, arm, animal_id; an animal counts once.
    """
    config = request.config
    parts = []
    for model in request.models:
        rows = table[table["model"] == model]
        arms = [
            number_of(rows.loc[rows["arm"] == arm, "animal_id"].nunique(), config.arm_label(arm))
            for arm in config.arms
            if (rows["arm"] == arm).any()
        ]
        if arms:
            parts.append(f"{listed(arms)} ({config.model_label(model)})")
    return "n = " + "; ".join(parts) + "." if parts else "No animals."


def number_of(animals: int | str, label: str) -> str:
    """Return a number of an arm's animals: ``10 Vehicle``, and ``5 “2 mg/kg”`` to keep it apart."""
    return f"{animals} “{label}”" if label[:1].isdigit() else f"{animals} {label}"


def listed(parts: Sequence[str]) -> str:
    """Return parts as a sentence lists them: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def tests_in_words(
    config: StudyConfig, model: str, pairs: pd.DataFrame, adjust: str, adjusted: bool
) -> list[str]:
    """Word the tests of one model, each with its exact p.

    Parameters
    ----------
    config : StudyConfig
        The study.
    model : str
        The model.
    pairs : pandas.DataFrame
        The printed comparisons: test, arm, reference, p_value, p_adjusted.
    adjust : str
        How the p of several comparisons were adjusted.
    adjusted : bool
        Whether the statistics compare several arms, so that the adjusted p is told.
    """
    tested = pairs[pairs["p_value"].notna()] if len(pairs) else pairs
    if tested.empty:
        return [f"{config.model_label(model)}: no test could be made."]
    column = "p_adjusted" if adjusted else "p_value"
    suffix = adjustment_words(adjust) if adjusted else ""
    parts: dict[str, list[str]] = {}
    for _, row in tested.iterrows():
        parts.setdefault(tests_words(row.to_frame().T), []).append(
            f"{config.arm_label(row['arm'])} vs {config.arm_label(row['reference'])} "
            f"{format_p_equation(float(row[column]), config.tables.smallest_p)}"
        )
    return [
        f"{name}{suffix}, {config.model_label(model)}: {'; '.join(told)}."
        for name, told in parts.items()
    ]


def mean_sentence(mean: str, what: str, bars: bool = True) -> str:
    """Say which mean and which error bar are drawn."""
    from lumicohort.figures.means import FEWEST

    if not bars:
        return f"{what}: {mean} means."
    if mean == "geometric":
        return (
            f"{what}: geometric means with 95% confidence intervals (Student’s t on log10 flux), "
            f"drawn from {FEWEST} animals on."
        )
    return f"{what}: arithmetic means ± standard error of the mean, from {FEWEST} animals on."


def below_lod_note(config: StudyConfig) -> str:
    """Say what hollow animals are."""
    from lumicohort.burden.values import BELOW_LOD

    return f"Hollow animals: below the LOD, {BELOW_LOD[config.analysis.burden.below_lod]}."


def below_lod_sentence(config: StudyConfig, below: int, values: int, marks: str) -> list[str]:
    """Say how many values that a ratio is made of are below the limit of detection, if any.

    `marks` says how they are drawn.
    """
    from lumicohort.burden.values import BELOW_LOD

    if not below:
        return []
    rule = BELOW_LOD[config.analysis.burden.below_lod]
    told = f"{below} of {counted(values, 'value')} {is_or_are(below)} below the limit of detection"
    return [f"{told}: {rule}. {marks}"]


def lod_sentences(
    config: StudyConfig,
    flux: pd.DataFrame,
    panels: Sequence[tuple[pd.DataFrame, tuple[float, float] | None]],
    marks: str,
    left_out: str = "means",
) -> list[str]:
    """Say where the limit of detection lies, and which values are below it or not positive.

    Parameters
    ----------
    config : StudyConfig
        The study.
    flux : pandas.DataFrame
        The values that are drawn.
    panels : sequence of tuple
        Of every panel, the images whose median limit of detection is its line, and the limits of
        its flux axis: a limit beyond the axis has no line.
    marks : str
        Which marks the values below the limit have.
    left_out : str
        What values that are not positive are left out of.
    """
    import pandas as pd

    from lumicohort.burden.values import BELOW_LOD
    from lumicohort.figures.flux_axis import lod_in_sight, lod_level

    known = [(images, limits) for images, limits in panels if images["lod_p_s"].notna().any()]
    out = []
    if known:
        lods = pd.concat([images["lod_p_s"].astype(float).dropna() for images, _ in known])
        lines = [
            images for images, limits in known if limits and lod_in_sight(lod_level(images), limits)
        ]
        levels = listed(
            list(dict.fromkeys(format_flux(lod_level(i)) for i in lines or [i for i, _ in known]))
        )
        each = " of each model" if len(panels) > 1 else ""
        value = f"{levels} p/s"
        ends = [format_flux(lods.min()), format_flux(lods.max())]
        if {*ends} != {levels}:  # one limit for all has no range
            value += f"; range {' to '.join(ends)}"
        out.append(
            f"Dotted line: limit of detection, median of the images{each} ({value})."
            if lines
            else f"The limit of detection, median of the images{each} ({value}), is not on the "
            "axis."
        )
    below = int(flux["below_lod"].astype(bool).sum())
    if below:
        rule = BELOW_LOD[config.analysis.burden.below_lod]
        out.append(
            f"{below} of {counted(len(flux), 'value')} {is_or_are(below)} below the limit of "
            f"detection: {rule}; {marks}."
        )
    without = flux[flux["value_p_s"].isna()]
    if lost := len(without):
        who = listed_first(dict.fromkeys(without["animal_id"].astype(str)))
        out.append(
            f"{counted(lost, 'value')} ({who}) {is_or_are(lost)} not positive, which a log axis "
            f"cannot hold: {'a triangle' if lost == 1 else 'triangles'} at its foot, left out of "
            f"{left_out}."
        )
    return out
