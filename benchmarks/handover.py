"""How late notes are handed to MIDI while the piece plays beside a stage that draws.

The real performer, composing with a real network, plays along with keys that another process
presses, through rtmidi both ways. Two arrangements take turns: performer and stage in processes of
their own, as the piece has them, and the performer on threads beside the drawing, in one process
(with the same short switch interval, which helps it most).
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event as ProcessEvent
from threading import Event, Thread

import mido
import numpy as np

from installation.config import Config, LiveSettings, StageSettings
from installation.engine.key_input import KeyInput
from installation.engine.performer import Performer
from installation.engine.publisher import DummySubscriber, Subscriber
from installation.engine.run import run_live
from installation.engine.scheduler import Scheduler
from installation.io.midi.backend import match_port
from installation.io.midi.inputs import MidiInput, ReceivedMessage
from installation.io.midi.outputs import TimedOutput
from installation.process.launcher import create_cue_ring
from installation.process.performer_process import RingCueSink
from installation.process.shared_ring import SharedRing
from installation.session.live_session import create_composer
from installation.session.model_loading import load_model
from installation.session.stage_factory import open_stage
from installation.thread_priority import use_batch_unless_realtime
from messages.clock import SECOND, MonotonicClock
from messages.cues import NoteSource, StageMessage
from messages.wire_format import unpack

TURNS, FEW_TURNS = 4, 1
"""Turns of each arrangement, in a usual run and in a short one."""
SHORT_RUN_S = 60.0
"""Duration below which a run is a short one, seconds."""
LIVE = LiveSettings(mode="together", tempo=150, attract_rest=0.0, farewell_after=30)
"""It plays all the time, and bends to every key."""
KEYS_APART = (0.3, 2.0)
"""Seconds from key to key, from and to."""
TIMEOUT_S = 60.0
"""Seconds to wait for a process."""

Late = dict[str, list[int]]


class Probe(TimedOutput):
    """Sends on, and notes how late each note-on was out: after its due time, or after the key."""

    def __init__(self, port: mido.ports.BaseOutput | None) -> None:
        self.late: dict[int, list[int]] = {int(source): [] for source in NoteSource}
        self.pressed = 0
        self._port = port
        super().__init__("probe")

    def send_at(self, message: mido.Message, due: int) -> None:
        """Send it, timed against its due time."""
        self._pass(message, due)

    def _deliver(self, message: mido.Message) -> None:
        self._pass(message, self.pressed)

    def _pass(self, message: mido.Message, due: int) -> None:
        if self._port is not None:
            self._port.send(message)
        if message.type == "note_on":
            self.late[message.channel].append(time.monotonic_ns() - due)


def play(seconds: float, jack: bool, cues: Subscriber, keys: str) -> Late:
    """Play for some seconds; how late each note of the network and each key was, ns."""
    backend = mido.Backend("mido.backends.rtmidi/UNIX_JACK") if jack else None
    port = backend.open_output(f"out-{keys}", virtual=True) if backend else None
    probe, clock = Probe(port), MonotonicClock()
    scheduler, visitor = Scheduler([probe]), KeyInput([probe])
    config = Config()
    composer = create_composer(config.style, load_model(config.style))
    start = clock.now()
    performer = Performer(composer, visitor, scheduler, [cues], LIVE, seed=1, start=start)

    def receive(received: ReceivedMessage) -> None:
        probe.pressed = received.at
        visitor.receive_midi(received.message, received.at)

    midi_input = None
    if backend:
        name = match_port(keys, backend.get_input_names(), "input")
        midi_input = MidiInput(backend.open_input(name), receive)
    run_live(performer, scheduler, clock, Event(), start + round(seconds * SECOND))
    for one in (midi_input, port):
        if one is not None:
            one.close()
    return {"network": probe.late[NoteSource.NETWORK], "keys": probe.late[NoteSource.VISITOR]}


def draw(stop: Event | ProcessEvent, poll: Callable[[], list[StageMessage]]) -> float:
    """Draw the Waves at 1080p, 60 frames a second, off screen; returns how many it came to."""
    settings = StageSettings(width=1920, height=1080)
    stage = open_stage(settings, load_model(Config().style), poll, lambda _: None, offscreen=True)
    frames, began = 0, time.monotonic()
    while not stop.is_set():
        stage.show_frame()
        frames += 1
    stage.close()
    return frames / (time.monotonic() - began)


def work(seconds: float, jack: bool, wire: str, keys: str, answers: multiprocessing.Queue) -> None:
    """What the performer's process does where it has one."""
    answers.put(play(seconds, jack, RingCueSink(SharedRing.attach(wire)), keys))


