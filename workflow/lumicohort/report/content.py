"""What the report says, gathered from the study's results for the page and the PDF alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.burden.doubts import told_doubts
from lumicohort.errors import InputError, Problem
from lumicohort.figures.data import load
from lumicohort.figures.draw import figure_width
from lumicohort.figures.kinds import OF_FLUX
from lumicohort.files import read_csv
from lumicohort.nouns import counted
from lumicohort.report.alt import alt_text, drawn_width
from lumicohort.report.answer import Answer, answers
from lumicohort.report.flow import Flow, flows
from lumicohort.report.groups import cage_list, group_lines
from lumicohort.report.lists import ReportList, statistics_lists
from lumicohort.report.measured import measured
from lumicohort.report.methods import methods
from lumicohort.report.pages import read_list
from lumicohort.report.qc import EXCLUSION_COLUMNS, measured_batches, split_flags
from lumicohort.report.reporting import animals_in_words, statistics_in_words

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig
    from lumicohort.tables.model import PrintedTable

READS = (
    *("survival_arms", "survival_tests", "survival_differences", "hazard_ratios"),
    *("burden_endpoint", "burden_days", "flux", "survival"),
)
"""Names of :data:`lumicohort.figures.sources.SOURCES` that the answers are made of."""

NOTE_COLUMNS = ("note",)
DEVIATION_COLUMNS = ("animal_id", "date", "check", "expected", "found")


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """A figure of the report: its files by format, its width in cm, its caption and alt text."""

    name: str
    number: int
    files: dict[str, Path]
    width_cm: float
    caption: str
    alt: str


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that the report says.

    Parameters
    ----------
    config : StudyConfig
        The study.
    answers : list of Answer
        The answer for each model, in sentences.
    flows : list of Flow
        The flow of animals, an arm of a model each.
    tables : list of PrintedTable
        Tables 1, 2 and S1.
    figures : list of ReportFigure
        The config's figures.
    exclusions, deviations : list of dict
        What was left out, and where the protocol was not kept.
    deviation_counts : list of tuple
        Check, deviations, animals.
    notes : list of str
        What reading the sheets noted that bears on trust in the data.
    clicks : dict
        How many clicks there are and need a look, and how often each flag stands.
    odd_flux : list of str
        Fluxes that are hard to believe.
    groups : list of str
        Sentences on cages and group sizes: what they mean for the comparison of arms.
    cages : ReportList or None
        Animals of each arm in each cage; None where no cage is known.
    lists : list of ReportList
        All other statistics.
    methods : list of tuple of str
        Headings and paragraphs.
    versions : list of tuple of str
        Software and versions.
    """

    config: StudyConfig
    answers: list[Answer]
    flows: list[Flow]
    tables: list[PrintedTable]
    figures: list[ReportFigure]
    exclusions: list[dict[str, Any]]
    deviations: list[dict[str, Any]]
    deviation_counts: list[tuple[str, int, int]]
    notes: list[str]
    clicks: dict[str, Any]
    odd_flux: list[str]
    groups: list[str]
    cages: ReportList | None
    lists: list[ReportList]
    methods: list[tuple[str, str]]
    versions: list[tuple[str, str]]

    @property
    def deviation_lines(self) -> list[str]:
        """Say how many deviations were found, and what could not be checked."""
        n, data = len(self.deviations), self.config.data
        found = (
            f"{counted(n, 'deviation')} from the protocol {'was' if n == 1 else 'were'} found; "
            "no animal was left out for that."
            if n
            else "No deviation from the protocol was found."
        )
        sheets = {
            "treatments": data.doses,
            "body weights": data.weights,
            "clinical checks": data.checks,
            "minutes after luciferin": data.imaging_sheet,
        }
        missing = [name for name, sheet in sheets.items() if sheet is None]
        told = f"Not checked, for want of a sheet: {', '.join(missing)}."
        return [found, told] if missing else [found]

    @property
    def quality_line(self) -> str:
        """Say how many clicks were measured and were not, and how many need a look."""
        clicks = self.clicks
        lost = len({row["id"] for row in self.exclusions if row["what"] == "click"})
        more = (
            f" {counted(lost, 'click')} {'was' if lost == 1 else 'were'} left out, for the reasons "
            "above."
            if lost
            else ""
        )
        if not clicks["clicks"]:
            return f"No image was measured.{more}"
        return (
            f"{counted(clicks['clicks'], 'click')} of "
            f"{counted(clicks['batches'], 'imaging batch', 'imaging batches')}: "
            f"{clicks['flagged']} with a flag (of the click or of one of its animals), "
            f"{clicks['saturated']} saturated, {clicks['wrong']} with a number of animals that "
            f"disagrees with the sheet.{more}"
        )


