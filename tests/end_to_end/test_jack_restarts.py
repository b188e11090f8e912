"""A JACK server that ends and comes again, while the piece plays without a window."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tests.hang_guard import HANG_GUARD_S, wait_until

pytest.importorskip("rtmidi", reason="needs python-rtmidi", exc_type=ImportError)
# one JACK server at a time: what one cleans up, another may miss
pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or shutil.which("jackd") is None,
        reason="needs jackd (Debian: apt install jackd2)",
    ),
]
MAX_ENDING_S = 10.0  # longest time from the order to end to the end of the piece, s
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
EAR = f"""
import sys, time, rtmidi
for _ in range({HANG_GUARD_S * 10:.0f}):
    try:
        ear = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name="ear")
        break
    except Exception:
        time.sleep(0.1)
ear.set_callback(lambda event, _: print(*event[0], flush=True))
ear.open_virtual_port("port")
print("listening", flush=True)
time.sleep({4 * HANG_GUARD_S})
"""


class Server:
    """A JACK server of its own name, and whoever listens at it."""

    def __init__(self, environment: dict[str, str], heard: Path) -> None:
        name = environment["JACK_DEFAULT_SERVER"]
        command = ["jackd", "-n", name, "--realtime", "--no-mlock", "-d", "dummy", "-p", "1024"]
        self._jackd = subprocess.Popen(command, env=environment, **QUIET)
        self._heard = heard
        with heard.open("w") as file:
            self._ear = subprocess.Popen(
                [sys.executable, "-c", EAR],
                env=environment,
                stdout=file,
                stderr=subprocess.DEVNULL,
            )

    def hears(self, *words: str) -> bool:
        """Whether a line that begins with one of these words has come from the listener."""
        return any(line.startswith(words) for line in self._heard.read_text().splitlines())

    @property
    def has_ended(self) -> bool:
        """Whether the server runs no more, or never did."""
        return self._jackd.poll() is not None

    def end(self) -> None:
        """Stop both, the server as it is stopped at its console."""
        self._ear.kill()
        self._ear.wait(HANG_GUARD_S)
        self._jackd.send_signal(signal.SIGINT)
        self._jackd.wait(HANG_GUARD_S)


def test_without_a_window_it_plays_on_at_the_next_server(tmp_path) -> None:
    # always the same one: a server that dies of SIGPIPE as it ends keeps its place, one of JACK's
    # eight, until another of its name comes
    name = f"test-{uuid.uuid5(uuid.NAMESPACE_URL, __file__).hex[:12]}"
    environment = {**os.environ, "JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
    log = tmp_path / "log"
    server = Server(environment, tmp_path / "heard")
    piece = None
    try:
        wait_until(lambda: server.hears("listening") or server.has_ended)
        if server.has_ended:
            pytest.skip("jackd does not start here")
        arguments = ["play", "--headless", "--midi-out", "ear", "--seed", "3"]
        with log.open("w") as file:
            piece = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    "from installation.cli.main import main; main()",
                    *arguments,
                ],
                cwd=tmp_path,
                env=environment,
                stdout=file,
                stderr=file,
            )
        wait_until(lambda: server.hears("144", "145"), "a note is heard")
        server.end()
        wait_until(lambda: "playing on in another process" in log.read_text(), "it plays on")
        server = Server(environment, tmp_path / "heard")
        wait_until(lambda: server.hears("listening"), "another server runs")
        wait_until(lambda: server.hears("144", "145"), "a note is heard there")
        piece.send_signal(signal.SIGTERM)
        assert wait_until(lambda: piece.poll() is not None, "the piece ends") < MAX_ENDING_S
        assert piece.returncode == 0
    finally:
        if piece is not None and piece.poll() is None:
            piece.kill()
            piece.wait(HANG_GUARD_S)
        server.end()
        if log.exists():
            sys.stdout.write(log.read_text())  # shown if the test fails
