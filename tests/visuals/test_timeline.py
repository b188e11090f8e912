from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.clock import SECOND
from messages.cues import (
    KEY_COUNT,
    BandCue,
    BlendContributions,
    CueWithdrawal,
    KeyStruck,
    NoteAttribution,
    NoteCue,
    NoteRelease,
    NoteSource,
    Turn,
    TurnChange,
    WrittenText,
)
from visuals.timeline import (
    BAND_RETENTION_NS,
    CUE_RETENTION_NS,
    MAX_CHORD_NOTES,
    MAX_HOLD_NS,
    MAX_UNHEARD_NS,
    Timeline,
)

ACTIVATIONS = np.zeros((1, 6, 2), np.float32)
AHEAD = np.zeros(88, np.float32)


def cue(
    serial: int, due: int, duration: int = SECOND, source: NoteSource = NoteSource.NETWORK
) -> NoteCue:
    length = 0 if source is NoteSource.VISITOR else duration
    return NoteCue(serial, due, length, 60, 80, source, 1.0, ACTIVATIONS, AHEAD)


def timeline(*messages) -> Timeline:
    made = Timeline()
    for message in messages:
        made.apply_message(message)
    return made


@pytest.mark.parametrize(("time", "sounds"), [(9, False), (10, True), (14, True), (15, False)])
def test_note_sounds_from_its_due_time_to_its_end(time, sounds):
    made = timeline(cue(0, 10 * SECOND, 5 * SECOND))
    assert bool(made.sounding_cues(time * SECOND)) is sounds


def test_visitors_note_sounds_until_released():
    made = timeline(cue(0, SECOND, source=NoteSource.VISITOR))
    assert made.sounding_cues(3 * SECOND)
    made.apply_message(NoteRelease(0, 3 * SECOND))
    assert made.sounding_cues(3 * SECOND - 1)
    assert not made.sounding_cues(3 * SECOND)


def test_release_may_come_before_its_cue():
    made = timeline(NoteRelease(4, 2 * SECOND), cue(4, SECOND, source=NoteSource.VISITOR))
    assert not made.sounding_cues(2 * SECOND)


def test_a_release_from_before_a_note_is_of_an_earlier_performer():
    made = timeline(NoteRelease(4, 2 * SECOND), cue(4, 3 * SECOND, source=NoteSource.VISITOR))
    assert made.sounding_cues(4 * SECOND)


def test_note_never_released_ends_all_the_same():
    made = timeline(cue(0, 0, source=NoteSource.VISITOR))
    assert made.sounding_cues(MAX_HOLD_NS - 1)
    assert not made.sounding_cues(MAX_HOLD_NS)


def test_latest_and_following_lie_about_the_time():
    made = timeline(cue(1, 3 * SECOND), cue(0, SECOND))
    assert made.latest_cue(2 * SECOND).cue.serial == 0
    assert made.next_cue(2 * SECOND).cue.serial == 1
    assert made.latest_cue(0) is None
    assert made.next_cue(3 * SECOND) is None


def test_withdrawn_cues_vanish_but_earlier_ones_and_a_visitors_stay():
    made = timeline(
        cue(0, SECOND),
        cue(1, 3 * SECOND),
        cue(2, 4 * SECOND, source=NoteSource.VISITOR),
        cue(3, 5 * SECOND),
        CueWithdrawal(1, 2 * SECOND),
    )
    assert [timed.cue.serial for timed in made.cues] == [0, 2]


def test_withdrawal_does_not_concern_cues_composed_after_it():
    made = timeline(cue(0, 3 * SECOND), CueWithdrawal(0, SECOND), cue(1, 3 * SECOND))
    assert [timed.cue.serial for timed in made.cues] == [1]


def test_turn_changes_at_its_due_time():
    made = timeline(TurnChange(5, Turn.ANSWER), TurnChange(2, Turn.LISTEN))
    assert [made.turn(t).turn for t in (1, 2, 4, 5)] == [
        Turn.ATTRACT,
        Turn.LISTEN,
        Turn.LISTEN,
        Turn.ANSWER,
    ]


def test_forgets_what_is_old_but_never_the_latest():
    made = timeline(*(cue(k, k * SECOND) for k in range(5)))
    made.prune(CUE_RETENTION_NS + 2 * SECOND)
    assert [timed.cue.serial for timed in made.cues] == [3, 4]
    made.prune(10 * CUE_RETENTION_NS)
    assert [timed.cue.serial for timed in made.cues] == [4]


