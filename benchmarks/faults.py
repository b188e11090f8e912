"""How long the instrument takes to recover from each fault: `python benchmarks/faults.py`.

The real thing is started, window (in memory, under Xvfb) and MIDI output (over a JACK server
without hardware) and all, and hurt. What arrives at the far end of the MIDI output, the status file
and the list of processes tell what was lost. Needs Linux, Xvfb, jackd and python-rtmidi.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import rtmidi

LIMIT = 30.0
"""Seconds after which a recovery is given up."""
SETTLE = 6.0
"""Seconds of music before each fault."""


class Ear:
    """The far end of the MIDI output: what arrived when, and what sounds."""

    def __init__(self) -> None:
        self.onsets: list[float] = []
        self.sounding: set[tuple[int, int]] = set()
        self.quiet_at = 0.0
        self._port = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name="ear", queue_size_limit=16384)
        self._port.set_callback(self._take)
        self._port.open_virtual_port("port")

    def close(self) -> None:
        """Let go of the port."""
        self._port.delete()

    def _take(self, event: tuple[list[int], float], data: object) -> None:
        message, now = event[0], time.monotonic()
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if kind == 0x90 and message[2]:
            self.onsets.append(now)
            self.sounding.add((channel, message[1]))
        elif kind in (0x80, 0x90):
            self.sounding.discard((channel, message[1]))
        elif kind == 0xB0 and message[1] in (120, 123):
            self.sounding = {note for note in self.sounding if note[0] != channel}
        if not self.sounding:
            self.quiet_at = now


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """A JACK server and an X server, as an environment to run the instrument in."""
    name = f"faults-{uuid.uuid4().hex[:8]}"
    os.environ |= {"JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    jack = subprocess.Popen(
        ["jackd", "-n", name, "--no-realtime", "--no-mlock", "-d", "dummy", "--period", "256"],
        **quiet,
    )
    reading, writing = os.pipe()
    xvfb = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x720x24"],
        pass_fds=(writing,),
        **quiet,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            display = f":{answer.readline().strip()}"
        time.sleep(1.0)
        yield {
            **os.environ,
            "DISPLAY": display,
            "SDL_VIDEODRIVER": "x11",
            "MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK",
            "OPENBLAS_NUM_THREADS": "1",
        }
    finally:
        xvfb.terminate()
        jack.send_signal(signal.SIGINT)
        xvfb.wait(10)
        jack.wait(10)


class Piece:
    """The running instrument."""

    def __init__(self, folder: Path, environment: dict[str, str], ear: Ear) -> None:
        self.ear, self.folder = ear, folder
        (folder / "config.toml").write_text(
            '[log]\nstatus = "status.json"\nfile = "piece.log"\n[live]\nattract_rest = 0.0\n'
            '[midi]\noutput = ["ear"]\n'
        )
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from installation.cli.main import main; main()", "play"],
            cwd=folder,
            env=environment,
        )

    def status(self) -> dict:
        """The status file; empty before it is there."""
        try:
            return json.loads((self.folder / "status.json").read_text())
        except OSError:
            return {}

    def is_well(self) -> bool:
        """Whether both children are."""
        status = self.status()
        return all(status.get(who, {}).get("state") == "well" for who in ("performer", "stage"))

    def pid(self, stage: bool) -> int:
        """Of the stage or of the performer: only the stage has the X library mapped."""
        for pid in children(self._process.pid):
            if "spawn_main" in command(pid) and maps(pid, "libX11") == stage:
                return pid
        return 0

    def all_pids(self) -> list[int]:
        """Of all three."""
        return [self._process.pid, self.pid(stage=True), self.pid(stage=False)]

    def kill(self, number: int) -> None:
        """Send a signal to the supervisor."""
        self._process.send_signal(number)

    def end(self) -> None:
        """End it, if it has not."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(10)


def children(parent: int) -> list[int]:
    """Process numbers of a process's children."""
    path = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def command(pid: int) -> str:
    """The command line of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def maps(pid: int, library: str) -> bool:
    """Whether a process has a library in memory."""
    try:
        return library in Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return False


def runs(pid: int) -> bool:
    """Whether a process runs, a zombie not counted."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"
    except OSError:
        return False


def seconds_until(condition: Callable[[], object]) -> float | None:
    """How long a condition takes to come true; None if it does not."""
    began = time.monotonic()
    while time.monotonic() - began < LIMIT:
        if condition():
            return round(time.monotonic() - began, 2)
        time.sleep(0.01)
    return None


