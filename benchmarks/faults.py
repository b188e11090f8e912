"""Recovery time of the piece after each fault: `python benchmarks/faults.py [--json]`.

The piece runs with a window on Xvfb and a MIDI output over a JACK server without hardware. The
figures come from the far end of the MIDI output, the log, the status file and the list of
processes. Needs Linux, Xvfb, jackd and python-rtmidi; takes about two minutes. Ends with status 1
if a figure exceeds its bound.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import psutil
import rtmidi
from jack import jack_server
from machine import Watch

RECOVERY_TIMEOUT_S = 60.0
"""Time after which a recovery has failed, seconds."""
SETTLE_S = 12.0
"""Music before each fault, seconds: the restart is not delayed, and there is a spare."""
GRACE_S = 0.3
"""Time for messages on their way, seconds."""
BOUNDS = {
    ("stage killed", "back"): 2.0,
    ("stage frozen", "back"): 2.0,
    ("performer killed", "back"): 3.0,
    ("performer frozen", "back"): 4.0,
    ("supervisor killed", "all_gone"): 2.0,
    ("asked to end", "all_gone"): 2.0,
}
"""Longest time from the fault, seconds."""
SETTINGS = """
[log]
status = "status.json"
file = "piece.log"
[live]
attract_rest = 0.0
[midi]
output = ["ear"]
"""
ZERO_FIGURES = (("supervisor killed", "left_sounding"), ("asked to end", "left_sounding"))
"""Figures that must be 0."""
RECENT_MESSAGES = 50_000  # that the far end keeps
EAR_INTERVAL_S = 0.002  # time between two looks at the messages that came, seconds


class Ear:
    """The far end of the MIDI output: times of note-ons, and the notes that sound.

    rtmidi queues the messages, and a thread takes them: a callback waits for Python's lock within
    JACK's cycle, and what is sent meanwhile is lost (6 of 4,000 messages beside a busy thread).
    `recent` holds the last messages with their times, seconds.
    """

    def __init__(self, name: str = "ear") -> None:
        self.onsets: list[float] = []
        self.began: dict[tuple[int, int], float] = {}  # start of each note that sounds
        self.quiet_at = 0.0
        self.recent: deque[tuple[float, list[int]]] = deque(maxlen=RECENT_MESSAGES)
        self._port = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name=name, queue_size_limit=16384)
        self._port.open_virtual_port("port")
        self._over = Event()
        self._thread = Thread(target=self._take_all, name=name, daemon=True)
        self._thread.start()

    @property
    def sounding(self) -> set[tuple[int, int]]:
        """Channel and pitch of each note that sounds."""
        return set(self.began)

    def close(self) -> None:
        """Close the port."""
        self._over.set()
        self._thread.join()
        self._port.delete()

    def _take_all(self) -> None:
        while not self._over.wait(EAR_INTERVAL_S):
            while (event := self._port.get_message()) is not None:
                self._take(event[0])

    def _take(self, message: list[int]) -> None:
        now = time.monotonic()
        self.recent.append((now, message))
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if kind == 0x90 and message[2]:
            self.onsets.append(now)
            self.began[channel, message[1]] = now
        elif kind in (0x80, 0x90):
            self.began.pop((channel, message[1]), None)
        elif kind == 0xB0 and message[1] in (120, 123):
            self.began = {note: at for note, at in self.began.items() if note[0] != channel}
        if not self.began:
            self.quiet_at = now


@contextmanager
def x_display(*options: str) -> Iterator[str]:
    """Start Xvfb with a screen of 1920x1080, and give the name of its display.

    Raises
    ------
    RuntimeError
        If Xvfb is not installed.
    """
    if shutil.which("Xvfb") is None:
        raise RuntimeError("needs Xvfb (Debian: apt install xvfb)")
    reading, writing = os.pipe()
    xvfb = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1920x1080x24", *options],
        pass_fds=(writing,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        xvfb.terminate()
        xvfb.wait(10)


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Start a JACK server and an X server; gives the environment of the piece.

    A signal that asks this process to end raises KeyboardInterrupt, so that they are ended as well.

    Raises
    ------
    RuntimeError
        If one of them is not installed.
    """
    # a shell's background job begins with SIGINT ignored, and so would the piece
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with jack_server() as jack, x_display() as display:
        if not jack:
            raise RuntimeError("needs jackd (Debian: apt install jackd2) and python-rtmidi")
        window = {"DISPLAY": display, "SDL_VIDEODRIVER": "x11"}
        yield os.environ | window | {"OPENBLAS_NUM_THREADS": "1"}


