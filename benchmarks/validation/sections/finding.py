"""The section on finding the mice."""

from __future__ import annotations

from collections.abc import Sequence

from lumicohort.simulate.hard import KINDS
from validation import summary
from validation.finding import LEAST_OVERLAP, MOST_FLUX_ERROR, PLAIN, STRICT_OVERLAP, Outcome
from validation.words import percent, table


def section(outcomes: Sequence[Outcome]) -> str:
    """Return the section."""
    groups = summary.kinds(outcomes)
    lines = []
    for kind in (*KINDS, PLAIN):
        group = groups.get(kind, [])
        if not group:
            continue
        right = sum(o.right for o in group)
        low, _ = summary.wilson(right, len(group))
        wrong = [m for o in group if not o.right for m in o.mice if not m.right]
        lines.append(
            [
                kind,
                f"{right} of {len(group)}",
                percent(right / len(group)),
                percent(low),
                str(sum(bool(o.refused) and not o.should_refuse for o in group)),
                str(len(wrong)),
                str(sum(o.silent for o in group)),
            ]
        )
    right = sum(o.right for o in outcomes)
    mice = [m for o in outcomes for m in o.mice]
    sideways = [o for o in outcomes if not o.ordered and not o.refused]
    overlap = summary.quantiles(m.overlap for m in mice)
    said = [
        f"- click {o.number} ({o.kind}): "
        + (
            "left out"
            if o.refused
            else f"{sum(not m.right for m in o.mice)} of {len(o.mice)} mice wrong, "
            + ("**not flagged**" if o.silent else "flagged")
            if o.mice
            else "measured although the count is wrong, **not flagged**"
        )
        for o in outcomes
        if not o.right
    ]
    misses = "\n".join(said) if said else "None."
    return f"""## Finding the mice

{len(outcomes)} clicks: half of them plain, as facilities make them (one coat, each of four equally
often), half of them hard, the hard kinds in turn. By kind, plain clicks last;
each photograph with its own exposure, bed
brightness, vignetting, gradient, noise and fur. A mouse counts as found and rightly assigned where
the outline in its place (left to right) covers it (intersection over union at least
{LEAST_OVERLAP:g}; 5 % quantile of all {overlap[0]:.2f}, median {overlap[1]:.2f}), its head end is
the right one, and the neuraxis flux given to it is within {
        100 * MOST_FLUX_ERROR:.0f} % of its own. A
click whose sheet names too many or too few animals is right where it is refused. Flagged means
left out with a reason, or `suspicious_mouse` on every wrong mouse. On beds turned by 90° left to
right is no order: there only the mice count, and the order must be called unclear, which it was on
{sum(o.warned for o in sideways)} of {len(sideways)} such clicks measured.

{
        table(
            [
                "kind",
                "right",
                "rate",
                "95 % lower limit",
                "left out",
                "wrong mice",
                "clicks wrong without a flag",
            ],
            [
                *lines,
                [
                    "**all**",
                    f"{right} of {len(outcomes)}",
                    percent(right / len(outcomes), 2),
                    percent(summary.wilson(right, len(outcomes))[0], 2),
                    str(sum(bool(o.refused) and not o.should_refuse for o in outcomes)),
                    str(sum(not m.right for m in mice)),
                    str(sum(o.silent for o in outcomes)),
                ],
            ],
        )
    }

Of the hard clicks alone {sum(o.right for o in outcomes if o.kind != PLAIN)} of
{sum(o.kind != PLAIN for o in outcomes)} are right. With an overlap of at least {STRICT_OVERLAP:g},
{sum(o.strictly_right for o in outcomes)} of all are.

![Mouse finding by kind of click](figures/validation_finding.svg)

Every miss:

{misses}"""
