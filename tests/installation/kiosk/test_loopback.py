from __future__ import annotations

import logging

import pytest

from installation.kiosk.loopback import DeviceLoopbackInput, DummyLoopbackInput


def test_an_input_that_is_not_there_is_said_and_heard_as_nothing(caplog):
    pytest.importorskip("miniaudio")
    with caplog.at_level(logging.WARNING):
        assert DeviceLoopbackInput("no such input anywhere").measure_peak(lambda: None) is None
    assert "no such input anywhere" in caplog.text


def test_a_dummy_hears_what_it_is_told():
    assert DummyLoopbackInput(0.25).measure_peak(lambda: None) == 0.25
