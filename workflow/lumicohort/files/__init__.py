"""Writing files whole or not at all, and tables that no spreadsheet can execute.

Every output of the package goes through here: a reader never meets a half-written
file, and a cell from a user's sheet never becomes a live formula.
"""

from lumicohort.files.cells import NOT_ESTIMABLE, harmless
from lumicohort.files.csv_tables import (
    TEXT_COLUMNS,
    lines_of,
    read_csv,
    write_csv,
    write_lines,
    write_rows,
)
from lumicohort.files.whole import put, sha256, whole_file, whole_folder, write_json, write_text

__all__ = [
    "NOT_ESTIMABLE",
    "TEXT_COLUMNS",
    "harmless",
    "lines_of",
    "put",
    "read_csv",
    "sha256",
    "whole_file",
    "whole_folder",
    "write_csv",
    "write_json",
    "write_lines",
    "write_rows",
    "write_text",
]
