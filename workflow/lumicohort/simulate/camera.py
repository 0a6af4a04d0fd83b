"""The camera: radiance on the stage to counts in a frame, the wrong way round of calibration."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

_FINEST = 480  # pixels of the grid of light, each way: 0.5 mm at the widest field of view
_FRAME_NOISE_COUNTS = 0.7  # of a stored bias or dark frame


@dataclass(frozen=True, eq=False)
class BackgroundClick:
    """What a click without light tells of the sensor, of which click folders hold copies.

    Parameters
    ----------
    charge : numpy.ndarray, shape (n, n)
        True dark charge (counts) of every pixel, hot pixels among them.
    dark, bias : numpy.ndarray of uint16, shape (n, n)
        `background.TIF` and `readbias.TIF` as stored.
    """

    charge: np.ndarray
    dark: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Camera:
    """A cooled CCD over a stage; the ranges are those of an IVIS Spectrum.

    Parameters
    ----------
    fov_cm : float
        Field of view.
    f_number : float
        Aperture.
    binning : int
        Pixels of the chip per pixel of the luminescent image, each way.
    photo_binning : int
        The same of the photograph.
    chip : int
        Pixels of the chip, each way.
    coefficients : dict
        (field of view, f-number) to p/s/cm²/sr per count per second at binning 1.
    flat_fields : dict
        (field of view, f-number) to k0, k1, k2, k3, k4, x0, y0.
    gain_e_per_count, read_noise_counts, bias_counts : float
        Of the luminescent image.
    bias_drift_counts : float
        Standard deviation of the read bias between clicks.
    dark_counts_per_s : float
        Dark charge of a binned pixel.
    hot_pixel_rate : float
        Part of the pixels with a dark charge many times higher.
    cosmic_hits_per_s : float
        Rate of cosmic hits on the chip.
    saturation_counts : float
        Counts at which a pixel is full.
    lens_blur_cm : float
        Standard deviation of the lens's blur at the stage.
    veil : float
        Part of the light that lens and air scatter far.
    veil_cm : float
        Half of that light lands within 1.7 times this distance.
    """

    fov_cm: float = 22.4
    f_number: float = 1.0
    binning: int = 8
    photo_binning: int = 4
    chip: int = 1920
    coefficients: dict[tuple[float, float], float] = field(
        default_factory=lambda: {
            (fov, f): base * f**2 * tilt
            for fov, base in ((22.4, 7.31e5), (13.2, 7.28e5), (6.6, 7.47e5), (4.0, 7.36e5))
            for f, tilt in ((1.0, 1.0), (2.0, 1.003), (4.0, 1.012), (8.0, 0.994))
        }
    )
    flat_fields: dict[tuple[float, float], tuple[float, ...]] = field(
        default_factory=lambda: {
            (22.4, 1.0): (0.9952, 0.00121, -0.005213, 0.000487, -0.0000212, -0.0310, 0.5120),
            (22.4, 2.0): (0.9993, -0.00482, -0.003510, 0.000310, -0.0000130, -0.2210, 0.5340),
            (22.4, 4.0): (0.9981, -0.00790, -0.002410, 0.000150, -0.0000060, -0.2010, 0.6410),
            (22.4, 8.0): (0.9930, 0.00051, -0.004790, 0.000390, -0.0000140, -0.2310, 0.6120),
            (13.2, 1.0): (0.9961, 0.01382, -0.014910, 0.001935, -0.0001380, 0.0230, 0.3310),
            (13.2, 2.0): (0.9970, 0.01420, -0.014500, 0.001760, -0.0000930, -0.1120, 0.3610),
            (6.6, 1.0): (1.0032, -0.04710, 0.037900, -0.016400, 0.0012100, -0.0140, 0.1510),
            (4.0, 1.0): (1.0121, -0.11300, 0.171000, -0.101000, 0.0151000, -0.0310, 0.1150),
        }
    )
    gain_e_per_count: float = 1.0
    read_noise_counts: float = 2.9
    bias_counts: float = 496.4
    bias_drift_counts: float = 0.2
    dark_counts_per_s: float = 0.027
    hot_pixel_rate: float = 2e-4
    cosmic_hits_per_s: float = 0.08
    saturation_counts: float = 61000.0
    lens_blur_cm: float = 0.03
    veil: float = 0.0
    veil_cm: float = 1.0

    @property
    def n(self) -> int:
        """Pixels of the luminescent image, each way."""
        return self.chip // self.binning

    @property
    def fine(self) -> int:
        """Pixels of the grid on which light is computed, each way: a multiple of the image's."""
        return self.n * max(1, -(-_FINEST // self.n))

    def grid(self, pixels: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the centres of an image's pixels, x and y in cm from the image's centre."""
        centre = (np.arange(pixels) + 0.5) * self.fov_cm / pixels - self.fov_cm / 2
        x, y = np.meshgrid(centre, centre)
        return x, y

    def response(self, pixels: int) -> np.ndarray:
        """Return the lens's relative response over the image: its flat field."""
        k0, k1, k2, k3, k4, x0, y0 = self.flat_fields[self.fov_cm, self.f_number]
        x, y = self.grid(pixels)
        r = np.hypot(x - x0, y - y0)
        return k0 + r * (k1 + r * (k2 + r * (k3 + r * k4)))

    def counts_per_radiance(self, exposure_s: float) -> np.ndarray:
        """Return the counts of one p/s/cm²/sr, shape (n, n)."""
        c = self.coefficients[self.fov_cm, self.f_number]
        return self.response(self.n) * self.binning**2 * exposure_s / c

    def read_out(
        self,
        radiance: np.ndarray,
        exposure_s: float,
        rng: np.random.Generator,
        dark: np.ndarray,
        bias_counts: float | None = None,
    ) -> np.ndarray:
        """Return a luminescent frame before cosmic hits and digitisation.

        Parameters
        ----------
        radiance : numpy.ndarray, shape (m n, m n)
            True radiance on the stage (p/s/cm²/sr), on a grid m times finer than the image.
        exposure_s : float
            Exposure (s).
        rng : numpy.random.Generator
            Source of the noise.
        dark : numpy.ndarray, shape (n, n)
            Expected dark charge (counts).
        bias_counts : float, optional
            The read bias of this frame; the camera's own where none is given.

        Returns
        -------
        numpy.ndarray, shape (n, n)
            Counts.
        """
        expected = self.seen(radiance) * self.counts_per_radiance(exposure_s) + dark
        electrons = rng.poisson(expected * self.gain_e_per_count)
        level = self.bias_counts if bias_counts is None else bias_counts
        return electrons / self.gain_e_per_count + rng.normal(
            level, self.read_noise_counts, expected.shape
        )

    def seen(self, radiance: np.ndarray) -> np.ndarray:
        """Return the radiance that reaches each pixel: blurred and veiled by the lens, binned.

        Parameters
        ----------
        radiance : numpy.ndarray, shape (m n, m n)
            True radiance on the stage (p/s/cm²/sr), on a grid m times finer than the image.

        Returns
        -------
        numpy.ndarray, shape (n, n)
            p/s/cm²/sr.
        """
        from scipy.ndimage import gaussian_filter

        fine = radiance.shape[0]
        blurred = gaussian_filter(radiance, self.lens_blur_cm * fine / self.fov_cm)
        times = fine // self.n
        binned = blurred.reshape(self.n, times, self.n, times).mean(axis=(1, 3))
        if not self.veil:
            return np.asarray(binned)
        from scipy.signal import fftconvolve

        # a spread that falls off with the cube of the distance; over the plane its integral is 1
        pixel = self.fov_cm / self.n
        offset = np.arange(1 - self.n, self.n) * pixel
        squared = offset[:, None] ** 2 + offset**2 + self.veil_cm**2
        spread = self.veil_cm / (2 * np.pi) * pixel**2 / squared**1.5
        far = fftconvolve(spread, binned, mode="valid")
        return np.asarray((1 - self.veil) * binned + self.veil * far)

    def digitise(self, counts: np.ndarray) -> np.ndarray:
        """Return counts as stored: whole, and none above the saturation level."""
        return np.clip(np.rint(counts), 0, self.saturation_counts).astype(np.uint16)

    def expose(
        self, radiance: np.ndarray, exposure_s: float, rng: np.random.Generator, dark: np.ndarray
    ) -> np.ndarray:
        """Return a luminescent frame as stored, cosmic hits among it (uint16, shape (n, n)).

        Parameters are those of :meth:`read_out`.
        """
        counts = self.read_out(radiance, exposure_s, rng, dark)
        return self.digitise(counts + self.cosmic_hits(exposure_s, rng))

    def corrected(
        self, counts: np.ndarray, exposure_s: float, dark: np.ndarray, bias_counts: float
    ) -> np.ndarray:
        """Return the radiance that the vendor's software would save for a frame.

        Parameters
        ----------
        counts : numpy.ndarray, shape (n, n)
            The frame.
        exposure_s : float
            Its exposure (s).
        dark : numpy.ndarray, shape (n, n)
            Its dark charge (counts).
        bias_counts : float
            Its read bias (counts).

        Returns
        -------
        numpy.ndarray of float32, shape (n, n)
            p/s/cm²/sr.
        """
        net = counts - bias_counts - dark
        return (net / self.counts_per_radiance(exposure_s)).astype(np.float32)

    def dark_charge(self, exposure_s: float, rng: np.random.Generator) -> np.ndarray:
        """Return the expected dark charge of every pixel (counts), hot pixels among them."""
        dark = np.full((self.n, self.n), self.dark_counts_per_s * exposure_s)
        hot = rng.random(dark.shape) < self.hot_pixel_rate
        dark[hot] *= rng.uniform(20, 200, int(hot.sum()))
        return dark

    def stored_frame(self, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return a bias or dark frame as stored: the mean of some, times ten."""
        noisy = counts + rng.normal(self.bias_counts, _FRAME_NOISE_COUNTS, counts.shape)
        return np.clip(np.rint(noisy * 10), 0, 65535).astype(np.uint16)

    def background_click(self, exposure_s: float, rng: np.random.Generator) -> BackgroundClick:
        """Return frames taken at night for all clicks of an exposure."""
        charge = self.dark_charge(exposure_s, rng)
        frames = self.stored_frame(charge, rng), self.stored_frame(np.zeros_like(charge), rng)
        return BackgroundClick(charge, *frames)

    def cosmic_hits(self, exposure_s: float, rng: np.random.Generator) -> np.ndarray:
        """Return the counts of cosmic hits, shape (n, n): single pixels and short tracks."""
        counts = np.zeros((self.n, self.n))
        for _ in range(rng.poisson(self.cosmic_hits_per_s * exposure_s)):
            row, column = rng.integers(0, self.n, 2)
            strength = float(np.exp(rng.normal(6.5, 1.0)))
            length = int(rng.choice([1, 1, 1, 2, 3]))
            step = rng.integers(-1, 2, 2)
            for i in range(length):
                r, c = row + i * step[0], column + i * step[1]
                if 0 <= r < self.n and 0 <= c < self.n:
                    counts[r, c] += strength * (1.0 if i == 0 else rng.uniform(0.2, 0.9))
        return counts
