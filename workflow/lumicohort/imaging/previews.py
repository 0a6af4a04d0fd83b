"""Previews of measured clicks: small pictures that figures and the QC page are drawn from."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumicohort.ranks import percentile

if TYPE_CHECKING:
    from lumicohort.imaging.click import MeasuredClick

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold: the same bytes on every run


class PreviewsFile:
    """A `previews.npz` that is filled click by click: a batch never stands in memory whole."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add(self, measured: MeasuredClick) -> None:
        """Add a click's previews.

        Parameters
        ----------
        measured : MeasuredClick
            The click.
        """
        for name, array in preview_arrays(measured).items():
            self._write(f"{measured.click.name}/{name}", array)

    def _write(self, name: str, array: np.ndarray) -> None:
        info = zipfile.ZipInfo(f"{name}.npy", _ZIP_TIME)
        info.external_attr = 0o644 << 16
        header = _npy_header(array.dtype, array.shape)
        # noise does not compress: deflating pictures would take longer than measuring the click
        if name.endswith(("/photograph", "/radiance")):
            with self._archive.open(info, "w") as stream:
                stream.write(header)
                stream.write(np.ascontiguousarray(array).data)
        else:
            npy = header + array.tobytes()
            self._archive.writestr(info, npy, zipfile.ZIP_DEFLATED, compresslevel=2)


@lru_cache(maxsize=32)
def _npy_header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """Return what stands before an array's numbers in a `.npy`: the same for every click."""
    stream = io.BytesIO()
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue()


@contextmanager
def previews_file(path: Path) -> Iterator[PreviewsFile]:
    """Yield a new `previews.npz` to be filled.

    Parameters
    ----------
    path : Path
        The file to write.

    Yields
    ------
    PreviewsFile
        Takes one click after the other.
    """
    with zipfile.ZipFile(path, "w") as archive:
        yield PreviewsFile(archive)


def preview_arrays(measured: MeasuredClick) -> Mapping[str, np.ndarray]:
    """Return a click's arrays of `previews.npz` by name."""
    meta = {
        "pixel_cm": measured.image.pixel_cm,
        "animal_ids": [a.animal_id for a in measured.animals],
        "flags": list(measured.flags),
    }
    return {
        "photograph": for_display(measured.photograph, measured.image.n),
        "radiance": measured.image.radiance.astype(np.float32),
        "animals": measured.labels,
        "neuraxis": measured.neuraxis,
        "meta": np.array(json.dumps(meta, sort_keys=True, ensure_ascii=False)),
    }


def for_display(photograph: np.ndarray, n: int) -> NDArray[np.uint8]:
    """Return a photograph as 8-bit grey of n by n pixels, metal and reflections clipped.

    Coats keep their shading: they are the brightest of what is not metal, so the scale ends
    above them, and light colours of the radiance still stand out on them.

    Parameters
    ----------
    photograph : numpy.ndarray, shape (m, m)
        Photographic image, counts.
    n : int
        Pixels along a side of the luminescent image.

    Returns
    -------
    numpy.ndarray of uint8, shape (n, n)
    """
    side = photograph.shape[0]
    if side % n == 0:
        from lumicohort.regions.photograph import shrunk

        small = shrunk(photograph, side // n)
    else:
        from skimage.transform import resize

        small = resize(
            photograph.astype(np.float32),
            (n, n),
            order=1,
            anti_aliasing=side > n,
            preserve_range=True,
        )
    some = small[::2, ::2].ravel()
    low, high = percentile(some, 0.5), percentile(some, 98.0)
    grey = small - low
    grey *= _SHADES / max(1.35 * (high - low), 1e-9)
    return _CURVE.take(grey.astype(np.intp), mode="clip")


_SHADES = 4095
_CURVE = np.round(255 * (np.arange(_SHADES + 1) / _SHADES) ** 0.7).astype(np.uint8)
"""Grey of each of so many even steps of brightness: dark fur keeps its shading."""
