"""What came out, as tables and as a figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def by_step(jobs: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return number, greatest memory and times of jobs by step."""
    found: dict[str, dict[str, float]] = defaultdict(
        lambda: {"n": 0, "peak_mb": 0.0, "cpu_s": 0.0, "wall_s": 0.0}
    )
    for job in jobs:
        step = found[job["step"]]
        step["n"] += 1
        step["peak_mb"] = max(step["peak_mb"], job["peak_mb"])
        step["cpu_s"] += job["cpu_s"]
        step["wall_s"] += job["wall_s"]
    return dict(found)


def seconds(run: dict[str, Any], *, of_batches: bool | None = None) -> float:
    """Return processor seconds of a run's jobs: all, or those of batches or of the whole study."""
    return sum(
        job["cpu_s"]
        for job in run["jobs"]
        if of_batches is None or (job["step"] == "measure_batch") == of_batches
    )


def show(found: Sequence[dict[str, Any]]) -> None:
    """Print the tables."""
    print("\nbatches clicks | first run       per click | no-op     bare   ratio | one more  alone")
    print("                | wall s   CPU s    CPU ms | wall s  wall s         |  wall s  wall s")
    for one in found:
        first, more, alone = one["first"], one["more"], one["alone"]
        cpu = first["main_cpu_s"] + seconds(first)
        print(
            f"{one['batches']:7d} {one['clicks']:6d} | {first['wall_s']:7.1f} {cpu:7.1f} "
            f"{1000 * cpu / one['clicks']:9.1f} | {one['noop']['wall_s']:6.2f} "
            f"{one['bare']['wall_s']:7.2f} {one['noop']['wall_s'] / one['bare']['wall_s']:7.2f} "
            f"| {more['wall_s']:7.1f} {alone['wall_s']:7.1f}"
        )
    last = found[-1]
    more, alone = last["more"], last["alone"]
    whole = seconds(more, of_batches=False)
    budget = 2 * (alone["main_cpu_s"] + seconds(alone)) + whole
    took = more["main_cpu_s"] + seconds(more)
    print(
        f"\none more batch at {last['batches']}: {took:.1f} s of CPU, of which {whole:.1f} s "
        "assemble and analyse the whole; twice the batch alone plus that assembly: "
        f"{budget:.1f} s"
    )
    sizes = ", ".join(f"{name} {size:.1f} MB" for name, size in last["size_mb"].items())
    print(f"results at {last['batches']} batches: {sizes}")
    print("\njobs of the first run: greatest memory (MB), CPU seconds")
    steps = [by_step(one["first"]["jobs"]) for one in found]
    names = sorted({name for step in steps for name in step})
    print(f"{'':28s}" + "".join(f"{one['batches']:>9d} batches " for one in found))
    for name in names:
        cells = [
            f"{s[name]['peak_mb']:7.0f} {s[name]['cpu_s']:9.1f}" if name in s else " " * 17
            for s in steps
        ]
        print(f"{name:28s}" + " ".join(cells))
    cells = [f"{o['first']['main_peak_mb']:7.0f} {o['first']['main_cpu_s']:9.1f}" for o in found]
    print(f"{'(Snakemake itself)':28s}" + " ".join(cells))
    peak = max((job["peak_mb"], job["step"]) for one in found for job in one["first"]["jobs"])
    print(f"\ngreatest memory of any job: {peak[0]:.0f} MB ({peak[1]})")


def draw(found: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw the growth curve."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "scale", "font.size": 7})
    clicks = [one["clicks"] for one in found]
    figure, (left, right) = plt.subplots(1, 2, figsize=(6.3, 3.2), layout="constrained")
    lines = (
        ("first run", [o["first"]["main_cpu_s"] + seconds(o["first"]) for o in found], "o-"),
        ("one more batch", [o["more"]["main_cpu_s"] + seconds(o["more"]) for o in found], "s--"),
        ("nothing to do", [o["noop"]["main_cpu_s"] for o in found], "^-."),
        ("nothing to do, bare workflow", [o["bare"]["main_cpu_s"] for o in found], "v:"),
    )
    colours = ("#0072B2", "#D55E00", "#000000", "#7F7F7F")
    for (name, values, look), colour in zip(lines, colours, strict=True):
        left.plot(clicks, values, look, color=colour, label=name, linewidth=1, markersize=3.5)
    linear = [lines[0][1][0] * c / clicks[0] for c in clicks]
    left.plot(clicks, linear, color="#0072B2", linewidth=0.5, label="proportional to clicks")
    left.set(xscale="log", yscale="log", xlabel="Clicks", ylabel="Processor time (s)")
    peaks: dict[str, list[float]] = defaultdict(list)
    for one in found:
        steps = by_step(one["first"]["jobs"])
        groups: dict[str, float] = defaultdict(float)
        for name, step in steps.items():
            group = name.split()[0]
            groups[group] = max(groups[group], step["peak_mb"])
        for group, peak in groups.items():
            peaks[group].append(peak)
    shown = sorted(peaks, key=lambda name: -peaks[name][-1])[:6]
    looks = ("o-", "s--", "^-.", "v:", "D-", "P--")
    palette = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#0072B2")
    for name, look, colour in zip(shown, looks, palette, strict=False):
        label = name.replace("_", " ")
        right.plot(
            clicks, peaks[name], look, color=colour, label=label, linewidth=1, markersize=3.5
        )
    right.set(xscale="log", xlabel="Clicks", ylabel="Greatest memory of a job (MB)")
    right.set_ylim(0, None)
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_xticks(clicks, [f"{c:,}" for c in clicks])
        ax.minorticks_off()
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.22)}
        ax.legend(frameon=False, fontsize=6, ncols=2, **below)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
