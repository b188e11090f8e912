from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from installation.config import RecordingSettings
from installation.engine.publisher import Milestone
from installation.ops.wall_clock import DummyWallClock
from installation.visits.claimed_path import ClaimedPath
from installation.visits.database import Visit, VisitDatabase, read_duets, read_visits, read_votes
from installation.visits.visit_log import VisitLog, VisitUpdate, VisitWriter
from messages.clock import SECOND
from messages.cues import BlendChange, ModelChange, NoteSource, RhythmBelief, Turn, TurnChange
from messages.gestures import (
    AnswerVote,
    HeldUnit,
    HeldUnitsChange,
    KeyEvent,
    LessonOpenChange,
    ParameterChange,
)
from messages.timed_note import TimedNote
from tests.hang_guard import HANG_GUARD_S, wait_until

NOON = datetime(2031, 5, 6, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path):
    return RecordingSettings(folder=str(tmp_path))


@pytest.fixture
def visit_log(tmp_path, settings):
    return VisitLog(
        settings, "irish", lambda: ClaimedPath(tmp_path, NOON), DummyWallClock(NOON), generation=3
    )


def note(source: NoteSource) -> TimedNote:
    return TimedNote(60, 80, 0, SECOND, source)


def test_a_visit_is_written_with_its_notes_and_what_was_steered(tmp_path, visit_log):
    visit_log.record_note(note(NoteSource.NETWORK))  # before the visit
    visit_log.handle_milestone(Milestone.VISIT_BEGAN, 0)
    for source in (NoteSource.VISITOR, NoteSource.NETWORK, NoteSource.NETWORK):
        visit_log.record_note(note(source))
    visit_log.record_note(replace(note(NoteSource.NETWORK), is_comparison=True))
    for gesture in (
        KeyEvent(60, True, 0),
        ParameterChange("temperature", (1.2,), 0),
        HeldUnitsChange((HeldUnit(0, 1, 0.0),), 0),
        HeldUnitsChange((), 0),
        LessonOpenChange(True, 0),
    ):
        visit_log.record_gesture(gesture)
    visit_log.handle_milestone(Milestone.VISIT_ENDED, SECOND)
    visit_log.handle_milestone(Milestone.PERFORMANCE_ENDED, SECOND)
    noon = NOON.isoformat()
    steered, path = "lesson,temperature,units", "2031-05-06/12-00-00.mid"
    assert read_visits(tmp_path) == [Visit(noon, noon, 1, 2, "irish", 3, steered, path)]


def test_a_visit_that_was_cut_off_has_no_end(tmp_path, settings):
    writer = VisitWriter(settings, DummyWallClock(NOON))
    writer.write(VisitUpdate(1, Visit(NOON.isoformat()), ClaimedPath(tmp_path, NOON)))
    visit = read_visits(tmp_path)[0]
    assert (visit.ended, visit.recording) == ("", "")


def test_each_visit_has_a_row(tmp_path, visit_log):
    for _ in range(3):
        visit_log.handle_milestone(Milestone.VISIT_BEGAN, 0)
        visit_log.handle_milestone(Milestone.PHRASE_ENDED, 0)
        visit_log.handle_milestone(Milestone.VISIT_ENDED, 0)
    visit_log.handle_milestone(Milestone.PERFORMANCE_ENDED, 0)
    assert len({visit.recording for visit in read_visits(tmp_path)}) == 3


def test_music_without_a_visit_makes_no_database(tmp_path, visit_log):
    visit_log.handle_milestone(Milestone.PHRASE_ENDED, 0)
    visit_log.handle_milestone(Milestone.PERFORMANCE_ENDED, 0)
    assert list(tmp_path.iterdir()) == []


def test_old_visits_are_removed_at_the_first_visit(tmp_path, settings):
    clock = DummyWallClock(NOON)
    VisitWriter(settings, clock).write(VisitUpdate(1, Visit("2030-01-01T00:00:00+00:00"), None))
    VisitWriter(settings, clock).write(VisitUpdate(1, Visit(NOON.isoformat()), None))
    assert [visit.began for visit in read_visits(tmp_path)] == [NOON.isoformat()]


def test_duets_are_deleted_when_their_days_are_over_though_no_page_is_served(tmp_path, settings):
    clock = DummyWallClock(NOON)
    for days in (0, 14):
        clock.time = NOON + timedelta(days=days)
        log = VisitLog(settings, "irish", lambda: None, clock, duet_days=10)
        play_duet(log)
        log.handle_milestone(Milestone.PERFORMANCE_ENDED, 3 * SECOND)
    (duet,) = read_duets(tmp_path)
    assert duet.began == clock.time.isoformat()
    assert len(read_visits(tmp_path)) == 2


def test_the_music_does_not_wait_for_the_disk(tmp_path, visit_log, monkeypatch):
    busy, free = Event(), Event()

    def claim_slowly(claimed: ClaimedPath) -> None:
        busy.set()
        free.wait(HANG_GUARD_S)
        raise OSError("no answer")

    monkeypatch.setattr(ClaimedPath, "claim", claim_slowly)
    visit_log.handle_milestone(Milestone.VISIT_BEGAN, 0)
    visit_log.handle_milestone(Milestone.VISIT_ENDED, 0)  # returns while the disk is busy
    assert busy.wait(HANG_GUARD_S)
    visit_log.handle_milestone(Milestone.VISIT_BEGAN, 0)
    free.set()
    visit_log.handle_milestone(Milestone.PERFORMANCE_ENDED, 0)


