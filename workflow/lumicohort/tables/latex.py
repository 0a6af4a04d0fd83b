"""Tables as LaTeX: a fragment with the rules of `booktabs`, to be put into a manuscript."""

from __future__ import annotations

from pathlib import Path

from lumicohort.files import write_text
from lumicohort.tables.model import PrintedTable

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
}
"""The letters that LaTeX would take for commands, or for marks of its own."""

_LETTERS = {
    "\N{NO-BREAK SPACE}": "~",
    "\N{EN DASH}": r"\textendash{}",
    "\N{MINUS SIGN}": "$-$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{SQUARE ROOT}": r"$\surd$",
    "\N{MICRO SIGN}": r"$\mu$",
    "\N{GREEK SMALL LETTER TAU}": r"$\tau$",
    "\N{GREEK SMALL LETTER RHO}": r"$\rho$",
    "\N{GREEK SMALL LETTER GAMMA}": r"$\gamma$",
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
    "\N{RIGHT SINGLE QUOTATION MARK}": "{'}",
    "\N{LEFT DOUBLE QUOTATION MARK}": "{``}",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "{''}",
    **{c: f"$^{{{d}}}$" for c, d in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", [*"0123456789", "-"], strict=True)},
}
"""Letters of our own texts that pdfLaTeX lacks; XeLaTeX and LuaLaTeX know all others."""


LONG = 30
"""Rows that surely fit on a page."""

_SMALL = r"\footnotesize\setlength{\tabcolsep}{4pt}"


_NO_BREAK = {"\N{NO-BREAK SPACE}": "~", "\N{NARROW NO-BREAK SPACE}": "~"}


def escape(text: str) -> str:
    """Return text that LaTeX prints as it stands; control characters are left out.

    Parameters
    ----------
    text : str
        Any text.
    """
    known = _SPECIAL | _LETTERS | _NO_BREAK
    out = "".join(known.get(c, c) for c in text if c.isprintable() or c in known)
    return out.replace("--", "-{}-").replace("--", "-{}-")  # no dashes of joined hyphens


def latex_table(table: PrintedTable) -> str:
    """Return the table as a LaTeX fragment with caption, label and notes.

    A table of more than :data:`LONG` rows may break over pages.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Returns
    -------
    str
        LaTeX; its first lines name the packages that it wants.
    """
    columns = table.printed
    letters = {"left": "l", "right": "r", "centre": "c"}
    layout = f"@{{}}{''.join(letters[c.align] for c in columns)}@{{}}"
    number = rf"\renewcommand{{\thetable}}{{{table.number}}}"  # LaTeX would count S1 as 3
    caption = rf"\caption{{{escape(table.caption.removeprefix(f'Table {table.number}. '))}}}"
    label = rf"\label{{tab:{table.name.replace('_', '-')}}}"
    heading = [
        r"\toprule",
        " & ".join(_heading(c.heading, letters[c.align]) for c in columns) + r" \\",
        r"\midrule",
    ]
    long = len(table.rows) > LONG
    if long:
        start = [number, rf"\begin{{longtable}}{{{layout}}}", rf"{caption}{label} \\", *heading]
        start += [r"\endfirsthead", *heading, r"\endhead"]
        end = [r"\bottomrule", r"\end{longtable}"]
    else:
        start = [r"\begin{table}", number, caption, label, _SMALL]
        start += [rf"\begin{{tabular}}{{{layout}}}", *heading]
        end = [r"\bottomrule", r"\end{tabular}"]
    notes = [rf"\par\smallskip\noindent {escape(note)}" for note in table.notes]
    lines = [
        "% Simulated data." if table.simulated else "% Measured data.",
        rf"% Wants \usepackage{{booktabs{',longtable' if long else ''}}}; letters beyond Western",
        "% European want XeLaTeX or LuaLaTeX.",
        *([r"\begingroup" + _SMALL] if long else []),
        *start,
        *_body(table),
        *end,
        *notes,
        r"\par\endgroup" if long else r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _body(table: PrintedTable) -> list[str]:
    lines = []
    for index, row in enumerate(table.rows):
        first = table.starts_group(index)
        if first and index:
            lines.append(r"\addlinespace")
        cells = [row[c.key].text if c.key != "model" or first else "" for c in table.printed]
        lines.append(" & ".join(escape(cell) for cell in cells) + r" \\")
    return lines


def _heading(text: str, letter: str) -> str:
    """Return a heading broken into lines, so that columns stay narrow."""
    lines: list[str] = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) > 12:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    broken = r" \\ ".join(escape(line) for line in lines)
    return rf"\begin{{tabular}}[b]{{@{{}}{letter}@{{}}}}{broken}\end{{tabular}}"


def write_table_tex(table: PrintedTable, path: Path) -> None:
    """Write the table as a LaTeX fragment.

    Parameters
    ----------
    table : PrintedTable
        The table.
    path : Path
        The file.
    """
    write_text([latex_table(table)], path)
