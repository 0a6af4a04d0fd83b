"""By what a folder of simulated data is known, wherever it is read."""

MARKER = "SIMULATED.txt"
"""File that marks a data folder as simulated."""
MARKS = (MARKER, "truth/truth.csv")
"""Files either of which tells that a folder is simulated."""
