"""How often a thing in a mouse's place passes for the mouse, on simulated photographs.

python benchmarks/validate_objects.py [--clicks 40] [--seed 1]

Prints the table that docs/measuring.md holds, and how many mice of unusual pose are flagged.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from lumicohort.imaging.rows import SUSPICIOUS
from lumicohort.regions.mice import find_mice
from lumicohort.regions.mouse import MiceNotFound, Mouse
from lumicohort.simulate.hard import POSES, HardClick, thing_in_place
from lumicohort.simulate.objects import SHAPES


def found(click: HardClick, rng: np.random.Generator) -> list[Mouse]:
    """Return the mice found on a click; none where it is refused."""
    try:
        return find_mice(click.scene.photograph(rng), click.scene.camera.fov_cm, click.named)
    except MiceNotFound:
        return []


def outcome(click: HardClick, rng: np.random.Generator) -> str:
    """Return what becomes of a click whose sheet names an animal more than lie there."""
    mice = found(click, rng)
    if not mice:
        return "refused"
    half = click.scene.camera.fov_cm / 2
    least = 1.0
    for mouse in mice:
        at = (np.argwhere(mouse.mask)[:, ::-1] + 0.5) * mouse.pixel_cm - half
        on_thing = [(thing.depth_cm(*at.T) > 0).mean() > 0.5 for thing in click.scene.things]
        if any(on_thing):
            least = min(least, mouse.suspicion)
    # where nothing lies on the thing, a mouse was taken for two: that must be flagged as well
    if least == 1.0:
        least = max(mouse.suspicion for mouse in mice)
    return "flagged" if least >= SUSPICIOUS else "passed"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--clicks", type=int, default=40, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print("| in a mouse's place | clicks | left out | flagged | passed |")
    print("|---|---|---|---|---|")
    every: Counter[str] = Counter()
    for number, shape in enumerate(SHAPES):
        counts: Counter[str] = Counter()
        for k in range(given.clicks):
            rng = np.random.default_rng([given.seed, number, k])
            counts[outcome(thing_in_place(shape, rng), rng)] += 1
        every += counts
        row = (given.clicks, *(counts[said] for said in ("refused", "flagged", "passed")))
        print(f"| {shape} | " + " | ".join(map(str, row)) + " |", flush=True)
    row = (every.total(), *(every[said] for said in ("refused", "flagged", "passed")))
    print("| **all** | " + " | ".join(map(str, row)) + " |")
    print()
    for number, (kind, draw) in enumerate(POSES.items()):
        suspicions: list[float] = []
        for k in range(given.clicks):
            rng = np.random.default_rng([given.seed, 100 + number, k])
            suspicions += [mouse.suspicion for mouse in found(draw(rng), rng)]
        flagged = sum(s >= SUSPICIOUS for s in suspicions)
        print(f"{kind}: {flagged} of {len(suspicions)} mice flagged", flush=True)


if __name__ == "__main__":
    main()
