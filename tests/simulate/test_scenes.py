"""Scenes and clicks of every kind that a validation needs, against closed forms."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
import tifffile

from lumicohort.simulate.camera import Camera
from lumicohort.simulate.click import write_click, write_sequence
from lumicohort.simulate.draw import Draw, bed_for, draw_camera, draw_scene
from lumicohort.simulate.mouse import Mouse
from lumicohort.simulate.photograph import Bed
from lumicohort.simulate.scene import Glowing, Scene
from lumicohort.simulate.silhouette import silhouette
from lumicohort.simulate.texts import Roi
from lumicohort.simulate.tissue import Source

WHEN = datetime(2020, 1, 13, 10, 12, 40, tzinfo=timezone(timedelta(hours=-5)))
QUIET = Camera(read_noise_counts=0.0, cosmic_hits_per_s=0.0, hot_pixel_rate=0.0)


def one_mouse(camera: Camera = QUIET, flux: float = 3e6, turn_deg: float = 0.0) -> Scene:
    mouse = Mouse(x_cm=0.4, y_cm=-5.0, angle_deg=3.0, bend_cm=0.2)
    sources = (Source(0.15, 0.1, 0.3, 1.0), Source(0.6, 0.0, 0.25, 0.4))
    return Scene(
        camera,
        (Glowing(mouse, sources, flux),),
        Bed(cones_x_cm=(0.4,), front_y_cm=-5.0, manifold_y_cm=-7.0),
        turn_deg,
    )


def test_forward_model_imports_nothing_that_measures() -> None:
    code = (
        "import pkgutil, importlib, sys, lumicohort.simulate as s\n"
        "for m in pkgutil.iter_modules(s.__path__):\n"
        "    importlib.import_module(f'lumicohort.simulate.{m.name}')\n"
        "print([m for m in sys.modules if m.startswith(("
        "'lumicohort.radiometry', 'lumicohort.regions', 'lumicohort.imaging',"
        "'lumicohort.living_image'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_uniform_disc_gives_the_counts_of_its_flux() -> None:
    """Counts over flat field times C / (B² t), summed over area and 4π, are the disc's flux."""
    radius, radiance, exposure = 2.0, 1e6, 10.0
    x, y = QUIET.grid(960)
    field = np.where(np.hypot(x - 1, y + 2) <= radius, radiance, 0.0)
    dark = np.zeros((QUIET.n, QUIET.n))
    frame = QUIET.expose(field, exposure, np.random.default_rng(0), dark).astype(float)
    net = (frame - QUIET.bias_counts) / QUIET.response(QUIET.n)
    per_count = 7.31e5 / (8**2 * exposure)
    near = np.hypot(*(g - c for g, c in zip(QUIET.grid(QUIET.n), (1, -2), strict=True))) < 2.5
    flux = 4 * np.pi * (22.4 / 240) ** 2 * net[near].sum() * per_count
    assert flux == pytest.approx(4 * np.pi * np.pi * radius**2 * radiance, rel=2e-3)


def test_noise_is_that_of_electrons() -> None:
    camera = replace(QUIET, gain_e_per_count=2.5)
    field = np.full((480, 480), 2e6)
    counts = camera.read_out(field, 10.0, np.random.default_rng(2), np.zeros((240, 240)))
    centre = counts[110:130, 110:130] - camera.bias_counts
    assert centre.var() / centre.mean() == pytest.approx(1 / 2.5, rel=0.15)


@pytest.mark.parametrize("binning", [4, 8, 16])
def test_truth_does_not_depend_on_the_binning(binning: int) -> None:
    truth = one_mouse(replace(QUIET, binning=binning)).truth[0].flux_p_s
    finest = one_mouse(replace(QUIET, binning=2)).truth[0].flux_p_s
    for region in ("whole_body", "cranial", "spinal", "neuraxis"):
        assert truth[region] == pytest.approx(finest[region], rel=0.01)


@pytest.mark.parametrize("turn", [90.0, 180.0, 27.0])
def test_a_turned_bed_holds_the_same_light(turn: float) -> None:
    upright, turned = one_mouse().truth[0], one_mouse(turn_deg=turn).truth[0]
    for region, flux in upright.flux_p_s.items():
        assert turned.flux_p_s[region] == pytest.approx(flux, rel=0.01)
    angle = np.deg2rad(turn)
    x, y = upright.nose_cm
    expected = (x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle))
    assert turned.nose_cm == pytest.approx(expected)
    if turn == 90.0:  # clockwise on the screen: up becomes right
        assert turned.nose_cm[0] == pytest.approx(5.0)


def test_light_lies_where_the_truth_says_it_does() -> None:
    scene = one_mouse(turn_deg=40.0)
    row, column = np.unravel_index(np.argmax(scene.radiance), scene.radiance.shape)
    x, y = scene.camera.grid(scene.camera.fine)
    expected = scene.on_image(*scene.mice[0].mouse.at(0.15, 0.1))
    assert (x[row, column], y[row, column]) == pytest.approx(expected, abs=2 * scene.pixel_cm)


