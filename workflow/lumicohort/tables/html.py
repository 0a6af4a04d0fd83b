"""Tables as HTML; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from lumicohort.tables.model import PrintedTable

STYLE = """\
table.lumicohort { border-collapse: collapse; font: 10pt/1.35 Arial, Helvetica, "Liberation Sans", \
sans-serif; font-variant-numeric: tabular-nums; color: #000; background: #fff; }
table.lumicohort caption { caption-side: top; text-align: left; font-weight: bold; \
padding: 0 0.4em 0.5em; }
table.lumicohort th, table.lumicohort td { padding: 0.28em 0.4em; border: 0; \
vertical-align: top; }
table.lumicohort thead th { border-top: 1.2pt solid; border-bottom: 0.6pt solid; \
vertical-align: bottom; }
table.lumicohort tbody tr:last-child > * { border-bottom: 1.2pt solid; }
table.lumicohort tbody tr.group > * { padding-top: 0.55em; }
table.lumicohort tbody th { font-weight: normal; text-align: left; min-width: 9em; }
table.lumicohort .left { text-align: left; }
table.lumicohort .right { text-align: right; }
table.lumicohort .centre { text-align: center; }
table.lumicohort tbody .right, table.lumicohort tbody .centre { white-space: nowrap; }
table.lumicohort tfoot td { font-size: 85%; padding-top: 0.2em; padding-bottom: 0; \
max-width: 60em; }
table.lumicohort tfoot tr:first-child td { padding-top: 0.5em; }
"""
"""Style sheet of the tables, rules above and below the heading and at the end."""


def html_lines(table: PrintedTable) -> Iterator[str]:
    """Yield the table as an HTML `<table class="lumicohort">` with caption and notes.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    str
        Lines of HTML, each with its end; they want :data:`STYLE` in the page.
    """
    columns = table.printed
    yield f'<table class="lumicohort" id="{escape(table.name)}">\n'
    yield f"<caption>{escape(table.caption)}</caption>\n"
    yield "<thead><tr>\n"
    for c in columns:
        yield f'<th scope="col" class="{c.align}">{escape(c.unbroken)}</th>\n'
    yield "</tr></thead>\n"
    yield "<tbody>\n"
    for index, row in enumerate(table.rows):
        first = table.starts_group(index)
        yield '<tr class="group">\n' if first else "<tr>\n"
        for column in columns:
            text = escape(row[column.key].text)
            if column.key == "model":
                yield f'<th scope="row">{text if first else ""}</th>\n'
            else:
                yield f'<td class="{column.align}">{text}</td>\n'
        yield "</tr>\n"
    yield "</tbody>\n"
    yield "<tfoot>\n"
    for note in table.notes:
        yield f'<tr><td colspan="{len(columns)}">{escape(note)}</td></tr>\n'
    yield "</tfoot>\n"
    yield "</table>\n"


def html_page(table: PrintedTable) -> Iterator[str]:
    """Yield a page of its own that holds the table.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Yields
    ------
    str
        Pieces of an HTML document that opens offline.
    """
    yield (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(table.caption)}</title>\n<style>\n{STYLE}"
        "body { margin: 2em; background: #fff; }\n</style>\n</head>\n<body>\n"
    )
    yield from html_lines(table)
    yield "</body>\n</html>\n"
