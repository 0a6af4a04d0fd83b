"""A whole made-up results folder, figures and tables included, shared by the report's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up import made_up_config, write_made_up
from odd_reports import ONE

from lumicohort.figures.draw import draw_figure
from lumicohort.report.qc import write_qc
from lumicohort.report.report import write_report
from lumicohort.study.config import StudyConfig

SVG_ONLY = {"formats": ["svg"]}


def whole(config: StudyConfig, folder: Path, **data: object) -> Path:
    """Write made-up results with their figures, QC page and report."""
    write_made_up(config, folder, **data)  # type: ignore[arg-type]
    for figure in config.figures.show:
        draw_figure(config, figure.name, folder)
    write_qc(config, folder)
    write_report(config, folder)
    return folder


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole(made_up_config(figures=SVG_ONLY), tmp_path_factory.mktemp("reported"))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return write_made_up(ONE, tmp_path, previews=False)
