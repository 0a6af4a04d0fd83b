"""Allocate animals to arms by chance, alike in baseline flux, weight, sex and cage.

Takes a study's config (its cohort sheet is read, each model is allocated on its own) or a bare
sheet of animals with --arm given for each arm. The sheet is never changed: the allocation goes to
a new folder as allocation.csv (copy its column `arm` into the sheet), balance.csv and the audit
record allocation.json. An allocation is never overwritten, and animals that have an arm or were
treated are refused. The same seed and sheet give the same allocation.

  block          permuted blocks within strata of sex and cage, animals ordered by flux
  minimisation   Pocock and Simon's, taking the better arm with --probability (0.8)

For example:
  lumicohort randomise config/my_study.yaml --flux day7/rois.csv
  lumicohort randomise mice.xlsx --arm vehicle --arm DFO --factor weight_g --factor cage
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

    from lumicohort.planning.allocation import Allocated
    from lumicohort.planning.candidates import Pool
    from lumicohort.study.config import StudyConfig

HELP = "allocate animals to arms, with seed and audit record"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "source",
        type=Path,
        metavar="CONFIG|SHEET",
        help="the study's config, or a sheet of animals",
    )
    parser.add_argument(
        "--arm",
        action="append",
        default=[],
        metavar="ARM[=SHARE]",
        help="an arm, with its share where arms differ in size (vehicle=1, DFO=2); a config's "
        "arms, in equal shares, where none is given",
    )
    parser.add_argument(
        "--method", choices=("block", "minimisation"), default="block", help="default block"
    )
    parser.add_argument(
        "--factor",
        action="append",
        metavar="COLUMN",
        help="column in which arms are made alike, once for each; default: those of "
        "total_flux_p_s, weight_g, sex and cage that are filled in",
    )
    parser.add_argument(
        "--flux",
        type=Path,
        metavar="CSV",
        help="baseline flux: the table of `lumicohort measure`, or a flux.csv",
    )
    parser.add_argument("--region", default="neuraxis", help="region of --flux (default neuraxis)")
    parser.add_argument("--day", type=float, help="day of --flux, where it has several")
    parser.add_argument("--worksheet", metavar="NAME", help="worksheet of a workbook")
    parser.add_argument(
        "--probability",
        type=float,
        default=0.8,
        metavar="P",
        help="minimisation: probability of the better arm, above 0.5 and below 1 (default 0.8)",
    )
    parser.add_argument(
        "--seed", type=int, help="seed; drawn by the computer and recorded where none is given"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="new folder (default: randomisation, by the sheet)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Allocate and write the record; return 0."""
    import secrets

    config = _config(arguments)
    ratio = _ratio(arguments, config)
    out = arguments.out or config.data_folder / "randomisation"
    _check(arguments, ratio, out)
    from lumicohort.planning.allocation import allocate
    from lumicohort.planning.balance import balance_lines, balance_table
    from lumicohort.planning.candidates import read_flux, read_pool

    flux = read_flux(arguments.flux, arguments.region, arguments.day) if arguments.flux else None
    pool = read_pool(config, arguments.factor, flux)
    _untreated(config, pool)
    seed = secrets.randbelow(2**31) if arguments.seed is None else arguments.seed
    found = allocate(pool.candidates, ratio, arguments.method, seed, arguments.probability)
    arm_of = {entry.animal_id: entry.arm for entry in found}
    balance = balance_table(pool.candidates, arm_of, list(ratio))
    _write(arguments, out, pool, found, balance, ratio, seed)
    counts = ", ".join(f"{sum(a == arm for a in arm_of.values())} {arm}" for arm in ratio)
    print(f"{len(found)} animals allocated by {arguments.method}, seed {seed}: {counts}.")
    heeded = ", ".join(pool.factors) or "nothing (no factor is filled in)"
    print(f"Factors given to the method: {heeded}. How alike the arms came out:")
    print("\n".join(f"  {line}" for line in balance_lines(balance, list(ratio))))
    for name, reason in pool.left_out.items():
        print(f"  not allocated: {name} ({reason})")
    print(f"Written to {out}: copy the column `arm` of allocation.csv into the sheet.")
    return 0


def _config(arguments: argparse.Namespace) -> StudyConfig:
    """Return the study's config, or one that stands for a bare sheet."""
    from lumicohort.planning.candidates import NO_STUDY
    from lumicohort.study.config import load_config, parse_config

    source = arguments.source
    if source.suffix.casefold() in (".yaml", ".yml", ".json"):
        return load_config(source)
    names = [text.partition("=")[0] for text in arguments.arm]
    if not names:
        raise InputError(
            Problem(
                "a bare sheet needs --arm, once for each arm.",
                source,
                hint="For example: --arm vehicle --arm DFO.",
            )
        )
    sheet = {"file": source.name, "sheet": arguments.worksheet}
    return parse_config(
        {
            "study": NO_STUDY,
            "models": {"all": {}},
            "arms": {name: {} for name in names},
            "reference_arm": names[0],
            "data": {"folder": str(source.parent), "cohort": sheet},
        }
    )


