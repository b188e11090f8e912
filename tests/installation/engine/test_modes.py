"""The performer in the modes in which it plays along, and its warnings."""

from __future__ import annotations

import pytest

from installation.config import LiveSettings
from messages.clock import SECOND
from messages.cues import NoteSource, Turn, TurnChange, VisitEndWarning
from messages.wire_format import pack, unpack

SCALE = [60, 62, 64, 65, 67, 65, 64, 62]


def turns(rehearsal) -> list[Turn]:
    return [m.turn for m in rehearsal.cues.messages if isinstance(m, TurnChange)]


def wanings(rehearsal) -> list[VisitEndWarning]:
    return [m for m in rehearsal.cues.messages if isinstance(m, VisitEndWarning)]


@pytest.mark.parametrize("mode", ["together", "continuous"])
def test_it_plays_while_the_visitor_does(rehearsals, mode: str) -> None:
    rehearsal = rehearsals(LiveSettings(mode=mode, attract=False, tempo=100))
    end = rehearsal.play(1.0, SCALE * 2, gap=0.6)
    rehearsal.until(end)
    during = [n for n in rehearsal.notes(NoteSource.NETWORK) if SECOND < n.due < end * SECOND]
    assert len(during) >= 6
    assert turns(rehearsal)[-1] is Turn.ANSWER


def test_it_goes_on_when_the_visitor_pauses(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(mode="together", attract=False, tempo=100))
    end = rehearsal.play(1.0, SCALE)
    rehearsal.until(end + 8)
    after = [n for n in rehearsal.notes(NoteSource.NETWORK) if n.due > (end + 4) * SECOND]
    assert after


def test_it_bends_to_where_the_visitor_plays(rehearsals) -> None:
    means = []
    for transposition in (-12, 12):
        rehearsal = rehearsals(LiveSettings(mode="together", attract=False, tempo=100))
        rehearsal.play(1.0, [pitch + transposition for pitch in SCALE * 2], gap=0.6)
        rehearsal.until(14)
        pitches = [note.pitch for note in rehearsal.notes(NoteSource.NETWORK)]
        means.append(sum(pitches) / len(pitches))
    assert means[1] - means[0] > 8


def test_playing_together_ends_with_a_farewell_and_a_visit(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(mode="together", attract=False, farewell_after=8.0))
    rehearsal.play(1.0, SCALE)
    rehearsal.until(40)
    assert turns(rehearsal) == [Turn.ATTRACT, Turn.ANSWER, Turn.FAREWELL, Turn.ATTRACT]
    assert [t for t in rehearsal.recorder.calls if t != "flush"] == ["begin_visit", "end_visit"]


def test_in_continuous_mode_the_music_outlasts_the_visit(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(mode="continuous", attract_rest=0.0, farewell_after=8.0))
    rehearsal.play(5.0, SCALE)
    rehearsal.until(40)
    assert turns(rehearsal) == [Turn.ATTRACT, Turn.ANSWER, Turn.ATTRACT]
    dues = [note.due / SECOND for note in rehearsal.notes(NoteSource.NETWORK)]
    gaps = [b - a for a, b in zip(dues, dues[1:], strict=False)]
    assert max(gaps) < 5
    assert dues[-1] > 35


@pytest.mark.parametrize("mode", ["answer", "together", "continuous"])
def test_nothing_hangs_and_the_same_seed_plays_the_same(rehearsals, mode: str) -> None:
    played = []
    for _ in range(2):
        rehearsal = rehearsals(LiveSettings(mode=mode, farewell_after=6.0), seed=3)
        rehearsal.play(4.0, SCALE, gap=0.3)
        rehearsal.play(9.0, SCALE, gap=0.45)
        rehearsal.close(35)
        assert rehearsal.scheduler.sounding_count == 0
        played.append(rehearsal.notes(NoteSource.NETWORK))
    assert played[0] == played[1] != []


def test_a_visitor_who_is_silent_is_warned_and_then_bidden_farewell(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(attract=False, farewell_after=10.0, warn_before=4.0))
    rehearsal.play(1.0, SCALE)
    rehearsal.until(60)
    (waning,) = wanings(rehearsal)
    farewell = next(
        m.due
        for m in rehearsal.cues.messages
        if isinstance(m, TurnChange) and m.turn is Turn.FAREWELL
    )
    assert (waning.at, waning.ends_at) == (farewell - 4 * SECOND, farewell)


def test_a_key_takes_the_warning_back(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(attract=False, farewell_after=10.0, warn_before=4.0))
    rehearsal.play(1.0, SCALE)
    while not wanings(rehearsal):
        rehearsal.until(rehearsal.clock.now() / SECOND + 0.5)
    at = rehearsal.clock.now() / SECOND
    rehearsal.press(at + 0.5, 60)
    rehearsal.until(at + 1)
    assert wanings(rehearsal)[-1] == VisitEndWarning(round((at + 0.5) * SECOND), 0)
    assert turns(rehearsal)[-1] is Turn.LISTEN


def test_a_warning_travels() -> None:
    assert unpack(pack(VisitEndWarning(5, 9))) == VisitEndWarning(5, 9)
