"""What the HTML pages share: templates that escape all they are given, embedded files."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumicohort.errors import InputError, Problem
from lumicohort.files import read_csv, write_text

if TYPE_CHECKING:
    import jinja2
    import pandas as pd

TEMPLATES = Path(__file__).parent / "templates"
_MIME = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def write_page(template: str, path: Path, **values: Any) -> None:
    """Fill a template and write the page whole or not at all, piece by piece.

    Parameters
    ----------
    template : str
        File name in ``report/templates``.
    path : Path
        The page.
    **values
        What the template shows; every text is escaped.
    """
    css = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    page = _environment().get_template(template)
    write_text(page.generate(css=own_markup(css), **values), path)


def own_markup(text: str) -> Any:
    """Mark HTML or CSS of our own, which has been escaped already, as such."""
    from markupsafe import Markup

    return Markup(text)


def data_uri(content: bytes, suffix: str) -> str:
    """Return a file's content as a ``data:`` address, so that the page needs no other file.

    Parameters
    ----------
    content : bytes
        The file's content.
    suffix : {'.svg', '.png', '.jpg'}
        What kind of file it is.
    """
    return f"data:{_MIME[suffix]};base64,{base64.b64encode(content).decode('ascii')}"


def read_list(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a list of the results as text (exclusions, deviations), all columns as words.

    Parameters
    ----------
    path : Path
        The table.
    columns : tuple of str
        Columns it must have.

    Raises
    ------
    InputError
        Where the table or one of its columns is missing.
    """
    if not path.is_file():
        raise InputError(Problem("this table is missing.", path, hint="Run the step before first."))
    table = read_csv(path, text=columns)
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError([Problem("this column is missing.", path, f"column {c}") for c in missing])
    return table.fillna("")
