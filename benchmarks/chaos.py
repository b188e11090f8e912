"""Random faults at random moments: `python benchmarks/chaos.py [--minutes N] [--seed S] [--json]`.

The piece runs with a window on Xvfb and MIDI over a JACK server without hardware. Visitors come
and go: they play by MIDI, hold a pedal, leave without lifting it, and press keys of the window.
Meanwhile processes are killed and stopped, the keyboard is pulled in the middle of a chord, the
disk fills up, the wall clock is moved, the processors are taken away, and floods arrive. What must
always hold is checked all the time. Needs Linux, Xvfb, jackd and python-rtmidi; the disk is filled
as root only, the window's keys need xdotool, and the clock, which is moved for the piece alone, a
C compiler. Ends with status 1 if anything was violated.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import rtmidi
from faults import Ear, Piece, seconds_until, send_signal, servers
from kills import MAX_SURVIVAL_S, ROUND_VARIABLE, processes_of
from machine import Watch
from stepped_clock import SteppedClock

OSC_PORT, WEB_PORT = 57_121, 18_573
FLOOD_S, WEB_CLIENTS = 3.0, 4
"""Length of a flood, seconds, and number of those who ask for pages at once."""
SETTINGS = f"""
[log]
status = "status.json"
file = "piece.log"
[live]
attract_rest = 0.0
farewell_after = 5.0
warn_before = 2.0
[midi]
input = ["chaos"]
output = ["ear"]
wait = true
[osc]
listen = {OSC_PORT}
[web]
enabled = true
host = "127.0.0.1"
port = {WEB_PORT}
name = ""
pin = "135790"
"""
MAX_NETWORK_NOTE_S = 12.0
"""Longest note of the network, seconds."""
MAX_VISITOR_NOTE_S = 30.0
"""Longest time for which a visitor's note sounds after the visitor's last message, seconds."""
BOUNDS_S = {
    "stage killed": 2.0,
    "stage stopped": 2.0,
    "performer killed": 3.0,
    "performer stopped": 4.0,
}
"""Longest time from a fault to the next picture or the next note, seconds."""
MAX_FRAME_AGE_S = 2.0
"""Longest time for which the last frame stands while no fault is being recovered from, seconds."""
MAX_MUSIC_GAP_S = 8.0
"""Longest rest while the network plays alone, seconds: its last notes are long."""
ASKED_S = 8.0
"""Time after a fault within which a restart is its consequence, seconds."""
VISIT_MATCH_S = 4.0
"""Largest difference between the start of a visit seen here and its row, seconds."""
CLOCK_OFFSETS_S = (-86_400, -3_600, -60, -2, 2, 60, 3_600, 86_400)
"""How far the wall clock is ahead after it was moved, seconds."""
WATCH_INTERVAL_S = 0.2
EVIDENCE_LEAD_S = 8.0
"""Time before an overdue note or a silence from which messages and turns are kept, seconds."""
DISK_BYTES = 2_000_000
WINDOW_KEYS = ("F1", "F2", "F3", "F4", "F5", "F10", "Tab", "F11", "a", "d", "g", "Page_Up")


class ChaosKeyboard:
    """A MIDI keyboard whose cable can be pulled."""

    def __init__(self) -> None:
        self.last_sent_at = time.monotonic()
        self._port: rtmidi.MidiOut | None = None
        self.plug()

    def plug(self) -> None:
        """Appear among the MIDI inputs."""
        self._port = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name="chaos")
        self._port.open_virtual_port("keys")

    def pull(self) -> None:
        """Vanish."""
        port, self._port = self._port, None
        if port is not None:
            port.delete()

    def send(self, *message: int) -> None:
        """Send a message, if plugged in."""
        port = self._port
        if port is not None:
            port.send_message(list(message))
            self.last_sent_at = time.monotonic()


class Visitors(Thread):
    """People who come, play, and leave."""

    def __init__(self, keyboard: ChaosKeyboard, display: str, seed: int) -> None:
        super().__init__(name="visitors", daemon=True)
        self._keyboard, self._random, self.over = keyboard, random.Random(seed), Event()
        self._display = display if shutil.which("xdotool") else ""

    def run(self) -> None:
        while not self.over.wait(self._random.uniform(2.0, 16.0)):
            for _ in range(self._random.randint(1, 4)):
                self._play_phrase()
                if self.over.wait(self._random.uniform(0.2, 4.0)):
                    break

    def _play_phrase(self) -> None:
        choose, send = self._random, self._keyboard.send
        if choose.random() < 0.4:
            send(0xB0, 64, 127)
        for _ in range(choose.randint(2, 10)):
            chord = choose.sample(range(48, 84), choose.choice((1, 1, 1, 3)))
            for pitch in chord:
                send(0x90, pitch, choose.randint(30, 110))
            self.over.wait(choose.uniform(0.05, 0.5))
            if choose.random() < 0.95:  # else they are held when the next come
                for pitch in chord:
                    send(0x80, pitch, 0)
        if choose.random() < 0.5:  # else the pedal is never lifted
            send(0xB0, 64, 0)
        if self._display and choose.random() < 0.5:
            key = choose.choice(WINDOW_KEYS)
            environment = os.environ | {"DISPLAY": self._display}
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run(["xdotool", "key", key], env=environment, timeout=5, check=False)


class Invariants(Thread):
    """Looks all the time at what must always hold."""

    def __init__(self, piece: Piece, keyboard: ChaosKeyboard) -> None:
        super().__init__(name="invariants", daemon=True)
        self.is_recovering = False  # whether a fault is being caused or recovered from
        self.violations: list[str] = []
        self.evidence: list[str] = []  # messages about overdue notes and missing music
        self.visits_seen: list[float] = []  # epoch, seconds, by the system's clock
        self.over = Event()
        self._piece, self._keyboard = piece, keyboard
        self._overdue: set[tuple[int, int, float]] = set()
        self._last_turn = self._last_complaint = ""
        self._turns: list[tuple[float, str]] = []  # when each turn was seen to begin

    def run(self) -> None:
        while not self.over.wait(WATCH_INTERVAL_S):
            now = time.monotonic()
            self._check_notes(now)
            with contextlib.suppress(ValueError):
                status = self._piece.status()
                performer = status.get("performer", {})
                turn, in_lesson = performer.get("turn", ""), performer.get("in_lesson", False)
                self._watch_turn(turn)
                age = (status.get("picture") or {}).get("frame_age") or 0.0
                is_frozen = age > MAX_FRAME_AGE_S
                last_onset = self._piece.ear.onsets[-1]
                is_alone = turn == "attract" and not in_lesson
                is_silent = is_alone and now - last_onset > MAX_MUSIC_GAP_S
                complaint = "no picture" if is_frozen else "no music" if is_silent else ""
                if self._complain(complaint) and is_silent:
                    self._keep_evidence(last_onset, now)

    def _complain(self, what: str) -> bool:
        """Note a violation as it begins; whether one did."""
        begins = what not in ("", self._last_complaint) and not self.is_recovering
        if begins:
            self.violations.append(f"{what} at {datetime.now():%H:%M:%S}")
        self._last_complaint = what
        return begins

    def _check_notes(self, now: float) -> None:
        for (channel, pitch), began in list(self._piece.ear.began.items()):
            if channel == 0:
                began_or_played = max(began, self._keyboard.last_sent_at)
                is_over = now - began_or_played > MAX_VISITOR_NOTE_S
            else:
                is_over = now - began > MAX_NETWORK_NOTE_S
            if is_over and (channel, pitch, began) not in self._overdue:
                self._overdue.add((channel, pitch, began))
                what = f"note {pitch} of channel {channel} is over its time"
                self.violations.append(f"{what} at {datetime.now():%H:%M:%S}")
                self._keep_evidence(began, now)

    def _keep_evidence(self, began: float, now: float) -> None:
        """Keep what was heard, and whose turn it was, from a while before a moment on."""
        self.evidence.append(f"{self.violations[-1]}; began {now - began:.1f} s ago")
        heard = [*self._piece.ear.recent, *self._turns]
        self.evidence += [
            f"{at - began:+.3f} {what}"
            for at, what in sorted(heard, key=lambda each: each[0])
            if at > began - EVIDENCE_LEAD_S
        ]

    def _watch_turn(self, turn: str) -> None:
        if turn and turn != self._last_turn:
            self._turns.append((time.monotonic(), turn))
        if turn and turn != "attract" and self._last_turn == "attract":
            self.visits_seen.append(time.time())
        self._last_turn = turn or self._last_turn


class Chaos:
    """The faults, and how long the piece took to recover from each."""

    def __init__(
        self, piece: Piece, keyboard: ChaosKeyboard, clock: SteppedClock, seed: int
    ) -> None:
        self.recoveries: dict[str, list[float | None]] = defaultdict(list)
        self.violations: list[str] = []
        self.caused: list[tuple[float, str]] = []  # the piece's time of a hit, and which process
        self._piece, self._keyboard, self._clock = piece, keyboard, clock
        self._random = random.Random(seed)
        self._disk = piece.folder / "recordings"
        self._faults: dict[str, Callable[[], float | None]] = {
            "stage killed": lambda: self._hit_stage(signal.SIGKILL),
            "stage stopped": lambda: self._hit_stage(signal.SIGSTOP),
            "performer killed": lambda: self._hit_performer(signal.SIGKILL),
            "performer stopped": lambda: self._hit_performer(signal.SIGSTOP),
            "keyboard pulled": self._pull_keyboard,
            "processors taken": self._starve,
            "floods": self._flood,
            "web flood": self._flood_web,
            "disk full": self._fill_disk,
            "clock moved": self._move_clock,
        }

    def cause_one(self) -> None:
        """Cause one fault, wait until the piece is well again, and judge it."""
        name = self._random.choice(list(self._faults))
        if name == "disk full" and not os.path.ismount(self._disk):
            return
        if name == "clock moved" and not self._clock.is_available:
            return
        took = self._faults[name]()
        self.recoveries[name].append(took)
        sys.stderr.write(f"{datetime.now():%H:%M:%S} {name}: {took}\n")
        bound = BOUNDS_S.get(name)
        if took is None or (bound is not None and took > bound):
            self.violations.append(f"{name}: back after {took} s")
        if seconds_until(self._piece.is_well) is None:
            self.violations.append(f"{name}: not well again")

    def _hit_stage(self, number: int) -> float | None:
        since, written = self._clock.now(), self._piece.log_bytes()
        self._hit("stage", number)
        return self._piece.back("stage", since, written)

    def _hit_performer(self, number: int) -> float | None:
        began = time.monotonic()
        old = self._piece.pid("performer")
        self._hit("performer", number)
        if seconds_until(lambda: self._piece.pid("performer") not in (0, old)) is None:
            return None
        onsets = self._piece.ear.onsets
        quiet_at = max(began, self._piece.ear.quiet_at)
        if seconds_until(lambda: onsets[-1] > quiet_at or onsets[-1] > began + 1.0) is None:
            return None
        return round(next(at for at in onsets if at > began + 0.3) - began, 2)

    def _hit(self, who: str, number: int) -> None:
        self.caused.append((self._clock.now(), who))
        send_signal(self._piece.pid(who), number)

    def _pull_keyboard(self) -> float | None:
        for message in ((0xB0, 64, 127), (0x90, 50, 90), (0x90, 53, 90), (0x90, 57, 90)):
            self._keyboard.send(*message)
        time.sleep(0.3)
        began = time.monotonic()
        self._keyboard.pull()
        held = {(0, 50), (0, 53), (0, 57)}
        ended = seconds_until(lambda: not held & self._piece.ear.sounding)
        took = None if ended is None else round(time.monotonic() - began, 2)
        time.sleep(max(0.0, 2.0 - (time.monotonic() - began)))
        self._keyboard.plug()
        return took

    def _starve(self) -> float | None:
        command = [sys.executable, "-c", "while True: pass"]
        rivals = [subprocess.Popen(command) for _ in range(2 * (os.cpu_count() or 1))]
        try:
            time.sleep(self._random.uniform(4.0, 12.0))
        finally:
            for rival in rivals:
                rival.kill()
                rival.wait()
        began = time.monotonic()
        return seconds_until(lambda: self._piece.ear.onsets[-1] > began)

    def _flood(self) -> float | None:
        end = time.monotonic() + FLOOD_S
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as osc:
            while time.monotonic() < end:
                self._keyboard.send(
                    0x90, self._random.randint(0, 127), self._random.randint(1, 127)
                )
                self._keyboard.send(
                    0xB0, self._random.randint(0, 127), self._random.randint(0, 127)
                )
                osc.sendto(self._random.randbytes(64), ("127.0.0.1", OSC_PORT))
                time.sleep(0.001)
        for pitch in range(128):
            self._keyboard.send(0x80, pitch, 0)
        self._keyboard.send(0xB0, 64, 0)
        began = time.monotonic()
        return seconds_until(lambda: self._piece.ear.onsets[-1] > began)

    def _flood_web(self) -> float | None:
        end = time.monotonic() + FLOOD_S

        def ask() -> None:
            while time.monotonic() < end:
                answers()

        clients = [Thread(target=ask, daemon=True) for _ in range(WEB_CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(2.0 * FLOOD_S)
        return seconds_until(answers)

    def _fill_disk(self) -> float | None:
        filler = self._disk / "filler"
        with contextlib.suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(bytes(4096))
                file.flush()
        time.sleep(self._random.uniform(3.0, 8.0))
        filler.unlink(missing_ok=True)
        began = time.monotonic()
        return seconds_until(lambda: self._piece.ear.onsets[-1] > began)

    def _move_clock(self) -> float | None:
        self._clock.step(self._random.choice(CLOCK_OFFSETS_S))
        began = time.monotonic()
        return seconds_until(lambda: self._piece.ear.onsets[-1] > began)


def answers() -> bool:
    """Whether the staff page answers."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", WEB_PORT, timeout=FLOOD_S)
        with closing(connection):
            connection.request("GET", "/")
            return connection.getresponse().status < 500
    return False


