"""Reading ROIs of ImageJ."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from roifile import ROI_OPTIONS, ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from lumicohort.errors import InputError
from lumicohort.regions.imagej import image_of, named_for, read_areas
from lumicohort.regions.imagej_files import roi_files

SUBPIXEL = ROI_OPTIONS.SUB_PIXEL_RESOLUTION


def box(kind: ROI_TYPE, name: str = "", **more: object) -> ImagejRoi:
    return ImagejRoi(roitype=kind, name=name, left=2, top=3, right=8, bottom=7, **more)


def polygon(points: list[tuple[float, float]], kind: ROI_TYPE, **more: object) -> ImagejRoi:
    corners = np.asarray(points, dtype=np.float32)
    low = np.floor(corners.min(axis=0)).astype(int)
    return ImagejRoi(
        roitype=kind,
        n_coordinates=len(corners),
        left=int(low[0]),
        top=int(low[1]),
        right=int(np.ceil(corners[:, 0].max())),
        bottom=int(np.ceil(corners[:, 1].max())),
        integer_coordinates=np.round(corners - low).astype(np.int32),
        subpixel_coordinates=corners,
        options=SUBPIXEL,
        **more,
    )


def mask(tmp_path: Path, roi: ImagejRoi, scale: float = 1.0, n: int = 12) -> np.ndarray:
    path = tmp_path / "one.roi"
    path.write_bytes(roi.tobytes())
    (area,) = read_areas([path])
    return area.mask((n, n), scale)


def test_a_rectangle_holds_its_pixels(tmp_path: Path) -> None:
    expected = np.zeros((12, 12), dtype=bool)
    expected[3:7, 2:8] = True
    assert (mask(tmp_path, box(ROI_TYPE.RECT)) == expected).all()


def test_a_subpixel_rectangle_holds_the_centres_inside(tmp_path: Path) -> None:
    roi = box(ROI_TYPE.RECT, options=SUBPIXEL, xd=2.6, yd=3.4, widthd=5.0, heightd=2.0)
    expected = np.zeros((12, 12), dtype=bool)
    expected[3:5, 3:8] = True  # columns 3.5 … 7.5 lie between 2.6 and 7.6
    assert (mask(tmp_path, roi) == expected).all()


def test_a_region_of_a_later_click_has_the_pixels_of_its_own_scale_and_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "one.roi"
    path.write_bytes(box(ROI_TYPE.RECT).tobytes())
    (area,) = read_areas([path])
    first = area.region((12, 12)).like(place=2, name="cranial", flags=("x",))
    assert (first.place, first.name, first.flags, first.n_pixels) == (2, "cranial", ("x",), 24)
    assert first.centre_cm(0.5) == (5 * 0.5, 5 * 0.5)
    rows, columns = np.divmod(first.flat(12), 12)
    assert (set(rows), set(columns)) == ({3, 4, 5, 6}, set(range(2, 8)))
    again = area.region((12, 12)).like(place=1)
    assert (again.place, again.flags) == (1, ())
    half = area.region((6, 6), 0.5)  # 1 … 4 by 1.5 … 3.5: a centre on the upper edge is inside
    assert (half.n_pixels, half.centre_cm(1.0)) == (6, (2.5, 2.0))
    assert half.flat(6).tolist() == [7, 8, 9, 13, 14, 15]
    moved = box(ROI_TYPE.RECT)
    moved.left, moved.right = moved.left + 1, moved.right + 1
    path.write_bytes(moved.tobytes())
    (area,) = read_areas([path])
    assert area.region((12, 12)).centre_cm(0.5) == (6 * 0.5, 5 * 0.5)


def test_an_oval_is_an_ellipse(tmp_path: Path) -> None:
    row, column = np.mgrid[0:12, 0:12] + 0.5
    expected = ((column - 5) / 3) ** 2 + ((row - 5) / 2) ** 2 < 1
    found = mask(tmp_path, box(ROI_TYPE.OVAL))
    assert (found == expected).all()
    assert found.sum() == 20


def test_a_rotated_ellipse_is_measured_by_its_corners(tmp_path: Path) -> None:
    t = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    u, v, turn = 4 * np.cos(t), 2 * np.sin(t), np.pi / 4
    x, y = 6 + u * np.cos(turn) - v * np.sin(turn), 6 + u * np.sin(turn) + v * np.cos(turn)
    roi = polygon(
        list(zip(x, y, strict=True)), ROI_TYPE.FREEHAND, subtype=ROI_SUBTYPE.ELLIPSE, x1=3, y1=3
    )
    row, column = np.mgrid[0:12, 0:12] + 0.5 - 6
    along = column * np.cos(turn) + row * np.sin(turn)
    across = row * np.cos(turn) - column * np.sin(turn)
    expected = (along / 4) ** 2 + (across / 2) ** 2 < 1
    assert (mask(tmp_path, roi) == expected).all()


def test_polygons_and_freehand_outlines_may_lie_between_pixels(tmp_path: Path) -> None:
    for kind in (ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED):
        found = mask(tmp_path, polygon([(1.6, 2), (5.4, 2), (5.4, 4), (1.6, 4)], kind))
        expected = np.zeros((12, 12), dtype=bool)
        expected[2:4, 2:5] = True
        assert (found == expected).all()


def test_photograph_pixels_are_scaled(tmp_path: Path) -> None:
    expected = np.zeros((12, 12), dtype=bool)
    expected[1, 1:4] = True  # rows 0.75 … 1.75 at a quarter, columns 0.5 … 2
    roi = box(ROI_TYPE.RECT)
    roi.left, roi.top, roi.right, roi.bottom = 4, 4, 16, 8
    assert (mask(tmp_path, roi, 0.25) == expected).all()


def composite(commands: list[float]) -> ImagejRoi:
    return box(
        ROI_TYPE.RECT,
        "two parts",
        shape_roi_size=len(commands),
        multi_coordinates=np.asarray(commands, dtype=np.float32),
    )


def test_a_composite_of_straight_outlines_is_measured(tmp_path: Path) -> None:
    outer = [0, 1, 1, 1, 9, 1, 1, 9, 9, 1, 1, 9, 4]
    hole = [0, 3, 3, 1, 5, 3, 1, 5, 5, 1, 3, 5, 4]
    found = mask(tmp_path, composite([float(k) for k in outer + hole]))
    assert found.sum() == 64 - 4
    assert not found[3:5, 3:5].any()


def test_curved_composites_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not supported"):
        mask(tmp_path, composite([0.0, 1, 1, 2, 3, 3, 5, 5, 4]))


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.roi"
    data = box(ROI_TYPE.RECT, "3466").tobytes()
    path.write_bytes(data[:6] + b"\x63" + data[7:])
    with pytest.raises(InputError, match="of the kind unknown, which encloses no area"):
        read_areas([path])


@pytest.mark.parametrize(
    "kind", [ROI_TYPE.LINE, ROI_TYPE.POINT, ROI_TYPE.POLYLINE, ROI_TYPE.FREELINE, ROI_TYPE.ANGLE]
)
def test_what_encloses_no_area_is_refused_by_name(tmp_path: Path, kind: ROI_TYPE) -> None:
    roi = polygon([(1, 1), (5, 5), (1, 5)], kind, name="3466 odd")
    roi.x1, roi.y1, roi.x2, roi.y2 = 1, 1, 5, 5
    with pytest.raises(InputError) as caught:
        mask(tmp_path, roi)
    text = str(caught.value)
    assert "the ROI `3466 odd` is of the kind" in text
    assert kind.name.lower() in text
    assert "one.roi" in text


def test_text_and_arrows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="of the kind text"):
        mask(tmp_path, box(ROI_TYPE.RECT, subtype=ROI_SUBTYPE.TEXT, text="hello"))


ANIMALS = ["3466", "3467", "34", "A 1", "m-2"]


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("3466", (1, "")),
        ("3466 cranial", (1, "cranial")),
        ("3467_neuraxis", (2, "neuraxis")),
        ("3467-Whole body", (2, "whole_body")),
        ("cranial 3466", (1, "cranial")),
        ("34 spinal", (3, "spinal")),
        ("a 1 Spinal", (4, "spinal")),
        ("M-2", (5, "")),
        ("m-2-1", (5, "1")),
        ("34660", None),
        ("tumour", None),
        ("", None),
    ],
)
def test_names_say_whose_they_are(name: str, owner: tuple[int, str] | None) -> None:
    assert named_for(name, ANIMALS) == owner


def test_names_that_imagej_made_up_are_no_names(tmp_path: Path) -> None:
    names = {"0123-0456.roi": "", "0001-0123-0456.roi": "", "x.roi": "x", "y.roi": "3466 head"}
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for entry in names:
            own = "3466 head" if entry == "y.roi" else ""
            archive.writestr(entry, box(ROI_TYPE.RECT, own).tobytes())
    assert [area.name for area in read_areas([path])] == list(names.values())


def test_damaged_files_are_told_by_name(tmp_path: Path) -> None:
    whole = polygon([(1, 1), (5, 1), (5, 5)], ROI_TYPE.POLYGON, name="3466").tobytes()
    damaged = {
        "empty": b"",
        "other": b"GIF89a" + whole[6:],
        "short": whole[:63],
        "cut": whole[:70],
        "nameless": whole[:-4],
        "many": whole[:16] + b"\xff\xff" + whole[18:],
        "nan": whole.replace(struct.pack(">f", 5.0), struct.pack(">f", float("nan"))),
    }
    paths = []
    for name, data in damaged.items():
        paths.append(tmp_path / f"{name}.roi")
        paths[-1].write_bytes(data)
    paths.append(tmp_path / "no.zip")
    paths[-1].write_bytes(b"this is no archive")
    with pytest.raises(InputError) as caught:
        read_areas(paths)
    assert len(caught.value.problems) == len(paths)
    for path, problem in zip(paths, caught.value.problems, strict=True):
        assert str(path) in str(problem)
        assert "no readable ImageJ" in str(problem)


def test_every_cut_of_an_archive_is_refused_or_whole(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("3466.roi", box(ROI_TYPE.RECT, "3466").tobytes())
    data = path.read_bytes()
    for end in range(0, len(data), 7):
        path.write_bytes(data[:end])
        with pytest.raises(InputError, match="no readable ImageJ archive"):
            read_areas([path])


def test_hostile_archives(tmp_path: Path) -> None:
    whole = box(ROI_TYPE.RECT).tobytes()
    slip, many, large, none = (tmp_path / f"{k}.zip" for k in ("slip", "many", "large", "none"))
    with zipfile.ZipFile(slip, "w") as archive:
        archive.writestr("../../../etc/3466.roi", whole)
        archive.writestr("__MACOSX/._3466.roi", b"not a roi")
        archive.writestr("notes.txt", b"hello")
    before = sorted(tmp_path.rglob("*"))
    assert [area.name for area in read_areas([slip])] == ["3466"]
    assert sorted(tmp_path.rglob("*")) == before  # nothing was unpacked
    with zipfile.ZipFile(many, "w") as archive:
        for k in range(10_000):
            archive.writestr(f"{k}.roi", b"x")
    with zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("3466.roi", b"\0" * 50_000_000)
    with zipfile.ZipFile(none, "w") as archive:
        archive.writestr("notes.txt", b"hello")
    with pytest.raises(InputError, match="holds 10000 ROIs; at most 1000"):
        read_areas([many])
    with pytest.raises(InputError, match="has 50000000 bytes"):
        read_areas([large])
    with pytest.raises(InputError, match=r"holds no ROI \(\.roi\)"):
        read_areas([none])


def test_where_rois_are_looked_for(tmp_path: Path) -> None:
    click = tmp_path / "batch" / "AA1"
    click.mkdir(parents=True)
    with pytest.raises(InputError, match="no ImageJ ROIs of this click") as caught:
        roi_files(click, "AA1", None)
    assert "AA1.zip" in str(caught.value)
    (click.parent / "AA10.zip").touch()  # another click's
    beside = click.parent / "AA1_RoiSet.zip"
    beside.touch()
    assert roi_files(click, "AA1", None) == [beside]
    (click / "left.roi").touch()
    with pytest.raises(InputError, match="several sets of ROIs"):
        roi_files(click, "AA1", None)
    beside.unlink()
    (click / "right.roi").touch()
    assert [p.name for p in roi_files(click, "AA1", None)] == ["left.roi", "right.roi"]
    named = tmp_path / "rois"
    (named / "batch").mkdir(parents=True)
    (named / "batch" / "aa1.ZIP").touch()
    assert roi_files(click, "AA1", named) == [named / "batch" / "aa1.ZIP"]
    with pytest.raises(InputError, match="no such file or folder"):
        roi_files(click, "AA1", tmp_path / "nowhere")


def test_rois_outside_the_image_are_refused_and_photographs_suspected(tmp_path: Path) -> None:
    roi = box(ROI_TYPE.RECT, "3466")
    roi.left, roi.right = 300, 340
    path = tmp_path / "a.roi"
    path.write_bytes(roi.tobytes())
    areas = read_areas([path])
    assert image_of(areas, "photograph", 240, (960, 960)) == 0.25
    with pytest.raises(InputError) as caught:
        image_of(areas, "luminescent", 240, (960, 960))
    assert "outside the luminescent image, which has 240 x 240" in str(caught.value)
    assert "--roi-pixels photograph" in str(caught.value)
