"""The report: one self-contained page with the answer, its evidence and its limits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.errors import InputError, Problem
from lumicohort.figures.data import StudyTables, load
from lumicohort.figures.draw import figure_width
from lumicohort.files import read_csv
from lumicohort.report.answer import answers
from lumicohort.report.flow import flows
from lumicohort.report.methods import methods
from lumicohort.report.pages import data_uri, own_markup, read_list, write_page
from lumicohort.report.qc import EXCLUSION_COLUMNS, read_clicks, read_rois, split_flags
from lumicohort.study.config.output import FigureFormat
from lumicohort.tables.format import (
    format_days,
    format_interval,
    format_p,
    format_ratio,
    printing,
)
from lumicohort.tables.sources import HAZARD_WORDS, TEST_WORDS

if TYPE_CHECKING:
    from lumicohort.study.config import StudyConfig

DEVIATION_COLUMNS = ("animal_id", "date", "check", "expected", "found")
_EMBEDDED: tuple[FigureFormat, ...] = ("svg", "png", "png_600")
FORMAT_WORDS: dict[FigureFormat, str] = {
    "pdf": "PDF",
    "svg": "SVG",
    "png": "PNG",
    "png_600": "PNG, 600 dpi",
    "tiff": "TIFF",
}


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """A figure of the report."""

    name: str
    number: int
    address: str | None
    width_cm: float
    caption: str
    downloads: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table of the report."""

    name: str
    html: Any
    downloads: list[tuple[str, str]]