def unasked_restarts(piece: Piece, caused: list[tuple[float, str]]) -> list[str]:
    """Deaths of processes in the log that no fault caused."""
    found = []
    line = re.compile(r"^(\S+ \S+) .*the (stage|performer|silencer) (hangs|ended with status \S+);")
    for text in (piece.folder / "piece.log").read_text().splitlines():
        if (match := line.match(text)) is None:
            continue
        at = datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S,%f").timestamp()
        if not any(who == match[2] and 0 <= at - hit <= ASKED_S for hit, who in caused):
            found.append(f"unasked at {match[1]}: the {match[2]} {match[3]}")
    return found


def lost_visits(piece: Piece, seen: list[float], clock: SteppedClock) -> list[str]:
    """Visits that are neither in the database nor said lost in the log."""
    database = piece.folder / "recordings" / "visits.sqlite"
    began: list[float] = []
    if database.exists():
        with closing(sqlite3.connect(database)) as rows:
            began = [
                datetime.fromisoformat(at).timestamp()
                for (at,) in rows.execute("SELECT began FROM visits")
            ]
    log = (piece.folder / "piece.log").read_text()
    said = len(re.findall("a visit is not written|may be missing|cannot write", log))
    missing = [
        at
        for at in seen
        if not any(
            abs(shown - row) <= VISIT_MATCH_S
            for shown in clock.readings(at, VISIT_MATCH_S)
            for row in began
        )
    ]
    lost = [f"visit of {datetime.fromtimestamp(at):%H:%M:%S} is lost" for at in missing]
    return lost[said:]


