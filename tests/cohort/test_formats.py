"""The demo's cohort gives byte-identical results from whatever kind of file it is read."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sheet_files import write_ods, write_xlsx

from lumicohort.cohort.study import write_cohort
from lumicohort.simulate.cohort import simulate_cohort
from lumicohort.simulate.sheets import write_sheets
from lumicohort.study.config import StudyConfig, load_config

DATES = ("birth_date", "inoculation_date", "end_date")
NUMBERS = ("cells_injected", "weight_g")


@pytest.fixture(scope="module")
def demo(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyConfig, Path]:
    """Return the demo's config and a folder with its simulated cohort sheet alone."""
    folder = tmp_path_factory.mktemp("demo")
    config = load_config(root / "config" / "config.yaml")
    assert config.simulate is not None
    seed = config.simulate.seed
    animals = simulate_cohort(seed, config.simulate.animals_per_arm)
    write_sheets(animals, [{"batch": "none"}], config, seed, folder)
    return config, folder


def rows(folder: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO((folder / "cohort.csv").read_text(encoding="utf-8"))))


def typed(folder: Path, day: type = date) -> list[list[Any]]:
    """Return the sheet's cells as a workbook holds them."""
    header, *body = rows(folder)
    made: list[list[Any]] = [list(header)]
    for row in body:
        cells: list[Any] = []
        for name, text in zip(header, row, strict=True):
            if not text:
                cells.append(None)
            elif name in DATES:
                when = date.fromisoformat(text)
                cells.append(day(when.year, when.month, when.day))
            else:
                cells.append(float(text) if name in NUMBERS else text)
        made.append(cells)
    return made


def european(folder: Path) -> bytes:
    """Return the sheet as a German Excel saves it: `;`, decimal comma, 31.12.2020, cp1252."""
    header, *body = rows(folder)
    lines = ["Zusammenfassung für Mäuse – Versuch 1" + ";" * (len(header) - 1), ";".join(header)]
    for row in body:
        cells = []
        for name, text in zip(header, row, strict=True):
            if name in DATES and text:
                cells.append(".".join(reversed(text.split("-"))))
            else:
                cells.append(text.replace(".", ",") if name in NUMBERS else text)
        lines.append(";".join(cells))
    return ("\r\n".join(lines) + "\r\n").encode("cp1252")


def survival(demo: tuple[StudyConfig, Path], file: Path, out: Path) -> bytes:
    """Return survival.csv of the demo with its cohort read from this file alone."""
    config, _ = demo
    data = {
        "folder": str(file.parent),
        "imaging": "none",
        "cohort": {"file": file.name},
        # All mice were inoculated on 06.01.2020, which their column alone does not settle.
        "date_format": "day_first" if b"06.01.2020" in file.read_bytes() else None,
    }
    raw = {**config.model_dump(mode="json"), "data": data, "simulate": None}
    write_cohort(StudyConfig.model_validate(raw), out)
    return (out / "survival.csv").read_bytes()


@pytest.fixture(scope="module")
def expected(demo: tuple[StudyConfig, Path], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    content = survival(demo, demo[1] / "cohort.csv", tmp_path_factory.mktemp("expected"))
    lines = content.decode().splitlines()
    assert len(lines) == 1 + 4 * demo[0].simulate.animals_per_arm  # type: ignore[union-attr]
    assert lines[0].startswith("animal_id,model,arm,time_days,event,end_reason,included,reason")
    return content


@pytest.mark.parametrize("kind", ["xlsx", "xlsx of 1904", "ods", "tsv", "european csv", "utf-16"])
def test_survival_is_the_same_to_the_byte(
    kind: str, demo: tuple[StudyConfig, Path], expected: bytes, tmp_path: Path
) -> None:
    folder = demo[1]
    if kind.startswith("xlsx"):
        path = write_xlsx(tmp_path / "c.xlsx", typed(folder), epoch_1904="1904" in kind)
    elif kind == "ods":
        path = write_ods(tmp_path / "c.ods", typed(folder, datetime))
    else:
        path = tmp_path / ("c.tsv" if kind == "tsv" else "c.csv")
        text = "\n".join("\t".join(row) for row in rows(folder)) + "\n"
        encoding = "utf-16" if kind == "utf-16" else "utf-8"
        path.write_bytes(european(folder) if "european" in kind else text.encode(encoding))
    assert survival(demo, path, tmp_path / "out") == expected


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("libreoffice") is None, reason="LibreOffice is not installed")
def test_survival_is_the_same_after_libreoffice_has_saved_the_sheet(
    demo: tuple[StudyConfig, Path], expected: bytes, tmp_path: Path
) -> None:
    source = write_xlsx(tmp_path / "c.xlsx", typed(demo[1]))
    for kind in ("ods", "xls", "xlsx"):
        folder = tmp_path / kind
        command = ["libreoffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
        command += ["--convert-to", kind, "--outdir", str(folder), str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        assert survival(demo, folder / f"c.{kind}", folder / "out") == expected
