"""A performance: the performer with real ports, a network and a recorder round it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event

from installation.config import Config, LiveSettings, StyleSettings
from installation.engine.guest_model import Adopted, Present
from installation.engine.interfaces import CueSink
from installation.engine.key_input import Visitor
from installation.engine.live_controls import Steered, Touching
from installation.engine.performer import Performer
from installation.engine.run import run_live
from installation.engine.scheduler import Scheduler
from installation.io.control.control_messages import Control, check_control
from installation.io.drop_counter import Tally
from installation.io.midi.inputs import Received
from installation.io.midi.port_lister import MidiDied
from installation.ops.metrics import Vitals, memory_in_use
from installation.session.blend_partners import blended, open_partners
from installation.session.control_mapping import Desk
from installation.session.devices import Rig
from installation.session.file_writer import ThreadWriter
from installation.session.options import PlayOptions, check_output
from installation.session.recorder import MidiRecorder
from messages.clock import SECOND, Clock
from messages.gestures import (
    Adopt,
    Attend,
    Demonstrate,
    Gesture,
    Handling,
    Hold,
    Hush,
    Key,
    Steer,
    Strike,
)
from messages.wire_format import cue_size
from rnn import styles
from rnn.generation.improviser import Improviser
from rnn.generation.unit_intervention import Kind, Touch
from rnn.model.checkpoint import Checkpoint, CheckpointError, load
from rnn.teaching.tune_learner import MOST_LAYERS, UNITS
from visuals.input.computer_keyboard import ComputerKeys, Stroke

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


def composer_of(style: StyleSettings, checkpoint: Checkpoint) -> Improviser:
    """The network ready to play, with the styles to blend in, which have no share yet.

    Raises
    ------
    UnknownStyleError, CheckpointError
        If one is not to be had, or does not fit.
    """
    try:
        return blended(checkpoint, open_partners(style, checkpoint))
    except TypeError as error:
        raise CheckpointError(f"{model_path(style)}: {error}") from error


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
    OutputPathError, UnknownStyleError, CheckpointError, InstrumentError, PlayAlongError,
    OscUnavailable, LinkUnavailable
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
        composer = composer_of(config.style, checkpoint)
        self._home = model_path(config.style)
        self._largest = max(cue_size(composer.layers, composer.units), cue_size(MOST_LAYERS, UNITS))
        self._desk = Desk(composer.styles, composer.layers, composer.units)
        self._clock = clock
        self._rig = Rig(options, clock, self._receive, self._steer)
        self.visitor = Visitor(self._rig.outputs)
        self._keys = ComputerKeys()
        self._struck: set[int] = set()  # on the screen's piano
        self._handled = False
        self._odd = Tally("window", clock.now)
        self._rig.open()
        self.start = clock.now()
        self._rig.record(self.start)
        folder = Path(config.recording.folder) if config.recording.enabled else None
        self._recorder = MidiRecorder(folder, options.record, self.start, writer=ThreadWriter())
        self._until = _end(self.start, options.seconds)
        self._scheduler = Scheduler(self._rig.outputs)
        self._performer = Performer(
            composer,
            self.visitor,
            self._scheduler,
            self._recorder,
            self._rig.overhearing(cues),
            live_settings(config, checkpoint),
            options.seed,
            self.start,
            self._rig.pulse,
        )

    def run(self, stop: Event, beat: Callable[[], None] | None = None) -> int:
        """Play until `stop` is set or the time is up; returns when it ended, ns."""
        self._rig.start(lambda: self._performer.axis)
        return run_live(self._performer, self._scheduler, self._clock, stop, self._until, beat)

    @property
    def dead(self) -> bool:
        """Whether MIDI has died under this process; another may have it again, sooner or later."""
        return self._rig.dead

    def check(self) -> None:
        """Find out whether it ended because MIDI has died.

        Raises
        ------
        MidiDied
            If so.
        """
        if self.dead:
            raise MidiDied("its MIDI system is gone; another process may have it again")

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
        """What a visitor did at the window; what cannot be meant is dropped and counted."""
        try:
            self._take(gesture)
        except ValueError as error:  # it must not end the thread that listens to the window
            log.debug("no such gesture: %s", error)
            self._odd.drop("gestures that cannot be meant")

    def _take(self, gesture: Gesture) -> None:
        match gesture:
            case Strike(pitch, down, at):
                (self._struck.add if down else self._struck.discard)(pitch)
                self._play(Stroke(pitch, down), at)
            case Handling(holds, at):
                self._handled = bool(holds)
                self.visitor.steer(Steered(Touching(tuple(map(_touch, holds))), at))
            case Key():
                self._take_key(gesture)
            case Steer(name, values, at):
                self._turn(name, values, at)
            case Attend() | Demonstrate() | Hush():
                self.visitor.watch(gesture)
            case Adopt(path, at):
                self._adopt(Path(path), at)

    def _adopt(self, path: Path, at: int) -> None:
        """A network was chosen at the window: load it here, and let it play from then on.

        One that cannot be played, or is too large for what is drawn, is left alone.
        """
        if path == self._home:
            self.visitor.adopt(Adopted(None, "", at))
            return
        try:
            checkpoint = load(path)
            sizes = checkpoint.network.sizes
            if cue_size(sizes.layers, sizes.units) > self._largest:
                raise CheckpointError(f"{path}: larger than the network of the house")
            composer = improviser_of(checkpoint, path)
        except CheckpointError as error:
            log.warning("left a network alone: %s", error)
            return
        self.visitor.adopt(Adopted(composer, str(path), at))

    def _take_key(self, gesture: Key) -> None:
        if gesture.shift is not None:
            self._keys.shift = gesture.shift
        touch = self._keys.press if gesture.down else self._keys.release
        stroke = touch(gesture.scancode)
        if stroke is not None:
            self._play(stroke, gesture.at)

    def let_go(self, at: int) -> None:
        """The window is gone: no key of it is held, no finger is on any unit, no lesson open."""
        strokes = self._keys.release_all()
        strokes += [Stroke(pitch, down=False) for pitch in sorted(self._struck)]
        self._struck.clear()
        for stroke in strokes:
            self._play(stroke, at)
        if self._handled:
            self.take(Handling((), at))
        self.take(Attend(False, at))

    def greet(self, at: int) -> None:
        """Another window has opened: it is to be told what plays."""
        self.visitor.greet(Present(at))

    def close(self) -> None:
        """Close every input and output."""
        self._rig.close()

    def _play(self, stroke: Stroke, at: int) -> None:
        if stroke.down:
            self.visitor.press(stroke.pitch, stroke.velocity, at)
        else:
            self.visitor.release(stroke.pitch, at)

    def _turn(self, name: str, values: tuple[float, ...], at: int) -> None:
        """A knob at the window was turned."""
        if name == "blend":
            self.visitor.steer(self._desk.mix(values, at))
        else:
            self._steer(check_control(name, values, at))

    def _steer(self, control: Control) -> None:
        self.visitor.steer(self._desk.read(control))

    def _receive(self, received: Received) -> None:
        self.visitor.receive(received.message, received.at)


def _end(start: int, seconds: float | None) -> int | None:
    return None if seconds is None else start + round(seconds * SECOND)


def _touch(hold: Hold) -> Touch:
    """A finger on a unit, as the network takes it."""
    if hold.factor == 0.0:
        return Touch(hold.layer, hold.unit, Kind.SILENCE)
    return Touch(hold.layer, hold.unit, Kind.AMPLIFY, hold.factor)
