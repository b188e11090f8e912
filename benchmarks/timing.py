"""How late notes are handed to MIDI, beside a stage that draws: `python benchmarks/timing.py`.

The real scheduler and visitor send through rtmidi into a JACK server without hardware, where there
is one, in two arrangements that take turns: a process of their own with the stage in another (as
the piece has it), and a thread beside the drawing. Steal and load tell how starved the machine was.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from multiprocessing.synchronize import Event as ProcessEvent
from pathlib import Path
from threading import Event, Thread

import mido
import numpy as np

from installation.config import Config, StageSettings
from installation.gear.outputs import TimedOutput
from installation.house.performance import open_model
from installation.house.showing import open_stage
from installation.live.clock import SECOND, MonotonicClock
from installation.live.run import SWITCH_INTERVAL
from installation.live.scheduler import Scheduler
from installation.live.timed import TimedNote
from installation.live.visitor import Visitor
from visuals.cues import Source

GAP = 30_000_000
"""Between two notes, ns."""
TURNS = 4
"""Each arrangement has so many turns."""


class Probe(TimedOutput):
    """Sends on, and notes how late each note-on is: after its due time, or after the key."""

    def __init__(self, port: mido.ports.BaseOutput | None) -> None:
        self.lateness: dict[int, list[int]] = {int(source): [] for source in Source}
        self.pressed = 0
        self._port = port
        super().__init__("probe")

    def send_at(self, message: mido.Message, due: int) -> None:
        """Send it, timed against its due time."""
        self._pass(message, due)

    def _deliver(self, message: mido.Message) -> None:
        self._pass(message, self.pressed)

    def _pass(self, message: mido.Message, due: int) -> None:
        if message.type == "note_on":
            self.lateness[message.channel].append(time.monotonic_ns() - due)
        if self._port is not None:
            self._port.send(message)


def play(seconds: float, jack: str) -> dict[str, list[int]]:
    """Notes and keys for some seconds; the lateness of each, ns."""
    port = None
    if jack:
        os.environ |= {"JACK_DEFAULT_SERVER": jack, "JACK_NO_START_SERVER": "1"}
        backend = mido.Backend("mido.backends.rtmidi/UNIX_JACK")
        port = backend.open_output("timing", virtual=True)
    probe, clock, stop = Probe(port), MonotonicClock(), Event()
    scheduler, visitor = Scheduler([probe]), Visitor([probe])
    thread = Thread(target=scheduler.run, args=(clock, stop), daemon=True)
    thread.start()
    start = clock.now() + SECOND // 4
    for due in range(start, start + round(seconds * SECOND), GAP):
        scheduler.add(TimedNote(60, 80, due, due + GAP // 2, Source.NETWORK))
        if due // GAP % 8 == 0:
            probe.pressed = clock.now()
            visitor.press(72, 80, probe.pressed)
            visitor.release(72, clock.now())
        time.sleep(max(0.0, (due - SECOND // 8 - clock.now()) / SECOND))
    time.sleep(0.3)
    stop.set()
    thread.join()
    if port is not None:
        port.close()
    return {"network": probe.lateness[Source.NETWORK], "keys": probe.lateness[Source.VISITOR]}


def draw(stop: Event | ProcessEvent) -> None:
    """Draw the Waves at 1080p, 60 frames a second, off screen."""
    settings = StageSettings(width=1920, height=1080)
    stage = open_stage(settings, open_model(Config().style), list, lambda _: None, offscreen=True)
    while not stop.is_set():
        stage.frame()
    stage.close()


def work(seconds: float, jack: str, beside: bool, answers: multiprocessing.Queue) -> None:
    """What a process of its own does: notes only, or notes on a thread beside the drawing."""
    sys.setswitchinterval(SWITCH_INTERVAL if not beside else 0.005)
    if not beside:
        answers.put(play(seconds, jack))
        return
    stop = Event()
    found: list[dict[str, list[int]]] = []

    def on_a_thread() -> None:
        time.sleep(1.5)  # the stage opens
        found.append(play(seconds, jack))
        stop.set()

    thread = Thread(target=on_a_thread)
    thread.start()
    draw(stop)
    thread.join()
    answers.put(found[0])


def turn(seconds: float, jack: str, beside: bool) -> dict[str, list[int]]:
    """One turn of an arrangement."""
    context = multiprocessing.get_context("spawn")
    answers, stop = context.Queue(), context.Event()
    stage = None
    if not beside:
        stage = context.Process(target=draw, args=(stop,), daemon=True)
        stage.start()
        time.sleep(2.0)
    worker = context.Process(target=work, args=(seconds, jack, beside, answers), daemon=True)
    worker.start()
    found = answers.get(timeout=seconds + 60)
    worker.join()
    if stage is not None:
        stop.set()
        stage.join(10)
    return found


@contextlib.contextmanager
def jack_server() -> Iterator[str]:
    """The name of a JACK server of our own; empty where there is none to be had."""
    if shutil.which("jackd") is None:
        yield ""
        return
    name = f"timing-{uuid.uuid4().hex[:8]}"
    command = ["jackd", "-n", name, "--no-realtime", "--no-mlock", "-d", "dummy", "--period", "128"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1.5)
    try:
        yield name if server.poll() is None else ""
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(10)


def stolen() -> tuple[int, int]:
    """Ticks stolen by other machines, and all ticks, so far."""
    try:
        ticks = [int(x) for x in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    except OSError:
        return 0, 1
    return ticks[7], sum(ticks)


def summary(turns: list[list[int]]) -> dict[str, float | list[float]]:
    """Milliseconds: of all, and the p99 of each turn for the spread."""
    p50, p99, worst = np.percentile(np.concatenate(turns), (50, 99, 100)) / 1e6
    each = [round(float(np.percentile(one, 99)) / 1e6, 3) for one in turns]
    figures = {"p50": p50, "p99": p99, "max": worst}
    return {k: round(float(v), 4) for k, v in figures.items()} | {
        "p99_of_turns": each,
        "notes": sum(map(len, turns)),
    }


def main() -> None:
    """Print what was found, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--json", action="store_true", help="it always is")
    seconds = parser.parse_args().seconds / (2 * TURNS)
    before = stolen()
    own, beside = [], []
    with jack_server() as jack:
        for _ in range(TURNS):
            own.append(turn(seconds, jack, beside=False))
            beside.append(turn(seconds, jack, beside=True))
    after = stolen()
    report = {
        "port": "rtmidi over JACK" if jack else "none: the hand-over alone",
        "load": round(os.getloadavg()[0], 2),
        "steal": round((after[0] - before[0]) / max(1, after[1] - before[1]), 4),
    }
    for name, turns in (("own process", own), ("thread beside the drawing", beside)):
        report[name] = {kind: summary([one[kind] for one in turns]) for kind in ("network", "keys")}
    print(json.dumps(report, indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
