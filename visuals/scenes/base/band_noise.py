"""Band-pass noise: random relief of one wavelength, for tissue and folds."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray


def band_noise(
    shape: tuple[int, int], wavelength: float, bandwidth: float, seed: int, dtype: DTypeLike = float
) -> NDArray[np.floating]:
    """Noise of one wavelength and all directions, of standard deviation 1.

    Parameters
    ----------
    shape : tuple of int
    wavelength : float
        Wavelength in the middle of the band, pixels.
    bandwidth : float
        Width of the Gaussian band, as a share of its middle frequency.
    seed : int
        Seed of the noise; the same seed gives other noise in another `dtype`.
    dtype : dtype

    Returns
    -------
    ndarray of `dtype`, shape (rows, columns)
    """
    white = np.random.default_rng(seed).standard_normal(shape, dtype)
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None])
    band = np.exp(-(((frequency * wavelength - 1) / bandwidth) ** 2))
    noise = np.fft.irfft2(np.fft.rfft2(white) * band, shape).astype(dtype)
    return noise / noise.std()
