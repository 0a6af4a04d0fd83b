"""Helpers of the tests of images and tables serve here as well."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("imaging", "regions", "living_image"):
    sys.path.append(str(Path(__file__).resolve().parents[1] / folder))
