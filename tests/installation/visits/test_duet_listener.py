from __future__ import annotations

import numpy as np
import pytest

from installation.visits.duet import MAX_DUET_NOTES, Duet, NoteReason
from installation.visits.duet_listener import DuetListener, build_duet
from installation.visits.duet_player import DuetPlayerFollower
from messages.clock import SECOND
from messages.cues import (
    KEY_COUNT,
    ComparedVersion,
    ModelChange,
    NoteAttribution,
    NoteCue,
    NoteSource,
    RhythmBelief,
    Turn,
    TurnChange,
    UnitComparison,
)
from messages.timed_note import TimedNote
from midi_data.notes import Meter

VISITOR, NETWORK = NoteSource.VISITOR, NoteSource.NETWORK
NOON = "2031-05-06T12:00:00+00:00"


@pytest.fixture
def listener():
    opened = DuetListener(DuetPlayerFollower("irish", 2))
    opened.begin_visit(0, NOON)
    return opened


def note(source: NoteSource, second: float, pitch: int = 60) -> TimedNote:
    due = round(second * SECOND)
    return TimedNote(pitch, 80, due, due + SECOND // 4, source)


def tell(listener: DuetListener, *messages) -> None:
    for message in messages:
        listener.handle_message(message, lambda: "later")


def end_phrase(listener: DuetListener, second: float) -> None:
    at = round(second * SECOND)
    tell(listener, RhythmBelief(at, at, SECOND // 2, "6/8", 0.5, 0.9, is_phrase_over=True))
    tell(listener, TurnChange(at, Turn.ANSWER))


def listen_again(listener: DuetListener, second: float) -> None:
    tell(listener, TurnChange(round(second * SECOND), Turn.LISTEN))


def take(listener: DuetListener) -> list[Duet]:
    listener.settle()
    return [build_duet(duet) for duet in listener.take_changed()]


def cue(serial: int, source: NoteSource, second: float, hidden=(0.0, 0.0)) -> NoteCue:
    activations = np.zeros((1, 6, len(hidden)), np.float32)
    activations[0, 5] = hidden
    keys = np.zeros(KEY_COUNT, np.float32)
    due = round(second * SECOND)
    return NoteCue(serial, due, 0, 60, 80, source, 1.0, activations, keys)


def test_a_phrase_and_its_answer_are_a_duet(listener):
    listener.record_note(note(VISITOR, 0))
    end_phrase(listener, 1)
    listener.record_note(note(NETWORK, 2, 64))
    listen_again(listener, 3)
    (duet,) = take(listener)
    assert (duet.began, duet.style, duet.generation, duet.is_over) == (NOON, "irish", 2, True)
    played = [(one.pitch, one.onset_ms, one.source) for one in duet.music.notes]
    assert played == [(60, 0, VISITOR), (64, 2000, NETWORK)]
    assert (duet.music.beat_us, duet.music.bar_line_ms) == (500_000, 1000)
    assert duet.music.meter == Meter(6, 8)


def test_a_duet_grows_until_its_answer_is_over_and_keeps_its_address(listener):
    listener.record_note(note(VISITOR, 0))
    end_phrase(listener, 1)
    listener.record_note(note(NETWORK, 2))
    (growing,) = take(listener)
    listener.record_note(note(NETWORK, 3))
    listen_again(listener, 4)
    (over,) = take(listener)
    assert (growing.is_over, over.is_over) == (False, True)
    assert growing.address == over.address
    assert [len(one.music.notes) for one in (growing, over)] == [2, 3]
    assert take(listener) == []


def test_each_answer_has_a_duet_of_its_own_however_late_its_notes_come(listener):
    listener.record_note(note(VISITOR, 0))
    end_phrase(listener, 1)
    listen_again(listener, 2)  # the visitor cut in
    listener.record_note(note(VISITOR, 2))
    end_phrase(listener, 3)
    listen_again(listener, 5)
    for second in (1.5, 4.5):
        listener.record_note(note(NETWORK, second))
    first, second = take(listener)
    assert [one.onset_ms for one in first.music.notes] == [0, 1500]
    assert [one.onset_ms for one in second.music.notes] == [0, 2500]
    assert first.address != second.address


def test_a_duet_in_which_a_ghost_answered_is_marked_and_has_none_of_its_notes(listener):
    listener.record_note(note(VISITOR, 0))
    end_phrase(listener, 1)
    for source, second in ((NoteSource.GHOST, 2), (NETWORK, 4)):
        listener.record_note(note(source, second))
    listen_again(listener, 5)
    listener.record_note(note(VISITOR, 5))
    end_phrase(listener, 6)
    listener.record_note(note(NETWORK, 7))
    ghostly, next_one = take(listener)
    assert (ghostly.music.has_ghost, next_one.music.has_ghost) == (True, False)
    assert [one.source for one in ghostly.music.notes] == [VISITOR, NETWORK]


def test_a_phrase_that_only_a_ghost_answered_marks_the_duet_it_is_joined_with(listener):
    listener.record_note(note(VISITOR, 0))
    end_phrase(listener, 1)
    listener.record_note(note(NoteSource.GHOST, 2))
    listen_again(listener, 3)  # the visitor cut in
    assert take(listener) == []
    listener.record_note(note(VISITOR, 3))
    end_phrase(listener, 4)
    listener.record_note(note(NETWORK, 5))
    (duet,) = take(listener)
    assert duet.music.has_ghost


def test_a_phrase_without_an_answer_is_joined_with_the_next(listener):
    listener.record_note(note(VISITOR, 0))
    end_phrase(listener, 1)
    listen_again(listener, 1)  # the visitor went on before the first note of the answer
    assert take(listener) == []
    listener.record_note(note(VISITOR, 1))
    end_phrase(listener, 2)
    listener.record_note(note(NETWORK, 3))
    (duet,) = take(listener)
    assert [one.onset_ms for one in duet.music.notes] == [0, 1000, 3000]
    assert duet.began == NOON


def test_such_a_phrase_is_joined_even_if_the_next_duet_is_over(listener):
    listener.record_note(note(VISITOR, 0))
    end_phrase(listener, 1)
    listen_again(listener, 1)
    listener.record_note(note(VISITOR, 1))
    end_phrase(listener, 2)
    listener.record_note(note(NETWORK, 3))
    listen_again(listener, 4)
    listener.record_note(note(VISITOR, 5))
    (duet,) = take(listener)
    assert [one.onset_ms for one in duet.music.notes] == [0, 1000, 3000]


@pytest.mark.parametrize("source", [VISITOR, NETWORK])
def test_one_side_alone_is_no_duet(listener, source):
    listener.record_note(note(source, 1))
    end_phrase(listener, 2)
    listen_again(listener, 3)
    assert take(listener) == []


def test_the_band_and_what_sounded_before_the_first_key_are_left_out(listener):
    listener.record_note(note(NoteSource.DRUMS, 1))
    listener.record_note(note(NETWORK, 0.01))
    listener.record_note(note(NETWORK, 0.5))
    listener.record_note(note(VISITOR, 1))
    end_phrase(listener, 2)
    listener.record_note(note(NETWORK, 3))
    (duet,) = take(listener)
    assert [one.onset_ms for one in duet.music.notes] == [1000, 3000]


def test_a_long_duet_keeps_its_first_notes(listener):
    for count in range(5000):
        listener.record_note(note((VISITOR, NETWORK)[count % 2], count * 0.1))
    (duet,) = take(listener)
    assert len(duet.music.notes) == MAX_DUET_NOTES


def test_a_visit_that_ends_ends_its_duet(listener):
    listener.record_note(note(VISITOR, 0))
    listener.record_note(note(NETWORK, 1))
    listener.close(2 * SECOND)
    assert [duet.is_over for duet in take(listener)] == [True]
    listener.end_visit()
    listener.record_note(note(VISITOR, 3))
    assert take(listener) == []


def test_reasons_name_the_notes_of_the_duet_and_no_withdrawn_ones(listener):
    tell(listener, cue(7, VISITOR, 0), cue(8, VISITOR, 1), cue(9, NETWORK, 2), cue(10, NETWORK, 3))
    causes, nats = np.array([6, 7, 8], np.int64), np.array([9.0, 0.5, -1.0], np.float32)
    tell(listener, NoteAttribution(9, causes, nats), NoteAttribution(10, causes, nats))
    for each in (note(VISITOR, 0), note(VISITOR, 1), note(NETWORK, 2)):
        listener.record_note(each)
    (duet,) = take(listener)
    assert duet.reasons == (NoteReason(2, 0, 0.5),)


def test_the_cells_that_answered_most_to_the_visitor_come_first(listener):
    tell(listener, cue(0, VISITOR, 0, (0.1, -0.9)), cue(1, VISITOR, 0, (0.3, 0.7)))
    tell(listener, cue(2, NETWORK, 1, (0.1, 0.1)))
    listener.record_note(note(VISITOR, 0))
    listener.record_note(note(NETWORK, 1))
    (duet,) = take(listener)
    assert [(one.unit, one.difference) for one in duet.units] == [(1, 0.7), (0, 0.1)]


def test_a_comparison_says_nothing_about_cells(listener):
    tell(listener, cue(0, VISITOR, 0, (0.1, 0.9)), cue(1, NETWORK, 1, (0.1, 0.2)))
    tell(listener, UnitComparison(SECOND, 0, 1, ComparedVersion.WITHOUT_UNIT))
    tell(listener, cue(2, NETWORK, 2, (0.9, 0.9)))
    tell(listener, UnitComparison(3 * SECOND, 0, 1, ComparedVersion.NONE))
    listener.record_note(note(VISITOR, 0))
    listener.record_note(note(NETWORK, 1))
    (duet,) = take(listener)
    assert [(one.unit, one.difference) for one in duet.units] == [(1, 0.7), (0, 0.0)]


def test_networks_of_other_sizes_are_not_compared(listener):
    tell(listener, cue(0, VISITOR, 0, (0.1, 0.2)), cue(1, NETWORK, 1, (0.1, 0.2, 0.3)))
    listener.record_note(note(VISITOR, 0))
    listener.record_note(note(NETWORK, 1))
    (duet,) = take(listener)
    assert duet.units == ()


def test_what_was_taken_does_not_grow(listener):
    listener.record_note(note(VISITOR, 0))
    listener.record_note(note(NETWORK, 1))
    (taken,) = listener.take_changed()
    listener.record_note(note(NETWORK, 2))
    assert len(build_duet(taken).music.notes) == 2


def test_a_duet_has_the_network_that_composed_the_answer_not_the_one_that_plays_now(listener):
    listener.record_note(note(VISITOR, 0))
    tell(listener, ModelChange("/x/guest.safetensors"))
    end_phrase(listener, 1)
    tell(listener, cue(1, NETWORK, 2))
    listener.record_note(note(NETWORK, 2))
    tell(listener, ModelChange())
    listen_again(listener, 3)
    (duet,) = take(listener)
    assert (duet.style, duet.generation) == ("guest", 0)


def test_an_answer_of_two_networks_has_the_names_of_both(listener):
    listener.record_note(note(VISITOR, 0))
    end_phrase(listener, 1)
    tell(listener, cue(1, NETWORK, 2), ModelChange("/x/guest.safetensors"), cue(2, NETWORK, 3))
    for second in (2, 3):
        listener.record_note(note(NETWORK, second))
    (duet,) = take(listener)
    assert duet.style == "guest+irish"
