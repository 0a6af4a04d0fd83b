"""Libraries that the package uses: their versions, and what they require."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email import message_from_string
from functools import lru_cache
from importlib import metadata

LIBRARIES = {
    "annotated_types": "annotated-types",
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


def with_requirements(names: Iterable[str]) -> dict[str, str]:
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
    # The standard library parses the whole text, description and all, for each of the two.
    about = message_from_string((distribution.read_text("METADATA") or "").partition("\n\n")[0])
    version, requires = about["Version"], about.get_all("Requires-Dist")
    if not version:  # installed the old way
        version, requires = distribution.version, distribution.requires
    wanted = [r for r in requires or () if "extra ==" not in r]
    wanted += _BESIDES.get(name, ())
    names = [re.split(r"[^\w.-]", r, maxsplit=1)[0] for r in wanted]
    return version, tuple(re.sub(r"[-_.]+", "-", n).lower() for n in names)
