"""The statistics that the report lists besides Tables 1 and 2, each as a table of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lumicohort.files import read_csv
from lumicohort.report.list_specs import SPECS, Spec
from lumicohort.tables.labels import with_labels

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading, and whether its cells are numbers (set to the right)."""

    text: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class ReportList:
    """A table of texts in the report.

    Parameters
    ----------
    title : str
        Its heading.
    columns : sequence of Heading
        Columns from left to right.
    rows : sequence of list of str
        Cells as printed.
    note : str
        A sentence below the heading.
    """

    title: str
    columns: Sequence[Heading]
    rows: Sequence[list[str]]
    note: str = ""


_TEXT = (
    *("note", "method", "options", "test", "analysis", "measure", "quantity", "end_reason"),
    *("configured_as", "counted_as", "hr_method", "transform", "stratified_by", "term"),
    *("adjusted_for", "clustered_by"),
)
_WORDS = frozenset(
    (
        *("Model", "Group", "Against", "Test", "Method", "Measure", "Analysis", "Coding", "Note"),
        *("Printed", "Quantity", "Of"),
    )
)


def _is_number(heading: str) -> bool:
    return heading not in _WORDS


def statistics_lists(
    config: StudyConfig, results: Path, *, of_flux: bool = True
) -> list[ReportList]:
    """Return the lists of all statistics of the analysed region; those without rows are left out.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.
    of_flux : bool, optional
        Whether statistics of flux are among them.
    """
    out = []
    for spec in SPECS:
        if spec.of_flux and not of_flux:
            continue
        path = results / "statistics" / f"{spec.file}.csv"
        if not path.is_file():
            continue
        rows = [
            {str(key): value for key, value in row.items()}
            for row in with_labels(config, read_csv(path, text=_TEXT)).to_dict("records")
        ]
        region = config.analysis.burden.region
        # Weight and age have no region: they are listed beside what the analysed region shows.
        of_no_region = ("", "NA")
        rows = [
            r for r in rows if r.get("region", region) in (region, *of_no_region) and spec.wanted(r)
        ]
        if rows:
            cells = {name: [cell(config, r) for r in rows] for name, cell in spec.columns.items()}
            told = {name: column for name, column in cells.items() if any(column)}
            method = _same_method(told)
            headings = [Heading(name, _is_number(name)) for name in told]
            texts = [list(row) for row in zip(*told.values(), strict=True)]
            note = " ".join(filter(None, [spec.note, _unadjusted(config, spec), method]))
            out.append(ReportList(spec.title, headings, texts, note))
    return out


def _same_method(columns: dict[str, list[str]]) -> str:
    """Take a method that is that of every row out of the columns, as a sentence.

    In a column it would leave little room for the others, once a row.
    """
    methods = columns.get("Method", [])
    if len(methods) < 2 or len(set(methods)) > 1:
        return ""
    return f"Method of all rows: {columns.pop('Method')[0]}."


def _unadjusted(config: StudyConfig, spec: Spec) -> str:
    """Say that p-values of a list are not adjusted, where several arms have one each."""
    per_arm = "P value" in spec.columns and {"Group", "Against"} & set(spec.columns)
    if len(config.arms) <= 2 or not per_arm or "Adjusted" in spec.columns:
        return ""
    return "P values here are not adjusted for the several comparisons."