def longest_gap(onsets: list[float], start: float, end: float) -> float:
    """The longest time without an onset, s."""
    inside = [start, *(t for t in onsets if start < t < end), end]
    return round(max(b - a for a, b in zip(inside, inside[1:], strict=False)), 2)


def hurt(pid: int, number: int) -> None:
    """Send a signal to a process that must be there: number 0 would be ourselves.

    Raises
    ------
    ProcessLookupError
        If there is none.
    """
    if pid <= 0:
        raise ProcessLookupError("the piece has no such process")
    os.kill(pid, number)


def hurt_stage(piece: Piece, number: int) -> dict:
    """Kill or freeze the stage."""
    before = longest_gap(piece.ear.onsets, time.monotonic() - SETTLE, time.monotonic())
    old, at = piece.pid(stage=True), time.monotonic()
    hurt(old, number)
    gone = seconds_until(lambda: not runs(old))
    seconds_until(lambda: piece.pid(stage=True) not in (0, old))
    fresh = time.time()
    drawn = seconds_until(
        lambda: (
            (piece.folder / "status.json").stat().st_mtime > fresh
            and piece.status()["stage"].get("frame_rate", 0) > 0
        )
    )
    back = round(time.monotonic() - at, 2) if drawn is not None else None
    time.sleep(2.0)
    gap = longest_gap(piece.ear.onsets, at, time.monotonic())
    return {
        "gone": gone,
        "back": back,
        "longest_gap_before": before,
        "longest_gap_after": gap,
    }


def hurt_performer(piece: Piece, number: int) -> dict:
    """Kill or freeze the performer while a note sounds."""
    seconds_until(lambda: piece.ear.sounding)
    old, at = piece.pid(stage=False), time.monotonic()
    hurt(old, number)
    time.sleep(0.05)
    hung = len(piece.ear.sounding)
    seconds_until(lambda: not runs(old))
    seconds_until(lambda: not piece.ear.sounding)
    silent = round(time.monotonic() - at, 2)
    seconds_until(lambda: piece.ear.onsets[-1] > at + max(silent, 0.3))
    playing = round(piece.ear.onsets[-1] - at, 2)
    return {"hung": hung, "silent": silent, "back": playing}


def hurt_supervisor(piece: Piece, number: int) -> dict:
    """End the supervisor: all must be gone, and nothing sound."""
    seconds_until(lambda: piece.ear.sounding)
    pids, at = piece.all_pids(), time.monotonic()
    piece.kill(number)
    gone = seconds_until(lambda: not any(runs(pid) for pid in pids[1:]))
    seconds_until(lambda: not runs(pids[0]))
    ended = round(time.monotonic() - at, 2)
    time.sleep(0.3)
    return {"children_gone": gone, "all_gone": ended, "left_sounding": len(piece.ear.sounding)}


def measure() -> dict:
    """Hurt the instrument in every way there is."""
    found: dict[str, dict] = {}
    with servers() as environment:
        for ending in ("SIGKILL", "SIGTERM"):
            with tempfile.TemporaryDirectory() as name:
                ear = Ear()
                piece = Piece(Path(name), environment, ear)
                try:
                    seconds_until(lambda ear=ear: ear.onsets)
                    first = round(ear.onsets[0] - piece.began, 2) if ear.onsets else None
                    seconds_until(lambda piece=piece: piece.is_well() and all(piece.all_pids()))
                    time.sleep(SETTLE)
                    if ending == "SIGKILL":
                        found["start"] = {"first_note": first}
                        found["stage killed"] = hurt_stage(piece, signal.SIGKILL)
                        time.sleep(12)  # lives long enough not to be held back
                        found["stage frozen"] = hurt_stage(piece, signal.SIGSTOP)
                        time.sleep(SETTLE)
                        found["performer killed"] = hurt_performer(piece, signal.SIGKILL)
                        time.sleep(14)
                        found["performer frozen"] = hurt_performer(piece, signal.SIGSTOP)
                        time.sleep(SETTLE)
                    key = f"supervisor {ending}"
                    found[key] = hurt_supervisor(piece, getattr(signal, ending))
                finally:
                    piece.end()
                    ear.close()
    return found


def main() -> None:
    """Print what was found, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    load = os.getloadavg()[0]
    print(json.dumps({"load": round(load, 2)} | measure(), indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
