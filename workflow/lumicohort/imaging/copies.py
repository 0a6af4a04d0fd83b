"""Clicks that hold another click's image: a folder copied beside itself, a file in the wrong one.

No two exposures are alike in every pixel, so equal images are one image, copied.
"""

from __future__ import annotations

import filecmp
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_IMAGE = "luminescent.tif"
_SAMPLE = 4096
"""Bytes from the middle of an image by which those are found that are worth comparing whole."""


def same_images(folders: Iterable[Path]) -> set[Path]:
    """Return the click folders whose image is, byte for byte, that of another one.

    Parameters
    ----------
    folders : iterable of Path
        Click folders.

    Returns
    -------
    set of Path
        All folders of such an image. Hard links to one file are not told: these were made on
        purpose.
    """
    alike: defaultdict[tuple[int, bytes], list[Path]] = defaultdict(list)
    for folder in folders:
        with suppress(OSError):  # what cannot be read is told where the click is measured
            for path in folder.iterdir():
                if path.name.casefold() == _IMAGE:
                    alike[_sample(path)].append(path)
    found: set[Path] = set()
    for images in alike.values():
        if len(images) < 2:
            continue
        with suppress(OSError):
            stats = {image: image.stat() for image in images}
            of_file = {(stat.st_dev, stat.st_ino): image for image, stat in stats.items()}
            first, *others = of_file.values()
            for image in others:
                if filecmp.cmp(first, image, shallow=False):
                    found |= {first.parent, image.parent}
    return found


def _sample(image: Path) -> tuple[int, bytes]:
    """Return an image's size and some of its bytes."""
    with image.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(size // 2)
        return size, stream.read(_SAMPLE)
