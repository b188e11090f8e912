"""How long the instrument takes to recover from each fault: `python benchmarks/faults.py`.

The real thing is started, window (in memory, under Xvfb) and MIDI output (over a JACK server
without hardware) and all, and hurt. What arrives at the far end of the MIDI output, the log, the
status file and the list of processes tell what was lost. Needs Linux, Xvfb, jackd and
python-rtmidi; takes about two minutes. Ends with status 1 if something did not recover, or not
within its bound.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import rtmidi
from jack import jack_server
from machine import Watch

LIMIT = 60.0
"""Seconds after which a recovery is given up."""
SETTLE = 12.0
"""Seconds of music before each fault: so old, a child is not held back and has its spare."""
GRACE = 0.3
"""Seconds in which what was on its way may still arrive."""
BOUNDS = {
    ("stage killed", "back"): 2.0,
    ("stage frozen", "back"): 2.0,
    ("performer killed", "back"): 3.0,
    ("performer frozen", "back"): 4.0,
    ("supervisor killed", "all_gone"): 2.0,
    ("asked to end", "all_gone"): 2.0,
}
"""Seconds from the fault."""
NOTHING = (("supervisor killed", "left_sounding"), ("asked to end", "left_sounding"))
"""What must be 0."""


class Ear:
    """The far end of the MIDI output: what arrived when, and what sounds."""

    def __init__(self, name: str = "ear") -> None:
        self.onsets: list[float] = []
        self.sounding: set[tuple[int, int]] = set()
        self.quiet_at = 0.0
        self._port = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name=name, queue_size_limit=16384)
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
    """A JACK server and an X server, as an environment to run the instrument in.

    Raises
    ------
    RuntimeError
        If one is not to be had.
    """
    reading, writing = os.pipe()
    with jack_server() as jack:
        if not jack or shutil.which("Xvfb") is None:
            raise RuntimeError("needs jackd and Xvfb (Debian: apt install jackd2 xvfb)")
        xvfb = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1920x1080x24"],
            pass_fds=(writing,),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        try:
            with os.fdopen(reading) as answer:
                display = f":{answer.readline().strip()}"
            yield {
                **os.environ,
                "DISPLAY": display,
                "SDL_VIDEODRIVER": "x11",
                "OPENBLAS_NUM_THREADS": "1",
            }
        finally:
            xvfb.terminate()
            xvfb.wait(10)


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

    def pid(self, who: str) -> int:
        """Of the stage or of the performer; 0 while it has none."""
        return self.status().get(who, {}).get("pid", 0)

    def all_pids(self) -> list[int]:
        """Of all, those that stand by included."""
        return [self._process.pid, *children(self._process.pid)]

    def back(self, who: str, since: float) -> float | None:
        """Seconds from `since` (epoch) until the log says a child is back; None if it never is."""
        line = re.compile(rf"^(\S+ \S+) .*the {who} is back after")

        def found() -> float | None:
            for text in (self.folder / "piece.log").read_text().splitlines():
                match = line.match(text)
                if match is not None:
                    at = datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S,%f").timestamp()
                    if at > since:
                        return at - since
            return None

        return round(found(), 2) if seconds_until(found) is not None else None

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
    at, since = time.monotonic(), time.time()
    hurt(piece.pid("stage"), number)
    back = piece.back("stage", since)
    time.sleep(2.0)
    gap = longest_gap(piece.ear.onsets, at, time.monotonic())
    return {"back": back, "longest_gap_before": before, "longest_gap_after": gap}


def hurt_performer(piece: Piece, number: int) -> dict:
    """Kill or freeze the performer while a note sounds; it is back with its first note."""
    seconds_until(lambda: piece.ear.sounding)
    old, at = piece.pid("performer"), time.monotonic()
    hurt(old, number)
    time.sleep(0.05)
    hung = len(piece.ear.sounding)
    seconds_until(lambda: not runs(old))
    seconds_until(lambda: not piece.ear.sounding)
    silent = round(time.monotonic() - at, 2)
    playing = seconds_until(lambda: piece.ear.onsets[-1] > at + max(silent, GRACE))
    back = None if playing is None else round(piece.ear.onsets[-1] - at, 2)
    return {"hung": hung, "silent": silent, "back": back}


def hurt_supervisor(piece: Piece, number: int) -> dict:
    """End the supervisor: all must be gone, and nothing sound."""
    seconds_until(lambda: piece.ear.sounding)
    pids, at = piece.all_pids(), time.monotonic()
    piece.kill(number)
    gone = seconds_until(lambda: not any(runs(pid) for pid in pids))
    ended = None if gone is None else round(time.monotonic() - at, 2)
    time.sleep(GRACE)
    return {"processes": len(pids), "all_gone": ended, "left_sounding": len(piece.ear.sounding)}


def hurt_all(piece: Piece) -> dict[str, dict]:
    """Every fault a piece outlives, one after another."""
    faults = {
        "stage killed": (hurt_stage, signal.SIGKILL),
        "stage frozen": (hurt_stage, signal.SIGSTOP),
        "performer killed": (hurt_performer, signal.SIGKILL),
        "performer frozen": (hurt_performer, signal.SIGSTOP),
    }
    found = {}
    for name, (fault, number) in faults.items():
        found[name] = fault(piece, number)
        seconds_until(piece.is_well)
        time.sleep(SETTLE)
    return found


@contextmanager
def piece_at_work(environment: dict[str, str]) -> Iterator[tuple[Piece, float]]:
    """The instrument, playing for a while, and after how many seconds its first note came.

    Raises
    ------
    TimeoutError
        If it does not come to play and draw.
    """
    with tempfile.TemporaryDirectory() as name:
        ear = Ear()
        piece = Piece(Path(name), environment, ear)
        try:
            heard = seconds_until(lambda: ear.onsets)
            if heard is None or seconds_until(piece.is_well) is None:
                raise TimeoutError("the piece does not come to play and draw")
            time.sleep(SETTLE)
            yield piece, round(ear.onsets[0] - piece.began, 2)
        finally:
            piece.end()
            ear.close()


def measure() -> dict[str, dict]:
    """Hurt the instrument in every way there is."""
    with servers() as environment:
        with piece_at_work(environment) as (piece, first):
            found = {"start": {"first_note": first}} | hurt_all(piece)
            found["supervisor killed"] = hurt_supervisor(piece, signal.SIGKILL)
        with piece_at_work(environment) as (piece, _):
            found["asked to end"] = hurt_supervisor(piece, signal.SIGTERM)
    return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a figure is as it must be."""

    fault: str
    figure: str
    value: float | None
    bound: float

    @property
    def holds(self) -> bool:
        """Whether it is."""
        return self.value is not None and self.value <= self.bound


def verdicts(found: dict[str, dict]) -> list[Verdict]:
    """Of every bound there is."""
    bounds = BOUNDS | dict.fromkeys(NOTHING, 0.0)
    return [Verdict(*key, found[key[0]][key[1]], bound) for key, bound in bounds.items()]


def main() -> int:
    """Print what was found; returns the status to end with."""
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
