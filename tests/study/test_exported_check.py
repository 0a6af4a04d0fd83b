"""Exported tables before anything is measured: what `lumicohort check` knows of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from exported_tables import cells, write_table

from lumicohort.cohort.batches import list_batches, list_clicks
from lumicohort.cohort.cohort import read_cohort
from lumicohort.cohort.study import lives
from lumicohort.commands.check import summary
from lumicohort.errors import InputError
from lumicohort.study.config import StudyConfig, load_config
from lumicohort.study.exported import check_config

CONFIG = """study: mice
models: {MDA: {}}
arms: {vehicle: {}}
reference_arm: vehicle
data: {folder: %s, imaging_sheet: {file: imaging.csv}}
imaging: {measurements: {region: whole_body, background_roi: not_subtracted}}
analysis: {burden: {region: whole_body}}
"""
COHORT = """animal_id,model,arm,inoculation_date,end_date,end_reason
007,MDA,vehicle,2022-01-01,,
008,MDA,vehicle,2022-01-01,,
"""
SHEET = """batch,click,position,animal_id
week 2,AA20220112114235,1,008
"""


@pytest.fixture
def study(tmp_path: Path) -> StudyConfig:
    data = tmp_path / "data"
    first = [cells("007"), cells("", "1E+04", "Bkg 1")]
    write_table(data / "imaging" / "week 1" / "a.csv", *first)
    unnamed = cells("", image="AA20220112114235")
    write_table(data / "imaging" / "week 2" / "a.csv", unnamed)
    (data / "cohort.csv").write_text(COHORT)
    (data / "imaging.csv").write_text(SHEET)
    (tmp_path / "study.yaml").write_text(CONFIG % data)
    return load_config(tmp_path / "study.yaml")


def test_images_of_tables_are_known_with_date_and_animals(study: StudyConfig) -> None:
    assert list_batches(study) == ["week 1", "week 2"]
    (image,) = list_clicks(study, "week 1")
    assert (image.name, image.animals, image.only_exported) == ("AA20220105114235", ("007",), True)
    cohort = read_cohort(study)
    # an animal still alive was last seen on its last image, by label or by the imaging sheet
    assert [str(life.until) for life in lives(cohort)] == ["2022-01-05", "2022-01-12"]
    assert cohort.unseen == []
    lines = summary(study, cohort)
    assert "  week 1: 0 clicks, 1 only in exported tables" in lines


def test_a_table_that_cannot_be_read_ends_the_run_before_it_starts(study: StudyConfig) -> None:
    for week in ("week 1", "week 2"):
        write_table(study.imaging_folder / week / "a.csv", cells(flux="x"))
    with pytest.raises(InputError) as caught:
        list_batches(study)
    assert str(caught.value).startswith("2 problems:")
    assert "row 2, column Total Flux [p/s]: `x` is not a finite number" in str(caught.value)


def test_one_image_in_two_batches(study: StudyConfig) -> None:
    write_table(study.imaging_folder / "week 2" / "a.csv", cells("007"))
    with pytest.raises(InputError, match="`AA20220105114235` lies in more than one place"):
        list_batches(study)


def test_tables_alone_must_hold_what_is_analysed(study: StudyConfig) -> None:
    clicks = read_cohort(study).clicks
    check_config(study, clicks)
    raw = study.model_dump(mode="json")
    raw["analysis"]["burden"] |= {"region": "neuraxis", "quantity": "net_flux_p_s"}
    with pytest.raises(InputError) as caught:
        check_config(StudyConfig.model_validate(raw), clicks)
    assert "analysis.burden.region is `neuraxis`" in str(caught.value)
    assert "analysis.burden.quantity is `net_flux_p_s`" in str(caught.value)


def test_total_or_net_must_be_known_and_be_what_is_analysed(study: StudyConfig) -> None:
    raw = study.model_dump(mode="json")
    settings = raw["imaging"]["measurements"]
    settings["background_roi"] = None
    asks = StudyConfig.model_validate(raw)
    with pytest.raises(InputError, match="a background ROI, and nothing tells") as caught:
        list_clicks(asks, "week 1")
    assert "imaging.measurements.background_roi" in str(caught.value)
    assert list_clicks(asks, "week 2")[0].quantities == ("total_flux_p_s",)
    settings["background_roi"] = "subtracted"
    net = StudyConfig.model_validate(raw)
    clicks = read_cohort(net).clicks
    assert [click.quantities for click in clicks] == [("net_flux_p_s",)] * 2
    with pytest.raises(InputError) as caught:
        check_config(net, clicks)
    assert "is `total_flux_p_s`, and the flux of 2 images is from exported tables, which" in str(
        caught.value
    )
    assert "Analyse `net_flux_p_s`" in str(caught.value)
    raw["analysis"]["burden"]["quantity"] = "net_flux_p_s"
    check_config(StudyConfig.model_validate(raw), clicks)


def test_a_batch_with_nothing_but_another_programs_table_says_so(study: StudyConfig) -> None:
    folder = study.imaging_folder / "week 3"
    folder.mkdir()
    (folder / "aura.csv").write_text("Filename,ROI,Total Emission (photons/s)\nx,1,2\n")
    lines = summary(study, read_cohort(study))
    at = lines.index("  week 3: 0 clicks")
    unread = next(line for line in lines[at:] if line.startswith("    aura.csv: its headings"))
    assert "data.flux" in unread


def test_check_finds_labels_that_fit_nobody(
    study: StudyConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    """Measuring would end on them; the user is told before."""
    from lumicohort.cli import main

    config_file = str(study.data_folder.parent / "study.yaml")
    assert main(["check", config_file]) == 0
    first = study.imaging_folder / "week 1" / "a.csv"
    write_table(first, cells("007"), cells("phantom", "2E+05", "ROI 2"))
    assert main(["check", config_file]) == 0  # listed where it is measured
    capsys.readouterr()
    write_table(first, cells("X1"), cells("X2", "2E+05", "ROI 2"))
    write_table(study.imaging_folder / "week 2" / "a.csv", cells("Y", image="AA20220112114235"))
    assert main(["check", config_file]) == 2
    told = capsys.readouterr().err
    assert f"{first}: none of its 2 ROI labels (`X1`, `X2`) is an animal of the cohort" in told
    assert "a.csv, row 2: the label `Y` is none of the animals on image" in told


def test_check_names_workbooks_that_cannot_be_read(study: StudyConfig) -> None:
    folder = study.imaging_folder / "week 3"
    folder.mkdir()
    (folder / "export.xlsx").write_bytes(b"PK no workbook")
    lines = summary(study, read_cohort(study))
    said = "    export.xlsx: the workbook is cut off or damaged"
    assert any(line.startswith(said) for line in lines)
