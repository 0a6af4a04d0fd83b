"""What runs again after which change: the table of docs/reruns.md, proved by test_reruns.py."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import small_study
from changing import Study


@dataclass(frozen=True)
class Change:
    """A change, and the jobs that run after it.

    Parameters
    ----------
    name : str
        In words, for the table.
    do : callable
        Makes it.
    measured : int
        Batches measured, of three.
    jobs : frozenset of str
        The other jobs; `figures` stands for all of them.
    """

    name: str
    do: Callable[[Study], object]
    measured: int
    jobs: frozenset[str]


STATISTICS = ("cohort", "left_out", "protocol", "flux", "survival", "burden", "tables")
FIGURES = ("figure_survival", "figure_montage")
COLUMNS = (*STATISTICS, *FIGURES, "qc", "report", "versions")
"""Jobs beside those that measure batches."""

FROM_FLUX = "flux burden tables figure_montage qc report"
FROM_COHORT = "cohort flux survival burden tables figure_survival figure_montage qc report"
NEW = f"left_out protocol {FROM_FLUX}"


def _change(name: str, do: Callable[[Study], object], measured: int, jobs: str) -> Change:
    found = frozenset(jobs.split())
    assert found <= set(COLUMNS), found - set(COLUMNS)
    return Change(name, do, measured, found)


def _image(study: Study) -> None:
    """Change one pixel of an image, and nothing of its size."""
    path = study.click / "luminescent.TIF"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(bytes(raw))


def _same_time(study: Study) -> None:
    """Change an image such that neither its size nor its time tells."""
    path = study.click / "luminescent.TIF"
    stat = path.stat()
    _image(study)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _review(study: Study) -> None:
    from lumicohort.files import sha256
    from lumicohort.imaging.corrections import REQUIRED

    cells = {
        "click": study.click.name,
        "animal_id": "M02",
        "region": "neuraxis",
        "action": "reject",
        "geometry": "",
        "reason": "moved",
        "reviewer": "reviewer",
        "time": "2020-03-30T10:00",
        "sha256": sha256(study.click / "luminescent.TIF"),
    }
    row = ",".join(cells[name] for name in REQUIRED)
    (study.data / "roi_review.csv").write_text(f"{','.join(REQUIRED)}\n{row}\n")


def _table(study: Study) -> None:
    """Add a table exported from Living Image, of the batch's click."""
    head = "Image Number\tROI\tTotal Flux (p/s)\tAvg Radiance (p/s/cm²/sr)\tArea (cm²)"
    row = f"{study.click.name}\tM01\t1.234E+06\t2.28E+03\t4.2E+00"
    (study.batch / "export.txt").write_text(f"{head}\n{row}\n", encoding="utf-8")


def _remove(study: Study) -> None:
    shutil.rmtree(study.batch)


def _later(study: Study) -> None:
    batch = study.folder / "later" / small_study.LATER
    shutil.move(batch, study.data / "imaging" / batch.name)


def _later_above(study: Study) -> None:
    """Add a batch whose rows stand above all others of the imaging sheet."""
    _later(study)
    sheet = study.data / "imaging.csv"
    head, *rows = sheet.read_text().splitlines()
    rows.sort(key=lambda row: not row.startswith(small_study.LATER))
    sheet.write_text("\n".join([head, *rows]) + "\n")


def _moved(study: Study) -> None:
    """Move the data elsewhere, as they are; results name the places of what was left out."""
    study.data.rename(study.folder / "moved")
    study.set("data.folder", "moved")


def _swap(study: Study) -> None:
    """Let the first two animals of a click lie in each other's place."""
    study.edit("imaging.csv", r"(\S+,1),M01(,.*\n\S+,2),M02", r"\1,M02\2,M01")


def _animal_above(study: Study) -> None:
    """Put an animal above all others of the cohort sheet."""
    sheet = study.data / "cohort.csv"
    head, first, *rows = sheet.read_text().splitlines()
    sheet.write_text("\n".join([head, first.replace("M01", "M99"), first, *rows]) + "\n")


