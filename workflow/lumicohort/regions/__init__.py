"""Regions of interest: mice in the photograph, anatomy, drawn ROIs, background, measuring."""