def show(stop: ProcessEvent, wire: str, answers: multiprocessing.Queue) -> None:
    """What the stage's process does where it has one."""
    use_batch_unless_realtime()
    reader = SharedRing.attach(wire)
    answers.put(draw(stop, lambda: [unpack(data) for data in reader.read()]))


def work_and_show(seconds: float, jack: bool, keys: str, answers: multiprocessing.Queue) -> None:
    """What the one process does where all is in one."""
    stop, cues, found = Event(), DummySubscriber(), []

    def poll() -> list[StageMessage]:
        taken, cues.messages = cues.messages, []
        return taken

    def on_a_thread() -> None:
        time.sleep(1.5)  # the stage opens
        found.append(play(seconds, jack, cues, keys))
        stop.set()

    thread = Thread(target=on_a_thread)
    thread.start()
    rate = draw(stop, poll)
    thread.join()
    answers.put(found[0])
    answers.put(rate)


def turn(seconds: float, jack: bool, own: bool, number: int) -> tuple[Late, float]:
    """One turn of an arrangement; how late notes were, and frames a second."""
    context = multiprocessing.get_context("spawn")
    answers, rates, stop = context.Queue(), context.Queue(), context.Event()
    wire = create_cue_ring()
    keys = f"keys{number}"
    if own:
        jobs = [(show, (stop, wire.name, rates)), (work, (seconds, jack, wire.name, keys, answers))]
    else:
        jobs = [(work_and_show, (seconds, jack, keys, answers))]
        rates = answers
    with hand(keys, jack):
        processes = [context.Process(target=job, args=args, daemon=True) for job, args in jobs]
        for process in processes:
            process.start()
            if process is not processes[-1]:
                time.sleep(2.0)
        late = answers.get(timeout=seconds + TIMEOUT_S)
    stop.set()
    rate = rates.get(timeout=TIMEOUT_S)
    for process in processes:
        process.join(TIMEOUT_S)
    wire.close()
    return late, rate


@contextmanager
def hand(name: str, jack: bool) -> Iterator[None]:
    """Somebody at a keyboard of that name, if there is MIDI, who plays all the time."""
    if not jack:
        yield
        return
    import rtmidi

    port = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name=name)
    port.open_virtual_port("port")
    stop, generator = Event(), np.random.default_rng(1)

    def press() -> None:
        while not stop.wait(float(generator.uniform(*KEYS_APART))):
            pitch = int(generator.choice([60, 62, 64, 65, 67, 69, 71, 72]))
            port.send_message([0x90, pitch, 80])
            stop.wait(0.1)
            port.send_message([0x80, pitch, 0])

    thread = Thread(target=press, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        port.delete()


def summary(turns: list[list[int]]) -> dict[str, float | list[float]]:
    """Milliseconds: of all, and the p99 of each turn for the spread."""
    every = np.concatenate([np.asarray(one, float) for one in turns]) / 1e6
    if not len(every):
        return {"notes": 0}
    p50, p99, worst = np.percentile(every, (50, 99, 100))
    each = [round(float(np.percentile(one, 99)) / 1e6, 3) for one in turns if one]
    figures = {"p50": p50, "p99": p99, "max": worst}
    return {name: round(float(value), 4) for name, value in figures.items()} | {
        "p99_of_turns": each,
        "notes": len(every),
    }


def measure(seconds: float, jack: bool) -> dict[str, dict]:
    """Both arrangements in turns, `seconds` in all."""
    turns = FEW_TURNS if seconds < SHORT_RUN_S else TURNS
    each = seconds / (2 * turns)
    found: dict[bool, list[tuple[Late, float]]] = {True: [], False: []}
    for number in range(2 * turns):
        own = number % 2 == 0
        found[own].append(turn(each, jack, own, number))
    report = {}
    for name, own in (("own process", True), ("thread beside the drawing", False)):
        lates = [late for late, _ in found[own]]
        report[name] = {kind: summary([late[kind] for late in lates]) for kind in lates[0]}
        report[name]["frames_a_second"] = round(float(np.mean([r for _, r in found[own]])), 1)
    return report