def test_corrected_image_is_the_true_radiance(tmp_path: Path) -> None:
    scene = one_mouse(flux=3e7)
    folder = tmp_path / "SIM20200113101240"
    truth = write_click(folder, scene, WHEN, {}, np.random.default_rng(1), 10.0, corrected=True)
    image = tifffile.imread(folder / "luminescentFloatCorrected.TIF")
    assert image.dtype == np.float32
    body = scene.labels(scene.camera.n) == 1
    near = np.hypot(*scene.camera.grid(scene.camera.n)) < 9
    light = 4 * np.pi * (22.4 / 240) ** 2 * float(image[near].sum(dtype=float))
    stray = 4 * np.pi * 150.0 * (22.4 / 240) ** 2 * float((near & ~body).sum())
    assert light - stray == pytest.approx(truth.mice[0].flux_p_s["whole_body"], rel=0.02)
    text = (folder / "AnalyzedClickInfo.txt").read_text(encoding="cp1252")
    high = re.search(r"^Raw Color Table Max:\t(.+)$", text, re.MULTILINE)
    assert high
    assert float(high[1]) == pytest.approx(float(image.max()), rel=1e-6)
    assert "Intensity Calibration:\tRadiance (Photons)" in text


@pytest.mark.parametrize("dark", ["good", "constant", "absent"])
def test_dark_frames(tmp_path: Path, dark: str) -> None:
    camera = Camera(hot_pixel_rate=1e-3, cosmic_hits_per_s=0.0)
    folder = tmp_path / "SIM20200113101240"
    rng = np.random.default_rng(7)
    write_click(folder, one_mouse(camera), WHEN, {}, rng, 60.0, dark=dark)  # type: ignore[arg-type]
    path = folder / "background.TIF"
    assert path.is_file() == (dark != "absent")
    if dark == "constant":
        assert set(np.unique(tifffile.imread(path))) == {65534}
    if dark == "good":
        bias = tifffile.imread(folder / "readbias.TIF").astype(float)
        charge = (tifffile.imread(path) - bias) / 10
        hot = charge > 30
        assert 10 < hot.sum() < 150
        assert np.median(charge) == pytest.approx(0.027 * 60, abs=0.1)
        # The same pixels are hot in the luminescent image, by as much.
        image = tifffile.imread(folder / "luminescent.TIF").astype(float)
        far = hot & (np.abs(camera.grid(240)[0]) > 6)
        excess = image[far] - camera.bias_counts
        assert excess.sum() == pytest.approx(charge[far].sum(), rel=0.1)


def test_saturation_is_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    truth = write_click(tmp_path / "a", one_mouse(flux=1e10), WHEN, {}, rng, 60.0)
    assert truth.saturated
    assert tifffile.imread(tmp_path / "a" / "luminescent.TIF").max() == 61000
    auto = write_click(tmp_path / "b", one_mouse(flux=1e9), WHEN, {}, rng)
    assert not auto.saturated
    assert auto.exposure_s < 60


def test_roi_lines_are_in_pixels_of_the_whole_chip(tmp_path: Path) -> None:
    rois = [Roi("ROI 1", -5.6, 2.8, 2.24, 1.12)]
    write_click(tmp_path / "c", one_mouse(), WHEN, {}, np.random.default_rng(1), 1.0, rois=rois)
    text = (tmp_path / "c" / "AnalyzedClickInfo.txt").read_text(encoding="cp1252")
    line = next(row for row in text.splitlines() if row.startswith("ROI 1:\t"))
    fields = dict(f.split("=") for f in line.split("\t")[1].rstrip(";").split(";"))
    numbers = [float(fields[k]) for k in ("Xc", "Yc", "Width", "Height", "cm per pixel")]
    assert numbers == pytest.approx([480, 1200, 192, 96, 22.4 / 1920])


