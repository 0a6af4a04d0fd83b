"""Click folders: finding them, what they say, and what is refused."""

from __future__ import annotations

import shutil
from datetime import UTC, timedelta

import pytest
from synthetic_click import Recipe, make_click

from lumicohort.errors import InputError
from lumicohort.imaging.filters import filter_of
from lumicohort.living_image import NotLuminescent, find_clicks, read_click


def made(tmp_path, text=None, leave_out=()):
    return make_click(tmp_path, Recipe(text=text or {}, leave_out=leave_out)).folder


def test_what_a_click_says(tmp_path):
    click = read_click(made(tmp_path))
    assert click.uid == click.name == "XX20220105114235"
    assert click.acquired_at.isoformat() == "2022-01-05T11:42:59-06:00"
    assert click.animal_numbers == ("007", "008", "9a")
    assert click.view == "Dorsal"
    assert (click.exposure_s, click.binning, click.f_number) == (40.0, 8, 1.0)
    assert (click.fov_cm, click.read_bias_level) == (22.4, 496.628)
    assert (click.camera.system_id, click.camera.calibrated) == ("TEST", "2021-06-14")
    assert [r.label for r in click.roi_lines] == ["ROI 1"]
    assert click.flags == ()
    assert click.luminescent().shape == (60, 60)
    assert click.photograph().shape == click.photograph_shape == (240, 240)
    assert click.corrected() is None


def test_file_names_in_any_case(tmp_path):
    folder = made(tmp_path)
    for path in list(folder.iterdir()):
        path.rename(folder / path.name.swapcase())
    click = read_click(folder)
    assert click.luminescent().shape == (60, 60)
    assert click.dark_frame().shape == (60, 60)


def test_two_files_that_differ_in_case_are_refused(tmp_path):
    folder = made(tmp_path)
    shutil.copy(folder / "luminescent.TIF", folder / "Luminescent.tif")
    if len(list(folder.glob("[lL]uminescent.*"))) < 2:
        pytest.skip("this file system ignores case")
    with pytest.raises(InputError, match="differ only in case"):
        read_click(folder)


def test_without_analysis_the_labels_are_empty(tmp_path):
    click = read_click(made(tmp_path, leave_out=("AnalyzedClickInfo.txt",)))
    assert click.animal_numbers == ()
    assert click.roi_lines == ()
    assert click.view == ""


def test_labels_that_disagree_are_flagged_and_the_analysis_wins(tmp_path):
    click = read_click(made(tmp_path, {"Animal Number:\t\n": "Animal Number:\t1, 2\n"}))
    assert click.animal_numbers == ("007", "008", "9a")
    assert "animal_number_labels_disagree" in click.flags


@pytest.mark.parametrize("name", ["ClickInfo.txt", "luminescent.TIF", "photograph.TIF"])
def test_a_click_that_is_not_whole_names_the_file(tmp_path, name):
    folder = made(tmp_path, leave_out=(name,))
    with pytest.raises(InputError, match="missing from the click folder") as error:
        read_click(folder)
    assert str(folder / name) in str(error.value)


def test_a_click_without_its_photograph_where_none_is_needed(tmp_path):
    folder = make_click(tmp_path, Recipe(leave_out=("photograph.TIF",))).folder
    click = read_click(folder, photograph=False)
    assert click.exposure_s == 40
    with pytest.raises(InputError, match=r"photograph\.TIF: the file is missing"):
        click.photograph()


def test_saturation_noted_in_the_analysis_counts(tmp_path):
    folder = make_click(tmp_path).folder
    with (folder / "AnalyzedClickInfo.txt").open("a", encoding="utf-8") as text:
        text.write("*** luminescent image:\tluminescent.TIF\nSaturated:\t1\n")
    assert "living_image_says_saturated" in read_click(folder).flags


def test_all_problems_at_once(tmp_path):
    folder = made(
        tmp_path,
        {"(Seconds):\t40\nLumin": "(Seconds):\t0\nLumin", "f Number:\t1\n": "f Number:\tnan\n"},
        leave_out=("photograph.TIF",),
    )
    with pytest.raises(InputError) as error:
        read_click(folder)
    message = str(error.value)
    assert "photograph.TIF" in message
    assert "key Luminescent Exposure (Seconds): `0` does not lie between" in message
    assert "key f Number: `nan` is not a number" in message


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("filter:\tBlock", "filter:\t465", "Excitation filter is `465`"),
        ("*** luminescent image", "*** fluorescent image", "fluorescent image"),
        ("ClickInfoType:\tRawData", "Image Type:\tFluorescent", "Image Type"),
    ],
)
def test_fluorescence_is_refused_by_name_and_reason(tmp_path, old, new, says):
    folder = made(tmp_path, {old: new})
    with pytest.raises(NotLuminescent, match=says) as error:
        read_click(folder)
    assert str(folder) in str(error.value)


