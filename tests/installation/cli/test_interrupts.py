from __future__ import annotations

import signal

import pytest

from installation.cli.interrupts import InterruptHandler


def test_the_first_interrupt_calls_stop():
    stops = []
    with InterruptHandler(lambda: stops.append(1)) as interrupts:
        assert not interrupts.interrupted
        signal.raise_signal(signal.SIGINT)
        assert interrupts.interrupted
    assert stops == [1]


def test_the_second_interrupt_raises():
    stops = []
    with pytest.raises(KeyboardInterrupt), InterruptHandler(lambda: stops.append(1)):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert stops == [1]


def test_the_handler_is_restored():
    before = signal.getsignal(signal.SIGINT)
    with InterruptHandler(lambda: None):
        pass
    assert signal.getsignal(signal.SIGINT) is before
