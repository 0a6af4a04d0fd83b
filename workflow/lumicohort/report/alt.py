"""A figure for those who do not see it, and how wide it was drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.figures.captions import listed
from lumicohort.figures.request import as_figure_says

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig
    from lumicohort.study.config.output import Figure

SHOWN = {
    "survival": "Kaplan–Meier survival curves with a table of animals at risk",
    "flux_over_time": "bioluminescence over time, a line for each animal and bold means",
    "endpoint_burden": "tumour burden on the endpoint day, a dot for each animal",
    "montage": "bioluminescence images of mice, a row for each day",
    "forest": "forest plot of effects with their confidence intervals",
    "schematic": "study scheme on a time axis: treatment, imaging and deaths",
    "waterfall": "waterfall plot of the change in tumour burden, a bar for each animal",
    "spider": "spider plot of the change in tumour burden, a line for each animal",
    "regions": "cranial against spinal tumour burden, a dot for each animal",
    "weights": "body weight over time",
    "swimmer": "swimmer plot, a bar for each animal from inoculation to its end",
    "flow": "flow of animals from the sheet to the analyses, in boxes",
    "cumulative_incidence": "curves of cumulative incidence of each cause of death",
    "qc_summary": "quality control of the images in numbers",
    "growth_diagnostics": "diagnostics of the growth models: residuals and random effects",
}
"""What a kind of figure shows, in words."""

_BETWEEN_ARMS = frozenset(("survival", "endpoint_burden", "forest"))
"""Kinds that print a comparison with the reference."""

_COUNT = re.compile(r"(?<=\. )(?:[^.:]+: )?n = [^.]+\.(?= |$)")
"""A caption's sentence that counts animals; one with a full stop inside is passed over."""


def alt_text(config: StudyConfig, figure: Figure, number: int, caption: str) -> str:
    """Say what a figure shows: its kind, the models, the arms, what is compared, and n.

    Parameters
    ----------
    config : StudyConfig
        The study.
    figure : Figure
        The figure's entry in the config.
    number : int
        Its number in the report.
    caption : str
        Its caption, whose sentences that count animals are taken over.

    Returns
    -------
    str
        Plain text of a few sentences.
    """
    ours = as_figure_says(config, figure)
    kinds = list(dict.fromkeys(figure.kinds))
    shown = "; ".join(SHOWN[kind] for kind in kinds)
    if len(kinds) > 1:
        shown = f"several panels: {shown}"
    models = listed([ours.model_label(model) for model in ours.models])
    arms = [ours.arm_label(arm) for arm in ours.arms]
    text = [
        f"Figure {number}: {shown}.",
        f"Model{'s' * (len(ours.models) > 1)}: {models}.",
        f"Group{'s' * (len(arms) > 1)}: {listed(arms)}",
    ]
    if len(arms) > 1 and _BETWEEN_ARMS & set(kinds) and config.reference_arm in ours.arms:
        text[-1] += f"; {ours.arm_label(config.reference_arm)} is what the comparison is with"
    text[-1] += "."
    text += dict.fromkeys(_COUNT.findall(caption))
    if config.simulated:
        text.append("Simulated data.")
    return " ".join(text)


_SVG_WIDTH = re.compile(r'<svg[^>]*?\bwidth="([\d.]+)pt"')
_PDF_WIDTH = re.compile(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s")


def drawn_width(files: Mapping[Any, Path]) -> float | None:
    """Return the width in cm at which a figure was drawn, as its SVG or PDF says.

    A kind may take a wider page than the preset suggests; printed narrower, its type would be
    too small to read.

    Parameters
    ----------
    files : mapping of str to Path
        The figure's files by format.

    Returns
    -------
    float or None
        None where there is neither file.
    """
    points: re.Match[str] | re.Match[bytes] | None = None
    if "svg" in files:
        with files["svg"].open(encoding="utf-8") as stream:
            points = _SVG_WIDTH.search(stream.read(2000))
    elif "pdf" in files:
        points = _PDF_WIDTH.search(files["pdf"].read_bytes())
    return float(points[1]) * 2.54 / 72 if points else None
