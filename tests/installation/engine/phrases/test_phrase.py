from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.config import LiveSettings
from installation.engine.phrases.phrase import (
    DECISION_NS,
    MAX_PHRASE_NOTES,
    MAX_PHRASE_ONSETS,
    PhraseListener,
    build_phrase,
)
from installation.engine.tempo_sync import SyncedTempo
from installation.io.control.tempo_source import DummyTempoSource
from messages.clock import SECOND
from messages.cues import NoteSource
from messages.timed_note import TimedNote
from midi_data.beat_grid import BeatGrid
from midi_data.beat_tracking import TempoTracker
from midi_data.notes import Meter

BEAT = SECOND // 2
SETTINGS = LiveSettings(pause=0.7, pause_beats=2.0, hold_limit=4.0)


def timed(pitch: int, onset: float, duration: float, velocity: int = 80) -> TimedNote:
    """A visitor's note in beats of half a second."""
    start = round(onset * BEAT)
    return TimedNote(pitch, velocity, start, start + round(duration * BEAT), NoteSource.VISITOR)


def test_a_phrase_is_put_on_the_grid() -> None:
    notes = [timed(60, 0, 0.9), timed(62, 1.03, 0.9), timed(64, 1.98, 0.4), timed(65, 2.51, 0.6)]
    phrase = build_phrase(notes, BEAT)
    first = phrase.tune.notes[0].onset
    assert [note.onset - first for note in phrase.tune.notes] == [0, 1, 2, 2.5]


def test_a_key_released_early_leaves_no_rest() -> None:
    phrase = build_phrase([timed(60, 0, 0.7), timed(62, 1, 0.7)], BEAT)
    assert [note.duration for note in phrase.tune.notes] == [1.0, 1.0]


def test_a_real_rest_stays() -> None:
    phrase = build_phrase([timed(60, 0, 1), timed(62, 3, 1)], BEAT)
    assert phrase.tune.notes[0].duration == 1.0


def test_a_phrase_has_register_and_loudness() -> None:
    phrase = build_phrase([timed(60, 0, 1, 60), timed(64, 1, 1, 100)], BEAT)
    assert (phrase.centre, phrase.spread, phrase.velocity) == (62.0, 2.0, 80)


@pytest.mark.parametrize(
    ("count", "length"), [(1, 1.0), (3, 3.0), (4, 4.0), (5, 4.0), (6, 8.0), (12, 12.0)]
)
def test_the_length_is_whole_beats_then_whole_bars(count: int, length: float) -> None:
    phrase = build_phrase([timed(60, index, 1) for index in range(count)], BEAT)
    assert phrase.length == length


def test_a_steady_drift_changes_the_beat() -> None:
    phrase = build_phrase([timed(60, 1.01 * index, 0.5) for index in range(8)], BEAT)
    assert phrase.beat_ns == pytest.approx(1.01 * BEAT, rel=3e-3)


def play_bars(bars: str, accents: list[float], upbeat: float = 0.0) -> list[TimedNote]:
    """Notes of some durations; those on the beats `accents` of the first bar line on are loud."""
    beat, notes = -upbeat, []
    for duration in map(float, bars.split()):
        velocity = 95 if beat in accents else 75
        notes.append(timed(60 + len(notes) % 5, beat + upbeat, 0.9 * duration, velocity))
        beat += duration
    return notes


