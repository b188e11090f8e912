from __future__ import annotations

import ctypes
import ctypes.util
import subprocess
import sys

import pytest

from installation.io.native_logging import silence_native_logging
from tests.hang_guard import HANG_GUARD_S

CARDS_AND_PORTS = """
import ctypes
import rtmidi
from threading import Event, Thread
from installation.io.native_logging import silence_native_logging

silence_native_logging()
alsa, handle, is_over = ctypes.CDLL("libasound.so.2"), ctypes.c_void_p(), Event()

def look_for_ports():
    while not is_over.is_set():
        try:
            rtmidi.MidiIn(rtmidi.API_LINUX_ALSA)
        except Exception:
            pass

ports = Thread(target=look_for_ports)
ports.start()
for _ in range(300):
    if alsa.snd_pcm_open(ctypes.byref(handle), b"default", 0, 0) == 0:
        alsa.snd_pcm_close(handle)
is_over.set()
ports.join()
"""
"""With a handler written in Python it never ends: see `native_logging`."""


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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ALSA is Linux's")
def test_a_search_for_cards_and_one_for_ports_do_not_wait_for_each_other():
    pytest.importorskip("rtmidi")
    if ctypes.util.find_library("asound") is None:
        pytest.skip("needs the ALSA library")
    subprocess.run([sys.executable, "-c", CARDS_AND_PORTS], check=True, timeout=HANG_GUARD_S)
