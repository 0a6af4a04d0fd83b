"""Saving figures: whole files without dates, the same bytes for the same figure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.files import whole_file
from lumicohort.study.config.output import FILE_ENDINGS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# What matplotlib would stamp into files: dates, and its own version (which would change every
# file on an upgrade that changes no picture).
_NO_METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "ModDate": None, "Producer": None, "Creator": "Lumicohort"},
    "svg": {"Date": None, "Creator": "Lumicohort"},
    "png": {"Software": None},
}


HIGH_DPI = 600
"""Resolution of `png_600` and `tiff`: what journals ask of pictures with lines and type."""


def save_figure(
    figure: Figure, folder: Path, name: str, formats: Sequence[str], dpi: int, title: str = ""
) -> list[Path]:
    """Save a figure in every format, each file whole or not at all.

    Call inside the style's context, so that text stays text.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    folder : Path
        Where the files go.
    name : str
        File name without ending.
    formats : sequence of {'pdf', 'svg', 'png', 'png_600', 'tiff'}
        Formats.
    dpi : int
        Resolution of `png`, and of pictures inside PDF and SVG.
    title : str, optional
        Title written into PDF, SVG and PNG files.

    Returns
    -------
    list of Path
        The files.
    """
    paths = []
    for kind in formats:
        path = folder / f"{name}{FILE_ENDINGS[kind]}"
        _save(figure, path, kind, dpi, title)
        paths.append(path)
    return paths


def _save(figure: Figure, path: Path, kind: str, dpi: int, title: str) -> None:
    ending = "png" if kind == "png_600" else kind
    options: dict[str, Any] = {}
    if ending in _NO_METADATA:
        options["metadata"] = _NO_METADATA[ending] | ({"Title": title} if title else {})
    if kind == "tiff":
        options["pil_kwargs"] = {"compression": "tiff_lzw"}
    if kind in ("png_600", "tiff"):
        dpi = HIGH_DPI
    with whole_file(path) as temporary:
        figure.savefig(temporary, format=ending, dpi=dpi, **options)
        if ending == "svg":
            _name_more_fonts(temporary)


_FAMILY = re.compile(r"font-family: '([^']+)'(?!,)")
_SAME_WIDTHS = {"DejaVu Sans": "Verdana, sans-serif"}
_HELVETICA_WIDTHS = "Arial, Helvetica, sans-serif"


def _name_more_fonts(path: Path) -> None:
    """Let SVG text fall back on fonts of the same widths where it is opened.

    Liberation Sans, Nimbus Sans, Arial and Helvetica have equal widths, DejaVu Sans has about
    Verdana's; matplotlib names only fonts of the machine that draws, and a browser that lacks them
    takes one with serifs.
    """

    def more(found: re.Match[str]) -> str:
        return f"{found[0]}, {_SAME_WIDTHS.get(found[1], _HELVETICA_WIDTHS)}"

    with (
        whole_file(path) as temporary,
        path.open(encoding="utf-8") as lines,
        temporary.open("w", encoding="utf-8", newline="\n") as out,
    ):
        for line in lines:  # a figure of an archive has megabytes
            out.write(_FAMILY.sub(more, line))
