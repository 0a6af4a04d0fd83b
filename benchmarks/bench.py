"""All benchmarks one after another, and their ratios to the peers in one table.

python benchmarks/bench.py [--clicks 1000]
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

RATIOS = (
    ("survival statistics, numpy engine", "bench_survival.py", r"ours / R: ([\d.]+) \(numpy", "R"),
    ("survival statistics, lifelines", "bench_survival.py", r"([\d.]+) \(lifelines\)", "R"),
    ("five ROIs", "bench_imagej.py", r"--no-photograph .* ([\d.]+) x ImageJ", "ImageJ"),
    ("five ROIs, one core", "bench_imagej.py", r"--jobs 1 .* ([\d.]+) x ImageJ", "ImageJ"),
    ("five ROIs, mice found", "bench_imagej.py", r"found as well .* ([\d.]+) x ImageJ", "ImageJ"),
    ("a batch measured", "bench_measure.py", r"costs ([\d.]+) times reading", "reading alone"),
)
"""What is compared, by which script, what it prints of it, and with whom."""


def run(script: str, *arguments: str) -> str:
    """Run a benchmark, show what it prints, and return it."""
    print(f"\n== {script}\n", flush=True)
    lines = []
    command = [sys.executable, str(HERE / script), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode:
        raise SystemExit(f"{script} ended with {process.returncode}")
    return "".join(lines)


def main() -> None:
    """Print everything and the table of ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--clicks", type=int, default=1000, help="for the ROIs beside ImageJ")
    clicks = str(parser.parse_args().clicks)
    said = {
        "bench_survival.py": run("bench_survival.py"),
        "bench_measure.py": run("bench_measure.py"),
        "bench_imagej.py": run("bench_imagej.py", "--clicks", clicks),
    }
    print("\n== our time over the peer's, in this run\n")
    for name, script, pattern, peer in RATIOS:
        found = re.search(pattern, said[script])
        ratio = f"{float(found[1]):8.2f}" if found else "  left out: the peer is not installed"
        print(f"{name:38s}{peer:16s}{ratio}")


if __name__ == "__main__":
    main()
