"""Outlines of faint coats looked at again, on a body whose outline is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt, gaussian_filter

from lumicohort.regions.photograph import WorkingPhotograph
from lumicohort.regions.pixels import pixels_of
from lumicohort.regions.ribbons import refined

PIXEL = 0.095
Y, X = (np.indices((130, 90)) + 0.5) * PIXEL
MIDDLE = 45 * PIXEL
NOSE, RUMP = 2.0, 9.5
LINE = np.stack([np.full(20, MIDDLE), np.linspace(NOSE, RUMP, 20)], axis=1)
TRUE = (Y >= NOSE) & (Y <= RUMP)
TRUE &= np.abs(X - MIDDLE) < 1.4 * np.sqrt(np.clip(1 - ((Y - 6.5) / 6.0) ** 2, 0, 1))
TRUE &= np.where(Y > 8.0, 1, np.inf) > ((X - MIDDLE) / 1.5) ** 2 + ((Y - 8.0) / 1.5) ** 2
NONE = np.zeros(TRUE.shape, dtype=bool)


def photograph(coat: float, seed: int = 3) -> WorkingPhotograph:
    """Return a bed with a body on it: shaded at its flanks, with a shadow around it."""
    rng = np.random.default_rng(seed)
    inside, outside = (distance_transform_edt(m) * PIXEL for m in (TRUE, ~TRUE))
    level = np.where(TRUE, coat - 0.5 * np.exp(-inside / 0.12), -0.25 * np.exp(-outside / 0.12))
    level = gaussian_filter(level, 0.5) + 0.06 * rng.normal(0, 1, TRUE.shape)
    return WorkingPhotograph(level, PIXEL, 0.06)


def overlap(mask: np.ndarray) -> float:
    return float((mask & TRUE).sum() / (mask | TRUE).sum())


def first(aside: float, wider: float) -> np.ndarray:
    """Return a first outline: an ellipse too far to one side, and too wide."""
    ellipse = ((X - MIDDLE - aside) / (1.3 + wider)) ** 2 + ((Y - 6.0) / 4.2) ** 2
    return np.asarray((ellipse < 1) & (Y >= NOSE))


@pytest.mark.parametrize("coat", [-0.5, 0.0, 0.12, 0.3, 0.5])
@pytest.mark.parametrize(("aside", "wider"), [(0.3, 0.0), (0.0, 0.4), (-0.2, -0.2)])
def test_the_rim_is_found_from_outlines_beside_it(coat: float, aside: float, wider: float) -> None:
    before = first(aside, wider)
    after = refined(photograph(coat), pixels_of(before, PIXEL), LINE, NONE, NONE).mask
    assert overlap(before) < 0.9
    assert overlap(after) > 0.92


def test_bare_skin_metal_and_neighbours_do_not_draw_the_outline_to_them() -> None:
    photo = photograph(0.3)
    plain = refined(photo, pixels_of(first(0.2, 0.1), PIXEL), LINE, NONE, NONE).mask
    ear = ((X - MIDDLE - 1.5) / 0.5) ** 2 + ((Y - 3.5) / 0.25) ** 2 < 1
    cone = (np.abs(X - MIDDLE) < 0.5) & (Y < NOSE)
    foot = (np.abs(X - MIDDLE + 1.2) < 0.2) & (Y > 9.0)
    photo.level[(ear | foot) & ~TRUE] = 0.8
    photo.level[cone] = 2.5
    neighbour = X > MIDDLE + 1.7
    body = pixels_of(first(0.2, 0.1) & ~neighbour, PIXEL)
    after = refined(photo, body, LINE, cone, neighbour).mask
    assert overlap(after) > 0.93
    assert (after ^ plain).sum() < 0.03 * TRUE.sum()
    assert not (after & neighbour).any()
    assert not after[Y < NOSE].any()