class Piece:
    """The running piece."""

    def __init__(
        self, folder: Path, environment: dict[str, str], ear: Ear, settings: str = SETTINGS
    ) -> None:
        self.ear, self.folder = ear, folder
        (folder / "config.toml").write_text(settings)
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from installation.cli.main import main; main()", "play"],
            cwd=folder,
            env=environment,
        )

    def status(self) -> dict:
        """Content of the status file; empty before there is one."""
        try:
            return json.loads((self.folder / "status.json").read_text())
        except OSError:
            return {}

    def is_well(self) -> bool:
        """Whether both children work."""
        status = self.status()
        return all(status.get(who, {}).get("state") == "well" for who in ("performer", "stage"))

    def pid(self, who: str) -> int:
        """Process number of the stage or the performer; 0 without a process."""
        return self.status().get(who, {}).get("pid", 0)

    def log_bytes(self) -> int:
        """Length of the log."""
        return (self.folder / "piece.log").stat().st_size

    def said(self, words: str, since: float, written: int = 0) -> float | None:
        """Seconds from `since` (epoch) until the log says so after `written` bytes, if it does."""
        line = re.compile(rf"^(\S+ \S+) .*{words}")
        log = (self.folder / "piece.log").read_bytes()[written:]
        for text in log.decode().splitlines():
            match = line.match(text)
            if match is not None:
                at = datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S,%f").timestamp()
                if at > since:
                    return at - since
        return None

    def all_pids(self) -> list[int]:
        """Process numbers of all, spares included."""
        processes = psutil.Process(self._process.pid).children()
        return [self._process.pid, *(process.pid for process in processes)]

    def back(self, who: str, since: float, written: int = 0) -> float | None:
        """Time from `since` (epoch) until the log says that a child is back, seconds, or None.

        The piece's clock may have been moved: `since` is of the time shown, and what the log said
        in its first `written` bytes does not count.
        """
        words = f"the {who} is back after"
        seconds_until(lambda: self.said(words, since, written) is not None)
        seconds = self.said(words, since, written)
        return None if seconds is None else round(seconds, 2)

    def kill(self, number: int) -> None:
        """Send a signal to the supervisor."""
        self._process.send_signal(number)

    def end(self) -> None:
        """End the piece, if it runs."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(10)


def is_running(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def seconds_until(
    condition: Callable[[], object], timeout_s: float = RECOVERY_TIMEOUT_S
) -> float | None:
    """Time until a condition comes true, seconds; None if it does not."""
    began = time.monotonic()
    while time.monotonic() - began < timeout_s:
        if condition():
            return round(time.monotonic() - began, 2)
        time.sleep(0.01)
    return None


def longest_gap(onsets: list[float], start: float, end: float) -> float:
    """Longest time without an onset, seconds."""
    inside = [start, *(t for t in onsets if start < t < end), end]
    return round(max(b - a for a, b in zip(inside, inside[1:], strict=False)), 2)


def send_signal(pid: int, number: int) -> None:
    """Send a signal to a process; number 0, which would be this one, is refused."""
    if pid <= 0:
        raise ProcessLookupError("the piece has no such process")
    os.kill(pid, number)


def fail_stage(piece: Piece, number: int) -> dict:
    """Kill or freeze the stage; figures of its return and of the music meanwhile."""
    before = longest_gap(piece.ear.onsets, time.monotonic() - SETTLE_S, time.monotonic())
    at, since = time.monotonic(), time.time()
    send_signal(piece.pid("stage"), number)
    back = piece.back("stage", since)
    time.sleep(2.0)
    gap = longest_gap(piece.ear.onsets, at, time.monotonic())
    return {"back": back, "longest_gap_before": before, "longest_gap_after": gap}


def fail_performer(piece: Piece, number: int) -> dict:
    """Kill or freeze the performer while a note sounds, until the next performer's first note."""
    seconds_until(lambda: piece.ear.sounding)
    old, at = piece.pid("performer"), time.monotonic()
    send_signal(old, number)
    time.sleep(0.05)
    hung = len(piece.ear.sounding)
    seconds_until(lambda: not is_running(old))
    seconds_until(lambda: not piece.ear.sounding)
    silent = round(time.monotonic() - at, 2)
    playing = seconds_until(lambda: piece.ear.onsets[-1] > at + max(silent, GRACE_S))
    back = None if playing is None else round(piece.ear.onsets[-1] - at, 2)
    return {"hung": hung, "silent": silent, "back": back}


