"""The rig: every port, input and listener of a performance, opened as the settings have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Event, Thread

from installation.config import Config, LiveSettings, MidiSettings, OscSettings, SoundSettings
from installation.engine.interfaces import CueSink
from installation.engine.phrase_generator import Axis
from installation.engine.tempo import USUAL_TEMPO
from installation.engine.tempo_sync import ClockSender
from installation.io.audio.instruments import DEFAULTS
from installation.io.audio.synth import Synth, open_synth
from installation.io.control.ableton_link import LinkSource
from installation.io.control.osc import ControlSink, OscInput, OscOutput
from installation.io.control.tempo_source import ClockFollower, PulseSource
from installation.io.midi.backend import backend_for, match_port
from installation.io.midi.file_input import MidiFileInput
from installation.io.midi.hotplug import Patchbay
from installation.io.midi.inputs import Sink
from installation.io.midi.latency_compensation import Early
from installation.io.midi.outputs import TimedOutput
from installation.session.options import PlayOptions
from installation.session.osc_publisher import Tee, Teller
from installation.thread_priority import urgent_thread
from messages.clock import MILLISECOND, SECOND, Clock
from messages.cues import Source

LEAD_IN = SECOND
"""Time before a file begins to play along, ns."""


class Rig:
    """Everything that is plugged in.

    Parameters
    ----------
    options : PlayOptions
    clock : Clock
    receive : callable
        Gets what comes in at any input, from `open` on.
    steer : callable
        Gets what is steered from outside, from `open` on.

    Attributes
    ----------
    outputs : tuple of TimedOutput
        Where notes go.
    pulse : PulseSource or None
        Who leads the tempo, if not the visitor.

    Raises
    ------
    InstrumentError, PlayAlongError, OscUnavailable, LinkUnavailable
        If something that was asked for is not to be had. MIDI ports are waited for.
    """

    def __init__(
        self, options: PlayOptions, clock: Clock, receive: Sink, steer: ControlSink
    ) -> None:
        config = options.config
        self._clock, self._steer, self._osc_settings = clock, steer, config.osc
        self._wav = options.wav
        self._early = round(config.sound.latency_ms * MILLISECOND)
        self._along = _along(options.play_along, receive)
        self._teller = _teller(config.osc, clock)
        self._osc: OscInput | None = None
        self.pulse = _pulse(config.live)
        beats = self.pulse.hear if isinstance(self.pulse, ClockFollower) else None
        self._patchbay = Patchbay(config.midi.input, config.midi.output, receive, beats=beats)
        self._send_clock = config.midi.send_clock
        self._stop = Event()
        self._ticking: Thread | None = None
        self._synth = _synth(config, tapped=options.wav is not None)
        ports = [*self._patchbay.outputs, *([self._synth] if self._synth else [])]
        self.outputs = tuple(early(ports, self._early))

    @property
    def dead(self) -> bool:
        """Whether MIDI has died under this process."""
        return self._patchbay.dead

    def open(self) -> None:
        """Open the ports and listen."""
        self._patchbay.open()
        if self._osc_settings.listen:
            self._osc = OscInput(self._steer, self._osc_settings.listen, self._osc_settings.host)

    def record(self, start: int) -> None:
        """Write what the synth plays from `start` (ns) on, if a file was asked for."""
        if self._wav is not None:
            self._synth.record(self._wav, start - self._early)

    def overhearing(self, cues: CueSink) -> CueSink:
        """A sink that passes cues on and lets whoever listens outside hear of them."""
        return cues if self._teller is None else Tee(cues, self._teller)

    def start(self, axis: Callable[[], Axis]) -> None:
        """The performance begins; `axis` tells where its beats lie."""
        if self._send_clock:
            sender = ClockSender(self._patchbay.outputs, axis, self._clock.now())
            self._ticking = urgent_thread(partial(sender.run, self._clock, self._stop), "clock")
            self._ticking.start()
        if self._along is not None:
            self._along.start(self._clock.now() + LEAD_IN)
        if self._teller is not None:
            self._teller.start()

    def close(self) -> None:
        """Close everything, inputs first."""
        self._stop.set()
        if self._ticking is not None:
            self._ticking.join(1.0)
        for one in (self._along, self._osc, self._teller, self.pulse, self._patchbay, self._synth):
            if one is not None:
                one.close()


def check_ports(midi: MidiSettings) -> None:
    """Find out early that a MIDI port is not there that is not to be waited for.

    Raises
    ------
    PortError, MidiUnavailable
    """
    if midi.wait:
        return
    for name in midi.output:
        backend = backend_for(f"MIDI output {name!r}")
        match_port(name, backend.get_output_names(), "output")
    for name in midi.input:
        backend = backend_for(f"MIDI input {name!r}")
        match_port(name, backend.get_input_names(), "input")


def early(outputs: Sequence[TimedOutput], by: int) -> list[TimedOutput]:
    """The outputs, what has a due time sent `by` ns before it."""
    return [Early(output, by) for output in outputs] if by else list(outputs)


def _synth(config: Config, tapped: bool) -> Synth | None:
    """The embedded synth, if no MIDI output was asked for; unheard if it is only tapped."""
    audible = config.sound.enabled and not config.midi.output
    if not (tapped or audible):
        return None
    return open_synth(_instruments(config.sound), volume=config.sound.volume, audible=audible)


def _instruments(sound: SoundSettings) -> dict[int, Path]:
    chosen = {Source.VISITOR: sound.visitor, Source.NETWORK: sound.network}
    return dict(DEFAULTS) | {int(who): Path(path) for who, path in chosen.items() if path}


def _pulse(live: LiveSettings) -> PulseSource | None:
    if live.tempo_from == "midi":
        return ClockFollower()
    if live.tempo_from == "link":
        return LinkSource(live.tempo or USUAL_TEMPO)
    return None


def _along(path: Path | None, sink: Sink) -> MidiFileInput | None:
    return None if path is None else MidiFileInput(path, sink)


def _teller(osc: OscSettings, clock: Clock) -> Teller | None:
    receivers = [(host, int(port)) for host, port in (one.split(":") for one in osc.send)]
    return Teller(OscOutput(receivers), clock) if receivers else None