@pytest.mark.parametrize("key", ["Fluorescence Level", "Lamp Level"])
@pytest.mark.parametrize(("level", "left_out"), [("High", True), ("2", True), ("Off", False)])
def test_a_lamp_that_no_filter_blocks_is_fluorescence(tmp_path, key, level, left_out):
    with_lamp = {"f Number:\t1\n": f"f Number:\t1\n{key}:\t{level}\n"}
    assert read_click(made(tmp_path / "a", with_lamp)).exposure_s == 40  # Excitation filter: Block
    folder = made(tmp_path / "b", {**with_lamp, "Excitation filter:\tBlock\n": ""})
    if not left_out:
        assert read_click(folder).exposure_s == 40
        return
    with pytest.raises(NotLuminescent, match=f"its {key} is `{level}`"):
        read_click(folder)


@pytest.mark.parametrize(
    ("named", "label", "disagree"),
    [
        ("Open", "620", True),
        ("620", "Open", True),
        ("620", "620 nm", False),
        ("Open", "Empty", False),
        ("Open", "", False),
    ],
)
def test_a_filter_that_is_not_at_its_place_in_the_wheel_is_flagged(
    tmp_path, named, label, disagree
):
    lines = f"Camera System ID:\tTEST\nEM Filter Position 9 label:\t{label}"
    text = {
        "Emission filter:\tOpen": f"Emission filter:\t{named}\nFilter Position:\t9",
        "Camera System ID:\tTEST": lines,
    }
    click = read_click(made(tmp_path, text))
    assert click.emission_filter == named
    assert ("filter_unlike_its_position" in click.flags) == disagree


@pytest.mark.parametrize(("units", "disagree"), [("photons", True), ("Counts", False), ("", False)])
def test_units_that_disagree_are_flagged(tmp_path, units, disagree):
    click = read_click(made(tmp_path, {"Image Units:\tcounts": f"Image Units:\t{units}"}))
    assert ("units_disagree" in click.flags) == disagree


REFERENCE = "*** fluorescent reference image:\tfluorescentreference.TIF\nBinning Factor:\t8\n\n"


def test_a_reference_image_of_fluorescence_where_the_excitation_is_not_told(tmp_path):
    with_it = {"*** Camera System Info": f"{REFERENCE}*** Camera System Info"}
    assert read_click(made(tmp_path / "a", with_it)).exposure_s == 40  # Excitation filter: Block
    folder = made(tmp_path / "b", {**with_it, "Excitation filter:\tBlock\n": ""})
    with pytest.raises(NotLuminescent, match="fluorescent reference image"):
        read_click(folder)


@pytest.mark.parametrize("name", ["AA20220105114235_SEQ_UMX1", "aa_umx", "AA_UMX2_001"])
def test_an_image_computed_by_spectral_unmixing_is_left_out(tmp_path, name):
    folder = made(tmp_path)
    with pytest.raises(NotLuminescent, match=f"`{name}` was computed by spectral unmixing"):
        read_click(folder.rename(folder.parent / name))
    assert read_click(made(tmp_path / "b").rename(tmp_path / "JUMX1")).exposure_s == 40


def test_a_photograph_alone_is_left_out_and_a_broken_click_is_not(tmp_path):
    light = "*** luminescent image:\tluminescent.TIF"
    xray = {light: "*** xray image:\txray.TIF"}
    alone = made(tmp_path / "a", xray, leave_out=("luminescent.TIF",))
    with pytest.raises(NotLuminescent, match="only a photographic image and a xray image was"):
        read_click(alone)
    for folder in (
        made(tmp_path / "b", xray),  # the image is there, its section is not
        made(tmp_path / "c", leave_out=("luminescent.TIF",)),
    ):
        with pytest.raises(InputError, match="missing") as error:
            read_click(folder)
        assert not isinstance(error.value, NotLuminescent)


@pytest.mark.parametrize(
    ("filter_lines", "label", "found"),
    [
        ("Filter Position:\t5", "EM Filter Position 5 label:\t540", "540"),
        ("Filter Position:\t5", "Filter Position 5 label:\tDsRed", "DsRed"),
        ("Filter Position:\t5", "EM Filter Position 4 label:\t540", "position 5"),
        ("Filter Position:\t1", "", "Open"),
        ("Filter Position:\t24", "", "Open"),
        ("Emission filter:\tOpen\nFilter Position:\t5", "", "Open"),
        ("", "", ""),
    ],
)
def test_the_place_in_the_wheel_tells_the_filter_that_the_text_does_not_name(
    tmp_path, filter_lines, label, found
):
    folder = made(
        tmp_path,
        {
            "Emission filter:\tOpen": filter_lines,
            "Camera System ID:\tTEST": f"Camera System ID:\tTEST\n{label}",
        },
    )
    click = read_click(folder)
    assert click.emission_filter == filter_of(folder) == found
    assert ("emission_filter_in_place" in click.flags) == (found not in ("Open", ""))


