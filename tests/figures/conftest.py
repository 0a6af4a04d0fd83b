"""Made-up results, shared by the tests of figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspection import clipped, overlapping, texts
from made_up import made_up_config, write_made_up
from odd_studies import STYLE, Drawn

from lumicohort.figures.captions import write_caption
from lumicohort.figures.data import StudyTables, load
from lumicohort.figures.draw import make
from lumicohort.study.config import StudyConfig
from lumicohort.study.config.output import Figure as Entry


@pytest.fixture(scope="session")
def study() -> StudyConfig:
    return made_up_config()


@pytest.fixture(scope="session")
def results(study: StudyConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_made_up(study, tmp_path_factory.mktemp("made_up"))


@pytest.fixture(scope="session")
def tables(study: StudyConfig, results: Path) -> StudyTables:
    return load(study, results)


@pytest.fixture
def draw(tmp_path: Path) -> Callable[..., Drawn]:
    """Return a function that draws a figure of a study whose tables a test may change before."""

    def drawn(
        config: StudyConfig, kind: str, change: Callable[[Path], None] | None = None, **how: Any
    ) -> Drawn:
        options = {
            key: how.pop(key) for key in ("arms", "models", "preset", "width_cm") if key in how
        }
        if not (tmp_path / "survival.csv").exists():
            write_made_up(config, tmp_path, previews=False, **how)
        if change:
            change(tmp_path)
        tables = load(config, tmp_path)
        entry = Entry(name="f", kind=kind, **options)
        with STYLE.context():
            made = make(config, entry, tables, tmp_path, STYLE)
            figure, shown = made.drawing, texts(made.drawing)
            caption = write_caption(config, entry, made.captions)
        assert clipped(figure, shown) == []
        assert overlapping(shown) == []
        assert min(s.size for s in shown) >= 5
        return figure, [s.text.replace("\N{NO-BREAK SPACE}", " ") for s in shown], caption

    return drawn
