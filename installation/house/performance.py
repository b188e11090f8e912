"""A performance: the performer with real ports, a network and a recorder round it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from installation.config import Config, LiveSettings, MidiSettings, SoundSettings, StyleSettings
from installation.gear.computer_keys import ComputerKeys, Stroke
from installation.gear.early import Early
from installation.gear.inputs import Received, input_names
from installation.gear.instruments import DEFAULTS
from installation.gear.midi import match_port
from installation.gear.outputs import TimedOutput, output_names
from installation.gear.patchbay import Patchbay
from installation.gear.play_along import MidiFileInput
from installation.gear.synth import Synth, open_synth
from installation.house.options import PlayOptions, check_output
from installation.house.recorder import MidiRecorder
from installation.house.vitals import Vitals, memory_in_use
from installation.live.clock import MILLISECOND, SECOND, Clock
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

LEAD_IN = SECOND
"""Time before a file begins to play along, ns."""
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
    OutputPathError, UnknownStyleError, CheckpointError, InstrumentError, PlayAlongError
        If something that was asked for is not to be had. MIDI ports are waited for.
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
        self._along = _along(options.play_along, self._receive)
        self._early = round(config.sound.latency_ms * MILLISECOND)
        self._patchbay = Patchbay(config.midi.input, config.midi.output, self._receive)
        self._synth = open_synth_for(config, tapped=options.wav is not None)
        self._ports = [*self._patchbay.outputs, *([self._synth] if self._synth else [])]
        outputs = early(self._ports, self._early)
        self.visitor = Visitor(outputs)
        self._keys = ComputerKeys()
        self._patchbay.open()
        self.start = clock.now()
        self._record_sound(options.wav)
        folder = Path(config.recording.folder) if config.recording.enabled else None
        self._recorder = MidiRecorder(folder, options.record, self.start)
        self._until = _end(self.start, options.seconds)
        self._scheduler = Scheduler(outputs)
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
        if self._along is not None:
            self._along.start(self._clock.now() + LEAD_IN)
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
        if self._along is not None:
            self._along.close()
        self._patchbay.close()
        if self._synth is not None:
            self._synth.close()

    def _play(self, stroke: Stroke, at: int) -> None:
        if stroke.down:
            self.visitor.press(stroke.pitch, stroke.velocity, at)
        else:
            self.visitor.release(stroke.pitch, at)

    def _receive(self, received: Received) -> None:
        self.visitor.receive(received.message, received.at)

    def _record_sound(self, path: Path | None) -> None:
        if path is not None:
            self._synth.record(path, self.start - self._early)


def check_ports(midi: MidiSettings) -> None:
    """Find out early that a MIDI port is not there that is not to be waited for.

    Raises
    ------
    PortError, MidiUnavailable
    """
    if midi.wait:
        return
    for name in midi.output:
        match_port(name, output_names(), "output")
    for name in midi.input:
        match_port(name, input_names(), "input")


def open_synth_for(config: Config, tapped: bool = False) -> Synth | None:
    """The embedded synth, if no MIDI output was asked for; unheard if it is only tapped.

    Raises
    ------
    InstrumentError
    """
    audible = config.sound.enabled and not config.midi.output
    if not (tapped or audible):
        return None
    return open_synth(_instruments(config.sound), volume=config.sound.volume, audible=audible)


def early(outputs: Sequence[TimedOutput], by: int) -> list[TimedOutput]:
    """The outputs, what has a due time sent `by` ns before it."""
    return [Early(output, by) for output in outputs] if by else list(outputs)


def _along(path: Path | None, sink: Callable[[Received], None]) -> MidiFileInput | None:
    return None if path is None else MidiFileInput(path, sink)


def _instruments(sound: SoundSettings) -> dict[int, Path]:
    chosen = {Source.VISITOR: sound.visitor, Source.NETWORK: sound.network}
    return dict(DEFAULTS) | {int(who): Path(path) for who, path in chosen.items() if path}


def _end(start: int, seconds: float | None) -> int | None:
    return None if seconds is None else start + round(seconds * SECOND)
