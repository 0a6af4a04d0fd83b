"""What no mouse can give: numbers beyond are faults of typing, units or files."""

from __future__ import annotations

MOST_P_S = 1e20
"""Photons per second above which a flux is nobody's.

A mouse of 25 g given 150 mg/kg holds 3.75 mg of D-luciferin (280.3 g/mol), 8e18 molecules, and 41 %
of those that are oxidised give a photon (Ando et al., Nature Photonics 2:44, 2008): 3e18 photons,
were the whole dose burnt within one second. The limit leaves room for rats and larger doses.
"""

NO_MOUSE = f"more than {MOST_P_S:g}, which no luminescent animal can give"
"""What is said of a flux beyond, after the number."""
