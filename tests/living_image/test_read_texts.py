"""The parser of click texts: what it accepts, what it refuses, and how it says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lumicohort.errors import InputError
from lumicohort.living_image.rois import roi_lines
from lumicohort.living_image.texts import parse_info, parse_number

FILE = Path("batch/XX1/ClickInfo.txt")


def parse(text: str):
    return parse_info(text.encode(), FILE)


def test_sections_keys_and_odd_lines():
    info = parse(
        "stray line\n*** ClickNumber:\tXX1\nClickInfoType:\tRawData\n\n"
        "*** Camera System Info:\t\n####\n#\tcomment:\tnot a key\n"
        "Camera Info File Version Number:\t:\t3.0\n"
        "Coef C-ccd at FOV 22.4, f1:\t7.223E+05\n"
        "Lens fstop Motor Driver Number:\t4\t# ('E') was 3;  Iris Home = 52.2mm\n"
        "Twice:\t5\nTwice:\t5\nno separator here\nEmpty Key:\n"
    )
    assert [s.name for s in info.sections] == ["ClickNumber", "Camera System Info"]
    assert info.section("clicknumber").value == "XX1"
    camera = info.section("Camera System Info")
    assert camera.text("Camera Info File Version Number") == ":\t3.0"
    assert camera.number("Coef C-ccd at FOV 22.4, f1") == 722300.0
    assert camera.integer("Lens fstop Motor Driver Number") == 4
    assert camera.integer("Twice") == 5
    assert camera.get("Empty Key") is None
    assert "no separator here" in camera.odd_lines
    assert not info.cut


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_and_line_ends(end, encoding):
    text = f"*** User Input:\t{end}Comment1:\t37 °C, 2 µL{end}Group:\tA{end}"
    section = parse_info(text.encode(encoding), FILE).section("User Input")
    assert section.text("Comment1") == "37 °C, 2 µL"
    assert section.text("Group") == "A"


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", "1_000", "0x10", "2,5", "40 sec"])
def test_a_value_that_is_no_number_names_file_section_and_key(value):
    section = parse(f"*** luminescent image:\tx\nf Number:\t{value}\n").section("luminescent image")
    with pytest.raises(InputError) as error:
        section.number("f Number")
    message = str(error.value)
    assert str(FILE) in message
    assert "section luminescent image, key f Number" in message
    assert value in message


def test_a_missing_key_is_named_with_the_nearest_one():
    section = parse("*** a:\t\nBinning Facto:\t8\n").section("a")
    with pytest.raises(InputError, match=r"key Binning Factor.*did you mean `Binning Facto`"):
        section.number("Binning Factor")


def test_a_missing_section_is_named():
    with pytest.raises(InputError, match="section luminescent image: this section is missing"):
        parse("*** photographic image:\tx\nA:\t1\n").section("luminescent image")


def test_numbers_outside_their_range_and_fractions_are_refused():
    section = parse("*** a:\t\nZero:\t0\nHalf:\t2.5\n").section("a")
    with pytest.raises(InputError, match=r"key Zero: `0` does not lie between 0\.001 and 10"):
        section.number("Zero", between=(0.001, 10))
    with pytest.raises(InputError, match=r"key Half: `2\.5` is not a whole number"):
        section.integer("Half")


def test_a_key_with_two_values_is_refused_only_when_asked_for():
    section = parse("*** a:\t\nt:\t40\nt:\t60\nother:\t1\n").section("a")
    assert section.number("other") == 1
    with pytest.raises(InputError, match=r"key t: the key stands more than once, with `40`, `60`"):
        section.number("t")


def test_a_section_that_stands_twice_is_one_section():
    text = "*** a:\tx.TIF\nt:\t40\nb:\t8\n\n*** c:\t\n\n*** A:\t\nt:\t60\nb:\t8\nf:\t1\n"
    section = parse(text).section("a")
    assert (section.value, section.number("b"), section.number("f")) == ("x.TIF", 8, 1)
    with pytest.raises(InputError, match=r"key t: the key stands more than once, with `40`, `60`"):
        section.number("t")


def test_the_last_line_of_a_second_section_of_a_name_may_be_cut_off():
    section = parse("*** a:\t\nt:\t40\n*** a:\t\nf:\t1").section("a")
    assert section.number("t") == 40
    with pytest.raises(InputError, match="key f: this is the file's last line"):
        section.number("f")


def test_a_number_with_a_comma_or_a_unit_says_how_to_write_it():
    section = parse("*** a:\t\nComma:\t22,4\nUnit:\t22.4 cm\n").section("a")
    for key, value in (("Comma", "22,4"), ("Unit", "22.4 cm")):
        with pytest.raises(InputError, match=rf"key {key}: `{value}` is not.*as `22\.4`"):
            section.number(key)


def test_blanks_between_colon_and_tab_are_nothing():
    raw = "*** a: \tx.TIF\nf Number: \t1\nFov:  \t22.4 \nVersion:\t:\t3.0\n# Old: \t2\n"
    section = parse(raw).section("a")
    assert (section.value, section.number("f Number"), section.number("Fov")) == ("x.TIF", 1, 22.4)
    assert section.get("Version") == ":\t3.0"
    assert section.odd_lines == ("# Old: \t2",)
    with pytest.raises(InputError, match="may be cut off"):
        parse("*** a: \t\nf Number: \t1").section("a").number("f Number")


def test_the_last_line_without_a_line_end_gives_no_value():
    info = parse("*** a:\t\nf Number:\t1\nLuminescent Exposure (Seconds):\t4")
    assert info.cut
    assert info.section("a").number("f Number") == 1
    with pytest.raises(InputError, match="may be cut off"):
        info.section("a").number("Luminescent Exposure (Seconds)")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"no sections at all\n", "no section"),
        (b"*** a:\t\nb:\t\x00\x00\x00\n", "NUL"),
        (b"*** luminescent image: luminescent.TIF\nBinning Factor:    8\n", "tabs .* are lost"),
    ],
)
def test_what_is_no_text_is_refused(raw, says):
    with pytest.raises(InputError, match=says) as error:
        parse_info(raw, FILE)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(("text", "number"), [("5     #AH: moved", 5), ("9.16e-4", 9.16e-4)])
def test_trailing_comments_of_numbers(text, number):
    assert parse_number(text) == number


@given(st.binary(max_size=400))
@example(b"*** \n:\t\n***:\n")
@example(b"\xff\xfe*")
def test_hostile_bytes_never_give_a_traceback(raw):
    try:
        info = parse_info(raw, FILE)
    except InputError as error:
        assert str(FILE) in str(error)
        return
    for section in info.sections:
        for key, _ in section.entries:
            try:
                section.number(key)
            except InputError as error:
                assert str(FILE) in str(error)


ROI = "Shape=Circle;Xc=80;Yc=40;Width=32;Height=32;Angle=0;Label=head"


def rois(*lines: str):
    text = "*** ROIs:\t\n" + "".join(f"ROI {i}:\t{v}\n" for i, v in enumerate(lines, 1))
    return roi_lines(parse(text))


def test_roi_line_fields():
    (roi,) = rois(
        "zColorIndex=1;ROI Type=Average Background;Subject ROI=ROI 3;Subject ID=m1;"
        f"Bkg ROI=_none_;{ROI}; left;ROIColor=255;"
    )
    assert (roi.label, roi.shape, roi.roi_type) == ("head; left", "Circle", "Average Background")
    assert (roi.subject_roi, roi.subject_id, roi.bkg_roi) == ("ROI 3", "m1", "")
    assert (roi.xc_px, roi.yc_px, roi.width_px, roi.height_px) == (80, 40, 32, 32)


def test_circle_mask_holds_the_pixels_whose_centre_is_inside():
    mask = rois(ROI)[0].mask((12, 20), 8)
    inside = {
        (r, c)
        for r in range(12)
        for c in range(20)
        if ((c + 0.5) * 8 - 80) ** 2 + ((r + 0.5) * 8 - 40) ** 2 <= 16**2
    }
    assert {tuple(map(int, p)) for p in zip(*mask.nonzero(), strict=True)} == inside
    assert len(inside) == 12


@pytest.mark.parametrize("shape", ["Square", "Rectangle", "Rect"])
def test_rectangle_mask(shape):
    (roi,) = rois(f"Shape={shape};Xc=48;Yc=40;Width=64;Height=16;Angle=0;Label=r")
    mask = roi.mask((20, 20), 8)
    assert mask.sum() == 8 * 2
    assert mask[4:6, 2:10].all()


def test_a_quarter_turn_swaps_the_axes_of_an_ellipse():
    flat, upright = rois(
        "Shape=Ellipse;Xc=80;Yc=80;Width=96;Height=32;Angle=0;Label=a",
        "Shape=Ellipse;Xc=80;Yc=80;Width=96;Height=32;Angle=90;Label=b",
    )
    first = flat.mask((20, 20), 8)
    assert first.sum() > 20
    assert (upright.mask((20, 20), 8) == first.T).all()
    assert not (first == first.T).all()


@pytest.mark.parametrize(
    ("line", "inside"),
    [
        ("Shape=Circle;Xc=40;Yc=40;Width=80;Height=80", True),
        ("Shape=Circle;Xc=36;Yc=40;Width=80;Height=80", True),  # half a binned pixel over
        ("Shape=Circle;Xc=35;Yc=40;Width=80;Height=80", False),
        ("Shape=Circle;Xc=40;Yc=765;Width=80;Height=80", False),
        ("Shape=Ellipse;Xc=400;Yc=60;Width=200;Height=40", True),
        ("Shape=Ellipse;Xc=400;Yc=60;Width=200;Height=40;Angle=90", False),
        ("Shape=Ellipse;Xc=400;Yc=60;Width=160;Height=40;Angle=30", True),
        ("Shape=Rectangle;Xc=400;Yc=50;Width=160;Height=40;Angle=30", False),
        ("Shape=Free;Points=10,10,90,10,50,90", True),
        ("Shape=Free;Points=10,-10,90,10,50,90", False),
    ],
)
def test_whether_a_roi_lies_within_the_image(line, inside):
    (roi,) = roi_lines(parse(f"*** ROIs:\t\nROI 1:\t{line};\n"))
    assert roi.within((100, 100), 8) is inside


def test_free_form_with_its_outline_in_the_line():
    (roi,) = rois("Shape=Contour;Points=(8,8),(72,8),(72,40),(8,40);Label=free")
    mask = roi.mask((10, 10), 8)
    assert mask[1:5, 1:9].all()
    assert mask.sum() == 4 * 8


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Shape=Grid;Xc=1;Yc=1;Width=4;Height=4;Label=g", "is a grid"),
        ("Shape=Contour;Xc=1;Yc=1;Label=c", "outline is not in the line"),
        ("Shape=Blob;Xc=1;Yc=1;Width=4;Height=4;Label=b", "unknown shape `Blob`"),
        ("Shape=Circle;Xc=1;Yc=1;Width=0;Height=4;Label=z", "no width or height"),
    ],
)
def test_shapes_that_cannot_be_measured_say_why(line, says):
    (roi,) = rois(line)
    with pytest.raises(InputError, match=says) as error:
        roi.mask((10, 10), 8)
    assert str(FILE) in str(error.value)


def test_all_bad_roi_lines_are_named_at_once():
    with pytest.raises(InputError) as error:
        rois(ROI, "Shape=Circle;Xc=nan;Yc=1;Width=4;Height=4", "Shape=Circle;Yc=1", "Label=x")
    message = str(error.value)
    assert "key ROI 2: `Xc` of this ROI is `nan`" in message
    assert "key ROI 3: `Xc` of this ROI is ``" in message
    assert "key ROI 4: the ROI line names no Shape" in message
    assert "key ROI 1" not in message


def test_decimal_commas_of_a_roi_line_are_refused_with_what_to_do():
    with pytest.raises(InputError, match=r"`Xc` of .* `576,000`, .*Living Image writes a decimal"):
        rois("Shape=Circle;Xc=576,000;Yc=1;Width=4;Height=4")


def test_a_cut_roi_line_is_refused():
    info = parse(f"*** ROIs:\t\nROI 1:\t{ROI}\nROI 2:\tShape=Circle;Xc=80;Yc=40;Width=3")
    with pytest.raises(InputError, match=r"key ROI 2.*may be cut off"):
        roi_lines(info)


def test_roi_lines_that_a_script_wrote_without_the_tab_are_read():
    text = f"*** ROIs:\t\nROI 1:{ROI}\nROI 2:\t{ROI} 2;\n# ROI 3:{ROI}\nROI settings: none\n"
    assert sorted(roi.label for roi in roi_lines(parse(text))) == ["head", "head 2"]
    with pytest.raises(InputError, match=r"key ROI 2.*may be cut off"):
        roi_lines(parse(f"*** ROIs:\t\nROI 1:{ROI}\nROI 2:Shape=Circle;Xc=80;Yc=40;Width=3"))
    with pytest.raises(InputError, match=r"key ROI 1: the ROI line names no Shape"):
        roi_lines(parse("*** ROIs:\t\nROI 1:Xc=80;Yc=40\n"))


def test_a_roi_line_of_many_thousand_characters():
    points = ",".join(f"({8 + (i % 7)},{8 + i % 5})" for i in range(3000))
    (roi,) = rois(f"Shape=Contour;Points={points};Label=long")
    assert len(roi.polygon_px) == 3000