def test_lines_of_the_texts_have_the_format_of_the_real_ones(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    folder = tmp_path / "SIM20200113101240"
    write_click(folder, one_mouse(), WHEN, {"View": "Dorsal"}, rng, line_end="\r\n", corrected=True)
    for name in ("ClickInfo.txt", "AnalyzedClickInfo.txt"):
        raw = (folder / name).read_bytes()
        assert raw.count(b"\n") == raw.count(b"\r\n") > 50
        for line in raw.decode("cp1252").splitlines():
            assert not line or line.startswith("#") or re.match(r"(\*\*\* )?[^\t]+:\t", line), line
        sections = re.findall(r"^\*\*\* ([^:]+):", raw.decode("cp1252"), re.MULTILINE)
        assert sections[0] == "ClickNumber"
        assert {"photographic image", "luminescent image", "darkcharge image"} <= set(sections)
    seconds = re.findall(rb"Acquisition Seconds:\t(\d+)", (folder / "ClickInfo.txt").read_bytes())
    assert {int(s) for s in seconds} == {3661773160, 3661773160 - 17}


def test_sequence_of_clicks(tmp_path: Path) -> None:
    scenes = [one_mouse(flux=f) for f in (1e6, 4e6, 2e6)]
    folder = tmp_path / "SIM20200113101240_SEQ"
    labels = {"Animal Number": "7"}
    truths = write_sequence(folder, scenes, WHEN, labels, np.random.default_rng(1), [5.0, 5.0, 9.0])
    names = [f"SIM20200113101240_00{i}" for i in (1, 2, 3)]
    assert [t.folder.name for t in truths] == names
    assert {p.name for p in folder.iterdir()} == {*names, "SequenceInfo.txt"}
    text = (folder / "SequenceInfo.txt").read_text(encoding="cp1252")
    assert [row for row in text.splitlines() if row.startswith("ClickNumber")] == [
        f"ClickNumber {i}:\t{name}" for i, name in enumerate(names, 1)
    ]
    third = (folder / names[2] / "ClickInfo.txt").read_text(encoding="cp1252")
    assert "Luminescent Exposure (Seconds):\t9\n" in third
    assert f"Acquisition Seconds:\t{3661773160 + 600}" in third


def test_drawn_scenes_keep_to_what_was_asked_for() -> None:
    rng = np.random.default_rng(11)
    draw = Draw(
        log10_flux=(5.0, 6.0),
        tumour_free=0.3,
        empty=0.3,
        coats=("nude", "white", "black"),
        views=("dorsal", "ventral"),
        disorder=2.0,
        turns_deg=(0.0, 90.0),
    )
    scenes = [draw_scene(rng, draw=draw) for _ in range(60)]
    assert {s.mice[0].mouse.coat for s in scenes} == {"nude", "white", "black"}
    assert {s.mice[0].mouse.view for s in scenes} == {"dorsal", "ventral"}
    assert {s.turn_deg for s in scenes} == {0.0, 90.0}
    mice = [g for s in scenes for g in s.mice]
    assert len(mice) / 300 == pytest.approx(0.7, abs=0.1)
    free = [g for g in mice if g.tumour_flux_p_s == 0]
    assert len(free) / len(mice) == pytest.approx(0.3, abs=0.1)
    assert all(1e5 <= g.tumour_flux_p_s <= 1e6 for g in mice if g.tumour_flux_p_s)
    assert all(s.mice for s in scenes)
    fronts = [g.mouse.x_cm for g in scenes[0].mice]
    assert fronts == sorted(fronts)


@pytest.mark.parametrize(("fov", "beds"), [(22.4, 5), (22.4, 10), (13.2, 3)])
def test_bodies_lie_inside_the_field_of_view(fov: float, beds: int) -> None:
    scene = draw_scene(np.random.default_rng(3), Camera(fov_cm=fov), beds)
    assert len(scene.mice) == beds
    for glowing in scene.mice:
        assert np.abs(glowing.mouse.axis_cm).max() < fov / 2
    labels = scene.labels(240)
    assert set(np.unique(labels)) == set(range(beds + 1))
    assert not labels[:, [0, -1]].any()


def test_every_drawn_camera_can_be_used() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        camera = draw_camera(rng)
        assert (camera.response(camera.n) > 0.25).all()
        assert camera.fine % camera.n == 0


def test_photograph_has_the_grey_levels_of_a_real_one() -> None:
    bed = bed_for(Camera())
    mice = [Mouse(x_cm=x, y_cm=bed.front_y_cm) for x in bed.cones_x_cm[:4]]
    mice[3] = replace(mice[3], coat="black")
    scene = Scene(Camera(), tuple(Glowing(m) for m in mice), bed)
    image = scene.photograph(np.random.default_rng(5)).astype(float)
    x, y = scene.grid(480)
    bodies = [silhouette(m, x, y).body for m in mice]
    felt = (y > 6) & (np.abs(x) < 10) & (scene.labels(480) == 0)
    # Medians of the real click: felt 300 to 390, body of a nude mouse 1050 to 1260.
    assert 300 < np.median(image[felt]) < 390
    for body in bodies[:3]:
        assert 950 < np.median(image[body]) < 1300
    assert 1.1 * np.median(image[felt]) < np.median(image[bodies[3]]) < 600
    for cone, taken in zip(bed.cones_x_cm, (True, True, True, True, False), strict=True):
        gap = (np.abs(x - cone) < 0.3) & (y > bed.manifold_y_cm + 0.2) & (y < bed.front_y_cm - 0.2)
        assert image[gap].max() > 2500
        assert (np.percentile(image[gap], 30) > 450) == taken
