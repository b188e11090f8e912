from __future__ import annotations

import mido

from installation.engine.key_input import KeyInput, KeyPressed, NoteStopped
from installation.io.midi.outputs import DummyOutput


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