def test_the_analysis_of_another_click_is_refused(tmp_path):
    def with_time(folder, seconds, number=""):
        path = folder / "AnalyzedClickInfo.txt"
        section = f"*** luminescent image:\tluminescent.TIF\nAcquisition Seconds:\t{seconds}\n\n"
        text = path.read_text().replace("*** ROIs", f"{section}*** ROIs")
        path.write_text(text.replace("ClickNumber:\t", f"ClickNumber:\t{number}"))
        return folder

    own = read_click(with_time(made(tmp_path / "a"), 3724249379))
    assert own.animal_numbers == ("007", "008", "9a")
    with pytest.raises(InputError, match=r"3724252979 s, that of .* belongs to another click"):
        read_click(with_time(made(tmp_path / "b"), 3724252979, "other"))
    # copied under another name, or the clock was set right in one of the texts
    for place, seconds, number in (("c", 3724249379, "other"), ("d", 3724252979, "")):
        same = read_click(with_time(made(tmp_path / place), seconds, number))
        assert same.animal_numbers == ("007", "008", "9a")


def test_an_exposure_in_another_unit_is_refused(tmp_path):
    folder = made(tmp_path, {"Units:\tsec": "Units:\tmin"})
    with pytest.raises(InputError, match=r"Luminescent Exposure Units.*`min`.*is not known\."):
        read_click(folder)


@pytest.mark.parametrize(
    ("value", "unit", "lasted", "exposure_s"),
    [
        ("40", "min", 43, 40.0),
        ("300", "Minutes", 303, 300.0),
        ("5", "min", 303, 300.0),
        ("0.5", "min", 43, 30.0),
        ("40", "sec", 3, 40.0),
        ("5", "min", 100, None),  # neither 5 nor 300 s
        ("0.4", "min", 26, None),  # both: 0.4 s and 24 s
        ("5", "min", -20, None),  # that frame was read before
        ("5", "fortnights", 303, None),
    ],
)
def test_the_clock_tells_which_unit_of_an_exposure_holds(tmp_path, value, unit, lasted, exposure_s):
    frame = (
        f"*** readbiasonly image:\treadbiasonly.TIF\nAcquisition Seconds:\t{3724249379 + lasted}"
    )
    folder = made(
        tmp_path,
        {
            "(Seconds):\t40\nLuminescent Exposure Units:\tsec": f"(Seconds):\t{value}\n"
            f"Luminescent Exposure Units:\t{unit}",
            "*** Camera System Info": f"{frame}\n\n*** Camera System Info",
        },
    )
    if exposure_s is None:
        with pytest.raises(InputError, match=r"Luminescent Exposure Units.*is not known"):
            read_click(folder)
        return
    click = read_click(folder)
    assert click.exposure_s == exposure_s
    assert ("exposure_unit_settled_by_clock" in click.flags) == (unit != "sec")


@pytest.mark.parametrize(
    ("old", "new", "flag"),
    [
        ("Measured Temperature:\t-89", "Measured Temperature:\t-60", "ccd_temperature_not_locked"),
        ("Error Wave:\tNo Error", "Error Wave:\tTimeout", "camera_error"),
        ("Emission filter:\tOpen", "Emission filter:\t620", "emission_filter_in_place"),
        ("Error Wave:\tNo Error", "Saturated:\t1", "living_image_says_saturated"),
        ("Color Table:\tRainbow\n\n", "Color Table:\tRain", "clickinfo_cut_off"),
    ],
)
def test_flags(tmp_path, old, new, flag):
    assert flag in read_click(made(tmp_path, {old: new})).flags


def test_the_offset_follows_daylight_saving(tmp_path):
    summer = {
        "January 5, 2022\nAcquisition Time:\t11:42:59": "July 5, 2022\nAcquisition Time:\t12:42:59",
        "Seconds:\t3724249379": f"Seconds:\t{3724249379 + 181 * 86400}",
    }
    at = read_click(made(tmp_path, summer)).acquired_at
    assert at.isoformat() == "2022-07-05T12:42:59-05:00"


