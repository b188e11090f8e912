from __future__ import annotations

from threading import Event

import numpy as np
import pytest

from installation.config import LiveSettings
from installation.engine.key_input import KeyInput
from installation.engine.performer import Performer
from installation.engine.publisher import DummySubscriber
from installation.engine.run import run_virtual
from installation.engine.scheduler import Scheduler
from installation.io.midi.outputs import DummyOutput
from messages.clock import SECOND, VirtualClock
from messages.cues import NoteAttribution, NoteCue, NoteSource, WrittenText
from rnn.codecs.abc_text import key_text
from rnn.codecs.character_codec import CharacterCodec
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint, ModelCard
from rnn.model.network import Network, NetworkSizes


def test_a_composed_note_is_explained_by_those_before_it(rehearsal):
    rehearsal.play(1.0, [60, 62, 64])
    rehearsal.until(8.0)
    cues = {m.serial: m for m in rehearsal.messages if isinstance(m, NoteCue)}
    told = [m for m in rehearsal.messages if isinstance(m, NoteAttribution)]
    assert told
    for reasons in told:
        assert cues[reasons.serial].source is NoteSource.NETWORK
        assert len(reasons.cause_serials) == len(reasons.contributions)
        assert set(reasons.cause_serials.tolist()) <= set(cues)
    assert 2 in told[0].cause_serials  # the visitor's last note


def test_a_withdrawn_note_explains_nothing(rehearsal):
    rehearsal.play(1.0, [60, 62, 64])
    rehearsal.until(4.6)
    rehearsal.press(4.7, 67)
    before = len(rehearsal.messages)
    cut = 4.7e9
    rehearsal.release(5.0, 67)
    rehearsal.until(14.0)
    cues = {m.serial: m for m in rehearsal.messages if isinstance(m, NoteCue)}
    gone = {
        m.serial
        for m in rehearsal.messages[:before]
        if isinstance(m, NoteCue) and m.source is NoteSource.NETWORK and m.due > cut + 30e6
    }
    later = [m for m in rehearsal.messages[before:] if isinstance(m, NoteAttribution)]
    assert gone
    assert later
    for reasons in later:
        assert not gone & set(reasons.cause_serials.tolist())
        assert cues[reasons.serial].due > cut


def test_a_note_put_off_takes_its_reasons_along(rehearsal):
    rehearsal.play(1.0, [60, 62, 64])
    rehearsal.until(3.4)
    before = len(rehearsal.messages)
    clock = rehearsal.clock
    clock.wait_until(clock.now() + 2_000_000_000, Event())
    rehearsal.performer.advance(clock.now())
    after = rehearsal.messages[before:]
    moved = {m.serial for m in after if isinstance(m, NoteCue)}
    assert moved
    assert moved == {m.serial for m in after if isinstance(m, NoteAttribution)}


def a_performance() -> tuple[list, list]:
    """Messages to the stage and notes recorded of a short visit."""
    codec = CharacterCodec()
    sizes = NetworkSizes(codec.inputs, codec.outputs, embedding=8, units=12, layers=2)
    network = Network.initial(sizes, np.random.default_rng(1))
    composer = Improviser(Checkpoint(network, codec, ModelCard(), np.zeros((2, 12, 12), "f4")))
    clock, port = VirtualClock(), DummyOutput()
    visitor, scheduler = KeyInput([port]), Scheduler([port])
    subscriber = DummySubscriber()
    settings = LiveSettings(tempo=100, attract=False)
    performer = Performer(composer, visitor, scheduler, [subscriber], settings, 1, clock.now())

    def until(seconds: float) -> None:
        run_virtual(performer, scheduler, clock, round(seconds * SECOND))

    for place, pitches in enumerate([(60,), (62,), (64, 67), (65,)]):
        at = 1.0 + 0.3 * place
        until(at)
        for pitch in pitches:
            visitor.press(pitch, 80, round(at * SECOND))
        until(at + 0.25)
        for pitch in pitches:
            visitor.release(pitch, round((at + 0.25) * SECOND))
    until(7.0)
    performer.close(round(7.0 * SECOND))
    return subscriber.messages, subscriber.notes


@pytest.fixture(scope="module")
def performance() -> tuple[list, list]:
    return a_performance()


def test_each_note_is_told_with_what_was_written_for_it(performance):
    messages, _ = performance
    cues = [message for message in messages if isinstance(message, NoteCue)]
    texts = {
        message.serial: message.text for message in messages if isinstance(message, WrittenText)
    }
    assert any(cue.source is NoteSource.NETWORK for cue in cues)
    for cue in cues:
        assert key_text(cue.pitch) in texts[cue.serial]
        if cue.source is NoteSource.NETWORK:
            assert texts[cue.serial].endswith(" ")  # which completes the note


def test_the_same_visit_is_played_the_same(performance):
    assert a_performance()[1] == performance[1]
