"""Results of an earlier config that lie beside the present ones, and could be handed on."""

from __future__ import annotations

from collections.abc import Collection

from lumicohort.study.config import StudyConfig


def left_over(study: StudyConfig, batches: Collection[str]) -> list[str]:
    """Say which figures and batches in the results folder are no longer the study's.

    Parameters
    ----------
    study : StudyConfig
        The config.
    batches : collection of str
        The study's imaging batches.

    Returns
    -------
    list of str
        A sentence each for figures that the config does not name and batches that are not there
        any more; nothing is deleted.
    """
    results = study.results_folder
    figures = {figure.name for figure in study.figures.show}
    old = sorted({p.stem for p in (results / "figures").glob("[!.]*.*") if p.stem not in figures})
    gone = sorted(
        p.name for p in (results / "imaging").glob("[!.]*") if p.is_dir() and p.name not in batches
    )
    lines = []
    for names, what, where in (
        (old, "figures that the config no longer names", "figures"),
        (gone, "results of batches that are no longer there", "imaging"),
    ):
        if names:
            listed = ", ".join(names)
            lines.append(f"{results / where} also holds {what}, as they once were: {listed}.")
    return lines
