from __future__ import annotations

import numpy as np
import pytest

from installation.io.audio.side_chain import SideChain

SAMPLE_RATE_HZ = 48_000


def gains(chain: SideChain, seconds: float, block: int = 64) -> np.ndarray:
    blocks = [
        np.broadcast_to(chain.next_gain(block), (block, 1))
        for _ in range(int(seconds * SAMPLE_RATE_HZ / block))
    ]
    return np.concatenate(blocks)[:, 0]


def test_without_a_strike_nothing_yields():
    assert SideChain(SAMPLE_RATE_HZ, 0.5).next_gain(64) == 1.0


def test_a_strike_yields_by_its_velocity_and_comes_back():
    chain = SideChain(SAMPLE_RATE_HZ, 0.6)
    chain.strike(10, 127)
    gain = gains(chain, 2.0)
    assert gain[:11].min() == 1.0
    assert gain.min() == pytest.approx(0.4, abs=0.01)
    assert gain[-1] == 1.0
    soft = SideChain(SAMPLE_RATE_HZ, 0.6)
    soft.strike(10, 64)
    assert gain.min() < gains(soft, 2.0).min() < 1.0


def test_the_gain_never_jumps_whatever_is_struck():
    chain, parts = SideChain(SAMPLE_RATE_HZ, 1.0), []
    for beat in range(20):
        chain.strike(beat % 64, 127)
        parts.append(gains(chain, 0.05))
    assert np.abs(np.diff(np.concatenate(parts))).max() < 0.01


def test_the_gain_does_not_depend_on_the_size_of_the_blocks():
    long, short = SideChain(SAMPLE_RATE_HZ, 0.5), SideChain(SAMPLE_RATE_HZ, 0.5)
    for chain in (long, short):
        chain.strike(5, 100)
    assert np.allclose(gains(long, 0.2, 128)[:9000], gains(short, 0.2, 64)[:9000])


def test_old_strikes_are_forgotten():
    chain = SideChain(SAMPLE_RATE_HZ, 0.5)
    chain.strike(0, 127)
    gains(chain, 3.0)
    assert chain.next_gain(64) == 1.0