def test_clocks_missing_or_at_odds(tmp_path):
    seconds = "Acquisition Seconds:\t3724249379\n"
    day = "Acquisition Time:\t11:42:59\n"
    click = read_click(made(tmp_path / "a", {seconds: ""}))
    assert click.flags == ("utc_offset_unknown",)
    assert click.acquired_at.isoformat() == "2022-01-05T11:42:59+00:00"
    click = read_click(made(tmp_path / "b", {day: ""}))
    assert click.flags == ("local_time_unknown",)
    assert click.acquired_at.isoformat() == "2022-01-05T17:42:59+00:00"
    signed = f"Acquisition Seconds:\t{3724249379 - 2**32}\n"  # of a program with 32 bits
    click = read_click(made(tmp_path / "e", {seconds: signed}))
    assert (click.flags, click.acquired_at.isoformat()) == ((), "2022-01-05T11:42:59-06:00")
    click = read_click(made(tmp_path / "c", {day: "Acquisition Time:\t11:20:00\n"}))
    assert click.flags == ("acquisition_clocks_disagree",)
    assert click.acquired_at.utcoffset() == timedelta(0)
    with pytest.raises(InputError, match="key Acquisition Time: the key is missing"):
        read_click(made(tmp_path / "d", {seconds: "", day: ""}))


@pytest.mark.parametrize(
    ("day", "clock", "local"),
    [
        ("Mittwoch, 5. Januar 2022", "11:42:59", "2022-01-05T11:42:59-06:00"),
        ("mercredi 5 janvier 2022", "11:42:59", "2022-01-05T11:42:59-06:00"),
        ("2022年1月5日", "11:42:59", "2022-01-05T11:42:59-06:00"),
        ("2022年1月6日", "上午 01:42:59", "2022-01-06T01:42:59+08:00"),
        ("5. Januar 2022", "12:42:59 Uhr", "2022-01-05T12:42:59-05:00"),
        ("5 janvier 2022", "12 h 42 min 59 s", "2022-01-05T12:42:59-05:00"),
        ("2022年1月6日", "上午 12:42:59", "2022-01-06T00:42:59+07:00"),
        ("05.01.2022", "18:42:59", "2022-01-05T18:42:59+01:00"),
        ("5/1/2022", "6:42:59 nachm.", "2022-01-05T18:42:59+01:00"),
        ("2022/01/06", "午前 2:42:59", "2022-01-06T02:42:59+09:00"),
        ("donderdag 6 januari 2022", "06.42.59", "2022-01-06T06:42:59+13:00"),
        ("Wednesday, January 5, 2022", "11:42:59 AM", "2022-01-05T11:42:59-06:00"),
        # nothing that is sure: UTC stands, and a flag says so
        ("Freitag, 7. Januar 2022", "11:42:59", None),
        ("Mittwoch, 5. Januar 2021", "11:42:59", None),
        ("5 janvier", "11:42:59", None),
        ("2022年1月6日", "99:42:59", None),
        ("2022年1月5日", "13:42:59 下午", None),
        ("5. Januar 2022", "11:42:59 morgens", None),
        ("2022年1月5日", "midi", None),
    ],
)
def test_dates_and_clocks_of_other_languages(tmp_path, day, clock, local):
    # 2022-01-05 17:42:59 UTC
    old = "Wednesday, January 5, 2022\nAcquisition Time:\t11:42:59"
    click = read_click(made(tmp_path, {old: f"{day}\nAcquisition Time:\t{clock}"}))
    assert click.acquired_at.isoformat() == (local or "2022-01-05T17:42:59+00:00")
    assert click.flags == (() if local else ("local_time_unknown",))


def test_real_click(real_click):
    click = read_click(real_click)
    assert click.animal_numbers == ("3466", "3467", "3468", "3469", "3470")
    assert click.acquired_at.isoformat() == "2022-01-05T11:42:59-06:00"
    assert click.acquired_at.astimezone(UTC).hour == 17
    assert click.view == "Dorsal"
    assert click.camera.calibrated == "2021-06-14"
    assert click.flags == ()
    assert [r.label for r in click.roi_lines] == [f"ROI {i}" for i in range(1, 6)]
    areas = [r.mask((240, 240), click.binning).sum() for r in click.roi_lines]
    radius = 225.882348100249 / 2 / 8
    assert all(abs(a - 3.14159265 * radius**2) < 6 for a in areas)
    assert find_clicks(real_click.parent) == [real_click]


@pytest.mark.parametrize(("fov", "fits"), [("22.4", True), ("22.40001", True), ("13.2", False)])
def test_a_photograph_of_another_field_of_view_is_refused(tmp_path, fov, fits):
    photographs = "f Number:\t8\nField of View:\t"
    click = read_click(made(tmp_path, {f"{photographs}22.4": f"{photographs}{fov}"}))
    if fits:
        assert click.photograph().shape == click.photograph_shape
    else:
        with pytest.raises(InputError, match=r"shows 13\.2 cm, the luminescent image 22\.4 cm"):
            click.photograph()
