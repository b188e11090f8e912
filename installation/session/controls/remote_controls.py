"""Remote controls: what other programs, knobs, program changes and the staff ask of a session."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from installation.config import MidiSettings
from installation.engine.key_input import KeyInput, ModeChange, SilenceRequested
from installation.engine.turn_taking import TurnTakingMode
from installation.io.control.control_messages import ControlError, ControlMessage
from installation.io.control.midi_learn import MidiLearn
from installation.io.drop_counter import DropCounter
from installation.io.midi.inputs import ReceivedMessage
from installation.io.midi.loudness import LoudnessControl
from installation.ops.metrics import Setting
from installation.session.controls.control_mapping import ControlMapper
from installation.sets.set_file import NO_SET, set_names
from rnn.model.sampling_params import SamplingParams
from visuals.scenes import SCENE_NAMES
from visuals.words import languages


class RemoteControls:
    """Carries out controls, here or through the supervisor, who tells all processes.

    Parameters
    ----------
    midi : MidiSettings
        Names the file of the knobs and the channel on which sets are chosen.
    set_name : str
        The set that plays; empty for none.
    mapper : ControlMapper
    key_input : KeyInput
        Takes the changes and the keys.
    loudness : LoudnessControl
    ask_supervisor : callable, optional
        Takes controls that concern other processes, too; without it they are refused.
    now : callable
        The monotonic clock, ns.

    Attributes
    ----------
    drop_counter : DropCounter
        Of what MIDI inputs and the staff ask in vain.
    """

    def __init__(
        self,
        midi: MidiSettings,
        set_name: str,
        mapper: ControlMapper,
        key_input: KeyInput,
        loudness: LoudnessControl,
        ask_supervisor: Callable[[ControlMessage], None] | None = None,
        now: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.drop_counter = DropCounter("controls", now)
        self._set_name, self._set_channel = set_name or NO_SET, midi.set_channel
        self._sets = (NO_SET, *set_names())
        self._mapper, self._key_input, self._loudness = mapper, key_input, loudness
        self._ask_supervisor = ask_supervisor
        self._midi_learn = MidiLearn(Path(midi.learned), self._choices_of)

    def settings(self, mode: TurnTakingMode, sampling: SamplingParams) -> dict[str, Setting]:
        """What the staff can change, as it is now.

        Parameters
        ----------
        mode : TurnTakingMode
        sampling : SamplingParams
            Of the network.

        Returns
        -------
        dict of str to Setting
            By name; where styles are blended, "blend" and the name of each for its share.
        """
        loudness = self._loudness.loudness
        shares = self._mapper.shares if len(self._mapper.styles) > 1 else {}
        return {
            "temperature": Setting(round(sampling.temperature, 3)),
            "density": Setting(round(sampling.density, 3)),
            **{f"blend {style}": Setting(share) for style, share in shares.items()},
            "volume": Setting(loudness.volume),
            "quiet": Setting(float(loudness.quiet)),
            "silence": Setting(float(loudness.silent)),
            "style": Setting(self._mapper.leading_style, self._mapper.styles),
            "set": Setting(self._set_name, self._sets),
            "mode": Setting(mode.value, tuple(each.value for each in TurnTakingMode)),
        }

    def apply(self, control: ControlMessage) -> None:
        """Carry out what another program or a knob asks.

        Parameters
        ----------
        control : ControlMessage

        Raises
        ------
        ControlError
            If what it names does not exist here.
        """
        match control.name, control.values:
            case (("silence" | "panic"), ()):
                self._key_input.submit_silence(SilenceRequested(control.at))
            case "play", (on,):
                self._ask(replace(control, name="silence", values=(1 - int(on),)))
            case (("volume" | "scene" | "set" | "mode" | "quiet" | "silence" | "language"), _):
                self._ask(control)
            case (("sound_check" | "test_picture"), _):
                self._ask(control)
            case "learn", (name,):
                self._midi_learn.learn(str(name), control.at)
            case _:
                self._key_input.submit_control_change(self._mapper.map_control(control))

    def apply_of_staff(self, control: ControlMessage) -> None:
        """Carry out what the staff asks; controls of other processes are left out.

        Parameters
        ----------
        control : ControlMessage

        Raises
        ------
        ControlError
            If its style does not play here, or no knob can move what it names.
        """
        match control.name, control.values:
            case "volume", (volume,):
                self._loudness.change(volume=float(volume))
            case "quiet", (on,):
                self._loudness.change(quiet=bool(on))
            case "silence", (on,):
                self._loudness.change(silent=bool(on))
            case "sound_check", ():
                self._loudness.play_sound_check()
            case "mode", (mode,):
                self._key_input.submit_mode_change(ModeChange(str(mode), control.at))
            case (("style" | "learn" | "temperature" | "density" | "blend" | "panic"), _):
                self.apply(control)

    def receive_midi(self, received: ReceivedMessage) -> None:
        """Handle a message of any MIDI input: a learned knob, a set, or something to play."""
        message = received.message
        if self._midi_learn.is_knob(received):
            self._move_knob(received)
        elif message.type != "program_change":
            self._key_input.receive_midi(message, received.at, received.port)
        elif message.channel + 1 == self._set_channel:
            name = self._sets[message.program] if message.program < len(self._sets) else "?"
            try:
                self._ask(ControlMessage("set", (name,), received.at))
            except ControlError as error:
                self.drop_counter.record_drop("program changes", str(error))

    def _move_knob(self, received: ReceivedMessage) -> None:
        try:
            control = self._midi_learn.read(received)
            if control is not None:
                self.apply(control)
        except ControlError as error:
            self.drop_counter.record_drop("moves of knobs", str(error))

    def _ask(self, control: ControlMessage) -> None:
        """Ask the supervisor, which tells all processes and those that follow them."""
        if control.name == "set" and control.values[0] not in self._sets:
            raise ControlError(f"set must be one of {', '.join(self._sets)}")
        if control.name == "scene" and control.values[0] not in SCENE_NAMES:
            raise ControlError(f"scene must be one of {', '.join(SCENE_NAMES)}")
        if self._ask_supervisor is None:
            raise ControlError(f"{control.name} needs the piece with its window")
        self._ask_supervisor(control)

    def _choices_of(self, control: str) -> tuple[str, ...]:
        """The words that a control accepts here."""
        choices = {
            "set": self._sets,
            "scene": tuple(SCENE_NAMES),
            "style": self._mapper.styles,
            "language": languages(),
        }
        return choices.get(control, ())
