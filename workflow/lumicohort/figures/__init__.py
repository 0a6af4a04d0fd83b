"""Figures of the study config, drawn from the results for print."""