def end_supervisor(piece: Piece, number: int) -> dict:
    """End the supervisor; figures of the processes and notes that are left."""
    seconds_until(lambda: piece.ear.sounding)
    pids, at = piece.all_pids(), time.monotonic()
    piece.kill(number)
    gone = seconds_until(lambda: not any(is_running(pid) for pid in pids))
    ended = None if gone is None else round(time.monotonic() - at, 2)
    time.sleep(GRACE_S)
    return {"processes": len(pids), "all_gone": ended, "left_sounding": len(piece.ear.sounding)}


def cause_all_faults(piece: Piece) -> dict[str, dict]:
    """Cause every fault that a piece survives, one after another."""
    faults = {
        "stage killed": (fail_stage, signal.SIGKILL),
        "stage frozen": (fail_stage, signal.SIGSTOP),
        "performer killed": (fail_performer, signal.SIGKILL),
        "performer frozen": (fail_performer, signal.SIGSTOP),
    }
    found = {}
    for name, (fault, number) in faults.items():
        found[name] = fault(piece, number)
        seconds_until(piece.is_well)
        time.sleep(SETTLE_S)
    return found


@contextmanager
def piece_at_work(environment: dict[str, str]) -> Iterator[tuple[Piece, float]]:
    """A piece that has settled, and the time of its first note, seconds.

    Raises
    ------
    TimeoutError
        If the piece does not start to play and draw.
    """
    with tempfile.TemporaryDirectory() as name:
        ear = Ear()
        piece = Piece(Path(name), environment, ear)
        try:
            heard = seconds_until(lambda: ear.onsets)
            if heard is None or seconds_until(piece.is_well) is None:
                raise TimeoutError("the piece does not start to play and draw")
            time.sleep(SETTLE_S)
            yield piece, round(ear.onsets[0] - piece.began, 2)
        finally:
            piece.end()
            ear.close()


def measure() -> dict[str, dict]:
    """Cause all faults and collect the figures."""
    with servers() as environment:
        with piece_at_work(environment) as (piece, first):
            found = {"start": {"first_note": first}} | cause_all_faults(piece)
            found["supervisor killed"] = end_supervisor(piece, signal.SIGKILL)
        with piece_at_work(environment) as (piece, _):
            found["asked to end"] = end_supervisor(piece, signal.SIGTERM)
    return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """A figure and its bound."""

    fault: str
    figure: str
    value: float | None
    bound: float

    @property
    def holds(self) -> bool:
        """Whether the figure is within its bound."""
        return self.value is not None and self.value <= self.bound


def verdicts(found: dict[str, dict]) -> list[Verdict]:
    """Verdicts on all figures that have a bound."""
    bounds = BOUNDS | dict.fromkeys(ZERO_FIGURES, 0.0)
    return [Verdict(*key, found[key[0]][key[1]], bound) for key, bound in bounds.items()]


def main() -> int:
    """Print the figures; returns 1 if one exceeds its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    watch = Watch()
    found = measure()
    judged = verdicts(found)
    failed = [f"{one.fault}: {one.figure}" for one in judged if not one.holds]
    if as_json:
        report = {"machine": watch.seen(), "beyond_bound": failed} | found
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        bound = {(one.fault, one.figure): f" (at most {one.bound:g})" for one in judged}
        for fault, figures in found.items():
            line = ", ".join(f"{k} {v}{bound.get((fault, k), '')}" for k, v in figures.items())
            sys.stdout.write(f"{fault:<20} {line}\n")
        sys.stdout.write(f"machine: {watch.seen()}; beyond its bound: {failed or 'nothing'}\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
