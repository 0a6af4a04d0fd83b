"""Tables as HTML; every text is escaped."""

from __future__ import annotations

from html import escape

from lumicohort.tables.model import PrintedTable

STYLE = """\
table.lumicohort { border-collapse: collapse; font: 10pt/1.35 Arial, Helvetica, "Liberation Sans", \
sans-serif; font-variant-numeric: tabular-nums; color: #000; background: #fff; }
table.lumicohort caption { caption-side: top; text-align: left; font-weight: bold; \
padding: 0 0.6em 0.5em; }
table.lumicohort th, table.lumicohort td { padding: 0.28em 0.6em; border: 0; \
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


def html_table(table: PrintedTable) -> str:
    """Return the table as an HTML `<table class="lumicohort">` with caption and notes.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Returns
    -------
    str
        HTML; it wants :data:`STYLE` in the page.
    """
    columns = table.printed
    lines = [f'<table class="lumicohort" id="{escape(table.name)}">']
    lines.append(f"<caption>{escape(table.caption)}</caption>")
    lines.append("<thead><tr>")
    lines += [f'<th scope="col" class="{c.align}">{escape(c.unbroken)}</th>' for c in columns]
    lines.append("</tr></thead>")
    lines.append("<tbody>")
    for index, row in enumerate(table.rows):
        first = table.starts_group(index)
        lines.append('<tr class="group">' if first else "<tr>")
        for column in columns:
            text = escape(row[column.key].text)
            if column.key == "model":
                lines.append(f'<th scope="row">{text if first else ""}</th>')
            else:
                lines.append(f'<td class="{column.align}">{text}</td>')
        lines.append("</tr>")
    lines.append("</tbody>")
    lines.append("<tfoot>")
    lines += [f'<tr><td colspan="{len(columns)}">{escape(n)}</td></tr>' for n in table.notes]
    lines.append("</tfoot>")
    lines.append("</table>")
    return "\n".join(lines) + "\n"


def html_page(table: PrintedTable) -> str:
    """Return a page of its own that holds the table.

    Parameters
    ----------
    table : PrintedTable
        The table.

    Returns
    -------
    str
        An HTML document that opens offline.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(table.caption)}</title>\n<style>\n{STYLE}"
        "body { margin: 2em; background: #fff; }\n</style>\n</head>\n<body>\n"
        f"{html_table(table)}</body>\n</html>\n"
    )