def end_piece(piece: Piece, mark: str) -> list[str]:
    """End the piece as Ctrl-C does; what is left of it."""
    piece.kill(signal.SIGTERM)
    left = []
    if seconds_until(lambda: not processes_of(mark), MAX_SURVIVAL_S + 1.0) is None:
        left = [f"left alive: {' '.join(one.cmdline())[:100]}" for one in processes_of(mark)]
    time.sleep(0.3)
    return left + [f"left sounding: {note}" for note in sorted(piece.ear.sounding)]


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of its own for the recordings, where this process may mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)


def run_chaos(minutes: float, seed: int) -> dict:
    """Run the piece for some minutes of faults; the figures and what was violated."""
    mark = f"chaos-{os.getpid()}"
    generator = random.Random(seed)
    with servers() as environment, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with small_disk(folder / "recordings"):
            ear, keyboard, clock = Ear(), ChaosKeyboard(), SteppedClock(folder)
            variables = environment | clock.environment | {ROUND_VARIABLE: mark}
            piece = Piece(folder, variables, ear, SETTINGS)
            chaos = Chaos(piece, keyboard, clock, seed)
            visitors = Visitors(keyboard, environment["DISPLAY"], seed + 1)
            invariants = Invariants(piece, keyboard)
            violations = []
            try:
                if seconds_until(lambda: ear.onsets and piece.is_well()) is None:
                    raise TimeoutError("the piece does not start to play and draw")
                for thread in (visitors, invariants):
                    thread.start()
                end = time.monotonic() + 60.0 * minutes
                while time.monotonic() < end:
                    time.sleep(generator.uniform(10.5, 18.0))
                    invariants.is_recovering = True
                    chaos.cause_one()
                    invariants.is_recovering = False
                visitors.over.set()
                visitors.join(20.0)
                time.sleep(15.0)  # the last visit ends
                invariants.over.set()
                violations = end_piece(piece, mark)
                violations += unasked_restarts(piece, chaos.caused)
                violations += lost_visits(piece, invariants.visits_seen, clock)
            finally:
                visitors.over.set()
                invariants.over.set()
                piece.end()
                for process in processes_of(mark):
                    process.kill()
                keyboard.pull()
                ear.close()
                kept = Path(tempfile.gettempdir()) / f"chaos-{seed}.log"
                shutil.copy(folder / "piece.log", kept)
                if invariants.evidence:
                    kept.with_suffix(".notes").write_text("\n".join(invariants.evidence))
    return {
        "recovery_s": summary(chaos.recoveries),
        "visits": len(invariants.visits_seen),
        "violations": chaos.violations + invariants.violations + violations,
        "log": str(kept),
    }


def summary(recoveries: dict[str, list[float | None]]) -> dict[str, dict]:
    """Count, median and worst recovery of each fault, seconds."""
    found = {}
    for name, all_s in sorted(recoveries.items()):
        known = [each for each in all_s if each is not None]
        middle, worst = (statistics.median(known), max(known)) if known else (None, None)
        found[name] = {"count": len(all_s), "median": middle, "worst": worst}
    return found


def main() -> int:
    """Run and print the figures; returns 1 if anything was violated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    watch = Watch()
    report = run_chaos(options.minutes, options.seed)
    if options.json:
        sys.stdout.write(json.dumps({"machine": watch.seen()} | report, indent=2) + "\n")
    else:
        for name, figures in report["recovery_s"].items():
            line = ", ".join(f"{key} {value}" for key, value in figures.items())
            sys.stdout.write(f"{name:<20} {line}\n")
        sys.stdout.write(f"{report['visits']} visits; machine: {watch.seen()}\n")
        for violation in report["violations"]:
            sys.stdout.write(f"violated: {violation}\n")
    return int(bool(report["violations"]))


if __name__ == "__main__":
    sys.exit(main())
