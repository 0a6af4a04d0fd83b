"""What each step of the workflow uses: config, code of this package, and libraries.

A job runs again when one of them changes. The code is found by following imports from the module
that does the step, so a new module counts without being listed anywhere; the config is listed
here, and `tests/workflow/test_uses.py` runs every step and compares what it really touched.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Step:
    """What a step uses.

    Parameters
    ----------
    modules : tuple of str
        Where its work is done; their imports, and those of what they import, are its code.
    settings : tuple of str
        Dotted keys of the config (`analysis.survival`); none stands for the whole config. A star
        stands for every arm or model: `arms.*.label` for their labels, `arms.*` for their names.
    shallow : tuple of str
        Modules of which the step uses only what stands at their top: imports inside their
        functions are not followed.
    """

    modules: tuple[str, ...]
    settings: tuple[str, ...] = ()
    shallow: tuple[str, ...] = ()


STEPS: dict[str, Step] = {
    "simulate": Step(
        ("simulate.study",),
        ("study", "models.*", "arms.*", "data", "schedule", "simulate", "blinding"),
    ),
    "measure_batch": Step(
        ("imaging.batch",),
        (
            "imaging.calibration",
            "imaging.regions",
            "imaging.detection",
            "imaging.measurements",
            "imaging.compare",
            "imaging.export_masks",
            "data.date_format",
            "strict",
        ),
    ),
    "cohort": Step(
        ("cohort.study",),
        (
            "models.*",
            "arms.*.animals_planned",
            "reference_arm",
            "data",
            "end_reasons",
            "schedule",
            "exclusions",
            "strict",
            "imaging.detection",
            "imaging.measurements",
            "blinding",
            "analysis.survival.covariates",
            "analysis.survival.stratify_by",
            "analysis.survival.cluster_by",
            "analysis.survival.entry",
            "analysis.burden.region",
        ),
        shallow=("imaging.click", "living_image.tiff", "living_image.rois"),
    ),
    "flux": Step(
        ("study.assemble", "cohort.batches"),
        (
            "study",
            "data",
            "imaging",
            "schedule",
            "strict",
            "arms.*",
            "models.*",
            "analysis.burden.region",
            "analysis.burden.quantity",
        ),
        shallow=("imaging.click", "living_image.tiff", "living_image.rois"),
    ),
    "survival": Step(
        ("survival.study",),
        ("models.*", "arms.*", "reference_arm", "analysis.survival", "end_reasons"),
    ),
    "burden": Step(
        ("burden.study",),
        (
            "models.*",
            "arms.*",
            "reference_arm",
            "analysis.burden",
            "schedule.treatment_first_day",
        ),
    ),
    "tables": Step(
        ("tables.study",),
        (
            "models",
            "arms.*.label",
            "reference_arm",
            "analysis",
            "tables",
            "simulate",
            "blinding",
        ),
    ),
    # A figure's `analysis` follows from what it reads; see `plan.settings`.
    "figure": Step(
        ("figures.draw",),
        (
            "models",
            "arms",
            "reference_arm",
            "schedule",
            "tables.rounding",
            "tables.smallest_p",
            "simulate",
            "blinding",
        ),
    ),
    "qc": Step(
        ("report.qc",),
        (
            "study",
            "title",
            "data",
            "imaging",
            "analysis.burden",
            "simulate",
            "tables.rounding",
            "blinding",
        ),
        shallow=("imaging.click",),
    ),
    "report": Step(("report.report",), (), shallow=("imaging.click",)),
    "versions": Step(("study.steps",), ()),
}
"""The steps by name, in the order in which the workflow runs them."""

EVERY_STEP = ("lumicohort.errors", "lumicohort.files", "lumicohort.commands.step")
"""Modules behind every step. So is the config's package, whose objects all steps ask."""

_CONFIG = "lumicohort.study.config"

