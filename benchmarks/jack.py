"""A JACK server without hardware, and what is captured from it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SAMPLE_RATE_HZ = 48_000
"""Frames a second."""
PERIOD = 256
"""Frames of a period, 5.3 ms: every cable adds one or two of them."""
TIMEOUT_S = 10.0
"""Seconds to wait for something to start or end."""
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def why_not() -> str:
    """What MIDI through JACK lacks on this machine, in words; empty if nothing is known of."""
    if shutil.which("jackd") is None:
        return "jackd is not installed (Debian: apt install jackd2)"
    try:
        import rtmidi  # noqa: F401
    except ImportError as error:
        return f"python-rtmidi cannot be loaded ({error})"
    return ""


@contextmanager
def jack_server(period: int = PERIOD) -> Iterator[str]:
    """The name of a JACK server of our own, known to this process; empty where none is to be had.

    What was in the environment before is there again after.
    """
    if why_not():
        yield ""
        return
    name = f"bench-{uuid.uuid4().hex[:8]}"
    kept = dict(os.environ)
    os.environ |= {"JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
    server = _started(name, period)
    try:
        yield name if server is not None else ""
    finally:
        if server is not None:
            _end(server)
        os.environ.clear()
        os.environ.update(kept)


def ports() -> list[str]:
    """Names of all ports at the server; none where it does not answer."""
    done = subprocess.run(["jack_lsp"], capture_output=True, text=True, check=False)
    return done.stdout.split("\n") if done.returncode == 0 else []


def wait_for_port(part: str) -> str:
    """The first port whose name has `part` in it, once it is there.

    Raises
    ------
    TimeoutError
    """
    end = time.monotonic() + TIMEOUT_S
    while time.monotonic() < end:
        for port in ports():
            if part in port:
                return port
        time.sleep(0.1)
    raise TimeoutError(f"no port {part!r} at the JACK server")


@contextmanager
def captured(path: Path, names: Sequence[str], seconds: int) -> Iterator[None]:
    """Write `seconds` of some audio ports to a .wav file; returns once they are over.

    Raises
    ------
    TimeoutError
        If they do not end: a starved server throws its clients out.
    """
    command = ["jack_rec", "-f", str(path), "-d", str(seconds), "-b", "16", *names]
    recorder = subprocess.Popen(command, **QUIET)
    try:
        time.sleep(1.0)  # it connects
        yield
        recorder.wait(seconds + TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise TimeoutError("the capture does not end: JACK is starved") from error
    finally:
        if recorder.poll() is None:
            recorder.kill()
            recorder.wait(TIMEOUT_S)


def _started(name: str, period: int) -> subprocess.Popen | None:
    """A server that answers; jackd does without real-time priority where that is not allowed."""
    command = (  # no longer --timeout: a client that opens may be kept waiting for all of it
        f"jackd -n {name} --realtime --no-mlock -d dummy --rate {SAMPLE_RATE_HZ} --period {period}"
    )
    server = subprocess.Popen(command.split(), **QUIET)
    if _answers(server):
        return server
    _end(server)
    return None


def _end(server: subprocess.Popen) -> None:
    server.send_signal(signal.SIGINT)
    try:
        server.wait(TIMEOUT_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(TIMEOUT_S)


def _answers(server: subprocess.Popen) -> bool:
    end = time.monotonic() + TIMEOUT_S
    while time.monotonic() < end and server.poll() is None:
        if any("playback" in port for port in ports()):
            return True
        time.sleep(0.1)
    return False
