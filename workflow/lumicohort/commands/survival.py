"""Analyse one sheet of survival times, no study needed.

The sheet has one row per animal (--event, --group) or, as Prism's survival tables, one column of
events per arm (--arm): every filled cell is an animal.

Writes survival_arms.csv, survival_tests.csv, survival_differences.csv, hazard_ratios.csv,
survival_curves.csv, survival_ph.csv, a Kaplan-Meier figure (survival.pdf, .svg, .png) and
summary.txt into the folder --out; with --competing cumulative_incidence.csv, its figure
(cumulative_incidence.pdf, .svg, .png) and competing_tests.csv besides. Event codes: 1 or true is
an event, 0 or false is censored; --event-code and --censored-code name others. A value that cannot
be estimated is NA, with the reason in the column `note`.

Example:
  lumicohort survival sheet.csv --time days --event dead --group arm --reference vehicle --out out
  lumicohort survival prism.csv --time Days --arm Vehicle --arm DFO --out out
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lumicohort.errors import InputError, Problem

HELP = "survival statistics and figure of one sheet"

_WEIGHTS = (0.0, 1.0)
_AS_FOUND = "arms in the order in which the sheet first names them; --arm for each tells another"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("sheet", type=Path, metavar="SHEET", help=".csv, .tsv, .xlsx, .xls or .ods")
    parser.add_argument(
        "--time", required=True, metavar="T", help="column of the time in days (0 or more)"
    )
    parser.add_argument("--event", metavar="E", help="column of the event: 1/true or 0/false")
    for name, what in (("event", "an event"), ("censored", "leaving without one")):
        parser.add_argument(
            f"--{name}-code",
            action="append",
            default=[],
            metavar="CODE",
            help=f"what stands in that column for {what}, instead of these (may be repeated)",
        )
    parser.add_argument("--group", metavar="G", help="column of the arm")
    parser.add_argument(
        "--arm",
        action="append",
        default=[],
        metavar="A",
        help="column of an arm's events, instead of --event and --group (given once for each arm); "
        "with --event and --group: an arm, in the order of the figure and of the test for trend",
    )
    parser.add_argument(
        "--stratum", metavar="S", help="column to stratify by (experiment, cage), besides"
    )
    parser.add_argument(
        "--reference",
        metavar="A",
        help="arm to compare with; default: the first in the file, or the first --arm",
    )
    parser.add_argument(
        "--entry",
        metavar="COL",
        help="column of the day on which the animal came under observation (delayed entry, left "
        "truncation; 0: from the start); without it all count from day 0",
    )
    parser.add_argument(
        "--id",
        metavar="COL",
        help="column of the animal's identifier; default: animal_id, animal, mouse_id, mouse or id",
    )
    parser.add_argument(
        "--covariate",
        action="append",
        default=[],
        metavar="COL",
        help="column to adjust Cox models for, besides the plain ones (may be given repeatedly)",
    )
    parser.add_argument(
        "--cluster",
        metavar="COL",
        help="column within which animals may be alike (cage): robust errors, besides",
    )
    parser.add_argument(
        "--competing",
        metavar="CODE",
        help="code in the event column for death of another cause (2): censored, and analysed by "
        "cumulative incidence and Gray's test besides",
    )
    parser.add_argument("--worksheet", metavar="NAME", help="worksheet of a workbook")
    parser.add_argument(
        "--ci-type",
        choices=("log-log", "log", "plain"),
        default="log-log",
        help="scale of the confidence bands (default log-log, as Prism and SAS; R: log)",
    )
    parser.add_argument(
        "--fleming-harrington",
        nargs=2,
        type=float,
        metavar=("RHO", "GAMMA"),
        help="weights of the Fleming-Harrington test (default 0 1: late differences); where they "
        "are given, the summary tells this test besides",
    )
    parser.add_argument(
        "--tau", type=float, help="horizon of restricted means; default: largest common time"
    )
    parser.add_argument(
        "--adjust",
        choices=("holm", "hochberg", "bh", "none"),
        default="holm",
        help="adjustment of p-values over several arms (default holm)",
    )
    parser.add_argument(
        "--seed", type=int, default=20201111, help="seed of permutations and bootstrap"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder to write")


def run(arguments: argparse.Namespace) -> int:
    """Analyse the sheet and write everything; return 0."""
    _check(arguments)
    from lumicohort.files import whole_file, write_csv
    from lumicohort.survival.analysis import Options, analyse
    from lumicohort.survival.competing_frames import (
        competing_frames,
        describe_competing,
        note_competing,
    )
    from lumicohort.survival.describe import describe
    from lumicohort.survival.frames import frames
    from lumicohort.survival.sheet import read_sheet

    sheet = read_sheet(
        arguments.sheet,
        time=arguments.time,
        event=arguments.event,
        group=arguments.group,
        arms=arguments.arm if arguments.group is None else (),
        order=arguments.arm if arguments.group is not None else (),
        stratum=arguments.stratum,
        entry=arguments.entry,
        id=arguments.id,
        reference=arguments.reference,
        sheet=arguments.worksheet,
        covariates=arguments.covariate,
        cluster=arguments.cluster,
        competing=arguments.competing,
        event_codes=arguments.event_code,
        censored_codes=arguments.censored_code,
    )
    data = sheet.data
    options = Options(
        ci_type=arguments.ci_type,
        fleming_harrington=tuple(arguments.fleming_harrington or _WEIGHTS),
        rmst_tau_days=arguments.tau,
        p_adjust=arguments.adjust,
        seed=arguments.seed,
        stratified_by=arguments.stratum or "",
        order="" if arguments.arm else _AS_FOUND,
    )
    analysis = analyse(data, options, covariates=sheet.covariates)
    tables = frames(analysis)
    asked = () if arguments.fleming_harrington is None else ("fleming_harrington",)
    text = describe(analysis, besides=asked)
    if arguments.competing is not None:
        tables["survival_arms"] = note_competing(tables["survival_arms"], data, sheet.competing)
        found = competing_frames(
            data, sheet.competing, data.reference, options.p_adjust, options.stratified_by
        )
        text += "\n" + describe_competing(data, found)
        tables |= found
    text += "".join(f"\nWarning: {doubt}.\n" for doubt in sheet.doubts)
    out = arguments.out
    for name, table in tables.items():
        write_csv(table, out / f"{name}.csv")
    with whole_file(out / "summary.txt") as temporary:
        temporary.write_text(text, encoding="utf-8")
    _draw(tables, analysis.options.ci_type, analysis.options.p_adjust, arguments, out)
    for warning in analysis.warnings:
        print(f"lumicohort: warning: {warning}", file=sys.stderr)
    print(text)
    print(f"Written to {out}.")
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Refuse arguments that cannot be meant."""
    from lumicohort.survival.columns import FALSE, TRUE

    problems = []
    if arguments.out.exists() and not arguments.out.is_dir():
        problems.append(Problem("--out is a file, not a folder.", arguments.out))
    lacking = [name for name in ("event", "group") if getattr(arguments, name) is None]
    if arguments.arm and len(lacking) == 1:
        message = (
            "--arm stands instead of --event and --group, or with both of them tells the order of "
            f"the arms: --{lacking[0]} is missing."
        )
        problems.append(Problem(message))
    elif not arguments.arm and lacking:
        message = f"--{' and --'.join(lacking)} {'are' if len(lacking) > 1 else 'is'} missing."
        hint = "A sheet with one column of events per arm (Prism) takes --arm for each instead."
        problems.append(Problem(message, hint=hint))
    elif len(arguments.arm) == 1:
        what = "every arm's column" if arguments.group is None else "every arm, in their order"
        problems.append(Problem(f"--arm is given once: name {what}."))
    twice = [a for a in dict.fromkeys(arguments.arm) if arguments.arm.count(a) > 1]
    problems += [Problem(f"--arm names `{a}` twice.") for a in twice]
    if arguments.tau is not None and not 0 < arguments.tau < float("inf"):
        problems.append(Problem(f"--tau must be a number above 0, not {arguments.tau:g}."))
    if arguments.seed < 0:
        problems.append(Problem(f"--seed must be 0 or more, not {arguments.seed}."))
    if not all(0 <= w < float("inf") for w in arguments.fleming_harrington or ()):
        problems.append(Problem("--fleming-harrington takes two numbers of 0 or more."))
    own = [*arguments.event_code, *arguments.censored_code]
    codes = {code.strip().casefold() for code in own} or {*TRUE, *FALSE}
    codes.add("")
    if arguments.competing is not None and arguments.competing.strip().casefold() in codes:
        message = f"--competing cannot be `{arguments.competing}`, which is an event code already."
        problems.append(Problem(message, hint="Use another code, such as 2."))
    problems += [
        Problem("--event-code and --censored-code take what stands in the cells, not nothing.")
        for code in own
        if not code.strip()
    ][:1]
    twice = [c for c in dict.fromkeys(arguments.covariate) if arguments.covariate.count(c) > 1]
    problems += [Problem(f"--covariate names `{c}` twice.") for c in twice]
    if problems:
        raise InputError(problems)


