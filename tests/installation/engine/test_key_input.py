from __future__ import annotations

from threading import Thread

import mido
import pytest

from installation.engine.key_input import InputChannel, KeyInput, KeyPressed, NoteStopped
from installation.io.midi.outputs import DummyOutput
from messages.cues import NoteSource


def make() -> tuple[KeyInput, DummyOutput]:
    port = DummyOutput()
    return KeyInput([port]), port


def kinds(port: DummyOutput) -> list[tuple[str, int]]:
    return [(sent.message.type, sent.message.note) for sent in port.sent]


def test_a_key_struck_twice_ends_in_between() -> None:
    key_input, port = make()
    key_input.press(60, 80, 1)
    key_input.press(60, 90, 2)
    assert kinds(port) == [("note_on", 60), ("note_off", 60), ("note_on", 60)]
    assert key_input.drain() == [KeyPressed(60, 80, 1), NoteStopped(60, 2), KeyPressed(60, 90, 2)]


def test_a_release_without_a_press_is_ignored() -> None:
    key_input, port = make()
    key_input.release(60, 1)
    assert port.sent == [] and key_input.drain() == []


def test_the_pedal_holds_notes_until_it_is_lifted() -> None:
    key_input, port = make()
    key_input.set_pedal(True, 0)
    key_input.press(60, 80, 1)
    key_input.release(60, 2)
    assert kinds(port) == [("note_on", 60)]
    key_input.set_pedal(False, 3)
    assert kinds(port)[-1] == ("note_off", 60)
    assert key_input.drain()[-1] == NoteStopped(60, 3)


def test_a_key_held_through_the_pedal_goes_on() -> None:
    key_input, port = make()
    key_input.set_pedal(True, 0)
    key_input.press(60, 80, 1)
    key_input.set_pedal(False, 2)
    assert kinds(port) == [("note_on", 60)]


def test_midi_of_any_channel_plays_on_the_channel_of_visitors() -> None:
    key_input, port = make()
    key_input.receive_midi(mido.Message("note_on", channel=9, note=60, velocity=70), 1)
    key_input.receive_midi(mido.Message("pitchwheel", channel=9, pitch=100), 2)
    key_input.receive_midi(mido.Message("note_on", channel=9, note=60, velocity=0), 3)
    assert [sent.message.channel for sent in port.sent] == [0, 0, 0]
    assert key_input.drain() == [KeyPressed(60, 70, 1), NoteStopped(60, 3)]


def test_all_notes_are_released() -> None:
    key_input, port = make()
    key_input.set_pedal(True, 0)
    key_input.press(60, 80, 1)
    key_input.press(64, 80, 1)
    key_input.release(60, 2)
    key_input.release_all(5)
    assert kinds(port)[-2:] == [("note_off", 60), ("note_off", 64)]


def test_waiting_ends_with_an_event() -> None:
    key_input, _ = make()
    key_input.press(60, 80, 1)
    key_input.wait(3600)
    assert key_input.drain() != []


LEFT, RIGHT = InputChannel("left"), InputChannel("right")


def test_a_pitch_of_two_keyboards_ends_with_the_last_release() -> None:
    key_input, port = make()
    key_input.press(60, 80, 1, LEFT)
    key_input.press(60, 80, 2, RIGHT)
    key_input.release(60, 3, LEFT)
    assert kinds(port)[-1] == ("note_on", 60)
    key_input.release(60, 4, RIGHT)
    assert kinds(port)[-1] == ("note_off", 60)


def test_a_pedal_is_down_until_all_inputs_have_lifted_theirs() -> None:
    key_input, port = make()
    key_input.set_pedal(True, 0, LEFT)
    key_input.set_pedal(True, 0, RIGHT)
    key_input.press(60, 80, 1)
    key_input.release(60, 2)
    key_input.set_pedal(False, 3, LEFT)
    assert kinds(port) == [("note_on", 60)]
    key_input.set_pedal(False, 4, RIGHT)
    assert kinds(port)[-1] == ("note_off", 60)


def test_an_unplugged_input_ends_its_chord_below_the_pedal_of_another() -> None:
    key_input, port = make()
    key_input.set_pedal(True, 0, RIGHT)
    key_input.press(60, 80, 1, LEFT)
    key_input.press(64, 80, 1, LEFT)
    key_input.press(67, 80, 1, RIGHT)
    key_input.release(64, 2, LEFT)
    key_input.release_input("left", 3)
    assert kinds(port)[3:] == [("note_off", 60), ("note_off", 64)]


def test_the_pedal_of_an_unplugged_input_counts_no_more() -> None:
    key_input, port = make()
    key_input.set_pedal(True, 0, LEFT)
    key_input.press(60, 80, 1, RIGHT)
    key_input.release(60, 2, RIGHT)
    key_input.release_input("left", 3)
    assert kinds(port)[-1] == ("note_off", 60)


def test_a_key_pressed_after_the_end_of_a_visit_goes_on() -> None:
    key_input, port = make()
    key_input.press(60, 80, 1)
    key_input.press(64, 80, 9)
    key_input.release_all(5)
    assert kinds(port)[2:] == [("note_off", 60)]


@pytest.mark.parametrize("control", [7, *range(120, 128)])
def test_volume_and_channel_mode_messages_are_not_passed_on(control: int) -> None:
    key_input, port = make()
    key_input.receive_midi(mido.Message("control_change", control=control, value=0), 1)
    assert port.sent == []


def test_all_notes_off_lets_go_of_the_keys_of_its_input() -> None:
    key_input, port = make()
    key_input.press(67, 80, 1, RIGHT)
    key_input.receive_midi(mido.Message("note_on", note=60), 1, "left")
    key_input.receive_midi(mido.Message("control_change", control=123), 2, "left")
    assert kinds(port)[2:] == [("note_off", 60)]


