"""The forward model against closed forms: photons are neither made nor lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
import tifffile
from scipy.integrate import quad

from lumicohort.simulate.camera import Camera
from lumicohort.simulate.click import write_click
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.photograph import Bed
from lumicohort.simulate.scene import Glowing, Scene
from lumicohort.simulate.silhouette import CRANIAL_TO, MARGIN_CM, regions, silhouette
from lumicohort.simulate.tissue import SKIN_GLOW_P_S_CM2_SR, Source, exitance

WHEN = datetime(2020, 1, 13, 10, 12, 40, tzinfo=timezone(timedelta(hours=-5)))


def a_mouse(**changes: float) -> Mouse:
    return replace(Mouse(x_cm=0.0, y_cm=-7.2), **changes)


def a_scene(flux: float, mice: int = 1) -> Scene:
    bed = Bed()
    glowing = [
        Glowing(
            Mouse(x_cm=x, y_cm=bed.front_y_cm),
            tumour=(Source(0.15, 0.0, 0.3, 1.0), Source(0.6, 0.0, 0.2, 0.3)),
            tumour_flux_p_s=flux,
        )
        for x in bed.cones_x_cm[:mice]
    ]
    return Scene(Camera(), tuple(glowing), bed)


def test_light_through_the_skin_is_what_diffusion_theory_says() -> None:
    """The share of a source's light that leaves a half-space falls with depth.

    Integrated over the surface, the exitance of the two-source solution is
    (exp(-mu z) + exp(-mu z')) / 2, z' the depth of the image source.
    """
    depth = 0.3
    share, _ = quad(lambda r: 2 * np.pi * r * float(exitance(np.array(r), depth)), 0, 30)
    transport = 0.3 + 10.0
    effective = np.sqrt(3 * 0.3 * transport)
    image = depth + 2 * (2 * 2.95 / 3) / transport
    expected = (np.exp(-effective * depth) + np.exp(-effective * image)) / 2
    assert share == pytest.approx(expected, rel=1e-6)


def test_exitance_falls_with_distance_and_is_wider_from_deeper() -> None:
    r = np.linspace(0, 2, 50)
    shallow, deep = exitance(r, 0.1), exitance(r, 0.5)
    assert (np.diff(shallow) < 0).all()
    assert shallow[0] / shallow[10] > deep[0] / deep[10]


def test_tumour_flux_is_the_neuraxis_flux_above_skin_and_stray_light() -> None:
    with_tumour, without = a_scene(1e7), a_scene(0.0)
    added = with_tumour.truth[0].flux_p_s["neuraxis"] - without.truth[0].flux_p_s["neuraxis"]
    assert added == pytest.approx(1e7, rel=1e-9)


def test_a_mouse_without_tumour_glows_as_its_skin_does() -> None:
    scene = a_scene(0.0)
    area = scene.pixel_cm**2
    skin = scene.silhouettes[0].body.sum() * area
    assert scene.truth[0].area_cm2 == pytest.approx(skin)
    ring = regions(scene.silhouettes[0], scene.mice[0].mouse, np.sqrt(area))["whole_body"]
    expected = 4 * np.pi * SKIN_GLOW_P_S_CM2_SR["nude"] * skin
    stray = 4 * np.pi * 150.0 * (ring.sum() * area - skin)
    assert scene.truth[0].flux_p_s["whole_body"] == pytest.approx(expected + stray, rel=0.01)


def test_counts_of_a_uniform_field_undo_the_calibration() -> None:
    camera = Camera(read_noise_counts=0.0, cosmic_hits_per_s=0.0)
    radiance = np.full((480, 480), 1e6)
    frame = camera.expose(radiance, 10.0, np.random.default_rng(1), np.zeros((240, 240)))
    net = frame.astype(float) - camera.bias_counts
    c = camera.coefficients[22.4, 1.0]
    again = net * c / (64 * 10.0 * camera.response(240))
    assert np.mean(again) == pytest.approx(1e6, rel=2e-3)


def test_saturated_pixels_stop_at_the_level() -> None:
    camera = Camera()
    frame = camera.expose(
        np.full((480, 480), 1e9), 60.0, np.random.default_rng(1), np.zeros((240, 240))
    )
    assert frame.max() == 61000


def test_regions_are_what_they_are_called() -> None:
    mouse = a_mouse()
    camera = Camera()
    x, y = camera.grid(480)
    shape = silhouette(mouse, x, y)
    pixel = camera.fov_cm / 480
    masks = regions(shape, mouse, pixel)
    assert not (masks["cranial"] & masks["spinal"]).any()
    assert (masks["neuraxis"] == (masks["cranial"] | masks["spinal"])).all()
    # A straight mouse: the head region ends 30 % of the way down.
    rows = np.nonzero(masks["cranial"].any(axis=1))[0]
    assert y[rows.max(), 0] == pytest.approx(
        mouse.y_cm + CRANIAL_TO * mouse.length_cm, abs=1.5 * pixel
    )
    assert y[rows.min(), 0] == pytest.approx(mouse.y_cm - MARGIN_CM, abs=2 * pixel)
    columns = masks["spinal"].any(axis=0).sum() * pixel
    mean_width = shape.body.sum() * pixel**2 / mouse.length_cm
    assert columns == pytest.approx(0.34 * mean_width, abs=2 * pixel)


def test_axis_has_the_length_that_was_asked_for() -> None:
    for bend in (0.0, 0.3, -0.8):
        axis = a_mouse(bend_cm=bend, angle_deg=12.0).axis_cm
        assert np.hypot(*np.diff(axis, axis=0).T).sum() == pytest.approx(7.6, rel=1e-6)


def test_click_folder_is_what_the_camera_would_write(tmp_path: Path) -> None:
    folder = tmp_path / "SIM20200113101240"
    labels = {"Animal Number": "007, 8", "View": "Dorsal"}
    truth = write_click(folder, a_scene(5e6, mice=2), WHEN, labels, np.random.default_rng(3))
    assert {p.name for p in folder.iterdir()} == {
        "ClickInfo.txt",
        "AnalyzedClickInfo.txt",
        "luminescent.TIF",
        "photograph.TIF",
        "readbias.TIF",
        "background.TIF",
    }
    image = tifffile.imread(folder / "luminescent.TIF")
    assert image.shape == (240, 240)
    assert image.dtype == np.uint16
    assert tifffile.imread(folder / "photograph.TIF").shape == (480, 480)
    bias = tifffile.imread(folder / "readbias.TIF") / 10
    assert bias.mean() == pytest.approx(Camera().bias_counts, abs=0.1)
    text = (folder / "ClickInfo.txt").read_text(encoding="cp1252")
    # 2020-01-13 15:12:40 UTC, counted from 1904.
    assert "Acquisition Seconds:\t3661773160" in text
    assert "Coef C-ccd at FOV 22.4, f1:\t7.310E+05" in text
    analysed = (folder / "AnalyzedClickInfo.txt").read_text(encoding="cp1252")
    assert "Animal Number:\t007, 8" in analysed
    assert "Comment1:\tSIMULATED" in analysed
    assert len(truth.mice) == 2
    assert not truth.saturated
    assert [m.nose_cm[0] for m in truth.mice] == pytest.approx([-8.0, -4.0])


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_click(
            tmp_path / name / "SIM20200113101240",
            a_scene(5e6),
            WHEN,
            {},
            np.random.default_rng(3),
        )
    for path in (tmp_path / "a" / "SIM20200113101240").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.parent.name / path.name).read_bytes()
