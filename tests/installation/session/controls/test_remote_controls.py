from __future__ import annotations

import mido
import pytest

from installation.config import MidiSettings
from installation.engine.key_input import SilenceRequested
from installation.engine.live_controls import SamplingChange, StyleSharesChange
from installation.engine.turn_taking import TurnTakingMode
from installation.io.control.control_messages import (
    STAFF_ARGUMENTS,
    ControlError,
    ControlMessage,
    validate_control,
)
from installation.io.midi.inputs import ReceivedMessage
from installation.io.midi.loudness import LoudnessControl
from installation.session.controls.control_mapping import ControlMapper
from installation.session.controls.remote_controls import RemoteControls
from rnn.model.sampling_params import SamplingParams


@pytest.fixture
def controls(key_input, mapper, asked, tmp_path):
    midi = MidiSettings(set_channel=16, learned=str(tmp_path / "knobs.toml"))
    loudness = LoudnessControl([], 0.8)
    return RemoteControls(midi, "chapel", mapper, key_input, loudness, asked.append)


def test_a_program_change_on_the_channel_of_sets_asks_for_one(controls, asked, caplog) -> None:
    for channel, program in ((15, 1), (0, 2), (15, 100)):
        message = mido.Message("program_change", channel=channel, program=program)
        controls.receive_midi(ReceivedMessage(message, 5, "pad"))
    assert asked == [ControlMessage("set", ("chapel",), 5)]
    assert "set must be one of none, chapel" in caplog.text


def test_a_knob_moves_what_it_has_learned(controls, asked) -> None:
    controls.apply(ControlMessage("learn", ("volume",), 1))
    for value in (10, 127):
        message = mido.Message("control_change", control=21, value=value)
        controls.receive_midi(ReceivedMessage(message, 2, "pad"))
    assert asked[-1].name == "volume" and asked[-1].values == (1.0,)


def test_floods_of_programs_and_knobs_that_ask_in_vain_are_logged_once(
    key_input, mapper, tmp_path, caplog
) -> None:
    midi = MidiSettings(set_channel=16, learned=str(tmp_path / "knobs.toml"))
    loudness = LoudnessControl([], 0.8)
    alone = RemoteControls(midi, "", mapper, key_input, loudness, now=lambda: 0)
    alone.apply(ControlMessage("learn", ("scene",), 1))
    for number in range(1000):
        program = mido.Message("program_change", channel=15, program=number % 128)
        knob = mido.Message("control_change", control=21, value=number % 128)
        for message in (program, knob):
            alone.receive_midi(ReceivedMessage(message, 2, "pad"))
    assert alone.drop_counter.counts["program changes"] == 1000
    assert alone.drop_counter.counts["moves of knobs"] > 7
    assert len([each for each in caplog.records if each.levelname == "WARNING"]) == 1


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        (ControlMessage("play", (0,), 1), ControlMessage("silence", (1,), 1)),
        (ControlMessage("volume", (0.5,), 1), ControlMessage("volume", (0.5,), 1)),
        (ControlMessage("scene", ("why",), 1), ControlMessage("scene", ("why",), 1)),
        (ControlMessage("set", ("none",), 1), ControlMessage("set", ("none",), 1)),
    ],
)
def test_what_concerns_other_processes_is_asked_of_the_supervisor(
    controls, asked, control, expected
) -> None:
    controls.apply(control)
    assert asked == [expected]


@pytest.mark.parametrize(
    ("name", "value", "part"), [("set", "disco", "chapel"), ("scene", "clouds", "waves, cortex")]
)
def test_a_set_or_scene_that_is_not_there_is_refused_with_those_that_are(
    controls, asked, name, value, part
) -> None:
    with pytest.raises(ControlError, match=part):
        controls.apply(ControlMessage(name, (value,), 1))
    assert asked == []


def test_without_a_supervisor_a_set_is_refused(key_input, mapper) -> None:
    alone = RemoteControls(MidiSettings(), "", mapper, key_input, LoudnessControl([], 0.8))
    with pytest.raises(ControlError, match="window"):
        alone.apply(ControlMessage("set", ("sonar",), 1))


def test_a_panic_ends_every_note(controls, key_input, asked) -> None:
    controls.apply(ControlMessage("panic", (), 1))
    assert [type(event).__name__ for event in key_input.drain()] == ["SilenceRequested"]
    assert asked == []


def test_a_style_that_does_not_play_here_is_refused_to_the_staff(controls) -> None:
    with pytest.raises(ControlError):
        controls.apply_of_staff(ControlMessage("style", ("jazz",), 1))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("silence", ("silence", (1,))),
        ("quiet", ("quiet", (1,))),
        ("play", ("silence", (0,))),
        ("language", ("language", ("es",))),
        ("test_picture", ("test_picture", (1,))),
        ("sound_check", ("sound_check", ())),
        ("mode", ("mode", ("continuous",))),
    ],
)
def test_a_knob_moves_each_control_of_the_staff_as_its_page_does(
    controls, asked, name, expected
) -> None:
    controls.apply(ControlMessage("learn", (name,), 1))
    message = mido.Message("control_change", control=21, value=127)
    controls.receive_midi(ReceivedMessage(message, 2, "pad"))
    assert [(each.name, each.values) for each in asked] == [expected]


def test_the_staff_moves_how_the_network_plays(key_input, asked, tmp_path) -> None:
    mapper = ControlMapper(("irish", "fife"), layers=2, units=8)
    midi = MidiSettings(learned=str(tmp_path / "knobs.toml"))
    controls = RemoteControls(midi, "", mapper, key_input, LoudnessControl([], 0.8))
    for name, values in (
        ("temperature", (0.5,)), ("density", (2.0,)), ("blend", ("fife", 0.25)), ("panic", ())
    ):  # fmt: skip
        controls.apply_of_staff(validate_control(name, values, 1, STAFF_ARGUMENTS))
    *changes, silence = key_input.drain()
    assert [each.change for each in changes] == [
        SamplingChange(temperature=0.5), SamplingChange(density=2.0), StyleSharesChange((1.0, 0.25))
    ]  # fmt: skip
    assert isinstance(silence, SilenceRequested)


def test_the_staff_sees_how_the_network_plays(controls, key_input, tmp_path) -> None:
    sampling = SamplingParams(temperature=0.7, density=-2.0)
    alone = controls.settings(TurnTakingMode.ANSWER, sampling)
    assert (alone["temperature"].value, alone["density"].value) == (0.7, -2.0)
    assert not [name for name in alone if name.startswith("blend")]
    mapper = ControlMapper(("irish", "fife"), layers=2, units=8)
    midi = MidiSettings(learned=str(tmp_path / "others.toml"))
    blended = RemoteControls(midi, "", mapper, key_input, LoudnessControl([], 0.8))
    settings = blended.settings(TurnTakingMode.ANSWER, sampling)
    assert [settings[f"blend {style}"].value for style in ("irish", "fife")] == [1.0, 0.0]


def test_the_staff_sees_what_it_has_changed(controls) -> None:
    for name, value in (("volume", 0.5), ("quiet", 1), ("silence", 1)):
        controls.apply_of_staff(ControlMessage(name, (value,), 1))
    settings = controls.settings(TurnTakingMode.ANSWER, SamplingParams())
    assert [settings[name].value for name in ("volume", "quiet", "silence")] == [0.5, 1.0, 1.0]
    assert settings["set"].value == "chapel" and "sonar" in settings["set"].choices
