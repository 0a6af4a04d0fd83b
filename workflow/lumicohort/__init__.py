"""Lumicohort: from raw IVIS clicks and a cohort sheet to flux, survival statistics and figures.

Data flow one way through the sub-packages::

    living_image -> radiometry -> regions -> imaging -> study -> survival, burden
                                             cohort  /              |
                                                         figures, tables -> report

The package never imports Snakemake, so every function also works in a notebook.
"""

__version__ = "0.1.0"
