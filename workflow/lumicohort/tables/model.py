"""A table as it is printed, before it is written in any format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

SIMULATED = "simulated data"


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes
    ----------
    key : str
        Its name in CSV.
    heading : str
        Its heading in print.
    align : {"left", "right", "centre"}
        Alignment in print.
    printed : bool
        Whether Word and HTML tables show it (CSV and Excel always do).
    number_format : str
        Excel's format of its numeric cells.
    """

    key: str
    heading: str
    align: Literal["left", "right", "centre"] = "left"
    printed: bool = True
    number_format: str = "General"

    @property
    def unbroken(self) -> str:
        """The heading with `P value` kept on one line."""
        return self.heading.replace("P value", "P\N{NO-BREAK SPACE}value")


@dataclass(frozen=True, slots=True)  # an archive's Table S1 has 150,000
class Cell:
    """A cell: the text in print, and the number behind it where it is one.

    Attributes
    ----------
    text : str
        As printed.
    value : float, optional
        Written as a typed cell in Excel; None for text.
    own : bool
        Whether the text is ours (``+12 days``) and not a user's.
    """

    text: str
    value: float | None = None
    own: bool = True


@dataclass(frozen=True)
class PrintedTable:
    """A table with caption and notes.

    Attributes
    ----------
    name : str
        File name without its ending.
    number : str
        Number in the caption (`1`, `S1`).
    title : str
        The caption's sentence, without its full stop.
    columns : list of Column
        Columns from left to right.
    rows : sequence of mapping
        Cells by column key.
    notes : list of str
        Sentences below the table: tests, methods, what is not estimable and why.
    simulated : bool
        Whether the data are simulated, which every format says.
    sources : dict
        What made the numbers, for the notes sheet.
    """

    name: str
    number: str
    title: str
    columns: list[Column]
    rows: Sequence[Mapping[str, Cell]]
    notes: list[str]
    simulated: bool
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def caption(self) -> str:
        """The caption, which says when the data are simulated."""
        mark = f" ({SIMULATED})" if self.simulated else ""
        return f"Table {self.number}. {self.title}{mark}."

    @property
    def printed(self) -> list[Column]:
        """The columns of Word and HTML tables."""
        return [column for column in self.columns if column.printed]

    def starts_group(self, index: int) -> bool:
        """Return whether the row is the first of its model."""
        return index == 0 or self.rows[index]["model"].text != self.rows[index - 1]["model"].text

    def shortened(self, most: int) -> PrintedTable:
        """Return the table with its first rows, where it has more than may be shown.

        Parameters
        ----------
        most : int
            Rows that may be shown.

        Returns
        -------
        PrintedTable
            The table as it is, or its first `most` rows with a note that says so.
        """
        if len(self.rows) <= most:
            return self
        note = (
            f"The first {most:,} of {len(self.rows):,} rows; CSV, Excel, HTML and LaTeX "
            "(`tables.formats` in the config) have all."
        )
        return replace(self, rows=self.rows[:most], notes=[note, *self.notes])
