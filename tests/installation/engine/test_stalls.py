"""What the performer does when the machine stalled."""

from __future__ import annotations

import logging
from threading import Event

import pytest

from installation.config import LiveSettings
from installation.engine.phrase_player import MIN_REACTION_NS
from messages.clock import SECOND
from messages.cues import NoteSource

BEAT = round(0.6 * SECOND)
HOUR = 3600.0


def stall(rehearsal, seconds: float) -> int:
    """Nothing runs for so long; then the scheduler's thread wakes before the performer's."""
    clock = rehearsal.clock
    clock.wait_until(clock.now() + round(seconds * SECOND), Event())
    rehearsal.scheduler.pump(clock.now())
    return clock.now()


def ons(rehearsal) -> list[tuple[int, int]]:
    """Due times and pitches of the note-ons the port was given."""
    sent = (s for s in rehearsal.port.sent if s.message.type == "note_on")
    return [(s.due, s.message.note) for s in sent]


@pytest.mark.parametrize("seconds", [0.4, 1.0, 7.3, HOUR])
def test_after_a_stall_the_music_goes_on_later_by_whole_beats(rehearsals, seconds: float) -> None:
    undisturbed, rehearsal = rehearsals(LiveSettings()), rehearsals(LiveSettings())
    undisturbed.until(12)
    rehearsal.until(5.0)
    before = len(ons(rehearsal))
    woke = stall(rehearsal, seconds)
    rehearsal.until(woke / SECOND + 7)
    pitches = [pitch for _, pitch in ons(rehearsal)]
    expected = [pitch for _, pitch in ons(undisturbed)]
    assert pitches[: len(expected)][: before + 4] == expected[: before + 4]
    delay = ons(rehearsal)[before][0] - ons(undisturbed)[before][0]
    assert delay % BEAT == 0
    assert woke <= ons(rehearsal)[before][0] < woke + MIN_REACTION_NS + BEAT


def test_nothing_pours_out_after_a_stall(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings())
    rehearsal.until(5.0)
    before = len(ons(rehearsal))
    woke = stall(rehearsal, 30.0)
    rehearsal.until(woke / SECOND)
    assert len(ons(rehearsal)) == before
    assert rehearsal.performer.postponements == 1
    assert rehearsal.scheduler.skipped_notes == 0


def test_what_is_recorded_is_what_sounded(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings())
    rehearsal.until(5.0)
    woke = stall(rehearsal, 3.0)
    rehearsal.close(woke / SECOND + 6)
    recorded = [(note.due, note.pitch) for note in rehearsal.notes(NoteSource.NETWORK)]
    assert recorded == sorted(ons(rehearsal))


def test_a_stall_is_told_once(rehearsals, caplog) -> None:
    rehearsal = rehearsals(LiveSettings())
    with caplog.at_level(logging.WARNING):
        for at in (3.0, 5.0, 7.0):
            rehearsal.until(at)
            stall(rehearsal, 0.9)
            rehearsal.until(at + 2)
    assert rehearsal.performer.postponements == 3
    assert len([r for r in caplog.records if "stalled" in r.message]) == 1


def test_a_visitor_is_answered_across_a_stall(rehearsals) -> None:
    rehearsal = rehearsals(LiveSettings(attract=False))
    rehearsal.play(1.0, [60, 62, 64, 65])
    woke = stall(rehearsal, 20.0)
    rehearsal.until(woke / SECOND + 3)
    answer = rehearsal.notes(NoteSource.NETWORK)
    assert answer and answer[0].due >= woke
    assert len(ons(rehearsal)) > 4


def test_a_thread_late_by_less_than_a_note_changes_nothing(rehearsals) -> None:
    undisturbed, rehearsal = rehearsals(LiveSettings()), rehearsals(LiveSettings())
    undisturbed.until(12)
    for at in range(1, 30):
        rehearsal.until(0.37 * at)
        stall(rehearsal, 0.09)
    rehearsal.until(12.0)
    assert rehearsal.performer.postponements == 0
    assert ons(rehearsal) == ons(undisturbed)
    assert 0 < rehearsal.scheduler.measure_lateness().worst <= 90


def test_a_key_pressed_in_a_stall_is_heard_where_it_was_pressed(rehearsals, monkeypatch) -> None:
    rehearsal = rehearsals(LiveSettings(mode="together", tempo=100, attract=False))
    onsets = []
    strike = rehearsal.composer.strike
    monkeypatch.setattr(
        rehearsal.composer, "strike", lambda pitch, at: onsets.append(at) or strike(pitch, at)
    )
    rehearsal.press(1.0, 60)
    rehearsal.until(4.0)
    rehearsal.clock.wait_until(40 * SECOND, Event())
    rehearsal.scheduler.pump(40 * SECOND)
    rehearsal.visitor.press(62, 80, round(4.3 * SECOND))
    rehearsal.until(40.1)
    struck, again = onsets
    assert again - struck == pytest.approx(3.3 / 0.6, abs=1.01)  # moved by a whole beat at the most