def test_a_waltz_with_an_upbeat_is_answered_after_two_beats_of_a_bar() -> None:
    notes = play_bars("1 1 1 1 2 1 1 .5 .5 1 2", [0, 3, 6, 9], upbeat=1.0)
    phrase = build_phrase(notes, BEAT)
    assert str(phrase.tune.meter) == "3/4"
    assert (phrase.tune.notes[0].onset, phrase.upbeat) == (2.0, 1.0)
    assert phrase.origin_ns == pytest.approx(-2 * BEAT, abs=SECOND // 100)
    assert phrase.entry % 3 == 2.0


def test_an_answer_enters_on_the_next_bar_line_after_the_last_note() -> None:
    phrase = build_phrase(play_bars("1 1 1 1 1 .5 .5 1 1 1 1 1 1 2", [0, 4, 8, 12]), BEAT)
    assert str(phrase.tune.meter) == "4/4"
    assert (phrase.upbeat, phrase.entry) == (0.0, 16.0)
    tune = phrase.tune_until(phrase.entry)
    assert tune.end <= 16.0


@pytest.mark.parametrize(("beat", "onset"), [(0, 0), (4, 0), (1, 3), (2.9, 1), (-1.1, 1)])
def test_a_bar_line_of_another_device_is_that_of_the_phrase(beat, onset) -> None:
    phrase = build_phrase(play_bars("1 1 1 1 1 .5 .5 1 1 1 1 1 1 2", [0, 4, 8, 12]), BEAT)
    moved = phrase.with_bar_line_at(phrase.origin_ns + round(beat * phrase.beat_ns))
    assert (moved.tune.notes[0].onset, (moved.entry + moved.upbeat) % 4) == (onset, 0)
    starts = [
        [one.origin_ns + note.onset * one.beat_ns for note in one.tune.notes]
        for one in (phrase, moved)
    ]
    assert starts[1] == pytest.approx(starts[0], abs=4)


def test_bars_of_three_beats_are_not_moved_to_those_of_four() -> None:
    phrase = build_phrase(play_bars("1 1 1 1 2 1 1 .5 .5 1 2", [0, 3, 6, 9], upbeat=1.0), BEAT)
    assert phrase.with_bar_line_at(phrase.origin_ns + phrase.beat_ns) is phrase


def test_a_phrase_keeps_no_more_onsets_than_its_bound() -> None:
    notes = [timed(60 + index % 12, index / 2, 0.4) for index in range(MAX_PHRASE_ONSETS + 9)]
    phrase = build_phrase(notes, BEAT)
    assert len(phrase.tune.notes) == MAX_PHRASE_ONSETS


def test_no_notes_are_no_phrase() -> None:
    with pytest.raises(ValueError, match="at least one note"):
        build_phrase([], BEAT)


def test_a_phrase_is_over_two_beats_after_the_last_key() -> None:
    listener = PhraseListener(TempoTracker(100), SETTINGS)
    assert listener.over_at is None
    listener.press(60, 80, SECOND)
    listener.release(60, SECOND + 100_000_000)
    assert not listener.consider(listener.over_at)
    assert listener.over_at == SECOND + 1_200_000_000
    assert listener.consider(listener.over_at)


def test_a_held_key_keeps_the_phrase_open_up_to_its_limit() -> None:
    listener = PhraseListener(TempoTracker(100), SETTINGS)
    listener.press(60, 80, SECOND)
    listener.consider(listener.over_at)
    assert listener.over_at == 5 * SECOND
    listener.release(60, 4 * SECOND)
    assert listener.over_at == 4 * SECOND + 350_000_000


def test_a_finished_phrase_leaves_no_notes() -> None:
    listener = PhraseListener(TempoTracker(100), SETTINGS)
    listener.press(60, 80, SECOND)
    assert len(listener.finish_phrase(5 * SECOND).tune.notes) == 1
    assert len(listener) == 0


def test_a_finished_phrase_can_go_on() -> None:
    listener = PhraseListener(TempoTracker(100), SETTINGS)
    listener.press(60, 80, SECOND)
    listener.finish_phrase(2 * SECOND)
    listener.resume_phrase()
    listener.press(62, 80, 3 * SECOND)
    assert [n.pitch for n in listener.finish_phrase(4 * SECOND).tune.notes] == [60, 62]


FOUR_BARS = "1 1 1 1 1 .5 .5 1 1 1 1 1 1 1 1 2"


def hear_bars(listener: PhraseListener, bars: str) -> int:
    """Press the keys of whole bars; returns when the last of them ends, ns."""
    notes = play_bars(bars, [0, 4, 8, 12, 16, 20, 24, 28])
    for note in notes:
        listener.press(note.pitch, note.velocity, note.due)
        listener.consider(listener.over_at)
        if note is not notes[-1]:
            listener.release(note.pitch, note.end)
    return notes[-1].due + 2 * BEAT


def test_a_phrase_of_four_bars_is_over_before_the_bar_line_though_the_last_key_is_down() -> None:
    listener = PhraseListener(TempoTracker(100), SETTINGS)
    end = hear_bars(listener, FOUR_BARS)
    assert listener.over_at == pytest.approx(end - DECISION_NS, abs=SECOND // 100)
    phrase = listener.finish_phrase(listener.over_at)
    assert phrase.origin_ns + phrase.entry * phrase.beat_ns == pytest.approx(end, abs=SECOND // 50)


def test_a_visitor_who_went_on_after_four_bars_is_not_taken_to_be_over_there_again() -> None:
    listener = PhraseListener(TempoTracker(100), SETTINGS)
    hear_bars(listener, FOUR_BARS)
    assert listener.consider(listener.over_at)
    for is_early in (False, True):
        listener.finish_phrase(listener.over_at)
        listener.resume_phrase()
        listener.finish_phrase(listener.over_at)
        if is_early:
            listener.begin_visit()
        end = hear_bars(listener, FOUR_BARS)
        assert (listener.over_at < end) is is_early


def test_a_listener_counts_bars_as_the_device_that_leads_does() -> None:
    external = BeatGrid(0, BEAT)
    tempo = SyncedTempo(100, DummyTempoSource(external, first_bar_beat=3))
    listener = PhraseListener(tempo, SETTINGS)
    hear_bars(listener, FOUR_BARS)
    phrase = listener.finish_phrase(20 * SECOND)
    entry = (phrase.origin_ns + (phrase.entry + phrase.upbeat) * phrase.beat_ns) / BEAT
    assert entry % 4 == pytest.approx(3, abs=0.1)
    assert (listener.heard.tune.meter, phrase.tune.meter) == (Meter(), Meter())


def test_a_phrase_without_end_keeps_its_latest_notes() -> None:
    listener = PhraseListener(TempoTracker(100), SETTINGS)
    for index in range(3 * MAX_PHRASE_NOTES):
        listener.press(60 + index % 12, 80, SECOND + index * SECOND // 300)
        listener.release(60 + index % 12, SECOND + index * SECOND // 300 + 1)
    assert len(listener) == MAX_PHRASE_NOTES


@pytest.mark.parametrize("step", [SECOND // 300, SECOND // 10, SECOND // 5, SECOND // 4.5])
def test_the_next_key_of_a_fast_even_line_meets_no_consideration(step: float) -> None:
    listener = PhraseListener(TempoTracker(100), SETTINGS)
    at = SECOND
    for index in range(20):
        listener.press(60 + index % 12, 80, round(at))
        at += step
    assert listener.over_at > at


NOTES = st.lists(
    st.builds(
        timed, st.integers(0, 127), st.floats(0, 60), st.floats(0.01, 20), st.integers(1, 127)
    ),
    min_size=1,
    max_size=30,
)


@given(NOTES, st.integers(SECOND // 4, SECOND))
def test_every_note_of_a_phrase_is_kept(notes: list[TimedNote], beat: int) -> None:
    phrase = build_phrase(notes, beat)
    assert sorted(n.pitch for n in phrase.tune.notes) == sorted(n.pitch for n in notes)
    assert 0 <= min(note.onset for note in phrase.tune.notes) < phrase.bar_beats
    assert phrase.length >= 1
