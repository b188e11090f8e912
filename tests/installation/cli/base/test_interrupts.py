from __future__ import annotations

import signal
from types import SimpleNamespace

import pytest

from installation.cli.base.interrupts import InterruptHandler


@pytest.fixture
def work():
    return SimpleNamespace(stop_requested=False)


def test_the_first_interrupt_requests_a_stop(work):
    with InterruptHandler(work) as interrupts:
        assert not interrupts.interrupted
        signal.raise_signal(signal.SIGINT)
        assert interrupts.interrupted
    assert work.stop_requested


def test_the_second_interrupt_raises(work):
    with pytest.raises(KeyboardInterrupt), InterruptHandler(work):
        signal.raise_signal(signal.SIGINT)
        assert work.stop_requested
        signal.raise_signal(signal.SIGINT)


def test_the_handler_is_restored(work):
    before = signal.getsignal(signal.SIGINT)
    with InterruptHandler(work):
        pass
    assert signal.getsignal(signal.SIGINT) is before
