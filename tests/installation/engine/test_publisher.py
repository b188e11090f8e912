from __future__ import annotations

from threading import Event

import numpy as np
import pytest

from installation.band.band import BandNote
from installation.config import LiveSettings
from installation.engine.key_input import KeyInput
from installation.engine.performer import Performer
from installation.engine.publisher import (
    DummySubscriber,
    Milestone,
    Publisher,
    StageMessageLog,
    TimedStageMessage,
)
from installation.engine.run import run_virtual
from installation.engine.scheduler import Scheduler
from installation.io.midi.outputs import DummyOutput
from messages.clock import SECOND, VirtualClock
from messages.cues import (
    CueWithdrawal,
    ModelChange,
    NoteAttribution,
    NoteCue,
    NoteSource,
    WrittenText,
)
from messages.timed_note import TimedNote
from rnn.codecs.abc_text import key_text
from rnn.codecs.character_codec import CharacterCodec
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes


def test_a_note_is_recorded_once_it_was_due() -> None:
    subscriber = DummySubscriber()
    publisher = Publisher([subscriber])
    first, second = TimedNote(60, 80, 100, 200), TimedNote(62, 80, 150, 250)
    publisher.add_handed_over(first)
    publisher.add_handed_over(second)
    publisher.publish_milestone(Milestone.PHRASE_ENDED, 150)
    assert subscriber.notes == [first]
    publisher.publish_milestone(Milestone.PERFORMANCE_ENDED, 151)
    assert subscriber.notes == [first, second]
    assert subscriber.milestones == [Milestone.PHRASE_ENDED, Milestone.PERFORMANCE_ENDED]


def test_a_withdrawn_note_is_not_recorded() -> None:
    subscriber = DummySubscriber()
    publisher = Publisher([subscriber])
    publisher.add_handed_over(TimedNote(60, 80, 100, 200))
    publisher.add_handed_over(TimedNote(62, 80, 101, 200))
    publisher.publish_withdrawal(0, 100)
    publisher.publish_milestone(Milestone.PERFORMANCE_ENDED, 300)
    assert [note.pitch for note in subscriber.notes] == [60]
    assert subscriber.messages == [CueWithdrawal(0, 100)]


def test_every_subscriber_gets_every_message() -> None:
    subscribers = [DummySubscriber(), DummySubscriber()]
    Publisher(subscribers).publish(ModelChange("a"))
    assert [one.messages for one in subscribers] == [[ModelChange("a")]] * 2


def test_the_end_of_a_note_that_was_not_published_is_ignored() -> None:
    subscriber = DummySubscriber()
    Publisher([subscriber]).publish_release(60, 100)
    assert (subscriber.messages, subscriber.notes) == ([], [])


def test_an_attribution_names_earlier_notes(rehearsal):
    rehearsal.play(1.0, [60, 62, 64])
    rehearsal.until(8.0)
    cues = {m.serial: m for m in rehearsal.messages if isinstance(m, NoteCue)}
    attributions = [m for m in rehearsal.messages if isinstance(m, NoteAttribution)]
    assert attributions
    for attribution in attributions:
        assert cues[attribution.serial].source is NoteSource.NETWORK
        assert len(attribution.cause_serials) == len(attribution.contributions)
        assert set(attribution.cause_serials.tolist()) <= set(cues)
    assert 2 in attributions[0].cause_serials  # the visitor's last note


def test_an_attribution_names_no_withdrawn_note(rehearsal):
    rehearsal.play(1.0, [60, 62, 64])
    rehearsal.until(4.6)
    rehearsal.press(4.7, 67)
    before = len(rehearsal.messages)
    cut = 4.7e9
    rehearsal.release(5.0, 67)
    rehearsal.until(14.0)
    cues = {m.serial: m for m in rehearsal.messages if isinstance(m, NoteCue)}
    withdrawn = {
        m.serial
        for m in rehearsal.messages[:before]
        if isinstance(m, NoteCue) and m.source is NoteSource.NETWORK and m.due > cut + 30e6
    }
    later = [m for m in rehearsal.messages[before:] if isinstance(m, NoteAttribution)]
    assert withdrawn
    assert later
    for attribution in later:
        assert not withdrawn & set(attribution.cause_serials.tolist())
        assert cues[attribution.serial].due > cut


def test_a_postponed_note_is_published_with_its_attribution(rehearsal):
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


def play_character_network() -> tuple[list, list]:
    """Messages and recorded notes of a short visit."""
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
    return play_character_network()


def test_each_note_is_published_with_its_written_text(performance):
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


def test_the_same_visit_gives_the_same_notes(performance):
    assert play_character_network()[1] == performance[1]


def test_the_last_messages_are_kept_with_their_times() -> None:
    clock, messages = VirtualClock(), [ModelChange() for _ in range(3)]
    log = StageMessageLog(clock, max_count=2)
    for time_ns, message in enumerate(messages):
        clock.wait_until(time_ns, Event())
        log.send_message(message)
    assert list(log.messages) == [
        TimedStageMessage(1, messages[1]),
        TimedStageMessage(2, messages[2]),
    ]


def test_a_note_of_the_band_is_told_with_the_drummers_cells():
    told, cells = DummySubscriber(), np.ones((10, 6), np.float32)
    note = TimedNote(36, 90, 1000, 1500, NoteSource.DRUMS)
    publisher = Publisher([told])
    publisher.publish_band_note(BandNote(note, cells))
    (cue,) = told.messages
    assert (cue.due, cue.duration, cue.pitch, cue.source) == (1000, 500, 36, NoteSource.DRUMS)
    assert cue.cells is cells
    assert publisher.next_serial == 0
