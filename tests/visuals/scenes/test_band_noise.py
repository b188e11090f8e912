from __future__ import annotations

import numpy as np
import pytest

from visuals.scenes.band_noise import band_noise


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_has_one_wavelength_and_a_deviation_of_one(dtype):
    noise = band_noise((128, 256), 16.0, 0.2, seed=3, dtype=dtype)
    assert noise.dtype == dtype
    assert noise.std() == pytest.approx(1.0, abs=1e-3)
    power = np.abs(np.fft.fft2(noise)) ** 2
    rows, columns = np.fft.fftfreq(128)[:, None], np.fft.fftfreq(256)[None]
    assert (power * np.hypot(rows, columns)).sum() / power.sum() == pytest.approx(1 / 16, rel=0.1)


def test_the_same_seed_gives_the_same_noise():
    first, second = (band_noise((32, 32), 8.0, 0.3, seed) for seed in (5, 5))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, band_noise((32, 32), 8.0, 0.3, 6))
