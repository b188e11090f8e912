"""Live session: the performer with its ports, its network and its recorder."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event

from installation.config import Config, LiveSettings, StyleSettings
from installation.engine.key_input import (
    ComposerChange,
    KeyInput,
    StageReady,
)
from installation.engine.live_controls import LiveControlChange
from installation.engine.performer import Performer
from installation.engine.publisher import Subscriber
from installation.engine.run import run_live
from installation.engine.scheduler import LATENESS_WINDOW_NS, Scheduler
from installation.evolution.generation_watch import GenerationWatch
from installation.evolution.ghost_finder import GhostFinder
from installation.io.control.control_messages import ControlMessage, ControlRefusal
from installation.io.midi.port_lister import MidiServerLost
from installation.ops.metrics import ProcessMetrics, resident_memory_bytes
from installation.session.blend_partners import create_blend, load_blend_partners
from installation.session.controls.control_mapping import ControlMapper
from installation.session.controls.remote_controls import RemoteControls
from installation.session.controls.window_gestures import WindowGestures
from installation.session.devices import SessionDevices, note_channels
from installation.session.file_writer import ThreadedRecordingWriter
from installation.session.model_loading import (
    create_band,
    load_model,
    model_path,
    open_generations,
)
from installation.session.options import PlayOptions, check_output_path
from installation.session.recorder import MidiRecorder
from installation.state_out.state_sender import check_sources
from installation.visits.visit_log import VisitLog
from messages.clock import SECOND, Clock
from messages.crowd import CrowdSteering
from messages.wire_format import cue_size
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from rnn.teaching.tune_learner import MAX_LAYERS, UNITS_PER_LAYER

MIN_TEMPO_BPM, MAX_TEMPO_BPM = 50.0, 180.0  # bounds of a style's own tempo, beats a minute

log = logging.getLogger(__name__)


def create_improviser(checkpoint: Checkpoint, path: Path) -> Improviser:
    """Make an improviser of a model.

    Parameters
    ----------
    checkpoint : Checkpoint
    path : Path
        Name of the model in an error.

    Returns
    -------
    Improviser

    Raises
    ------
    CheckpointError
        If the model writes text instead of notes.
    """
    try:
        return Improviser(checkpoint)
    except TypeError as error:
        raise CheckpointError(f"{path}: {error}") from error


def create_composer(style: StyleSettings, checkpoint: Checkpoint) -> Improviser:
    """Make an improviser of a model and its blend partners, which have no share yet.

    Parameters
    ----------
    style : StyleSettings
        Names the partners.
    checkpoint : Checkpoint
        The model that plays.

    Returns
    -------
    Improviser

    Raises
    ------
    UnknownStyleError, CheckpointError
        If a model does not exist or does not fit.
    """
    try:
        return create_blend(checkpoint, load_blend_partners(style, checkpoint))
    except TypeError as error:
        raise CheckpointError(f"{model_path(style)}: {error}") from error


def resolve_live_settings(config: Config, checkpoint: Checkpoint) -> LiveSettings:
    """Fill in the live settings that depend on the style.

    Parameters
    ----------
    config : Config
    checkpoint : Checkpoint
        The model that plays; its card has the style's tempo.

    Returns
    -------
    LiveSettings
        With a tempo, beats a minute.
    """
    tempo = config.live.tempo or min(MAX_TEMPO_BPM, max(MIN_TEMPO_BPM, checkpoint.card.tempo))
    return config.live.model_copy(update={"tempo": tempo})


class LiveSession:
    """One performance with its devices, which are opened at once; `close` ends it.

    Parameters
    ----------
    options : PlayOptions
    cues : Subscriber
        Takes the messages for the stage.
    clock : Clock
    ask_supervisor : callable, optional
        Takes controls that concern other processes, too; without it they are refused.

    Attributes
    ----------
    key_input : KeyInput
        Takes the keys of all inputs.
    controls : RemoteControls
        Take what other programs, knobs and the staff ask.
    window : WindowGestures
        Takes the gestures of visitors at the window.
    performer : Performer
    scheduler : Scheduler
    started_at : int
        Time at which all devices were open, ns.

    Raises
    ------
    OutputPathError, UnknownStyleError, CheckpointError, InstrumentError, MidiFileInputError,
    OscUnavailable, AbletonLinkUnavailable, StateSourceError
        If something that the options name does not exist. Missing MIDI ports are waited for.
    """

    def __init__(
        self,
        options: PlayOptions,
        cues: Subscriber,
        clock: Clock,
        ask_supervisor: Callable[[ControlMessage], None] | None = None,
    ) -> None:
        config = options.config
        for path in (options.record, options.wav):
            check_output_path(path)
        checkpoint = load_model(config.style)
        composer = create_composer(config.style, checkpoint)
        check_sources(config.out, composer.layers, composer.units)
        self._default_model_path = model_path(config.style)
        self.max_cue_bytes = max(
            cue_size(composer.layers, composer.units), cue_size(MAX_LAYERS, UNITS_PER_LAYER)
        )
        self._clock = clock
        self._devices = SessionDevices(
            options,
            clock,
            lambda received: self.controls.receive_midi(received),
            lambda control: self.controls.apply(control),
            lambda plays, at: self.key_input.submit_transport_change(plays, at),
        )
        self.key_input = KeyInput(self._devices.outputs, note_channels(config.midi))
        mapper = ControlMapper(composer.styles, composer.layers, composer.units)
        self.controls = RemoteControls(
            config.midi,
            options.set_name,
            mapper,
            self.key_input,
            self._devices.loudness_control,
            ask_supervisor,
        )
        self._devices.open()
        self.started_at = clock.now()
        self._devices.record_audio(self.started_at)
        folder = Path(config.recording.folder) if config.recording.enabled else None
        self._recorder = MidiRecorder(
            folder, options.record, self.started_at, writer=ThreadedRecordingWriter()
        )
        self._visit_log: VisitLog | None = None
        if folder is not None:
            style = self._default_model_path.stem
            self._visit_log = VisitLog(
                config.recording,
                style,
                lambda: self._recorder.visit_path,
                duet_days=config.web.keep_days,
            )
        self.window = WindowGestures(
            self.key_input,
            mapper,
            self.controls.apply,
            self._load_guest_model,
            clock.now,
            self._visit_log,
        )
        self._generation_watch: GenerationWatch | None = None
        if config.evolution.enabled:
            self._generations = open_generations(config)
            self._generation_watch = GenerationWatch(self._generations, self._take_over)
        self._ghosts: GhostFinder | None = None
        if folder is not None and config.live.ghosts:
            self._ghosts = GhostFinder(folder, self._default_model_path.stem, checkpoint)
        self._style = config.style
        self._end_at = _end_time(self.started_at, options.seconds)
        self.scheduler = Scheduler(self._devices.outputs)
        self.performer = Performer(
            composer,
            self.key_input,
            self.scheduler,
            [cues, mapper, *self._recorders(), *self._devices.subscribers],
            resolve_live_settings(config, checkpoint),
            options.seed,
            self.started_at,
            self._devices.tempo_source,
            create_band(config.live, options.seed),
            self._ghosts,
        )

    def _recorders(self) -> list[Subscriber]:
        """The recorder, and behind it the visit log, which asks it for the path of a visit."""
        return [self._recorder, *([self._visit_log] if self._visit_log is not None else [])]

    def run(self, stop: Event, send_heartbeat: Callable[[], None] | None = None) -> int:
        """Play until `stop` is set or the time is up.

        Parameters
        ----------
        stop : Event
        send_heartbeat : callable, optional
            Called at least four times a second.

        Returns
        -------
        int
            Time of the end, ns.
        """
        self._devices.start(lambda: self.performer.beat_grid)
        for each in (self._generation_watch, self._ghosts):
            if each is not None:
                each.start()
        performer, scheduler = self.performer, self.scheduler
        return run_live(performer, scheduler, self._clock, stop, self._end_at, send_heartbeat)

    @property
    def midi_dead(self) -> bool:
        """Whether this process has lost MIDI for good; a new process may get it back."""
        return self._devices.midi_dead

    def raise_if_midi_dead(self) -> None:
        """Raise an error if this process has lost MIDI for good.

        Raises
        ------
        MidiServerLost
        """
        if self.midi_dead:
            raise MidiServerLost("its MIDI system is gone; another process may get it back")

    def collect_metrics(self) -> ProcessMetrics:
        """Figures for the supervisor and the status file."""
        return ProcessMetrics(
            resident_memory_bytes(),
            lateness=self.scheduler.measure_lateness(self._clock.now() - LATENESS_WINDOW_NS),
            pushed=self.performer.postponements,
            turn=self.performer.turn.name.lower(),
            in_lesson=self.performer.in_lesson,
            visits=self._recorder.visits,
            last_visit=self._recorder.last_visit,
            sound=self._devices.sound_status,
            midi=self._devices.midi_status,
            settings=self.controls.settings(self.performer.mode, self.performer.sampling),
        )

    def apply_crowd_steering(self, steering: CrowdSteering, at: int) -> None:
        """Let the crowd move the music from the time `at` (ns) on."""
        self.key_input.submit_control_change(LiveControlChange(steering, at))

    def refuse_control(self, refusal: ControlRefusal) -> None:
        """Tell another program that the supervisor does not carry out what it asked."""
        self._devices.refuse_control(refusal)

    def _load_guest_model(self, path: Path, at: int) -> None:
        """Load the model chosen at time `at` (ns) and have it played.

        A model that cannot be played, or is too large for what is drawn, is left alone.
        """
        if path == self._default_model_path:
            self.key_input.submit_composer_change(ComposerChange(None, "", at))
            return
        try:
            checkpoint = load_checkpoint(path)
            sizes = checkpoint.network.sizes
            if cue_size(sizes.layers, sizes.units) > self.max_cue_bytes:
                raise CheckpointError(f"{path}: larger than what the stage can show")
            composer = create_improviser(checkpoint, path)
        except CheckpointError as error:
            log.warning("left a network alone: %s", error)
            return
        self.key_input.submit_composer_change(ComposerChange(composer, str(path), at))

    def _take_over(self, number: int, checkpoint: Checkpoint) -> None:
        """Have another generation play from the next visit on."""
        composer = create_composer(self._style, checkpoint)
        path = str(self._generations.path(number)) if number else ""
        change = ComposerChange(composer, path, self._clock.now(), is_default=True)
        if self._visit_log is not None:
            self._visit_log.take_over(number, path)
        if self._ghosts is not None:
            self._ghosts.use_network(checkpoint)
        self.key_input.submit_composer_change(change)

    def request_model_announcement(self, at: int) -> None:
        """Tell a stage that opened at time `at` (ns) which model plays."""
        self.key_input.submit_stage_ready(StageReady(at))

    def set_volume_share(self, share: float) -> None:
        """Play at a share of the volume, 0..1, from now on."""
        control = self._devices.loudness_control
        if share != control.loudness.house_share:
            control.change(house_share=share)

    def close(self) -> None:
        """Close every input and output."""
        for each in (self._generation_watch, self._ghosts):
            if each is not None:
                each.close()
        self._devices.close()


def _end_time(start: int, seconds: float | None) -> int | None:
    return None if seconds is None else start + round(seconds * SECOND)
