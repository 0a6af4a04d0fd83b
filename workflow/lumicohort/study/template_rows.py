"""The example row of a sheet template, which is never read as data."""

from __future__ import annotations

from lumicohort.cohort.table import Table, plain_text
from lumicohort.errors import Problem

EXAMPLE_ID = "EXAMPLE"
"""animal_id of the example row that stands in every sheet template."""


EXAMPLE_NOTE = f"the row of the animal `{EXAMPLE_ID}` is the template's example and is not read."
"""What is noted of an example row: by `check`, not in the report, where it bears on nothing."""


def leave_out_examples(table: Table) -> None:
    """Take the template's example rows out of a table that was read, with a note.

    Parameters
    ----------
    table : Table
        The table; its rows and notes are changed. A row is an example where its animal_id is
        exactly `EXAMPLE`.
    """
    examples = [
        row for row in table.rows if plain_text(row.cells.get("animal_id")).strip() == EXAMPLE_ID
    ]
    if not examples:
        return
    table.rows[:] = [row for row in table.rows if row not in examples]
    table.notes.extend(
        Problem(
            EXAMPLE_NOTE,
            table.file,
            table.where(row.number),
        )
        for row in examples
    )


def is_untouched(table: Table) -> bool:
    """Return whether a table is a template that nobody has filled in yet."""
    return not table.rows and any(note.message == EXAMPLE_NOTE for note in table.notes)
