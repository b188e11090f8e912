from __future__ import annotations

from threading import Event

import pytest
from mido import Message

from installation.io.control.control_messages import LEARNABLE_ARGUMENTS, ControlError
from installation.io.control.midi_learn import LEARN_TIMEOUT_NS, MidiLearn
from installation.io.midi.inputs import ReceivedMessage, TimedInput
from messages.clock import SECOND, VirtualClock

WORDS = {
    "style": ("irish", "fife"),
    "scene": ("waves", "cortex", "why"),
    "set": ("none", "sonar"),
    "language": ("ca", "es"),
}


@pytest.fixture
def learn(tmp_path) -> MidiLearn:
    return MidiLearn(tmp_path / "knobs.toml", lambda name: WORDS.get(name, ()))


def turned(value, cc=21, at=0, port="nano 20:0", channel=0) -> ReceivedMessage:
    return ReceivedMessage(
        Message("control_change", control=cc, value=value, channel=channel), at, port
    )


def moved(learn, *values, **knob):
    """What a knob asks for as it moves."""
    found = []
    for value in values:
        message = turned(value, **knob)
        control = learn.read(message) if learn.is_knob(message) else None
        found.append(None if control is None else (control.name, *control.values))
    return found


@pytest.mark.parametrize(
    ("control", "lowest", "highest"),
    [
        ("temperature", 0.05, 3.0),
        ("density", -8.0, 8.0),
        ("volume", 0.0, 1.0),
        ("play", 0, 1),
        ("quiet", 0, 1),
        ("silence", 0, 1),
        ("test_picture", 0, 1),
        ("language", "ca", "es"),
        ("style", "irish", "fife"),
        ("scene", "waves", "why"),
        ("set", "none", "sonar"),
        ("mode", "answer", "continuous"),
    ],
)
def test_a_held_control_is_moved_by_the_knob_that_moves_next(learn, control, lowest, highest):
    learn.learn(control, 0)
    assert moved(learn, 0, 127) == [(control, lowest), (control, highest)]


def test_a_share_of_a_blend_and_a_button_are_learned(learn):
    learn.learn("blend fife", 0)
    assert moved(learn, 127) == [("blend", "fife", 1.0)]
    learn.learn("panic", 0)
    assert moved(learn, 127, 0, 127, cc=30) == [("panic",), None, ("panic",)]


def test_every_control_that_is_listed_can_be_learned(learn):
    for cc, (name, arguments) in enumerate(LEARNABLE_ARGUMENTS.items(), start=21):
        learn.learn(" ".join([name, *["fife"] * (len(arguments) - 1)]), 0)
        assert [asked[0] for asked in moved(learn, 127, cc=cc)] == [name]


@pytest.mark.parametrize(
    ("control", "reason"),
    [("poke", "no knob moves 'poke'"), ("blend", "1 words after it"), ("volume up", "0 words")],
)
def test_what_cannot_be_learned_is_refused_with_a_reason(learn, control, reason):
    with pytest.raises(ControlError, match=reason):
        learn.learn(control, 0)


def test_a_knob_that_moves_too_late_and_a_pedal_are_not_learned(learn):
    learn.learn("volume", 0)
    assert moved(learn, 9, at=LEARN_TIMEOUT_NS + 1) == [None]
    learn.learn("volume", 0)
    assert moved(learn, 9, cc=64) == [None]


def test_knobs_are_kept_in_the_file_whatever_the_number_of_their_port(learn, tmp_path):
    learn.learn("volume", 0)
    moved(learn, 9)
    again = MidiLearn(tmp_path / "knobs.toml", lambda name: ())
    assert moved(again, 127, port="nano 24:0") == [("volume", 1.0)]
    assert moved(again, 127, port="other") == [None]


@pytest.mark.parametrize(
    ("one", "other"), [("nano 20:0", "nano2 20:0"), ("pads MIDI 1 24:0", "pads MIDI 2 24:1")]
)
def test_knobs_of_devices_that_differ_by_a_number_are_two(learn, one, other):
    learn.learn("volume", 0)
    moved(learn, 5, port=one)
    assert moved(learn, 127, port=one) == [("volume", 1.0)]
    assert moved(learn, 127, port=other) == [None]


def test_damaged_files_and_rows_are_left_out_with_a_warning(tmp_path, caplog):
    path = tmp_path / "knobs.toml"
    path.write_text("[[knob]]\ncontrol = 'poke'\n[[knob]]\ncontrol = 'volume'\n")
    MidiLearn(path, lambda name: ())
    path.write_bytes(b"\xff")
    MidiLearn(path, lambda name: ())
    assert len(caplog.records) == 3


@pytest.mark.parametrize("text", ["knob = 5", "knob = ['x']", "[[knob]]\ncontrol = 5", "[knob]"])
def test_rows_of_another_kind_are_left_out_with_a_warning(tmp_path, caplog, text):
    path = tmp_path / "knobs.toml"
    path.write_text(text)
    MidiLearn(path, lambda control: ())
    assert "left out a knob" in caplog.text


def test_ten_thousand_controllers_a_second_are_bounded_and_the_last_value_arrives(learn):
    clock, asked, never = VirtualClock(), [], Event()
    learn.learn("volume", 0)

    def receive(received):
        control = learn.read(received) if learn.is_knob(received) else None
        asked.extend([] if control is None else [control.values[0]])

    device = TimedInput(receive, now=clock.now)
    for k in range(10_000):
        clock.wait_until(k * SECOND // 10_000, never)
        device.on_message(turned(k % 127).message)
    device.on_message(turned(127).message)
    device.run_maintenance()
    assert len(asked) < 800
    assert asked[-1] == 1.0
