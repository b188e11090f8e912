from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from messages.clock import SECOND
from messages.cues import NoteCue, NoteSource
from visuals.shared_shape import PHRASE_GAP_NS, taken_up_serials
from visuals.timeline import TimedCue

BEAT_NS = SECOND // 2


def notes(
    first_serial: int, start: int, pitches: Sequence[int], source: NoteSource, gap: int = BEAT_NS
) -> list[TimedCue]:
    nothing = np.zeros((1, 6, 1), np.float32), np.zeros(88, np.float32)
    return [
        TimedCue(
            NoteCue(first_serial + k, start + k * gap, gap, pitch, 80, source, 1.0, *nothing), 0
        )
        for k, pitch in enumerate(pitches)
    ]


def visitor(*pitches: int, gap: int = BEAT_NS) -> list[TimedCue]:
    return notes(0, SECOND, pitches, NoteSource.VISITOR, gap)


def answer(*pitches: int, gap: int = BEAT_NS) -> list[TimedCue]:
    return notes(100, 9 * SECOND, pitches, NoteSource.NETWORK, gap)


def test_the_longest_shape_is_found_in_another_key():
    cues = visitor(60, 62, 64, 65, 64) + answer(50, 67, 69, 71, 72, 50)
    assert taken_up_serials(cues, BEAT_NS) == {101, 102, 103, 104}


def test_a_shape_in_another_rhythm_is_another_shape():
    cues = visitor(60, 62, 64, 65) + answer(60, 62, 64, 65, gap=2 * BEAT_NS)
    assert taken_up_serials(cues, BEAT_NS) == frozenset()


def test_an_uneven_hand_plays_the_same_rhythm():
    cues = visitor(60, 62, 64, gap=round(1.1 * BEAT_NS)) + answer(60, 62, 64)
    assert taken_up_serials(cues, BEAT_NS) == {100, 101, 102}


def test_two_notes_are_no_shape():
    assert taken_up_serials(visitor(60, 62, 70) + answer(60, 62, 50), BEAT_NS) == frozenset()


def test_only_the_last_phrase_counts():
    late = SECOND + PHRASE_GAP_NS + 2 * SECOND
    last = notes(10, late, (60, 60, 60), NoteSource.VISITOR)
    following = notes(100, late + 4 * SECOND, (60, 64, 67), NoteSource.NETWORK)
    assert taken_up_serials(visitor(60, 64, 67) + last + following, BEAT_NS) == frozenset()


def test_without_a_visitor_nothing_is_taken_up():
    assert taken_up_serials(answer(60, 62, 64), BEAT_NS) == frozenset()