def write_report(config: StudyConfig, results: Path) -> None:
    """Write ``report.html``: one page that opens offline and prints well.

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
    with printing(config.tables.rounding):
        _write(config, Path(results))


def _write(config: StudyConfig, results: Path) -> None:
    figures = report_figures(config, results)
    tables = load(config, results)
    clicks = clicks_summary(config, results)
    deviations = read_list(results / "protocol_deviations.csv", DEVIATION_COLUMNS)
    exclusions = read_list(results / "exclusions.csv", EXCLUSION_COLUMNS)
    by_check = deviations.groupby("check", sort=True)
    write_page(
        "report.html.j2",
        results / "report.html",
        config=config,
        answers=answers(config, tables),
        flows=flows(config, tables),
        tables=report_tables(config, results),
        table_style=own_markup(_table_style()),
        figures=figures,
        exclusions=exclusions.to_dict("records"),
        deviations=deviations.to_dict("records"),
        deviation_counts=[
            (check, len(rows), rows["animal_id"].nunique()) for check, rows in by_check
        ],
        clicks=clicks,
        tests=all_tests(config, tables),
        ratios=all_ratios(config, tables),
        sensitivity=sensitivity(config, results),
        methods=methods(config),
        versions=_versions(),
        format_days=format_days,
    )


def _table_style() -> str:
    from lumicohort.tables.html import STYLE

    return STYLE


def _versions() -> list[tuple[str, str]]:
    import platform

    from lumicohort.study.plan import versions

    return [("Python", platform.python_version()), *versions().items()]


def report_figures(config: StudyConfig, results: Path) -> list[ReportFigure]:
    """Return the config's figures with their captions and files.

    Raises
    ------
    InputError
        Naming every figure that has not been drawn.
    """
    folder = results / "figures"
    out, problems = [], []
    for number, figure in enumerate(config.figures.show, start=1):
        files = {f: folder / file for file, f in config.figures.files_of(figure).items()}
        text = folder / f"{figure.name}.txt"
        missing = [path for path in [*files.values(), text] if not path.is_file()]
        if missing:
            problems += [
                Problem("this file is missing.", path, hint="Run the step `figure` first.")
                for path in missing
            ]
            continue
        embedded = next((files[f] for f in _EMBEDDED if f in files), None)
        address = data_uri(embedded.read_bytes(), embedded.suffix) if embedded else None
        out.append(
            ReportFigure(
                name=figure.name,
                number=number,
                address=address,
                width_cm=figure_width(config, figure),
                caption=text.read_text(encoding="utf-8").strip(),
                downloads=[(FORMAT_WORDS[f], f"figures/{path.name}") for f, path in files.items()],
            )
        )
    if problems:
        raise InputError(problems)
    return out


def report_tables(config: StudyConfig, results: Path) -> list[ReportTable]:
    """Return Tables 1 and 2 as HTML that has been escaped, with their files."""
    from lumicohort.tables.html import html_table
    from lumicohort.tables.study import build_tables

    return [
        ReportTable(
            name=table.name,
            html=own_markup(html_table(table)),
            downloads=[
                (f.upper(), f"tables/{table.name}.{f}")
                for f in dict.fromkeys(config.tables.formats)
            ],
        )
        for table in build_tables(config, results)
    ]


def clicks_summary(config: StudyConfig, results: Path) -> dict[str, Any]:
    """Return how many clicks there are and need a look, and how often each flag stands.

    A flag of the click counts once; one of its animals, once an animal that has it.
    """
    clicks, rois = read_clicks(results, config), read_rois(results, config)
    if clicks.empty:
        return {"clicks": 0, "batches": 0, "flagged": 0, "wrong": 0, "saturated": 0, "flags": []}
    raised = {
        (flag, row["batch"], row["click"], "")
        for row in clicks.to_dict("records")
        for flag in split_flags(row["flags"])
    }
    for row in rois.to_dict("records"):
        for flag in split_flags(row["flags"]):
            if (flag, row["batch"], row["click"], "") not in raised:
                raised.add((flag, row["batch"], row["click"], row["animal_id"]))
    counts: dict[str, int] = {}
    for flag, *_ in raised:
        counts[flag] = counts.get(flag, 0) + 1
    expected = clicks["n_expected"]
    return {
        "clicks": len(clicks),
        "batches": clicks["batch"].nunique(),
        "flagged": len({(batch, click) for _, batch, click, _ in raised}),
        "wrong": int((expected.notna() & (expected != clicks["n_found"])).sum()),
        "saturated": int((clicks["saturated"].astype(str).str.lower() == "true").sum()),
        "flags": sorted(counts.items(), key=lambda item: (-item[1], item[0])),
    }


def sensitivity(config: StudyConfig, results: Path) -> list[dict[str, str]]:
    """Return the survival answer with each end reason coded the other way; empty without a run."""
    path = results / "statistics" / "survival_sensitivity.csv"
    if not path.is_file():
        return []
    rows = []
    for row in read_csv(path, text=("configured_as", "counted_as", "hr_method")).to_dict("records"):
        reason = str(row["end_reason"])
        coding = f"{reason} counted as {row['counted_as']}" if reason else "as configured"
        rows.append(
            {
                "model": _label(config.models, config.model_label, str(row["model"])),
                "coding": coding,
                "arm": _label(config.arms, config.arm_label, str(row["arm"])),
                "median": format_days(row["median_days"]),
                "reference": _label(config.arms, config.arm_label, str(row["reference"])),
                "median_reference": format_days(row["median_reference_days"]),
                "p": format_p(row["p_value"], config.tables.smallest_p),
                "hr": format_ratio(row["hr"]),
                "interval": format_interval(row["lower_95"], row["upper_95"], format_ratio),
            }
        )
    return rows


def all_tests(config: StudyConfig, tables: StudyTables) -> list[dict[str, str]]:
    """Return every survival test that was made, for readers who would have chosen another."""
    rows = []
    for row in tables.table("survival_tests").to_dict("records"):
        arm, reference = str(row["arm"]), str(row["reference"])
        rows.append(
            {
                "model": _label(config.models, config.model_label, str(row["model"])),
                "arm": _label(config.arms, config.arm_label, arm),
                "reference": _label(config.arms, config.arm_label, reference),
                "test": TEST_WORDS.get(str(row["test"]), str(row["test"])),
                "p": format_p(row["p_value"], config.tables.smallest_p),
                "adjusted": format_p(row["p_adjusted"], config.tables.smallest_p),
                "primary": "yes" if str(row.get("primary", "")).lower() == "true" else "",
            }
        )
    return rows


def all_ratios(config: StudyConfig, tables: StudyTables) -> list[dict[str, str]]:
    """Return the hazard ratio by every method, each with its interval."""
    return [
        {
            "model": _label(config.models, config.model_label, str(row["model"])),
            "arm": _label(config.arms, config.arm_label, str(row["arm"])),
            "reference": _label(config.arms, config.arm_label, str(row["reference"])),
            "method": HAZARD_WORDS.get(str(row["method"]), str(row["method"])) + _variant(row),
            "hr": format_ratio(row["hr"]),
            "interval": format_interval(row["lower_95"], row["upper_95"], format_ratio),
            "primary": "yes" if str(row.get("primary", "")).lower() == "true" else "",
        }
        for row in tables.table("hazard_ratios").to_dict("records")
    ]


def _variant(row: dict[Any, Any]) -> str:
    """Return what tells a hazard ratio from others by the same method, in words."""
    said = {key: str(row.get(key, "")) for key in ("term", "adjusted_for", "clustered_by")}
    told = {key: value for key, value in said.items() if value not in ("", "NA", "nan")}
    words = [f"of {told['term']}"] if "term" in told else []
    if "adjusted_for" in told:
        words.append(f"adjusted for {told['adjusted_for']}")
    if "clustered_by" in told:
        words.append(f"robust to clusters of {told['clustered_by']}")
    return f" ({'; '.join(words)})" if words else ""


def _label(known: Any, label: Any, name: str) -> str:
    """Return a model's or arm's label; other words (`all arms`) stay as they are."""
    if name in ("NA", "nan", ""):
        return "–"
    return str(label(name)) if name in known else name
