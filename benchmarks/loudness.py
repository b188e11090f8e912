"""Figures of a sound, float samples of shape (frames, channels): loudness, peak, clicks, width.

    python benchmarks/loudness.py SOUND.wav ...

Loudness is ITU-R BS.1770-4: K-weighting, blocks of 400 ms, gates at -70 LUFS and -10 LU.
"""

from __future__ import annotations

import argparse
import sys
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.floating]

BLOCK_S, HOP_S = 0.4, 0.1
"""Length of a block and time from one to the next, seconds."""
ABSOLUTE_GATE_LUFS, RELATIVE_GATE_LU = -70.0, -10.0
LOUDNESS_OFFSET_DB = -0.691  # so that a full-scale sine of 997 Hz in one channel has -3.01 LUFS
SHELF_COEFFICIENTS = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (1.0, -1.69065929318241, 0.73248077421585),
)
HIGH_PASS_COEFFICIENTS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
"""Feed-forward and feedback coefficients of the standard's two filters, at 48 kHz."""
K_WEIGHTING_RATE_HZ = 48_000
SUB_HZ = 60.0  # below it lies the sub
OVERSAMPLING = 4  # of the true peak
CLICK_RATIO = 6.0  # a click's step over the largest steps around it
CLICK_NEIGHBOURHOOD_S = 0.004  # time before and after that counts as around it, seconds
CLICK_FLOOR = 0.003  # smallest step that can be a click


def decibels(power: float) -> float:
    """A ratio of powers in dB; -inf for 0."""
    return 10 * float(np.log10(power)) if power > 0 else -np.inf


def k_weighted(sound: Sound) -> Sound:
    """The sound through the standard's filters."""
    frames = len(sound) + K_WEIGHTING_RATE_HZ  # the filters' tail must not wrap around
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(frames))
    response = np.ones_like(z)
    for above, below in (SHELF_COEFFICIENTS, HIGH_PASS_COEFFICIENTS):
        response *= np.polyval(above[::-1], z) / np.polyval(below[::-1], z)
    spectrum = np.fft.rfft(sound, frames, axis=0) * response[:, None]
    return np.fft.irfft(spectrum, frames, axis=0)[: len(sound)]


def integrated_loudness(sound: Sound, rate: int = K_WEIGHTING_RATE_HZ) -> float:
    """Integrated loudness, LUFS; -inf for silence.

    Raises ValueError at another rate than 48 kHz.
    """
    if rate != K_WEIGHTING_RATE_HZ:
        raise ValueError(f"loudness is measured at {K_WEIGHTING_RATE_HZ} Hz, not {rate}")
    squares = (k_weighted(sound) ** 2).sum(axis=1)  # left and right count alike
    sums = np.concatenate([[0.0], np.cumsum(squares)])
    block, hop = round(BLOCK_S * rate), round(HOP_S * rate)
    starts = np.arange(0, len(sound) - block + 1, hop)
    powers = (sums[starts + block] - sums[starts]) / block
    for gate in (ABSOLUTE_GATE_LUFS, None):
        if not len(powers):
            return -np.inf
        mean = decibels(powers.mean()) + LOUDNESS_OFFSET_DB
        threshold = mean + RELATIVE_GATE_LU if gate is None else gate
        powers = powers[powers > 10 ** ((threshold - LOUDNESS_OFFSET_DB) / 10)]
    return decibels(powers.mean()) + LOUDNESS_OFFSET_DB if len(powers) else -np.inf


def true_peak(sound: Sound) -> float:
    """Largest level between the samples, dBTP, by four-fold oversampling."""
    spectrum = np.fft.rfft(sound, axis=0)
    finer = np.fft.irfft(spectrum, OVERSAMPLING * len(sound), axis=0) * OVERSAMPLING
    return 2 * decibels(float(np.abs(finer).max()))


def count_clicks(sound: Sound, rate: int) -> int:
    """Number of steps from sample to sample that tower over all steps around them."""
    steps = np.abs(np.diff(sound, n=2, axis=0)).max(axis=1)
    reach = round(CLICK_NEIGHBOURHOOD_S * rate)
    count, last = 0, -reach
    for at in np.flatnonzero(steps > CLICK_FLOOR):
        before, after = steps[max(0, at - reach) : max(0, at - 2)], steps[at + 3 : at + reach]
        around = max(before.max(initial=0.0), after.max(initial=0.0))
        if steps[at] > CLICK_RATIO * around and at - last >= reach:
            count, last = count + 1, at
    return count


def width(sound: Sound) -> float:
    """Power of the side by that of the middle of a stereo sound, dB; -inf for mono."""
    if sound.shape[1] != 2:
        return -np.inf
    left, right = sound.T
    return decibels(((left - right) ** 2).sum() / max(1e-12, ((left + right) ** 2).sum()))


def share_below(sound: Sound, rate: int, limit_hz: float) -> float:
    """Power of the middle below a frequency by all its power, dB."""
    power = np.abs(np.fft.rfft(sound.mean(axis=1))) ** 2
    is_below = np.fft.rfftfreq(len(sound), 1 / rate) < limit_hz
    return decibels(power[is_below].sum() / max(1e-12, power.sum()))


def describe(sound: Sound, rate: int) -> str:
    """All figures of a sound in one line."""
    power = float((sound**2).mean())
    offset = decibels(float((sound.mean(axis=0) ** 2).mean()) / power) if power else -np.inf
    return (
        f"{integrated_loudness(sound, rate):.2f} LUFS, true peak {true_peak(sound):.1f} dBTP, "
        f"{count_clicks(sound, rate)} clicks, {int((np.abs(sound) >= 1.0).sum())} clipped samples, "
        f"direct current {offset:.0f} dB, side/mid {width(sound):.1f} dB, "
        f"below {SUB_HZ:.0f} Hz {share_below(sound, rate, SUB_HZ):.1f} dB"
    )


def main() -> None:
    """Print the figures of 16-bit .wav files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+")
    for path in parser.parse_args().files:
        with wave.open(str(path)) as file:
            rate, channels = file.getframerate(), file.getnchannels()
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        sound = samples.reshape(-1, channels) / 32767
        sys.stdout.write(f"{path.name}: {describe(sound, rate)}\n")


if __name__ == "__main__":
    main()
