from __future__ import annotations

import ctypes
import ctypes.util
import sys

import pytest

from installation.io.native_logging import silence_native_logging


def test_another_platform_is_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", lambda path: pytest.fail("no library may be loaded"))
    silence_native_logging()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ALSA is Linux's")
def test_alsa_no_longer_writes_to_the_terminal(capfd):
    if ctypes.util.find_library("asound") is None:
        pytest.skip("needs the ALSA library")
    silence_native_logging()
    alsa, handle = ctypes.CDLL("libasound.so.2"), ctypes.c_void_p()
    assert alsa.snd_pcm_open(ctypes.byref(handle), b"no such device", 0, 0) < 0
    assert capfd.readouterr().err == ""
