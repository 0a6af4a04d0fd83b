"""Rows of exported tables on their way into flux.csv."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lumicohort.errors import InputError
from lumicohort.files import read_csv, write_csv
from lumicohort.study.assemble import assemble_flux
from lumicohort.study.config import parse_config


def results(folder: Path, ids: list[str], labels: list[str], click: str = "c1") -> Path:
    """Write a cohort and one batch whose only source is an exported table."""
    animals = [
        {
            "animal_id": a,
            "model": "m",
            "arm": "v",
            "birth_date": "",
            "inoculation_date": "2020-01-01",
            "end_date": "",
            "included": True,
            "reason": "",
            "file": "cohort.csv",
            "row": str(i),
        }
        for i, a in enumerate(ids, start=2)
    ]
    write_csv(pd.DataFrame(animals), folder / "cohort" / "animals.csv")
    columns = ["what", "id", "file", "row", "reason", "rule"]
    write_csv(pd.DataFrame(columns=columns), folder / "cohort" / "exclusions.csv")
    batch = folder / "imaging" / "b1"
    rois, sources = [], []
    for i, label in enumerate(labels, start=2):
        key = {
            "batch": "b1",
            "click": click,
            "animal_id": label,
            "region": "whole_body",
            "source": "measurements",
        }
        rois.append(
            {
                **key,
                "roi_method": "living_image",
                "total_flux_p_s": 1e6 * i,
                "total_flux_se_p_s": math.nan,
                "net_flux_p_s": math.nan,
                "lod_p_s": math.nan,
                "below_lod": None,
                "n_saturated": math.nan,
                "position": i - 1,
                "flags": "rounded_to_3_digits",
            }
        )
        more = {"other_source": "", "roi": f"ROI {i}", "roi_label": label}
        sources.append({**key, **more, "file": "export.csv", "row": str(i)})
    clicks = [
        {
            "batch": "b1",
            "click": click,
            "acquired_at": "2020-01-08T10:00:00",
            "exposure_s": math.nan,
            "view": "",
            "source": "measurements",
        }
    ]
    write_csv(pd.DataFrame(rois), batch / "rois.csv")
    write_csv(pd.DataFrame(sources), batch / "sources.csv")
    write_csv(pd.DataFrame(clicks), batch / "clicks.csv")
    write_csv(pd.DataFrame(columns=columns), batch / "exclusions.csv")
    return batch


def flux(folder: Path, *batches: Path, **more: Any) -> pd.DataFrame:
    burden = {"region": "whole_body", **more}
    study = parse_config(
        {
            "study": "s",
            "models": {"m": {}},
            "arms": {"v": {}},
            "reference_arm": "v",
            "imaging": {"measurements": {"region": "whole_body"}},
            "analysis": {"burden": burden},
        }
    )
    assemble_flux(study, batches, folder)
    return read_csv(folder / "flux.csv")


def refused(folder: Path, *batches: Path, **more: Any) -> str:
    with pytest.raises(InputError) as caught:
        flux(folder, *batches, **more)
    return str(caught.value)


def test_labels_get_the_cohorts_spelling(tmp_path: Path) -> None:
    batch = results(tmp_path, ["M 1", "M2"], ["m1", "M2"])
    table = flux(tmp_path, batch)
    assert table["animal_id"].tolist() == ["M 1", "M2"]
    assert table["total_flux_p_s"].tolist() == [2e6, 3e6]
    assert table["source"].tolist() == ["measurements"] * 2
    assert table["included"].all()
    assert table[["lod_p_s", "below_lod", "total_flux_se_p_s"]].isna().all(axis=None)


def test_a_label_that_fits_two_animals_is_refused_by_file_and_row(tmp_path: Path) -> None:
    batch = results(tmp_path, ["M 1", "M1", "M2"], ["m1", "M2"])
    assert refused(tmp_path, batch) == (
        "export.csv, row 2: the label `m1` fits `M 1` and `M1` of the cohort sheet. Name the "
        "animals of this image in the imaging sheet."
    )


def test_another_studys_table_is_refused(tmp_path: Path) -> None:
    batch = results(tmp_path, ["M1", "M2"], ["7", "8"])
    text = refused(tmp_path, batch)
    assert text.startswith("export.csv: none of its 2 ROI labels (`7`, `8`) is an animal")


def test_an_unknown_label_among_known_ones_is_listed(tmp_path: Path) -> None:
    batch = results(tmp_path, ["M1"], ["M1", "M9"])
    assert flux(tmp_path, batch)["animal_id"].tolist() == ["M1"]
    listed = read_csv(tmp_path / "exclusions.csv")
    assert listed[["id", "rule", "file", "row"]].astype(str).values.tolist() == [
        ["M9", "unknown_animal", "export.csv", "3"]
    ]
    assert listed.loc[0, "reason"] == (
        "`M9`, the label of an ROI of image `c1` of batch `b1`, does not stand in the cohort sheet."
    )


def test_what_tables_cannot_give_is_refused_by_key(tmp_path: Path) -> None:
    batch = results(tmp_path, ["M1"], ["M1"])
    text = refused(tmp_path, batch, quantity="net_flux_p_s", region="neuraxis")
    assert text.startswith("2 problems:")
    assert "analysis.burden.quantity is `net_flux_p_s`" in text
    assert "analysis.burden.region is `neuraxis`" in text
    assert "is of `whole_body` alone" in text


def test_a_change_of_source_over_time_is_flagged(tmp_path: Path) -> None:
    batch = results(tmp_path, ["M1", "M2"], ["M1", "M2"])
    second = tmp_path / "imaging" / "b2"
    for file in batch.iterdir():
        table = read_csv(file)
        if file.stem in ("clicks", "rois"):
            table["batch"], table["click"], table["source"] = "b2", "c2", "raw"
        if file.stem == "clicks":
            table["acquired_at"] = "2020-01-15T10:00:00+01:00"
        if file.stem == "rois":
            table = table[table["animal_id"] == "M1"].assign(flags="", n_saturated=0)
        write_csv(table, second / file.name)
    table = flux(tmp_path, batch, second)
    assert table[["animal_id", "source", "flags"]].values.tolist() == [
        ["M1", "measurements", "rounded_to_3_digits;source_changes_over_time"],
        ["M1", "raw", "source_changes_over_time"],
        ["M2", "measurements", "rounded_to_3_digits"],
    ]


def test_one_image_in_two_batches_is_refused_whatever_its_offset(tmp_path: Path) -> None:
    batch = results(tmp_path, ["M1"], ["M1"], "AA20200108100000")
    second = tmp_path / "imaging" / "b2"
    for file in batch.iterdir():
        table = read_csv(file)
        if "batch" in table:
            table["batch"] = "b2"
        if "acquired_at" in table:
            table["acquired_at"] = "2020-01-08T10:00:00+01:00"
            table["source"] = "raw"
        write_csv(table, second / file.name)
    assert "stands in the batches `b1` and `b2`" in refused(tmp_path, batch, second)


def make_net(batch: Path, *rows: int) -> None:
    """Turn rows of a measured batch into net flux, as of ROIs linked to a background ROI."""
    table = read_csv(batch / "rois.csv")
    for row in rows:
        table.loc[row, "net_flux_p_s"] = table.loc[row, "total_flux_p_s"]
        table.loc[row, "total_flux_p_s"] = math.nan
    write_csv(table, batch / "rois.csv")


def test_net_flux_is_analysed_as_net_flux_alone(tmp_path: Path) -> None:
    batch = results(tmp_path, ["M1", "M2"], ["M1", "M2"])
    make_net(batch, 0, 1)
    text = refused(tmp_path, batch)
    assert text.startswith(
        "config key analysis.burden.quantity is `total_flux_p_s`, and the flux of 1 images is from "
        "exported tables, which Living Image had corrected for a background ROI. Analyse "
        "`net_flux_p_s`"
    )
    table = flux(tmp_path, batch, quantity="net_flux_p_s")
    assert table["net_flux_p_s"].tolist() == [2e6, 3e6]
    assert table["total_flux_p_s"].isna().all() and table["included"].all()


def test_tables_that_mix_total_and_net_are_refused_either_way(tmp_path: Path) -> None:
    batch = results(tmp_path, ["M1", "M2"], ["M1", "M2"])
    make_net(batch, 1)
    for quantity in ("total_flux_p_s", "net_flux_p_s"):
        text = refused(tmp_path, batch, quantity=quantity)
        assert "Export all tables in one way" in text


def test_the_peak_of_net_fluxes(tmp_path: Path) -> None:
    first = results(tmp_path, ["M1"], ["M1"])
    make_net(first, 0)
    tables = {name: read_csv(first / f"{name}.csv") for name in ("clicks", "rois", "sources")}
    for name, table in tables.items():
        more = table.assign(click="c2")
        if name == "rois":
            more["net_flux_p_s"] = 5e6
        if name == "clicks":
            more["acquired_at"] = "2020-01-08T09:00:00"
        write_csv(pd.concat([table, more], ignore_index=True), first / f"{name}.csv")
    table = flux(tmp_path, first, quantity="net_flux_p_s")
    assert table[["click", "net_flux_p_s"]].values.tolist() == [["c2", 5e6]]
