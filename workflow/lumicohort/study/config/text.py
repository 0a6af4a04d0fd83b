"""A config's file as text, and what goes wrong in programs that are no text editors."""

from __future__ import annotations

import re
from pathlib import Path

from lumicohort.errors import InputError, Problem

_PLAIN = "Save it as plain text in UTF-8 (in a text editor, not in Word or Pages)."
_ODD_INDENT = re.compile(r"^[ \t]*[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]")
_BARE_COLOUR = re.compile(r"^[^#\"']*:\s+(#[0-9A-Fa-f]{6})\b")


def config_text(path: Path) -> str:
    """Read a config's file.

    Parameters
    ----------
    path : Path
        The file, in UTF-8.

    Returns
    -------
    str
        Its text.

    Raises
    ------
    InputError
        If there is no such file or it is no plain text; naming every line that begins with spaces
        which are none to YAML, and every colour that YAML takes for a comment.
    """
    if path.is_dir():
        message = "this is a folder, not a config file."
        raise InputError(Problem(message, path, hint="Name the .yaml file in it."))
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(Problem("there is no such config file.", path)) from None
    except OSError as error:
        message = f"the config cannot be read: {error.strerror}."
        raise InputError(Problem(message, path)) from None
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        message = "the config is not in UTF-8."
        raise InputError(Problem(message, path, f"line {number}", _PLAIN)) from None
    if text.startswith("{\\rtf"):
        raise InputError(Problem("this is formatted text (RTF), no config.", path, hint=_PLAIN))
    if "\0" in text:
        raise InputError(Problem("the config is not in UTF-8, or damaged.", path, hint=_PLAIN))
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        if _ODD_INDENT.match(line):
            message = "the line begins with no-break or other odd spaces, which do not indent it."
            problems.append(Problem(message, path, f"line {number}", "Type plain spaces instead."))
        colour = _BARE_COLOUR.match(line)
        if colour:
            message = f"`{colour[1]}` is taken for a comment, since a # begins one."
            hint = f'Put it in quotation marks: "{colour[1]}".'
            problems.append(Problem(message, path, f"line {number}", hint))
    if problems:
        raise InputError(problems)
    return text