LIBRARIES = {
    "docx": "python-docx",
    "jinja2": "jinja2",
    "lifelines": "lifelines",
    "markupsafe": "markupsafe",
    "matplotlib": "matplotlib",
    "mpl_toolkits": "matplotlib",
    "numpy": "numpy",
    "openpyxl": "openpyxl",
    "pandas": "pandas",
    "PIL": "pillow",
    "pydantic": "pydantic",
    "pydantic_core": "pydantic",
    "python_calamine": "python-calamine",
    "roifile": "roifile",
    "scipy": "scipy",
    "seaborn": "seaborn",
    "skimage": "scikit-image",
    "tifffile": "tifffile",
    "typst": "typst",
    "xlrd": "xlrd",
    "xlsxwriter": "xlsxwriter",
    "yaml": "pyyaml",
}
"""Libraries that the package imports, by the names under which they are installed."""

VERSIONS_OF = (
    "lumicohort",
    "snakemake",
    "numpy",
    "scipy",
    "pandas",
    "lifelines",
    "scikit-image",
    "tifffile",
    "matplotlib",
    "seaborn",
    "pydantic",
)
"""Packages whose versions the report names."""

_BESIDE = {
    "lifelines": ("matplotlib", "narwhals"),
    "scikit-image": ("imageio", "networkx", "pillow", "tifffile"),
    "formulaic": ("narwhals",),
}
"""What a library requires for things that the steps do not ask of it: lifelines' own plots,
scikit-image's reading of pictures."""

_BESIDES = {"seaborn": ("scipy",)}
"""What a library uses where it is there, though it does not require it."""

_NEVER = frozenset(
    (
        "annotated-types",
        "interface-meta",
        "lazy-loader",
        "packaging",
        "pytz",
        "typing-extensions",
        "typing-inspection",
        "tzdata",
    )
)
"""Requirements that change no result: typing, installation, names of time zones."""

# Blocks that only type checkers run.
_TYPING = re.compile(
    r"^([ \t]*)if TYPE_CHECKING:[^\n]*\n(?:\1[ \t]+[^\n]*\n|[ \t]*\n)+", re.MULTILINE
)
_OURS = re.compile(
    r"^([ \t]*)from[ \t]+(lumicohort[\w.]*)[ \t]+import[ \t]*(\([^)]*\)|[^\n(]*)", re.MULTILINE
)
_OTHERS = re.compile(r"^([ \t]*)(?:from|import)[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Imports:
    """What a module imports: at its top (False) and inside functions (True)."""

    ours: frozenset[tuple[str, bool]]
    others: frozenset[tuple[str, bool]]


def modules_of(step: str, kinds: Iterable[str] = ()) -> list[str]:
    """Return the modules of this package that a step uses.

    Parameters
    ----------
    step : str
        The step.
    kinds : iterable of str, optional
        For a figure: its kinds, whose modules it uses as well.

    Returns
    -------
    list of str
        Dotted names, sorted; those of every step among them.
    """
    return _modules(step, tuple(sorted(kinds)))


@lru_cache
def _modules(step: str, kinds: tuple[str, ...]) -> list[str]:
    config = [_name(p) for p in (PACKAGE / "study/config").rglob("*.py") if p.stem != "__init__"]
    return sorted({*_reached(step, kinds), *EVERY_STEP, _CONFIG, *config})


def _reached(step: str, kinds: tuple[str, ...]) -> set[str]:
    """Return the modules that a step's own modules import, and those that these import.

    What the config's checks import is no part of them: the checked config's values are settings.
    """
    uses = STEPS[step]
    todo = [f"lumicohort.{module}" for module in uses.modules]
    todo += [f"lumicohort.figures.kinds.{kind}" for kind in kinds]
    shallow = {f"lumicohort.{module}" for module in uses.shallow}
    seen: set[str] = set()
    while todo:
        module = todo.pop()
        if module in seen:
            continue
        seen.add(module)
        if module.startswith(_CONFIG):
            continue
        inner = module not in shallow
        todo += [name for name, inside in _imports(module).ours if inner or not inside]
    return seen


def libraries_of(step: str, kinds: Iterable[str] = ()) -> dict[str, str]:
    """Return the libraries that determine a step's results, with their versions.

    Parameters
    ----------
    step : str
        The step.
    kinds : iterable of str, optional
        For a figure: its kinds.

    Returns
    -------
    dict
        Names as installed, sorted, to versions: what the step's modules import and what that
        requires in turn. Python counts with its minor version.
    """
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"python": python, **dict(_libraries(step, tuple(sorted(kinds))))}