def gather(config: StudyConfig, results: Path) -> Content:
    """Gather the report from the study's results.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder, every step before the report done.

    Raises
    ------
    InputError
        Naming every table or figure that is missing.
    """
    from lumicohort.tables.study import TABLES, build_tables

    done = measured(results)
    imaged = bool(done.sources or measured_batches(results, config))
    figures = report_figures(config, results, of_flux=imaged)
    tables = load(config, results, READS)
    deviations = read_list(results / "protocol_deviations.csv", DEVIATION_COLUMNS)
    exclusions = read_list(results / "exclusions.csv", EXCLUSION_COLUMNS)
    by_check = deviations.groupby("check", sort=True)
    return Content(
        config=config,
        answers=answers(config, tables),
        flows=flows(config, tables),
        tables=[t for t in build_tables(config, results) if imaged or t.name != TABLES[1]],
        figures=figures,
        exclusions=_records(exclusions),
        deviations=_records(deviations),
        deviation_counts=[
            (str(check), len(rows), rows["animal_id"].nunique()) for check, rows in by_check
        ],
        notes=read_list(results / "cohort" / "notes.csv", NOTE_COLUMNS)["note"].tolist(),
        clicks=clicks_summary(config, results),
        odd_flux=told_doubts(config, tables.flux(config.analysis.burden.region)),
        groups=group_lines(config, results),
        cages=cage_list(config, results),
        lists=statistics_lists(config, results, of_flux=imaged),
        methods=[
            *animals_in_words(config, results),
            *methods(config, done),
            *statistics_in_words(
                config, tables.flux(config.analysis.burden.region), timed=done.timed
            ),
        ],
        versions=_versions(),
    )


def _records(table: Any) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _versions() -> list[tuple[str, str]]:
    import platform

    from lumicohort.study.libraries import versions

    return [("Python", platform.python_version()), *versions().items()]


def report_figures(
    config: StudyConfig, results: Path, *, of_flux: bool = True
) -> list[ReportFigure]:
    """Return the config's figures with their captions and files.

    Parameters
    ----------
    config : StudyConfig
        The study.
    results : Path
        The study's results folder.
    of_flux : bool, optional
        Whether figures that show nothing but flux are among them.

    Raises
    ------
    InputError
        Naming every figure that has not been drawn.
    """
    folder = results / "figures"
    out, problems = [], []
    shown = [f for f in config.figures.show if of_flux or not OF_FLUX.issuperset(f.kinds)]
    for number, figure in enumerate(shown, start=1):
        files = {f: folder / file for file, f in config.figures.files_of(figure).items()}
        text = folder / f"{figure.name}.txt"
        missing = [path for path in [*files.values(), text] if not path.is_file()]
        if missing:
            problems += [
                Problem("this file is missing.", path, hint="Run the step `figure` first.")
                for path in missing
            ]
            continue
        caption = text.read_text(encoding="utf-8").strip()
        out.append(
            ReportFigure(
                name=figure.name,
                number=number,
                files={str(f): path for f, path in files.items()},
                width_cm=drawn_width(files) or figure_width(config, figure),
                caption=caption,
                alt=alt_text(config, figure, number, caption),
            )
        )
    if problems:
        raise InputError(problems)
    return out


def clicks_summary(config: StudyConfig, results: Path) -> dict[str, Any]:
    """Return how many clicks there are and need a look, and how often each flag stands.

    A flag of the click counts once; one of its animals, once an animal that has it.
    """
    found = [_summary_of(folder) for folder in measured_batches(results, config)]
    flags: Counter[str] = Counter()
    for counts, _ in found:
        flags.update(counts)
    return {
        **{name: sum(numbers[name] for _, numbers in found) for name in _CLICKS_COUNTED},
        "flags": sorted(flags.items(), key=lambda item: (-item[1], item[0])),
    }


_CLICKS_COUNTED = ("clicks", "batches", "flagged", "wrong", "saturated")


def _summary_of(folder: Path) -> tuple[Counter[str], dict[str, int]]:
    """Return how often each flag stands in a batch, and the numbers of its clicks."""
    columns = ("click", "flags", "n_expected", "n_found", "saturated")
    clicks = read_csv(folder / "clicks.csv", columns=columns)
    rois = read_csv(folder / "rois.csv", columns=("click", "animal_id", "flags"))
    raised = {
        (flag, row["click"], "")
        for row in clicks.to_dict("records")
        for flag in split_flags(row["flags"])
    }
    for row in rois.to_dict("records"):
        for flag in split_flags(row["flags"]):
            if (flag, row["click"], "") not in raised:
                raised.add((flag, row["click"], row["animal_id"]))
    expected = clicks["n_expected"]
    return Counter(flag for flag, *_ in raised), {
        "clicks": len(clicks),
        "batches": int(len(clicks) > 0),
        "flagged": len({click for _, click, _ in raised}),
        "wrong": int((expected.notna() & (expected != clicks["n_found"])).sum()),
        "saturated": int((clicks["saturated"].astype(str).str.lower() == "true").sum()),
    }
