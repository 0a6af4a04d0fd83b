"""How the workflow grows with the archive: first run, no-op, one more batch, memory of every job.

    python benchmarks/bench_scale.py [--batches 10 50 200] [--clicks 50] [--cores 2]
                                     [--figure docs/figures/scale.svg]

A facility's archive is made up: batches of clicks of five mice each, 250 new animals every five
batches, imaged weekly. The TIFFs are hard links of a few simulated clicks, the texts are each
click's own, and so are the rows of the cohort's and the imaging sheet. For every size

- the study is run from nothing,
- then again with nothing to do, and beside it a bare workflow of as many jobs with one input each,
- then with one more batch, and beside it a study of that batch alone; what the batch alone does not
  need, assembling and analysing the whole, is named by itself.

Every process of a job writes its greatest memory and its times when it ends.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from scale.archive import Archive
from scale.runs import bare, quickest, run
from scale.tell import draw, show

ROOT = Path(__file__).resolve().parents[1]


def measure(size: int, clicks: int, stock: Path, place: Path, cores: int) -> dict[str, Any]:
    """Run a study of a size through all its stages."""
    study = Archive(place / f"study{size}", stock, clicks)
    study.add(range(size))
    arguments = ("--configfile", "config.yaml")
    snakefile = ROOT / "Snakefile"
    say(f"{size} batches: first run")
    first = run(study.folder, snakefile, *arguments, cores=cores)
    say(f"{size} batches: nothing to do")
    nothing = quickest(study.folder, snakefile, *arguments, cores=cores)
    beside = bare(place / f"bare{size}", len(first.jobs), cores)
    say(f"{size} batches: one more")
    study.add([size])
    more = run(study.folder, snakefile, *arguments, cores=cores)
    shutil.rmtree(place / f"bare{size}")
    results = study.folder / "results" / "archive"
    sizes = {
        name: (results / name).stat().st_size / 2**20
        for name in ("flux.csv", "qc/index.html", "report.html")
    }
    alone = Archive(place / f"alone{size}", stock, clicks)
    alone.add([size])
    say(f"{size} batches: that batch alone")
    single = run(alone.folder, snakefile, *arguments, cores=cores)
    for folder in (study.folder, alone.folder):
        shutil.rmtree(folder)
    return {
        "batches": size,
        "clicks": size * clicks,
        "first": asdict(first),
        "noop": asdict(nothing),
        "bare": asdict(beside),
        "more": asdict(more),
        "alone": asdict(single),
        "size_mb": sizes,
    }


def say(what: str) -> None:
    """Say where the benchmark is."""
    print(f"[{datetime.now():%H:%M:%S}] {what}", file=sys.stderr, flush=True)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--batches", type=int, nargs="+", default=[10, 50, 200])
    parser.add_argument("--clicks", type=int, default=50, help="in a batch")
    parser.add_argument("--distinct", type=int, default=20, help="clicks that are simulated")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--figure", type=Path, help="where to draw the growth curve")
    parser.add_argument("--json", type=Path, help="where to write all that was measured")
    parser.add_argument("--place", type=Path, help="where to work (default: a temporary folder)")
    arguments = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    from bench_measure import make_batch

    with tempfile.TemporaryDirectory(dir=arguments.place) as temporary:
        place = Path(temporary)
        stock = place / "stock"
        stock.mkdir()
        say(f"simulating {arguments.distinct} clicks")
        make_batch(stock, arguments.distinct, arguments.distinct, 2)
        found = []
        for size in arguments.batches:
            found.append(measure(size, arguments.clicks, stock, place, arguments.cores))
            if arguments.json:
                arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    show(found)
    if arguments.figure:
        draw(found, arguments.figure)


if __name__ == "__main__":
    main()
