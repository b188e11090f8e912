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
    visitor, port = make()
    visitor.press(60, 80, 1)
    visitor.press(60, 90, 2)
    assert kinds(port) == [("note_on", 60), ("note_off", 60), ("note_on", 60)]
    assert visitor.drain() == [KeyPressed(60, 80, 1), NoteStopped(60, 2), KeyPressed(60, 90, 2)]


def test_a_release_without_a_press_is_nothing() -> None:
    visitor, port = make()
    visitor.release(60, 1)
    assert port.sent == [] and visitor.drain() == []


def test_the_pedal_holds_notes_until_it_is_lifted() -> None:
    visitor, port = make()
    visitor.set_pedal(True, 0)
    visitor.press(60, 80, 1)
    visitor.release(60, 2)
    assert kinds(port) == [("note_on", 60)]
    visitor.set_pedal(False, 3)
    assert kinds(port)[-1] == ("note_off", 60)
    assert visitor.drain()[-1] == NoteStopped(60, 3)


def test_a_key_held_through_the_pedal_goes_on() -> None:
    visitor, port = make()
    visitor.set_pedal(True, 0)
    visitor.press(60, 80, 1)
    visitor.set_pedal(False, 2)
    assert kinds(port) == [("note_on", 60)]


def test_midi_of_any_channel_plays_on_the_visitors() -> None:
    visitor, port = make()
    visitor.receive_midi(mido.Message("note_on", channel=9, note=60, velocity=70), 1)
    visitor.receive_midi(mido.Message("pitchwheel", channel=9, pitch=100), 2)
    visitor.receive_midi(mido.Message("note_on", channel=9, note=60, velocity=0), 3)
    assert [sent.message.channel for sent in port.sent] == [0, 0, 0]
    assert visitor.drain() == [KeyPressed(60, 70, 1), NoteStopped(60, 3)]


def test_letting_go_of_everything() -> None:
    visitor, port = make()
    visitor.set_pedal(True, 0)
    visitor.press(60, 80, 1)
    visitor.press(64, 80, 1)
    visitor.release(60, 2)
    visitor.release_all(5)
    assert kinds(port)[-2:] == [("note_off", 60), ("note_off", 64)]


def test_waiting_ends_when_something_happened() -> None:
    visitor, _ = make()
    visitor.press(60, 80, 1)
    visitor.wait(3600)
    assert visitor.drain() != []
