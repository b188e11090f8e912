"""Ports for real, through a JACK server without hardware."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid

import pytest
from mido import Message
from mido.backends.backend import Backend

from installation.gear.inputs import open_input
from installation.gear.outputs import open_output

rtmidi = pytest.importorskip("rtmidi", reason="needs python-rtmidi", exc_type=ImportError)
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which("jackd") is None,
    reason="needs jackd (Debian: apt install jackd2)",
)
PATIENCE = 10.0
"""Seconds to wait for the server, or for a message on a busy machine."""


@pytest.fixture(scope="module")
def backend():
    """The JACK backend, with a server of its own name behind it."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JACK_DEFAULT_SERVER", name)
        patch.setenv("JACK_NO_START_SERVER", "1")
        server = subprocess.Popen(
            ["jackd", "-n", name, "--no-realtime", "--no-mlock", "-d", "dummy", "--period", "256"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ.copy(),
        )
        jack = Backend("mido.backends.rtmidi/UNIX_JACK", load=True, use_environ=False)
        try:
            _wait_for(jack, server)
            yield jack
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(PATIENCE)


def _wait_for(jack, server):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            jack.get_output_names()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.skip("jackd does not start here")


def test_a_note_goes_out_and_one_comes_in(backend):
    ear = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name="ear")
    keys = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name="keys")
    came_out, came_in, both = [], [], threading.Barrier(3, timeout=PATIENCE)
    ear.set_callback(lambda event, _: (came_out.append(event[0]), both.wait()))
    ear.open_virtual_port("port")
    keys.open_virtual_port("port")
    output = open_output("EAR", backend)
    inlet = open_input("keys", lambda received: (came_in.append(received), both.wait()), backend)
    try:
        output.send(Message("note_on", note=60, velocity=99))
        keys.send_message([0x90, 61, 0])
        both.wait()
    finally:
        output.close()
        inlet.close()
        ear.delete()
        keys.delete()
    assert came_out == [[0x90, 60, 99]]
    assert came_in[0].message == Message("note_off", note=61)
