"""Finding mice in drawn photographs with known outlines, and in a real one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from scenes import KINDS, Animal, Scene, draw, random_scene, row

from lumicohort.regions.mice import find_mice
from lumicohort.regions.mouse import MiceNotFound, Mouse


def agreement(mouse: Mouse, scene: Scene, label: int) -> tuple[float, float, float]:
    """Return intersection over union, and the distance (cm) of the nose and of the tail base."""
    n = scene.bodies.shape[0]
    side = round(mouse.pixel_cm * n / scene.fov_cm)
    rows, columns = np.indices(mouse.mask.shape) * side + side // 2
    truth = scene.bodies[rows, columns] == label
    overlap = (mouse.mask & truth).sum() / (mouse.mask | truth).sum()
    axis = scene.axes[label - 1]
    nose, base = (float(np.hypot(*(mouse.axis[i] - axis[i]))) for i in (0, -1))
    return float(overlap), nose, base


def left_to_right(scene: Scene) -> list[int]:
    middles = [axis[len(axis) // 2, 0] for axis in scene.axes]
    return [int(i) + 1 for i in np.argsort(middles)]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_every_mouse_is_found_with_its_outline_and_its_ends(kind: str, seed: int) -> None:
    animals, scene = random_scene(kind, seed)
    mice = find_mice(scene.photograph, scene.fov_cm, len(animals))
    assert len(mice) == len(animals)
    crowded = kind in ("eight", "touching")
    for mouse, label in zip(mice, left_to_right(scene), strict=True):
        overlap, nose, base = agreement(mouse, scene, label)
        assert overlap > (0.80 if crowded else 0.90)
        assert nose < 0.45
        assert base < (2.0 if crowded else 0.6)


@pytest.mark.parametrize("kind", ["cone", "touching", "empty_bed", "dark_coats"])
@pytest.mark.parametrize("difference", [-1, 1])
def test_a_count_that_disagrees_is_refused(kind: str, difference: int) -> None:
    animals, scene = random_scene(kind, 3)
    with pytest.raises(MiceNotFound) as caught:
        find_mice(
            scene.photograph,
            scene.fov_cm,
            len(animals) + difference,
            file="photograph.TIF",
            named_by="the imaging sheet",
        )
    found = "1 mouse" if len(animals) == 1 else f"{len(animals)} mice"
    text = str(caught.value)
    expected = len(animals) + difference
    assert text.startswith(f"photograph.TIF: found {found} in the photograph where ")
    assert f"the imaging sheet names {expected}." in text


def test_an_empty_bed_holds_no_mouse() -> None:
    scene = draw([], manifold=2.5, n=480)
    with pytest.raises(MiceNotFound, match="found no mice in the photograph where 3 are expected"):
        find_mice(scene.photograph, scene.fov_cm, 3)
    with pytest.raises(MiceNotFound, match="found no mouse"):
        find_mice(scene.photograph, scene.fov_cm)


def test_a_constant_photograph_holds_no_mouse() -> None:
    with pytest.raises(MiceNotFound):
        find_mice(np.full((480, 480), 300, np.uint16), 22.4, 1)


def test_the_tail_is_no_body_and_the_feet_are() -> None:
    scene = draw([Animal(11.2, 8.0, tail=9.0, tail_bend=0.0)], n=480)
    (mouse,) = find_mice(scene.photograph, scene.fov_cm, 1)
    base = scene.axes[0][-1]
    rows, columns = np.nonzero(mouse.mask)
    x, y = (columns + 0.5) * mouse.pixel_cm, (rows + 0.5) * mouse.pixel_cm
    behind = y > base[1] + 0.4
    assert np.abs(x[behind] - base[0]).min() > 0.4
    assert behind.sum() * mouse.pixel_cm**2 > 0.2
    assert y.max() == pytest.approx(base[1] + 0.86 * 7 + 1.7 - 7, abs=0.4)
    assert mouse.area_cm2 == pytest.approx(scene.areas[0], rel=0.08)
    assert mouse.length_cm == pytest.approx(7.0, rel=0.05)


def test_a_nose_cone_is_cut_off_and_said() -> None:
    scene = draw([Animal(11.2, 9.0, cone=1.2, cone_brightness=1500.0, cone_streak=False)], n=480)
    (mouse,) = find_mice(scene.photograph, scene.fov_cm, 1)
    assert np.hypot(*(mouse.axis[0] - scene.axes[0][0])) < 0.4
    assert mouse.reasons[0].startswith("nose cone cut off")


@pytest.mark.parametrize("n", [240, 512, 1024])
def test_resolution_of_the_photograph_does_not_matter(n: int) -> None:
    scene = draw(row(3, seed=5), n=n)
    mice = find_mice(scene.photograph, scene.fov_cm, 3)
    for mouse, label in zip(mice, left_to_right(scene), strict=True):
        length = np.hypot(*np.diff(scene.axes[label - 1], axis=0).T).sum()
        assert mouse.length_cm == pytest.approx(length, abs=0.45)
        assert mouse.area_cm2 == pytest.approx(scene.areas[label - 1], rel=0.1)


def test_a_small_field_of_view_with_one_mouse_that_fills_it() -> None:
    scene = draw([Animal(5.0, 4.7)], fov_cm=10.0, n=480)
    (mouse,) = find_mice(scene.photograph, 10.0, 1)
    assert agreement(mouse, scene, 1)[0] > 0.9


def test_an_odd_one_out_is_suspicious() -> None:
    animals = row(4, seed=7)
    animals[2].length, animals[2].width = 4.4, 2.0
    scene = draw(animals, n=480)
    mice = find_mice(scene.photograph, scene.fov_cm, 4)
    assert int(np.argmax([m.suspicion for m in mice])) == 2
    assert "much smaller than the others" in mice[2].reasons
    assert mice[2].suspicion > 0.15 + max(m.suspicion for k, m in enumerate(mice) if k != 2)


def test_the_five_mice_of_a_real_click(real_click: Path) -> None:
    photograph = tifffile.imread(real_click / "photograph.TIF")
    mice = find_mice(photograph, 22.4, 5)
    # read off the photograph by eye (cm): middle of each body, tail base, edge of the nose cone
    middles = [2.7, 7.2, 10.8, 14.7, 18.8]
    bases = [12.0, 11.6, 11.9, 11.9, 12.0]
    for mouse, x, base in zip(mice, middles, bases, strict=True):
        assert mouse.centre[0] == pytest.approx(x, abs=0.3)
        assert mouse.axis[0, 1] == pytest.approx(4.0, abs=0.45)
        assert mouse.axis[-1, 1] == pytest.approx(base, abs=0.4)
        assert 7.2 < mouse.length_cm < 8.5
        assert mouse.suspicion < 0.2
    for count in (4, 6):
        with pytest.raises(MiceNotFound):
            find_mice(photograph, 22.4, count)


@pytest.mark.slow
def test_finding_rate_over_many_scenes() -> None:
    missed, wrong_end, mice_seen = [], [], 0
    for kind in KINDS:
        for seed in range(100, 140):
            animals, scene = random_scene(kind, seed)
            try:
                mice = find_mice(scene.photograph, scene.fov_cm, len(animals))
            except MiceNotFound:
                missed.append((kind, seed))
                continue
            for mouse, label in zip(mice, left_to_right(scene), strict=True):
                mice_seen += 1
                overlap, nose, _ = agreement(mouse, scene, label)
                assert overlap > 0.5, (kind, seed)
                if nose > 2 and mouse.suspicion < 0.25:
                    wrong_end.append((kind, seed))
    print(f"{mice_seen} mice, missed {missed}, unflagged wrong ends {wrong_end}")
    assert mice_seen > 1500
    assert len(missed) <= 0.005 * len(KINDS) * 40
    assert len(wrong_end) <= 0.005 * mice_seen
