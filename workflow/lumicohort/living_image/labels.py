"""Labels that a user typed for a click."""

from __future__ import annotations

from lumicohort.living_image.texts import InfoText

LABEL_SECTIONS = ("User Label Name Set", "User Input", "Analysis User Input")
"""Sections that hold the labels typed by the user, the first filled one counts."""

LABELS = """User;Group;Experiment;Comment1;Comment2;Time Point;Animal Number;Animal Strain;
Animal Model;Sex;View;Cell Line;Reporter;Treatment;Luc Injection Time;IACUC Number""".replace(
    "\n", ""
).split(";")
"""Labels of the set `Living Image Universal`."""


def read_labels(
    info: InfoText, analysis: InfoText | None
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Read a click's labels.

    Parameters
    ----------
    info : InfoText
        `ClickInfo.txt`.
    analysis : InfoText or None
        `AnalyzedClickInfo.txt`, whose labels count where there are both.

    Returns
    -------
    labels : dict of str to str
        Labels by name, those of :data:`LABELS` that the texts have.
    flags : tuple of str
        What a reader of them should know.
    """
    labels: dict[str, str] = {}
    flags: tuple[str, ...] = ()
    for text in (analysis, info):
        for name in LABEL_SECTIONS:
            section = text.find(name) if text is not None else None
            for label in LABELS if section is not None else ():
                assert section is not None
                value = section.get(label)
                if value is None:
                    continue
                if labels.setdefault(label, value) != value and label == "Animal Number":
                    flags = ("animal_number_labels_disagree",)
    return labels, flags
