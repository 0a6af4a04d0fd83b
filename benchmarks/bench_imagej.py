"""Time of five fixed ROIs on 1,000 clicks, beside ImageJ's, which only adds up counts.

    python benchmarks/bench_imagej.py [--clicks 1000] [--distinct 20]

Both get the same click folders and the same five ovals, start from the command line, and write a
table; starting up counts. `lumicohort measure` reads texts and frames, takes off bias, dark charge
and cosmic hits, divides by the lens's flat field, and gives flux with its standard error,
background and limit of detection; ImageJ opens one image and sums it. Three ways of measuring are
timed: the ROIs alone (`--no-photograph`), the same on one core, and with the mice found in the
photograph.
That the same pixels were measured is checked by their number.

ImageJ needs `imagej` (Debian's package) and, since its macros want a display even in batch mode,
`xvfb-run`; where either is absent, ours alone is timed and the reason printed.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

OVALS = tuple((x, 60, 36, 120) for x in (12, 57, 102, 147, 192))
"""x, y, width and height (luminescent pixels) of the ROIs, left to right."""

LIMIT = 2.0
"""Times of ImageJ that calibrated flux may take."""


def write_rois(path: Path) -> None:
    """Write the ovals as ImageJ saves them, named for the animals."""
    from roifile import ROI_TYPE, ImagejRoi

    with zipfile.ZipFile(path, "w") as archive:
        for k, (x, y, width, height) in enumerate(OVALS, start=1):
            roi = ImagejRoi(
                roitype=ROI_TYPE.OVAL, left=x, top=y, right=x + width, bottom=y + height
            )
            roi.name = f"M{k}"
            archive.writestr(f"M{k}.roi", roi.tobytes())


def timed(
    command: Sequence[str], environment: Mapping[str, str] | None = None, fails: int = 0
) -> float:
    """Return the seconds of a command; stop the benchmark where its exit code is another."""
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    if done.returncode != fails:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return took


def missing() -> str:
    """Return what ImageJ lacks on this machine; empty where it can run."""
    absent = [name for name in ("imagej", "xvfb-run") if shutil.which(name) is None]
    return f"{' and '.join(absent)} not installed" if absent else ""


def time_imagej(batch: Path, out: Path) -> float:
    """Time ImageJ in batch mode."""
    ovals = out.parent / "ovals.txt"
    ovals.write_text("\n".join(",".join(map(str, oval)) for oval in OVALS), encoding="utf-8")
    macro = Path(__file__).with_suffix(".ijm")
    command = ["xvfb-run", "-a", "imagej", "-b", str(macro), f"{batch}|{ovals}|{out}"]
    # Debian's script ends with 1 whatever happened; whether all ROIs were measured is checked.
    return timed(command, {**os.environ, "HOME": str(out.parent)}, fails=1)


def time_ours(batch: Path, rois: Path, out: Path, *more: str) -> float:
    """Time `lumicohort measure`."""
    command = [sys.executable, "-m", "lumicohort.cli", "measure", str(batch)]
    command += ["--roi-method", "imagej", "--rois", str(rois), "--out", str(out), *more]
    return timed(command)


def pixels(table: Path) -> list[int]:
    """Return the pixels of each ROI of a table's first click."""
    with table.open(encoding="utf-8", newline="") as stream:
        first = islice(csv.DictReader(stream), len(OVALS))
        return [int(float(row["n_pixels"])) for row in first]


def rows(table: Path) -> int:
    """Return the number of a table's rows."""
    with table.open(encoding="utf-8") as stream:
        return sum(1 for _ in stream) - 1


def compare(clicks: int, distinct: int, repeats: int) -> tuple[dict[str, float], str]:
    """Time everything; return the shortest seconds of each, and why ImageJ is left out."""
    sys.path.insert(0, str(Path(__file__).parent))
    from bench_measure import make_batch

    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        batch, rois = place / "batch", place / "rois.zip"
        batch.mkdir()
        make_batch(batch, clicks, min(distinct, clicks), 2)
        write_rois(rois)
        out = {name: place / f"{name}.csv" for name in ("imagej", "lean", "single", "photograph")}
        cause = missing()
        took: dict[str, list[float]] = {}
        for turn in range(repeats):  # in turns: other work on the machine hits all alike
            if not cause:
                took.setdefault("imagej", []).append(time_imagej(batch, out["imagej"]))
            runs = {"lean": ("--no-photograph",), "single": ("--no-photograph", "--jobs", "1")}
            if turn == 0:
                runs["photograph"] = ()
            for name, more in runs.items():
                took.setdefault(name, []).append(time_ours(batch, rois, out[name], *more))
        expected = clicks * len(OVALS)
        for name in took:
            if rows(out[name]) != expected:
                raise SystemExit(f"{name} measured {rows(out[name])} ROIs, not {expected}")
        if not cause and pixels(out["imagej"]) != pixels(out["lean"]):
            raise SystemExit(
                f"not the same pixels: {pixels(out['imagej'])} and {pixels(out['lean'])}"
            )
    return {name: min(seconds) for name, seconds in took.items()}, cause


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--clicks", type=int, default=1000)
    parser.add_argument("--distinct", type=int, default=20, help="clicks that are simulated")
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    took, cause = compare(arguments.clicks, arguments.distinct, arguments.repeats)
    print(f"{arguments.clicks} clicks, {len(OVALS)} fixed ROIs each; start-up counted\n")
    names = {
        "imagej": "ImageJ in batch mode: sums of counts",
        "lean": "lumicohort measure --no-photograph",
        "single": "the same, --jobs 1",
        "photograph": "lumicohort measure, mice found as well",
    }
    for name, words in names.items():
        if name not in took:
            continue
        ratio = f"{took[name] / took['imagej']:6.2f} x ImageJ" if not cause else ""
        seconds = took[name]
        print(f"{words:42s}{seconds:8.2f} s {arguments.clicks / seconds:8.1f} clicks/s {ratio}")
    if cause:
        print(f"ImageJ is left out: {cause}")
    else:
        verdict = "within" if took["lean"] <= LIMIT * took["imagej"] else "NOT within"
        print(f"\ncalibrated flux with its error is {verdict} {LIMIT:g} times ImageJ's time")


if __name__ == "__main__":
    main()
