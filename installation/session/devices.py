"""Devices: the ports, inputs and listeners of a session, as its settings name them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Thread

from installation.config import (
    DEFAULT_CHANNELS,
    Config,
    LiveSettings,
    MidiSettings,
    OscSettings,
    SoundSettings,
)
from installation.engine.publisher import Subscriber
from installation.engine.tempo_sync import DEFAULT_TEMPO_BPM, MidiClockSender
from installation.io.audio.synth import Synth, open_synth
from installation.io.control.control_messages import ControlRefusal
from installation.io.control.osc import ControlCallback, OscInput, OscOutput
from installation.io.control.tempo_source import AbletonLinkSource, MidiClockReceiver, TempoSource
from installation.io.midi.backend import match_port, require_backend
from installation.io.midi.file_input import MidiFileInput
from installation.io.midi.hotplug import HotplugManager
from installation.io.midi.inputs import MessageCallback
from installation.io.midi.loudness import LoudnessControl
from installation.io.midi.outputs import (
    MIDI_CHANNELS,
    LatencyCompensatedOutput,
    TimedOutput,
    VoiceRouting,
)
from installation.ops.metrics import MidiStatus, SoundStatus
from installation.session.chosen_instruments import instrument_paths
from installation.session.options import PlayOptions
from installation.session.osc_publisher import OscPublisher
from installation.state_out.state_sender import create_state_sender
from installation.thread_priority import create_realtime_thread
from messages.clock import MILLISECOND, SECOND, Clock
from messages.cues import NoteSource
from midi_data.beat_grid import BeatGrid

MAX_NOTE_CHANNELS = 8  # notes of MPE that can be bent apart at once
PLAY_ALONG_LEAD_IN_NS = SECOND  # time before a file begins to play along, ns


class SessionDevices:
    """All devices of a session.

    Parameters
    ----------
    options : PlayOptions
    clock : Clock
    receive : callable
        Takes each message of any input, from `open` on.
    steer : callable
        Takes each external control, from `open` on.
    on_transport : callable, optional
        Gets whether the device that leads the tempo starts or stops, and when, ns.

    Attributes
    ----------
    outputs : tuple of TimedOutput
        Destinations of the notes.
    loudness_control : LoudnessControl
        Of all outputs.
    tempo_source : TempoSource or None
        Leader of the tempo, if it is not the visitor.

    Raises
    ------
    InstrumentError, MidiFileInputError, OscUnavailable, AbletonLinkUnavailable
        If something that the options name does not exist. Missing MIDI ports are waited for.
    """

    def __init__(
        self,
        options: PlayOptions,
        clock: Clock,
        receive: MessageCallback,
        steer: ControlCallback,
        on_transport: Callable[[bool, int], None] = lambda plays, at: None,
    ) -> None:
        config = options.config
        self._clock, self._on_control, self._osc_settings = clock, steer, config.osc
        self._wav_path, self._is_restart = options.wav, options.is_restart
        self._sound = config.sound
        self._file_input = _open_file_input(options.play_along, receive)
        self._osc_publisher = _open_osc_publisher(config.osc, clock)
        self._osc_input: OscInput | None = None
        self.tempo_source = _open_tempo_source(config.live, on_transport)
        beats = (
            self.tempo_source.on_message
            if isinstance(self.tempo_source, MidiClockReceiver)
            else None
        )
        self._midi_ports = HotplugManager(
            config.midi.input,
            config.midi.all_outputs,
            receive,
            beats=beats,
            routing={name: voice_routing(config.midi, name) for name in config.midi.all_outputs},
            controlled=[one.midi for one in config.out if one.midi],
        )
        self._state_sender = create_state_sender(
            config.out, self._midi_ports.outputs_by_name, self._beat_grid, clock
        )
        self._axis: Callable[[], BeatGrid] | None = None
        self._send_clock = config.midi.send_clock
        self._stop = Event()
        self._clock_thread: Thread | None = None
        self._plays_on_card = plays_on_card(config)
        self._synth = _open_synth(config, self._plays_on_card, tapped=options.wav is not None)
        ports = [*self._midi_ports.outputs, *([self._synth] if self._synth else [])]
        self.outputs = tuple(compensate_latency(ports, config.sound))
        self.loudness_control = LoudnessControl(self.outputs, config.sound.volume)

    @property
    def midi_dead(self) -> bool:
        """Whether this process has lost MIDI for good."""
        return self._midi_ports.midi_lost

    @property
    def sound_status(self) -> SoundStatus | None:
        """What is heard of the embedded synth; None without one, or if it is only recorded."""
        is_heard = self._synth is not None and self._plays_on_card
        return self._synth.status if is_heard else None

    @property
    def midi_status(self) -> MidiStatus:
        """The MIDI ports as they are now, and the volume of those that play notes."""
        sent, outputs = self.loudness_control.level_sent, self._midi_ports.outputs
        is_open = any(output.connected_port is not None for output in outputs)
        volume = (1.0 if sent is None else sent) if is_open else None
        return replace(self._midi_ports.status, volume=volume)

    def open(self) -> None:
        """Open the ports and listen; an error closes all devices."""
        with ExitStack() as opened:
            opened.callback(self.close)
            self._midi_ports.open()
            if self._osc_settings.listen:
                self._osc_input = OscInput(
                    self._on_control,
                    self._osc_settings.listen,
                    self._osc_settings.host,
                    waits=self._is_restart,  # the last performer may not be gone yet
                )
            opened.pop_all()

    def record_audio(self, start: int) -> None:
        """Write the sound of the synth from time `start` (ns) on, if the options name a file."""
        if self._wav_path is not None:
            self._synth.record_wav(
                self._wav_path, start - latency_of(self._synth.device_name, self._sound)
            )

    @property
    def subscribers(self) -> list[Subscriber]:
        """Receivers of the performer's messages among the devices, if they are configured."""
        return [one for one in (self._osc_publisher, self._state_sender) if one is not None]

    def refuse_control(self, refusal: ControlRefusal) -> None:
        """Answer the program whose control is not carried out, if it came by OSC."""
        if self._osc_input is not None:
            self._osc_input.refuse(refusal)

    def start(self, axis: Callable[[], BeatGrid]) -> None:
        """Start the threads of a performance; `axis` returns its beat grid."""
        self._axis = axis
        if self._send_clock:
            sender = MidiClockSender(self._midi_ports.outputs, axis, self._clock.now())
            self._clock_thread = create_realtime_thread(
                partial(sender.run, self._clock, self._stop), "clock"
            )
            self._clock_thread.start()
        if self._file_input is not None:
            self._file_input.start(self._clock.now() + PLAY_ALONG_LEAD_IN_NS)
        if self._osc_publisher is not None:
            self._osc_publisher.start()
        if self._state_sender is not None:
            self._state_sender.start()

    def _beat_grid(self) -> BeatGrid:
        return BeatGrid(0, SECOND // 2) if self._axis is None else self._axis()

    def close(self) -> None:
        """Close everything, inputs first."""
        self._stop.set()
        self.loudness_control.close()
        if self._clock_thread is not None:
            self._clock_thread.join(1.0)
        for one in (
            self._file_input,
            self._osc_input,
            self._osc_publisher,
            self._state_sender,
            self.tempo_source,
            self._midi_ports,
            self._synth,
        ):
            if one is not None:
                one.close()


def check_ports(midi: MidiSettings) -> None:
    """Check early that all MIDI ports exist, unless they are to be waited for.

    Parameters
    ----------
    midi : MidiSettings

    Raises
    ------
    PortError, MidiUnavailable
        If one is missing.
    """
    if midi.wait:
        return
    for name in midi.all_outputs:
        backend = require_backend(f"MIDI output {name!r}")
        match_port(name, backend.get_output_names(), "output")
    for name in midi.input:
        backend = require_backend(f"MIDI input {name!r}")
        match_port(name, backend.get_input_names(), "input")


def voice_routing(midi: MidiSettings, output: str) -> VoiceRouting:
    """Voices of an output with their channels and programs, counted from 0 as in messages."""
    channels = DEFAULT_CHANNELS | midi.channels
    sources = NoteSource.__members__.items()
    voices = {name: source for name, source in sources if name.lower() in channels}
    played = {
        int(voice)
        for name, voice in voices.items()
        if midi.parts.get(name.lower(), output if output in midi.output else None) == output
    }
    plays_keys = set(note_channels(midi)) if NoteSource.VISITOR in played else set()
    return VoiceRouting(
        {voice: channels[name.lower()] - 1 for name, voice in voices.items()},
        {
            voices[name.upper()]: program - 1
            for name, program in midi.programs.items()
            if name.upper() in voices
        },
        frozenset(played | plays_keys) if midi.parts else None,
    )


def note_channels(midi: MidiSettings) -> tuple[int, ...]:
    """The channels, 0..15, that notes of MPE have to themselves: those of no voice.

    Parameters
    ----------
    midi : MidiSettings

    Returns
    -------
    tuple of int
        Empty without MPE.
    """
    voices = {int(source) for source in NoteSource}
    used = voices | {channel - 1 for channel in (DEFAULT_CHANNELS | midi.channels).values()}
    free = [channel for channel in range(MIDI_CHANNELS) if channel not in used]
    return tuple(free[:MAX_NOTE_CHANNELS]) if midi.mpe else ()


def latency_of(device: str, sound: SoundSettings) -> int:
    """Delay of a device's sound, ns; see `SoundSettings.latencies`."""
    ms = next(
        (ms for part, ms in sound.latencies.items() if part.casefold() in device.casefold()),
        sound.latency_ms,
    )
    return round(ms * MILLISECOND)


def compensate_latency(outputs: Sequence[TimedOutput], sound: SoundSettings) -> list[TimedOutput]:
    """Outputs that send each message with a due time earlier by the delay of their sound."""
    if not (sound.latency_ms or sound.latencies):
        return list(outputs)
    return [
        LatencyCompensatedOutput(output, partial(latency_of, sound=sound)) for output in outputs
    ]


def plays_on_card(config: Config) -> bool:
    """Whether the embedded synth is to be heard: voices are left that no MIDI output plays."""
    return config.sound.enabled and not config.midi.output and bool(_synth_instruments(config))


def _open_synth(config: Config, audible: bool, tapped: bool) -> Synth | None:
    """The embedded synth, if it is to be heard; inaudible if it only writes a file."""
    if not (tapped or audible):
        return None
    return open_synth(
        _synth_instruments(config),
        volume=config.sound.volume,
        audible=audible,
        device=config.sound.device,
        side_chain=config.sound.side_chain,
    )


def _synth_instruments(config: Config) -> dict[int, Path]:
    """SFZ files by MIDI channel, without those of voices that have an output of their own."""
    elsewhere = {NoteSource[name.upper()] for name in config.midi.parts}
    paths = instrument_paths(config.sound, has_band=config.live.band != "off")
    if NoteSource.VISITOR not in elsewhere:
        paths |= dict.fromkeys(note_channels(config.midi), paths[NoteSource.VISITOR])
    return {channel: path for channel, path in paths.items() if channel not in elsewhere}


def _open_tempo_source(
    live: LiveSettings, on_transport: Callable[[bool, int], None]
) -> TempoSource | None:
    if live.tempo_from == "midi":
        return MidiClockReceiver(on_transport) if live.transport else MidiClockReceiver()
    if live.tempo_from == "link":
        return AbletonLinkSource(live.tempo or DEFAULT_TEMPO_BPM)
    return None


def _open_file_input(path: Path | None, sink: MessageCallback) -> MidiFileInput | None:
    return None if path is None else MidiFileInput(path, sink)


def _open_osc_publisher(osc: OscSettings, clock: Clock) -> OscPublisher | None:
    receivers = [(host, int(port)) for host, port in (one.split(":") for one in osc.send)]
    return OscPublisher(OscOutput(receivers), clock) if receivers else None
