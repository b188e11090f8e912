"""Why a note came is told with the serials of the notes it was for."""

from __future__ import annotations

from threading import Event

from messages.cues import Cue, Reasons, Source


def test_a_composed_note_is_explained_by_those_before_it(rehearsal):
    rehearsal.play(1.0, [60, 62, 64])
    rehearsal.until(8.0)
    cues = {m.serial: m for m in rehearsal.cues.messages if isinstance(m, Cue)}
    told = [m for m in rehearsal.cues.messages if isinstance(m, Reasons)]
    assert told
    for reasons in told:
        assert cues[reasons.serial].source is Source.NETWORK
        assert len(reasons.serials) == len(reasons.shares)
        assert set(reasons.serials.tolist()) <= set(cues)
    assert 2 in told[0].serials  # the visitor's last note


def test_a_withdrawn_note_explains_nothing(rehearsal):
    rehearsal.play(1.0, [60, 62, 64])
    rehearsal.until(4.6)
    rehearsal.press(4.7, 67)
    before = len(rehearsal.cues.messages)
    cut = 4.7e9
    rehearsal.release(5.0, 67)
    rehearsal.until(14.0)
    cues = {m.serial: m for m in rehearsal.cues.messages if isinstance(m, Cue)}
    gone = {
        m.serial
        for m in rehearsal.cues.messages[:before]
        if isinstance(m, Cue) and m.source is Source.NETWORK and m.due > cut + 30e6
    }
    later = [m for m in rehearsal.cues.messages[before:] if isinstance(m, Reasons)]
    assert gone
    assert later
    for reasons in later:
        assert not gone & set(reasons.serials.tolist())
        assert cues[reasons.serial].due > cut


def test_a_note_put_off_takes_its_reasons_along(rehearsal):
    rehearsal.play(1.0, [60, 62, 64])
    rehearsal.until(3.4)
    before = len(rehearsal.cues.messages)
    clock = rehearsal.clock
    clock.wait_until(clock.now() + 2_000_000_000, Event())
    rehearsal.performer.advance(clock.now())
    after = rehearsal.cues.messages[before:]
    moved = {m.serial for m in after if isinstance(m, Cue)}
    assert moved
    assert moved == {m.serial for m in after if isinstance(m, Reasons)}
