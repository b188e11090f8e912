"""Why a note came is told with the serials of the notes it was for."""

from __future__ import annotations

from threading import Event

from messages.cues import NoteAttribution, NoteCue, NoteSource


def test_a_composed_note_is_explained_by_those_before_it(rehearsal):
    rehearsal.play(1.0, [60, 62, 64])
    rehearsal.until(8.0)
    cues = {m.serial: m for m in rehearsal.cues.messages if isinstance(m, NoteCue)}
    told = [m for m in rehearsal.cues.messages if isinstance(m, NoteAttribution)]
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
    before = len(rehearsal.cues.messages)
    cut = 4.7e9
    rehearsal.release(5.0, 67)
    rehearsal.until(14.0)
    cues = {m.serial: m for m in rehearsal.cues.messages if isinstance(m, NoteCue)}
    gone = {
        m.serial
        for m in rehearsal.cues.messages[:before]
        if isinstance(m, NoteCue) and m.source is NoteSource.NETWORK and m.due > cut + 30e6
    }
    later = [m for m in rehearsal.cues.messages[before:] if isinstance(m, NoteAttribution)]
    assert gone
    assert later
    for reasons in later:
        assert not gone & set(reasons.cause_serials.tolist())
        assert cues[reasons.serial].due > cut


def test_a_note_put_off_takes_its_reasons_along(rehearsal):
    rehearsal.play(1.0, [60, 62, 64])
    rehearsal.until(3.4)
    before = len(rehearsal.cues.messages)
    clock = rehearsal.clock
    clock.wait_until(clock.now() + 2_000_000_000, Event())
    rehearsal.performer.advance(clock.now())
    after = rehearsal.cues.messages[before:]
    moved = {m.serial for m in after if isinstance(m, NoteCue)}
    assert moved
    assert moved == {m.serial for m in after if isinstance(m, NoteAttribution)}