def test_days_of_cues_take_no_more_memory_than_a_minute():
    made = Timeline()
    most = 0
    for k in range(3000):
        made.apply_message(cue(k, k * SECOND // 4))
        made.apply_message(NoteRelease(10_000 + k, k * SECOND))
        made.prune(k * SECOND // 4)
        most = max(most, len(made.cues))
    assert most <= 4 * CUE_RETENTION_NS // SECOND + 2


messages = st.lists(
    st.one_of(
        st.builds(
            cue,
            serial=st.integers(0, 20),
            due=st.integers(0, 100),
            duration=st.integers(1, 50),
            source=st.sampled_from(NoteSource),
        ),
        st.builds(NoteRelease, st.integers(0, 20), st.integers(0, 100)),
        st.builds(CueWithdrawal, st.integers(0, 20), st.integers(0, 100)),
        st.builds(TurnChange, st.integers(0, 100), st.sampled_from(Turn)),
    ),
    max_size=30,
)


@given(messages, st.integers(0, 120))
def test_any_messages_leave_cues_in_order_and_answers_consistent(told, time):
    made = timeline(*told)
    dues = [timed.due for timed in made.cues]
    assert dues == sorted(dues)
    latest, following = made.latest_cue(time), made.next_cue(time)
    assert latest is None or latest.due <= time
    assert following is None or following.due > time
    assert all(timed.due <= time < timed.end_at(time) + 1 for timed in made.sounding_cues(time))
    assert set(made.sounding_cues(time)) <= set(made.cues_between(time, time + 1))


@given(st.permutations([cue(k, due) for k, due in enumerate((5, 9, 2, 7, 7))]))
def test_order_of_arrival_does_not_matter(cues):
    assert [timed.due for timed in timeline(*cues).cues] == [2, 5, 7, 7, 9]


def test_of_notes_struck_together_the_newest_stay_in_sight():
    chord = [cue(serial, SECOND) for serial in range(500)]
    made = timeline(cue(1000, SECOND // 2), *chord, cue(1001, 2 * SECOND))
    serials = [timed.cue.serial for timed in made.cues]
    assert serials == [1000, *range(500 - MAX_CHORD_NOTES, 500), 1001]


def test_a_quick_run_is_no_chord():
    run = [cue(serial, SECOND + serial * SECOND // 50) for serial in range(100)]
    assert len(timeline(*run).cues) == 100


def test_attributions_are_pruned_with_their_cues():
    made = Timeline()
    for serial in range(400):
        made.apply_message(cue(serial, serial * SECOND))
        causes = np.arange(max(0, serial - 3), serial)
        shares = np.full(len(causes), 0.1, np.float32)
        made.apply_message(NoteAttribution(serial, causes, shares))
    made.prune(395 * SECOND)
    assert made.attribution(399) is not None
    assert made.attribution(3) is None


def test_a_replay_that_is_stopped_ends_what_sounds_and_drops_the_rest():
    made = timeline(
        cue(-1, SECOND, 3 * SECOND), cue(-2, 3 * SECOND), cue(4, SECOND, 3 * SECOND), cue(5, 9)
    )
    made.drop_replay(2 * SECOND)
    assert {timed.cue.serial for timed in made.cues} == {-1, 4, 5}
    assert [timed.cue.serial for timed in made.sounding_cues(2 * SECOND)] == [4]


@pytest.mark.parametrize(
    "forget", [lambda made: made.apply_message(cue(7, 99)), Timeline.clear_cues]
)
def test_what_an_earlier_performer_told_of_a_serial_is_not_of_the_next_ones_note(forget):
    one = np.ones(1, np.float32)
    made = timeline(
        cue(7, SECOND),
        WrittenText(7, "D "),
        NoteAttribution(7, np.array([6]), one),
        BlendContributions(7, one, one, np.zeros((1, KEY_COUNT), np.float32), np.zeros((1, 2))),
    )
    assert made.written_text(7) == "D "
    forget(made)
    assert (made.written_text(7), made.attribution(7), made.blend_contributions(7)) == (
        "",
        None,
        None,
    )


def test_cues_of_the_band_are_kept_apart_and_withdrawn_by_their_time():
    timeline, cells = Timeline(), np.zeros((0, 0), np.float32)
    for due in (3, 1, 2):
        timeline.apply_message(BandCue(due, 1, 36, 90, NoteSource.DRUMS, cells))
    assert timeline.cues == ()
    assert [timed.due for timed in timeline.band] == [1, 2, 3]
    timeline.apply_message(CueWithdrawal(99, 2))
    assert [timed.due for timed in timeline.band] == [1, 2]
    timeline.prune(BAND_RETENTION_NS + 2)
    assert timeline.band == ()


def test_a_struck_key_waits_for_its_cue():
    known = timeline(KeyStruck(4, SECOND, 60, 80))
    (key,) = known.struck_keys
    assert (key.cue.serial, key.due, key.cue.pitch, key.cue.velocity) == (4, SECOND, 60, 80)
    assert known.cues == ()
    known.apply_message(cue(4, SECOND))
    assert known.struck_keys == () and len(known.cues) == 1


def test_a_struck_key_whose_cue_never_comes_is_forgotten():
    known = timeline(KeyStruck(4, SECOND, 60, 80))
    known.prune(SECOND + MAX_UNHEARD_NS)
    assert len(known.struck_keys) == 1
    known.prune(SECOND + MAX_UNHEARD_NS + 1)
    assert known.struck_keys == ()


def test_a_struck_key_that_comes_after_its_cue_is_left_out():
    assert timeline(cue(4, SECOND), KeyStruck(4, SECOND, 60, 80)).struck_keys == ()


def test_a_struck_key_of_a_new_performer_is_kept_beside_an_old_cue_of_its_serial():
    known = timeline(cue(4, SECOND), KeyStruck(4, 2 * SECOND, 60, 80))
    assert [key.due for key in known.struck_keys] == [2 * SECOND]
