"""A performance: the performer with real ports, a network and a recorder round it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event

from installation.config import Config, LiveSettings, SoundSettings, StyleSettings
from installation.gear.computer_keys import ComputerKeys, Stroke
from installation.gear.inputs import Received, TimedInput, open_input
from installation.gear.instruments import DEFAULTS
from installation.gear.midi import MidiUnavailable, PortError
from installation.gear.outputs import TimedOutput, open_output
from installation.gear.synth import Synth, open_synth
from installation.house.options import PlayOptions, check_output
from installation.house.recorder import MidiRecorder
from installation.house.vitals import Vitals, memory_in_use
from installation.live.clock import SECOND, Clock
from installation.live.performer import Performer
from installation.live.run import run_live
from installation.live.scheduler import Scheduler
from installation.live.sinks import CueSink
from installation.live.visitor import Visitor
from rnn import styles
from rnn.checkpoint import Checkpoint, CheckpointError, load
from rnn.improviser import Improviser
from visuals.cues import Source
from visuals.gestures import Gesture, Key

MIN_TEMPO, MAX_TEMPO = 50.0, 180.0
"""Bounds of a style's own tempo, beats a minute."""

log = logging.getLogger(__name__)


def model_path(style: StyleSettings) -> Path:
    """The file of the network that is to play.

    Raises
    ------
    UnknownStyleError
        If the style's name is none.
    """
    return Path(style.model) if style.model else styles.path_of(style.name)


def open_model(style: StyleSettings) -> Checkpoint:
    """The network that is to play.

    Raises
    ------
    UnknownStyleError
        If the style's name is none.
    CheckpointError
        If the file is no model.
    """
    return load(model_path(style))


def improviser_of(checkpoint: Checkpoint, path: Path) -> Improviser:
    """The network ready to hear and write; `path` is what an error calls it.

    Raises
    ------
    CheckpointError
        If it does not speak notes.
    """
    try:
        return Improviser(checkpoint)
    except TypeError as error:
        raise CheckpointError(f"{path}: {error}") from error


def live_settings(config: Config, checkpoint: Checkpoint) -> LiveSettings:
    """The settings with what they leave to the style filled in."""
    tempo = config.live.tempo or min(MAX_TEMPO, max(MIN_TEMPO, checkpoint.card.tempo))
    return config.live.model_copy(update={"tempo": tempo})


class Performance:
    """Everything that sounds, opened; close it when done.

    Parameters
    ----------
    options : PlayOptions
    cues : CueSink
    clock : Clock

    Raises
    ------
    OutputPathError, UnknownStyleError, CheckpointError, PortError, MidiUnavailable, InstrumentError
        If something that was asked for is not to be had.
    """

    def __init__(
        self,
        options: PlayOptions,
        cues: CueSink,
        clock: Clock,
    ) -> None:
        config = options.config
        for path in (options.record, options.wav):
            check_output(path)
        checkpoint = open_model(config.style)
        composer = improviser_of(checkpoint, model_path(config.style))
        self._clock = clock
        self._ports = open_ports(config, tapped=options.wav is not None)
        self.visitor = Visitor(self._ports)
        self._keys = ComputerKeys()
        self._inputs = open_inputs(config, self._receive)
        self.start = clock.now()
        self._record_sound(options.wav)
        folder = Path(config.recording.folder) if config.recording.enabled else None
        self._recorder = MidiRecorder(folder, options.record, self.start)
        self._until = _end(self.start, options.seconds)
        self._scheduler = Scheduler(self._ports)
        self._performer = Performer(
            composer,
            self.visitor,
            self._scheduler,
            self._recorder,
            cues,
            live_settings(config, checkpoint),
            options.seed,
            self.start,
        )

    def run(self, stop: Event, beat: Callable[[], None] | None = None) -> int:
        """Play until `stop` is set or the time is up; returns when it ended, ns."""
        return run_live(self._performer, self._scheduler, self._clock, stop, self._until, beat)

    def vitals(self) -> Vitals:
        """How the performance is."""
        return Vitals(
            memory_in_use(),
            lateness=self._scheduler.lateness(),
            pushed=self._performer.pushed,
            turn=self._performer.turn.name.lower(),
            visits=self._recorder.visits,
            last_visit=self._recorder.last_visit,
        )

    def take(self, gesture: Gesture) -> None:
        """What a visitor did at the window."""
        if not isinstance(gesture, Key):
            return
        touch = self._keys.press if gesture.down else self._keys.release
        stroke = touch(gesture.scancode)
        if stroke is not None:
            self._play(stroke, gesture.at)

    def let_go(self, at: int) -> None:
        """The window is gone: no key of it is held any more."""
        for stroke in self._keys.release_all():
            self._play(stroke, at)

    def close(self) -> None:
        """Close every input and output."""
        for one in self._inputs:
            one.close()
        for port in self._ports:
            port.close()

    def _play(self, stroke: Stroke, at: int) -> None:
        if stroke.down:
            self.visitor.press(stroke.pitch, stroke.velocity, at)
        else:
            self.visitor.release(stroke.pitch, at)

    def _receive(self, received: Received) -> None:
        self.visitor.receive(received.message, received.at)

    def _record_sound(self, path: Path | None) -> None:
        if path is None:
            return
        for port in self._ports:
            if isinstance(port, Synth):
                port.record(path, self.start)


def open_ports(config: Config, tapped: bool = False) -> list[TimedOutput]:
    """The MIDI output that was asked for, or the embedded synth; both if the synth is tapped.

    Raises
    ------
    PortError, MidiUnavailable, InstrumentError
    """
    ports: list[TimedOutput] = []
    if config.midi.output:
        ports.append(open_output(config.midi.output))
    if tapped or (config.sound.enabled and not config.midi.output):
        audible = config.sound.enabled and not config.midi.output
        instruments = _instruments(config.sound)
        ports.append(open_synth(instruments, volume=config.sound.volume, audible=audible))
    return ports


def open_inputs(config: Config, sink: Callable[[Received], None]) -> list[TimedInput]:
    """The MIDI input that was asked for, or whichever there is.

    Raises
    ------
    PortError, MidiUnavailable
        If one was asked for and is not there.
    """
    if config.midi.input:
        return [open_input(config.midi.input, sink)]
    try:
        return [open_input(None, sink)]
    except (PortError, MidiUnavailable) as error:
        log.debug("no MIDI keyboard: %s", error)
        return []


def _instruments(sound: SoundSettings) -> dict[int, Path]:
    chosen = {Source.VISITOR: sound.visitor, Source.NETWORK: sound.network}
    return dict(DEFAULTS) | {int(who): Path(path) for who, path in chosen.items() if path}


def _end(start: int, seconds: float | None) -> int | None:
    return None if seconds is None else start + round(seconds * SECOND)