def _draw(
    tables: dict, ci_type: str, p_adjust: str, arguments: argparse.Namespace, out: Path
) -> None:
    """Draw survival.pdf, .svg and .png, and cumulative_incidence.* where deaths competed."""
    from lumicohort.figures.compose import compose
    from lumicohort.figures.cumulative_incidence import CAUSES, IncidenceData, incidence_panel
    from lumicohort.figures.save import save_figure
    from lumicohort.figures.style import default_looks, get_style
    from lumicohort.figures.survival import SurvivalData, survival_panel

    style = get_style("science")
    looks = default_looks(tables["survival_arms"]["arm"])
    title = arguments.sheet.stem
    drawn = SurvivalData(
        tables["survival_curves"],
        tables["survival_arms"],
        tables["survival_tests"],
        ci_type,
        p_adjust=p_adjust,
    )
    with style.context():
        pages = {"survival": [survival_panel(drawn, looks, title, style)]}
        notes = {"survival": "Ticks on the curves: censored. Censored and events: before the day."}
        if "cumulative_incidence" in tables:
            rows, tests = tables["cumulative_incidence"], tables["competing_tests"]
            tests = tests[tests["comparison"] == "pair"]
            tests = tests[tests["stratified_by"].isin(tests["stratified_by"].iloc[-1:])]
            pages["cumulative_incidence"] = [
                incidence_panel(
                    IncidenceData(
                        rows[rows["cause"] == cause],
                        tests[tests["cause"] == cause],
                        cause,
                        p_adjust=p_adjust,
                    ),
                    looks,
                    title,
                    style,
                )
                for cause in CAUSES
            ]
            notes["cumulative_incidence"] = "Ticks: censored. Deaths: before the day."
        for name, panels in pages.items():
            figure = compose(panels, style, style.widths_cm[1], len(panels), notes=[notes[name]])
            for axes in figure.axes:
                if axes.get_xlabel():
                    axes.set_xlabel("Days")
            save_figure(figure, out, name, ("pdf", "svg", "png"), 300, title)