def _ratio(arguments: argparse.Namespace, config: StudyConfig) -> dict[str, int]:
    """Return the arms and their shares."""
    if not arguments.arm:
        return dict.fromkeys(config.sheet_arms, 1)
    ratio: dict[str, int] = {}
    problems = []
    for text in arguments.arm:
        name, _, share = text.partition("=")
        if share and (not share.isdecimal() or not 1 <= int(share) <= 20):
            problems.append(Problem(f"--arm {text}: the share must be a whole number, 1 to 20."))
        elif name in ratio:
            problems.append(Problem(f"--arm names `{name}` twice."))
        elif name not in config.sheet_arms:
            listed = ", ".join(config.sheet_arms)
            problems.append(Problem(f"--arm {name} is not among the config's arms ({listed})."))
        else:
            ratio[name] = int(share or 1)
    if problems:
        raise InputError(problems)
    return ratio


def _check(arguments: argparse.Namespace, ratio: dict[str, int], out: Path) -> None:
    """Refuse what cannot be meant."""
    problems = []
    if len(ratio) < 2:
        problems.append(Problem("there is one arm only: nothing to allocate."))
    if not 0.5 < arguments.probability < 1:
        problems.append(
            Problem(
                f"--probability must be above 0.5 and below 1, not {arguments.probability:g}.",
                hint="With 1 the next allocation could be foretold.",
            )
        )
    if arguments.seed is not None and arguments.seed < 0:
        problems.append(Problem(f"--seed must be 0 or more, not {arguments.seed}."))
    if out.exists():
        problems.append(
            Problem(
                "an allocation stands there already, and is never overwritten.",
                out,
                hint="To repeat it as a check, give another folder with --out and the same --seed.",
            )
        )
    if problems:
        raise InputError(problems)


def _untreated(config: StudyConfig, pool: Pool) -> None:
    """Refuse animals that have been treated."""
    from lumicohort.cohort.animals import DOSES
    from lumicohort.cohort.records import read_records

    names = {candidate.animal_id for candidate in pool.candidates}
    records = read_records(
        config,
        config.data.doses,
        DOSES,
        "data.doses",
        lambda values, extra, file, row: (str(values["animal_id"]), row),
    )
    problems = list(records.problems)
    problems += [
        records.problem(row, "animal_id", f"the animal `{name}` has been treated already.")
        for name, row in records.rows
        if name in names
    ]
    if problems:
        raise InputError(problems)


def _write(
    arguments: argparse.Namespace,
    out: Path,
    pool: Pool,
    found: list[Allocated],
    balance: pd.DataFrame,
    ratio: dict[str, int],
    seed: int,
) -> None:
    """Write the allocation, its balance and the audit record, all or nothing."""
    import platform
    from datetime import datetime

    import numpy as np
    import pandas as pd

    from lumicohort import __version__
    from lumicohort.files import sha256, whole_folder, write_csv, write_json
    from lumicohort.planning.allocation import LEVELS

    by_id = {entry.animal_id: entry for entry in found}
    rows: list[dict[str, Any]] = [
        {
            "animal_id": c.animal_id,
            "model": c.model,
            "arm": by_id[c.animal_id].arm,
            "order": by_id[c.animal_id].order,
            "block": by_id[c.animal_id].block,
            **c.classes,
            **c.measures,
        }
        for c in pool.candidates
    ]
    inputs = [arguments.source, *pool.files, *([arguments.flux] if arguments.flux else [])]
    with whole_folder(out) as folder:
        write_csv(pd.DataFrame(rows), folder / "allocation.csv")
        write_csv(balance, folder / "balance.csv")
        record = {
            "allocated_at": datetime.now().astimezone().isoformat(timespec="seconds"),
            "software": {
                "lumicohort": __version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
            "inputs": [
                {"file": str(path), "sha256": sha256(path)} for path in dict.fromkeys(inputs)
            ],
            "method": arguments.method,
            "probability": arguments.probability if arguments.method == "minimisation" else None,
            "classes_of_a_measure": LEVELS if arguments.method == "minimisation" else None,
            "factors": pool.factors,
            "arms": ratio,
            "seed": seed,
            "seed_was": "drawn by the computer" if arguments.seed is None else "given",
            "animals": {arm: sum(e.arm == arm for e in found) for arm in ratio},
            "left_out": pool.left_out,
            "balance": [
                {key: None if pd.isna(v) else v for key, v in row.items()}
                for row in balance.to_dict("records")
            ],
            "allocation_csv_sha256": sha256(folder / "allocation.csv"),
        }
        write_json(record, folder / "allocation.json")
