"""Reader of Living Image click folders: texts, images and ROI lines."""

from lumicohort.living_image.click import Click, NotLuminescent, read_click
from lumicohort.living_image.folders import FoundClicks, Skipped, find_clicks, survey

__all__ = [
    "Click",
    "FoundClicks",
    "NotLuminescent",
    "Skipped",
    "find_clicks",
    "read_click",
    "survey",
]