def test_visits_that_cannot_be_written_are_said_once(tmp_path, caplog):
    (tmp_path / "file").touch()
    settings = RecordingSettings(folder=str(tmp_path / "file"))
    writer = VisitWriter(settings, DummyWallClock(NOON))
    with caplog.at_level(logging.WARNING):
        for serial in (1, 2):
            writer.write(VisitUpdate(serial, Visit(NOON.isoformat()), None))
    assert len(caplog.records) == 1 and "a visit is not written" in caplog.text


def play_duet(visit_log: VisitLog) -> None:
    visit_log.handle_milestone(Milestone.VISIT_BEGAN, 0)
    visit_log.record_note(note(NoteSource.VISITOR))
    belief = RhythmBelief(0, 0, SECOND, "4/4", 0.5, 0.9, is_phrase_over=True)
    for message in (belief, TurnChange(0, Turn.ANSWER)):
        visit_log.send_message(message)
    visit_log.record_note(TimedNote(64, 80, SECOND, 2 * SECOND))
    visit_log.handle_milestone(Milestone.PHRASE_ENDED, 2 * SECOND)
    visit_log.send_message(TurnChange(2 * SECOND, Turn.LISTEN))


def test_a_duet_is_written_with_style_generation_and_visit(tmp_path, visit_log):
    play_duet(visit_log)
    visit_log.handle_milestone(Milestone.PERFORMANCE_ENDED, 3 * SECOND)
    (duet,) = read_duets(tmp_path)
    assert (duet.style, duet.generation, duet.visit, duet.is_over) == ("irish", 3, 1, True)
    assert [one.source for one in duet.music.notes] == [NoteSource.VISITOR, NoteSource.NETWORK]


@pytest.mark.parametrize(
    ("message", "style"),
    [
        (ModelChange("/x/guest.safetensors"), "guest"),
        (BlendChange(0, ("irish", "fife"), (0.0, 1.0)), "fife"),
    ],
)
def test_a_duet_that_another_network_answered_has_its_name(tmp_path, visit_log, message, style):
    visit_log.send_message(message)  # before the visit, as the staff does
    play_duet(visit_log)
    visit_log.handle_milestone(Milestone.PERFORMANCE_ENDED, 3 * SECOND)
    (duet,) = read_duets(tmp_path)
    assert (duet.style, duet.generation) == (style, 0)


def test_a_generation_is_that_of_the_next_visit_and_of_the_duets_it_answers(tmp_path, visit_log):
    visit_log.take_over(4, "/generations/0004.safetensors")
    visit_log.send_message(ModelChange("/generations/0004.safetensors"))
    play_duet(visit_log)
    visit_log.handle_milestone(Milestone.PERFORMANCE_ENDED, 3 * SECOND)
    (visit,), (duet,) = read_visits(tmp_path), read_duets(tmp_path)
    assert (visit.generation, duet.style, duet.generation) == (4, "irish", 4)


def test_a_visit_deleted_while_it_lasts_leaves_no_recording(tmp_path, settings):
    writer = VisitWriter(settings, DummyWallClock(NOON))
    claimed = ClaimedPath(tmp_path, NOON)
    began, ended = Visit(NOON.isoformat()), Visit(NOON.isoformat(), NOON.isoformat())
    writer.write(VisitUpdate(1, began, claimed))
    VisitDatabase(tmp_path, NOON).delete_visit(1)
    writer.write(VisitUpdate(1, ended, claimed))  # the recorder writes its file at this time
    writer.write(VisitUpdate(2, began, None))
    assert list(tmp_path.rglob("*.mid")) == []
    assert len(read_visits(tmp_path)) == 1


def test_a_visit_deleted_while_it_lasts_leaves_no_recording_when_the_piece_ends(tmp_path, settings):
    claimed = ClaimedPath(tmp_path, NOON)
    log = VisitLog(settings, "irish", lambda: claimed, DummyWallClock(NOON))
    log.handle_milestone(Milestone.VISIT_BEGAN, 0)
    wait_until(lambda: read_visits(tmp_path))
    VisitDatabase(tmp_path, NOON).delete_visit(1)
    claimed.claim()  # the recorder writes its file
    log.handle_milestone(Milestone.VISIT_ENDED, SECOND)
    log.handle_milestone(Milestone.PERFORMANCE_ENDED, SECOND)
    assert list(tmp_path.rglob("*.mid")) == []


@pytest.mark.parametrize(("is_liked", "choice"), [(True, "yes"), (False, "no")])
def test_a_vote_at_the_window_is_one_on_the_last_duet(tmp_path, visit_log, is_liked, choice):
    visit_log.handle_milestone(Milestone.VISIT_BEGAN, 0)
    visit_log.record_gesture(AnswerVote(not is_liked, 0))  # on nothing
    visit_log.record_note(TimedNote(60, 80, 0, SECOND, NoteSource.VISITOR))
    visit_log.record_note(TimedNote(64, 80, 2 * SECOND, 3 * SECOND, NoteSource.NETWORK))
    visit_log.handle_milestone(Milestone.PHRASE_ENDED, 4 * SECOND)
    for vote in (is_liked, not is_liked):  # the second one is not counted
        visit_log.record_gesture(AnswerVote(vote, 5 * SECOND))
        wait_until(lambda: read_votes(tmp_path))
    visit_log.handle_milestone(Milestone.PERFORMANCE_ENDED, 9 * SECOND)
    (duet,), (vote,) = read_duets(tmp_path), read_votes(tmp_path)
    assert (vote.duet, vote.choice, vote.style) == (duet.address, choice, "irish")
