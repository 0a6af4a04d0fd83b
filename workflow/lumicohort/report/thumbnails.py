"""Small pictures of clicks: radiance over the photograph, every animal outlined and named."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lumicohort.report.pages import data_uri

if TYPE_CHECKING:
    import numpy as np

    from lumicohort.figures.data import ClickPreview
    from lumicohort.figures.scale import Scale

_OUTLINE = (40, 130, 255)
_NEURAXIS = (0, 245, 160)


@dataclass(frozen=True, slots=True)
class Tag:
    """An animal's name on a thumbnail, in percent of its width and height."""

    animal: str
    left: float
    top: float


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A click's picture as a ``data:`` address, with the animals' names to lay over it."""

    address: str
    tags: Sequence[Tag]


def thumbnail(preview: ClickPreview, scale: Scale, side: int, quality: int) -> Thumbnail:
    """Return a click's picture.

    Parameters
    ----------
    preview : ClickPreview
        The click.
    scale : Scale
        The colour scale of all thumbnails of the page.
    side : int
        Length of the longer side in pixels.
    quality : int
        JPEG quality, 1 to 95.

    Returns
    -------
    Thumbnail
        The picture and the places of the names.
    """
    from PIL import Image

    rgb = overlay(preview, scale)
    rows, columns = rgb.shape[:2]
    factor = max(1, side // max(rows, columns))
    rgb = rgb.repeat(factor, axis=0).repeat(factor, axis=1)
    for labels, colour in ((preview.neuraxis, _NEURAXIS), (preview.animals, _OUTLINE)):
        large = labels.repeat(factor, axis=0).repeat(factor, axis=1)
        rgb[outline(large)] = colour
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, format="JPEG", quality=quality, subsampling=0)
    return Thumbnail(data_uri(stream.getvalue(), ".jpg"), _tags(preview))


def overlay(preview: ClickPreview, scale: Scale) -> np.ndarray:
    """Return the photograph in grey with radiance above the scale's foot in colour.

    Parameters
    ----------
    preview : ClickPreview
        The click.
    scale : Scale
        The colour scale.

    Returns
    -------
    ndarray of uint8, shape (rows, columns, 3)
        RGB.
    """
    import numpy as np

    from lumicohort.figures.scale import coloured

    everywhere = np.ones(preview.radiance.shape, dtype=bool)
    return coloured(preview.photograph, preview.radiance, everywhere, scale)


def outline(labels: np.ndarray) -> np.ndarray:
    """Return the pixels of regions that touch another region or none.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, columns)
        Label image; 0 is no region.
    """
    import numpy as np

    padded = np.pad(labels, 1)
    inner = padded[1:-1, 1:-1]
    same = np.ones(labels.shape, dtype=bool)
    for shifted in (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]):
        same &= shifted == inner
    return (inner > 0) & ~same


def _tags(preview: ClickPreview) -> list[Tag]:
    """Put each name above its animal's outline."""
    import numpy as np

    height, width = preview.animals.shape
    tags = []
    for label, animal in enumerate(preview.animal_ids, start=1):
        rows, columns = np.nonzero(preview.animals == label)
        if not rows.size:
            continue
        tags.append(
            Tag(
                animal,
                round(100 * (float(columns.mean()) + 0.5) / width, 1),
                round(100 * max(float(rows.min()) / height, 0.05), 1),
            )
        )
    return tags


def page_size(clicks: int) -> tuple[int, int]:
    """Return side in pixels and JPEG quality that keep a page of so many clicks light."""
    side = 480 if clicks <= 60 else 360 if clicks <= 200 else 240
    return side, 85 if clicks <= 60 else 75 if clicks <= 200 else 65


def page_scale(previews: Iterable[ClickPreview]) -> Scale:
    """Return one logarithmic colour scale for all clicks of a page, seen one after another."""
    import numpy as np

    from lumicohort.figures.scale import Scale, round_up

    tops, noise = [], []
    for p in previews:
        if (p.animals > 0).any():
            tops.append(float(p.radiance[p.animals > 0].max()))
        noise.append(float(np.subtract(*np.percentile(p.radiance, [50, 16]))))
    top = max((t for t in tops if math.isfinite(t) and t > 0), default=1e6)
    floor = 5 * float(np.percentile(noise, 50)) if noise else 0.0
    high = round_up(top)
    low = round_up(max(high / 1e4, floor, 1.0))
    return Scale(low, max(high, 10 * low), "log", "inferno")
