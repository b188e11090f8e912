"""A network that writes characters plays like any other, and the stage is told what it wrote."""

from __future__ import annotations

import numpy as np
import pytest

from installation.config import LiveSettings
from installation.engine.interfaces import DummyCueSink, DummyRecorder
from installation.engine.key_input import KeyInput
from installation.engine.performer import Performer
from installation.engine.run import run_virtual
from installation.engine.scheduler import Scheduler
from installation.io.midi.outputs import DummyOutput
from messages.clock import SECOND, VirtualClock
from messages.cues import NoteCue, NoteSource, WrittenText
from rnn.codecs.abc_text import key_text
from rnn.codecs.character_codec import CharacterCodec
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network, NetworkSizes


def a_performance() -> tuple[list, list]:
    """Messages to the stage and notes recorded of a short visit."""
    codec = CharacterCodec()
    sizes = NetworkSizes(codec.inputs, codec.outputs, embedding=8, units=12, layers=2)
    network = Network.initial(sizes, np.random.default_rng(1))
    composer = Improviser(Checkpoint(network, codec, ModelCard(), np.zeros((2, 12, 12), "f4")))
    clock, port = VirtualClock(), DummyOutput()
    visitor, scheduler = KeyInput([port]), Scheduler([port])
    recorder, cues = DummyRecorder(), DummyCueSink()
    settings = LiveSettings(tempo=100, attract=False)
    performer = Performer(composer, visitor, scheduler, recorder, cues, settings, 1, clock.now())

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
    return cues.messages, recorder.notes


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