@lru_cache
def _libraries(step: str, kinds: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    shallow = {f"lumicohort.{module}" for module in STEPS[step].shallow}
    used = {"lumicohort.files", *_reached(step, kinds)}
    names = {
        LIBRARIES[name]
        for module in used
        if not module.startswith(_CONFIG)
        for name, inside in _imports(module).others
        if name in LIBRARIES and not (inside and module in shallow)
    }
    return tuple(sorted(_with_requirements(names).items()))


def _with_requirements(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of libraries and of all that they require."""
    found: dict[str, str] = {}
    todo = list(names)
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        version, requires = _installed(name)
        if version:
            found[name] = version
        todo += [r for r in requires if r not in _NEVER and r not in _BESIDE.get(name, ())]
    return found


@lru_cache
def _installed(name: str) -> tuple[str, tuple[str, ...]]:
    """Return a library's version, blank where it is not there, and what it requires."""
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return "", ()
    wanted = [r for r in distribution.requires or () if "extra ==" not in r]
    wanted += _BESIDES.get(name, ())
    names = [re.split(r"[^\w.-]", r, maxsplit=1)[0] for r in wanted]
    return distribution.version, tuple(re.sub(r"[-_.]+", "-", n).lower() for n in names)


def versions() -> dict[str, str]:
    """Return the versions of the packages that the report names."""
    found = {}
    for name in VERSIONS_OF:
        version, _ = _installed(name)
        if not version and name == "lumicohort":
            from lumicohort import __version__ as version
        if version:
            found[name] = version
    return found


def code_hash(step: str, kinds: Iterable[str] = ()) -> str:
    """Return a hash of the code that a step uses.

    Parameters
    ----------
    step : str
        The step.
    kinds : iterable of str, optional
        For a figure: its kinds.

    Returns
    -------
    str
        Hexadecimal digits that change exactly when the content of one of the step's modules
        does, or of a template beside them.
    """
    return _code_hash(step, tuple(sorted(kinds)))


@lru_cache
def _code_hash(step: str, kinds: tuple[str, ...]) -> str:
    paths = {_path(module) for module in _modules(step, kinds)}
    for folder in {path.parent for path in paths} - {PACKAGE}:
        paths |= {p for p in _data_files() if folder in p.parents}
    digest = hashlib.sha256()
    for path in sorted(p for p in paths if p is not None):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


@lru_cache
def _data_files() -> list[Path]:
    """Return the package's templates and other files that are not code."""
    code = (".py", ".pyc", ".pyo")
    return [p for p in PACKAGE.rglob("*") if p.is_file() and p.suffix not in code]


def _name(path: Path) -> str:
    return ".".join(("lumicohort", *path.relative_to(PACKAGE).with_suffix("").parts))


def _path(module: str) -> Path:
    """Return the file of a module of this package."""
    path = PACKAGE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _exists(module: str) -> bool:
    return _path(module).is_file()


@lru_cache
def _imports(module: str) -> _Imports:
    """Return what a module imports, by its text alone (importing it would take seconds)."""
    text = _TYPING.sub("", _path(module).read_text(encoding="utf-8"))
    ours: set[tuple[str, bool]] = set()
    for indent, base, names in _OURS.findall(text):
        found = {base}
        for name in re.findall(r"(\w+)(?:\s+as\s+\w+)?", re.sub(r"#[^\n]*", "", names)):
            found.add(f"{base}.{name}")  # kept below where it is a module
        for name in [*found]:
            parts = name.split(".")
            found |= {".".join(parts[:n]) for n in range(1, len(parts))}
        ours |= {(name, bool(indent)) for name in found if _exists(name)}
    others = {(name, bool(indent)) for indent, name in _OTHERS.findall(text)}
    return _Imports(frozenset(ours), frozenset(others - {("lumicohort", False)}))
