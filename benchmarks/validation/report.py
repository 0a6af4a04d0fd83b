"""docs/validation.md: what was simulated, what came out, and what that does not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from validation import summary
from validation.ablation import AblationRow
from validation.finding import Outcome
from validation.flux import FluxRow
from validation.leakage import LeakRow
from validation.limits import LimitRow
from validation.sections import ablation, finding, flux, leakage, limits
from validation.words import table


@dataclass(frozen=True)
class Results:
    """The rows of every study."""

    flux: Sequence[FluxRow]
    limits: Sequence[LimitRow]
    found: Sequence[Outcome]
    leaks: Sequence[LeakRow]
    ablation: Sequence[AblationRow]


def text(results: Results, command: str) -> str:
    """Return the report."""
    parts = [
        _opening(results, command),
        flux.section(results.flux),
        limits.section(results.limits),
        finding.section(results.found),
        leakage.section(results.leaks),
        ablation.section(results.ablation),
        _bounds(),
    ]
    return "\n\n".join(parts) + "\n"


def _opening(results: Results, command: str) -> str:
    mice = len({(r.click, r.place) for r in results.flux})
    verdicts = summary.verdicts(results.flux, results.limits, results.found)
    rows = [[v.what, v.found, "yes" if v.met else "**no**"] for v in verdicts]
    return f"""# Validation of the flux on simulated mice

Everything here is simulated: no number on this page was measured on an animal. `{command}` made
the clicks, measured them and wrote this page and its figures.

The forward model (`lumicohort/simulate/`) draws mice, sends light through tissue by diffusion
theory, and turns it into the files of a click with lens, read noise, photon noise, dark charge, hot
pixels and cosmic hits. It shares no code with what measures. The clicks are read and measured by
the functions that measure a study's batches, with default settings, knowing only how many animals
the sheet names. {mice} mice lie on the clicks of the flux study.

{table(["required", "found", "met"], rows)}"""


def _bounds() -> str:
    return """## What this does not show

- Simulated mice are smoother than real ones, lie on simulated beds, and their coats, lamps and
  reflections are assumptions. That mice are found here says that the method copes with these kinds
  of difficulty, not how often it fails in a given lab: look at the QC page.
- Standard errors hold the last digit of the flat field's coefficients, which click files print with
  six decimals: up to half a percent in the corners of the widest field, and the same in every click
  there. They do not hold the coefficients' own error, nor how well a region was placed.
- The camera has no lens distortion and the right coefficients in its files. A wrong coefficient, or
  a camera that has drifted, shows only against a standard lamp.
- Light under skin follows diffusion theory in a flat half-space of one tissue. Truth is what leaves
  the skin; how many cells that means is not asked.
- The LOD is that of skin that does not glow. Living skin does, and an image of a mouse without
  tumour is above it."""