def test_all_notes_off_may_come_while_another_input_lets_go_of_keys() -> None:
    key_input, _ = make()

    def let_go_of_many() -> None:
        for pitch in range(20_000):  # so many that one thread meets the other
            key_input.release(pitch, 1, RIGHT)

    other = Thread(target=let_go_of_many)
    other.start()
    while other.is_alive():
        key_input.receive_midi(mido.Message("control_change", control=123), 9, "left")
    other.join()


@pytest.mark.parametrize(
    ("moved", "reset"),
    [
        (mido.Message("pitchwheel", pitch=900), mido.Message("pitchwheel")),
        (mido.Message("aftertouch", value=90), mido.Message("aftertouch")),
        (
            mido.Message("control_change", control=11, value=0),
            mido.Message("control_change", control=11, value=127),
        ),
        (
            mido.Message("control_change", control=74, value=3),
            mido.Message("control_change", control=74, value=64),
        ),
    ],
)
def test_wheels_and_controllers_go_back_with_the_visit(
    moved: mido.Message, reset: mido.Message
) -> None:
    key_input, port = make()
    key_input.receive_midi(moved, 1)
    key_input.release_all(2)
    assert [sent.message for sent in port.sent] == [moved, reset]


def test_the_pressure_of_each_key_goes_back_with_the_visit() -> None:
    key_input, port = make()
    for pitch in (60, 64):
        key_input.receive_midi(mido.Message("polytouch", note=pitch, value=90), 1)
    key_input.release_all(2)
    released = [sent.message for sent in port.sent[2:]]
    assert [(message.note, message.value) for message in released] == [(60, 0), (64, 0)]


def test_a_bend_of_one_finger_is_one_notes() -> None:
    port = DummyOutput()
    keys = KeyInput([port], note_channels=(5, 6))
    for channel, pitch in ((1, 60), (2, 64)):
        keys.receive_midi(mido.Message("note_on", note=pitch, channel=channel), 1, "seaboard")
    keys.receive_midi(mido.Message("pitchwheel", pitch=100, channel=2), 2, "seaboard")
    sent = [each.message for each in port.sent]
    assert [(m.note, m.channel) for m in sent if m.type == "note_on"] == [(60, 5), (64, 6)]
    assert [(m.channel, m.pitch) for m in sent if m.type == "pitchwheel" and m.pitch] == [(6, 2400)]
    keys.receive_midi(mido.Message("note_off", note=60, channel=1), 3, "seaboard")
    assert port.sent[-1].message == mido.Message("note_off", note=60, channel=5)


def test_a_finger_bent_before_its_note_begins_it_bent_and_another_shares_a_channel() -> None:
    port = DummyOutput()
    keys = KeyInput([port], note_channels=(5,))
    keys.receive_midi(mido.Message("pitchwheel", pitch=8191, channel=3), 0, "seaboard")
    keys.receive_midi(mido.Message("note_on", note=60, channel=3), 1, "seaboard")
    keys.receive_midi(mido.Message("note_on", note=64, channel=4), 2, "seaboard")
    sent = [each.message for each in port.sent]
    assert [(m.type, m.channel) for m in sent] == [
        ("pitchwheel", 5), ("note_on", 5), ("note_on", NoteSource.VISITOR)
    ]  # fmt: skip
    assert sent[0].pitch == 8191


def play_finger(keys: KeyInput, channel: int, pitch: int, down: bool, at: int) -> None:
    kind = "note_on" if down else "note_off"
    keys.receive_midi(mido.Message(kind, note=pitch, channel=channel), at, "seaboard")


def test_a_bend_does_not_reach_the_note_that_just_ended_and_still_fades() -> None:
    port = DummyOutput()
    keys = KeyInput([port], note_channels=(5, 6, 7))
    for k in range(6):
        play_finger(keys, 1, 60 + k, True, 3 * k)
        keys.receive_midi(mido.Message("pitchwheel", pitch=100, channel=1), 3 * k + 1, "seaboard")
        play_finger(keys, 1, 60 + k, False, 3 * k + 2)
    begun = [each.message.channel for each in port.sent if each.message.type == "note_on"]
    assert begun == [5, 6, 7, 5, 6, 7]


def test_the_channel_that_has_been_free_for_longest_is_taken() -> None:
    port = DummyOutput()
    keys = KeyInput([port], note_channels=(5, 6, 7))
    for channel, pitch in ((1, 60), (2, 64), (3, 67)):
        play_finger(keys, channel, pitch, True, 1)
    for at, (channel, pitch) in enumerate(((3, 67), (1, 60)), start=2):
        play_finger(keys, channel, pitch, False, at)
    for channel, pitch in ((4, 70), (1, 72), (3, 74)):
        play_finger(keys, channel, pitch, True, 5)
    begun = [each.message.channel for each in port.sent if each.message.type == "note_on"]
    assert begun[3:] == [7, 5, NoteSource.VISITOR]


def test_a_note_begins_without_the_pressure_of_an_earlier_finger_on_its_channel() -> None:
    port = DummyOutput()
    keys = KeyInput([port], note_channels=(5,))
    for at, pitch in enumerate((60, 62, 64)):
        play_finger(keys, 1, pitch, True, at)
        if pitch == 60:
            keys.receive_midi(mido.Message("aftertouch", value=90, channel=1), at, "seaboard")
        play_finger(keys, 1, pitch, False, at)
    pressures = [each.message for each in port.sent if each.message.type == "aftertouch"]
    assert [(message.channel, message.value) for message in pressures] == [(5, 90), (5, 0)]