def _weight_and_interval(study: Study) -> None:
    study.edit("weights.csv", r"(\d\d)\.\d$", r"\1.75")
    study.set("analysis.survival", {"bootstrap_samples": 999, "ci_type": "log"})


def _one_figure(study: Study) -> None:
    figures = json.loads(json.dumps(small_study.CONFIG["figures"]["show"]))
    figures[1]["colour_map"] = "viridis"
    study.set("figures.show", figures)


CHANGES = (
    _change("nothing", lambda s: None, 0, ""),
    _change("an image touched (new time, same content)", lambda s: os.utime(_tiff(s)), 0, ""),
    _change("a sheet saved again as it was", lambda s: os.utime(s.data / "cohort.csv"), 0, ""),
    _change("a new batch, its rows already in the imaging sheet", _later, 1, NEW),
    _change("a new batch, its rows put above the others", _later_above, 1, NEW),
    _change("an image with other pixels", _image, 1, FROM_FLUX),
    _change("the same, its size and time kept", _same_time, 1, FROM_FLUX),
    _change("an image deleted", lambda s: _tiff(s).unlink(), 1, FROM_FLUX),
    _change("a batch removed", _remove, 0, NEW),
    _change("an exported Measurements table added to a batch", _table, 1, FROM_FLUX),
    _change(
        "an ImageJ ROI file put beside a click",
        lambda s: (s.click / "M01.roi").write_bytes(b"Iout"),
        1,
        FROM_FLUX,
    ),
    _change("a reviewer's correction of one click", _review, 1, FROM_FLUX),
    _change(
        "a row of the imaging sheet, of one batch",
        lambda s: s.edit("imaging.csv", "10:02", "10:03"),
        1,
        FROM_FLUX,
    ),
    _change("two animals change places on a click", _swap, 1, FROM_FLUX),
    _change(
        "an empty row above a row of the imaging sheet whose batch is not there",
        lambda s: s.edit("imaging.csv", r"\A(.*\n)", r"\1,,,,,\n"),
        0,
        "left_out flux burden tables figure_montage qc report",
    ),
    _change(
        "a row of the cohort sheet",
        lambda s: s.edit("cohort.csv", "2020-01-30", "2020-01-31"),
        0,
        f"protocol {FROM_COHORT}",
    ),
    _change(
        "an animal more, above all others of the cohort sheet",
        _animal_above,
        0,
        f"protocol {FROM_COHORT}",
    ),
    _change(
        "a row of the weights' sheet",
        lambda s: s.edit("weights.csv", r"(\d\d)\.\d$", r"\1.75"),
        0,
        "protocol report",
    ),
    _change(
        "a row of the weights' sheet, and `analysis.survival.ci_type`",
        _weight_and_interval,
        0,
        "protocol survival tables figure_survival report versions",
    ),
    _change(
        "`imaging.regions.margin_cm` (every region)",
        lambda s: s.set("imaging", {"regions": {"margin_cm": 0.21}}),
        3,
        f"{FROM_FLUX} versions",
    ),
    _change(
        "`imaging.choose` (which click counts)",
        lambda s: s.set("imaging", {"choose": "first"}),
        0,
        f"{FROM_FLUX} versions",
    ),
    _change(
        "`arms.DFO.colour`",
        lambda s: s.set("arms.DFO", {"colour": "#D55E00"}),
        0,
        "figure_survival figure_montage report versions",
    ),
    _change(
        "`figures.show`, one figure's colours", _one_figure, 0, "figure_montage report versions"
    ),
    _change(
        "`analysis.survival.ci_type`",
        lambda s: s.set("analysis.survival", {"bootstrap_samples": 999, "ci_type": "log"}),
        0,
        "survival tables figure_survival report versions",
    ),
    _change(
        "`analysis.burden.below_lod`",
        lambda s: s.set("analysis.burden", {"below_lod": "lod"}),
        0,
        "burden tables figure_montage report versions",
    ),
    _change(
        "`schedule.imaging_tolerance_days`",
        lambda s: s.set("schedule", {"imaging_tolerance_days": 2}),
        0,
        f"protocol {FROM_FLUX} versions",
    ),
    _change(
        "`data.folder`, the data moved there",
        _moved,
        3,
        f"left_out {FROM_COHORT} versions",
    ),
    _change(
        "`schedule.dose_mg_per_kg`",
        lambda s: s.set("schedule", {"dose_mg_per_kg": 1.0}),
        0,
        "protocol report versions",
    ),
    _change(
        "`data.weights.last_row`",
        lambda s: s.set("data.weights", {"file": "weights.csv", "last_row": 9}),
        0,
        "protocol report versions",
    ),
    _change(
        "`arms.DFO.animals_planned`",
        lambda s: s.set("arms.DFO", {"colour": "#0072B2", "animals_planned": 5}),
        0,
        "report versions",
    ),
    _change(
        "`models.<model>.published`",
        lambda s: s.set("models.PC9-LeptoM", {"published": {"source": "a paper"}}),
        0,
        "tables report versions",
    ),
    _change("`title`", lambda s: s.set("title", "Another title"), 0, "qc report versions"),
    _change(
        "code that calibrates",
        lambda s: s.edit_code("radiometry/calibrate.py"),
        3,
        FROM_FLUX,
    ),
    _change(
        "code of survival statistics, which burden's use too",
        lambda s: s.edit_code("survival/differences.py"),
        0,
        "survival burden tables figure_survival figure_montage report",
    ),
    _change(
        "code of burden statistics",
        lambda s: s.edit_code("burden/ancova.py"),
        0,
        "burden tables figure_montage report",
    ),
    _change(
        "code of one kind of figure",
        lambda s: s.edit_code("figures/kinds/montage.py"),
        0,
        "figure_montage report",
    ),
    _change(
        "code of the report",
        lambda s: s.edit_code("report/methods.py"),
        0,
        "report",
    ),
    _change("code of planning alone", lambda s: s.edit_code("planning/power.py"), 0, ""),
    _change(
        "lifelines upgraded",
        lambda s: s.upgrade("lifelines"),
        0,
        "survival burden tables figure_survival figure_montage report versions",
    ),
    _change(
        "scikit-image upgraded",
        lambda s: s.upgrade("scikit-image"),
        3,
        f"{FROM_FLUX} versions",
    ),
    _change(
        "matplotlib upgraded",
        lambda s: s.upgrade("matplotlib"),
        0,
        "figure_survival figure_montage qc report versions",
    ),
    _change(
        "a result of one batch deleted",
        lambda s: (s.folder / f"results/small/imaging/{s.batch.name}/rois.csv").unlink(),
        1,
        FROM_FLUX,
    ),
    _change(
        "a result deleted",
        lambda s: (s.folder / "results/small/figures/montage.svg").unlink(),
        0,
        "figure_montage report",
    ),
)


def _tiff(study: Study) -> Path:
    return study.click / "luminescent.TIF"


HEADINGS = (
    "batches measured",
    "cohort",
    "left out",
    "protocol",
    "flux",
    "survival",
    "burden",
    "tables",
    "figures",
    "QC",
    "report",
)


def table() -> str:
    """Return the changes and what runs after each, as a Markdown table."""
    lines = [
        f"| change | {' | '.join(HEADINGS)} |",
        f"|---|{'---|' * len(HEADINGS)}",
    ]
    for change in CHANGES:
        figures = [name.removeprefix("figure_") for name in FIGURES if name in change.jobs]
        all_of_them = len(figures) == len(FIGURES)
        cells = [
            {0: "", 3: "all"}.get(change.measured, str(change.measured)),
            *("yes" if name in change.jobs else "" for name in STATISTICS),
            "all" if all_of_them else ", ".join(figures),
            *("yes" if name in change.jobs else "" for name in ("qc", "report")),
        ]
        lines.append(f"| {change.name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
