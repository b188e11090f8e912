from __future__ import annotations

import numpy as np
import pytest

from messages.clock import SECOND
from messages.cues import KEY_COUNT, NoteCue, NoteRelease, NoteSource
from midi_data.notes import LOWEST_PITCH
from rnn.codecs.note_tokens import FIRST_PITCH_TOKEN
from rnn.teaching.tune_learner import TuneLearner
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.base.shared_state import SharedLessonState
from visuals.lessons.song.walkthrough import (
    KNOWN_NOTE_SHARE,
    RECITAL_PERIOD_TICKS,
    TICKS_PER_SECOND,
    VISITOR_TUNE,
    WEIGHTS_SEED,
    SongWalkthrough,
)
from visuals.timeline import Timeline


def walk_to(name: str, walk: SongWalkthrough | None = None) -> SongWalkthrough:
    walk = walk or SongWalkthrough(SharedLessonState())
    while walk.current_step.name != name:
        assert walk.advance()
    return walk


def played(state: SharedLessonState, count: int, since: int = SECOND) -> None:
    """A visitor plays so many notes, half a second each."""
    timeline = Timeline()
    state.tune_capture.capture_new_notes(timeline, since)
    for k in range(count):
        due = since + k * SECOND // 2
        timeline.apply_message(
            NoteCue(
                k, due, 0, 60 + k % 5, 80, NoteSource.VISITOR, 1.0,
                np.zeros((1, 6, 4), np.float32), np.zeros(KEY_COUNT, np.float32),
            )
        )  # fmt: skip
        timeline.apply_message(NoteRelease(k, due + SECOND // 3))
        if k % 20 == 0:
            state.tune_capture.capture_new_notes(timeline, due)
    state.tune_capture.capture_new_notes(timeline, since + count * SECOND)


@pytest.fixture(scope="module")
def slow() -> SongWalkthrough:
    return walk_to("error")


@pytest.fixture(scope="module")
def learned() -> SongWalkthrough:
    walk = walk_to("learn")
    for _ in range(round(walk.current_step.seconds * TICKS_PER_SECOND)):
        walk.tick()
    return walk


def test_the_tune_is_known_within_the_steps_time(learned):
    assert learned.snapshot.correct_notes.mean() >= KNOWN_NOTE_SHARE


def test_what_the_facts_give_is_what_the_network_gets(slow):
    """Facts, the cells' own past and the bias add up to the gates the network computed."""
    learner = TuneLearner(slow.tune, WEIGHTS_SEED)
    weights = learner.network.parameters
    before = learner.trace_tune().hidden[slow.token_index - 1, 0]
    sums = slow.input_contributions.sum(axis=0).reshape(-1) + before @ weights["lstm0.hidden"]
    sums = (sums + weights["lstm0.bias"]).reshape(4, -1)
    gates = np.concatenate([1 / (1 + np.exp(-sums[:3])), np.tanh(sums[3:])])
    assert np.allclose(slow.activations[0][0], gates, atol=1e-5)


def test_what_the_cells_say_makes_the_chances(slow):
    """Logits of all tokens that may come, from what the cells say, squashed to shares."""
    learner = TuneLearner(slow.tune, WEIGHTS_SEED)
    weights = learner.network.parameters
    reader = learner.codec.new_reader()
    for token in learner.encoded.tokens[: slow.token_index].tolist():
        reader.push(token)
    logits = slow.activations[2][-1] @ weights["readout.weight"] + weights["readout.bias"]
    shares = np.where(reader.mask(), np.exp(logits), 0.0)
    shares /= shares.sum()
    tokens = [FIRST_PITCH_TOKEN + pitch - LOWEST_PITCH for pitch in slow.pitches]
    assert np.allclose(slow.probabilities, shares[tokens], atol=1e-6)
    bias = weights["readout.bias"][tokens]
    assert np.allclose(slow.readout_contributions.sum(axis=1) + bias, logits[tokens], atol=1e-5)


def test_the_error_is_that_of_the_targets_chance(slow):
    assert slow.target_bits == pytest.approx(-np.log2(slow.target_probabilities[1]), rel=1e-5)
    assert slow.target_pitch == slow.tune.notes[slow.note_index].pitch


def test_facts_tell_of_the_notes_before(slow):
    facts = {fact.name: fact for fact in slow.input_facts}
    notes, place = slow.tune.notes, slow.note_index
    assert facts["last"].pitch == notes[place - 1].pitch
    assert facts["length"].number == notes[place - 1].duration
    assert facts["bar"].number == notes[place].onset // 4 + 1
    assert facts["beat"].number == notes[place].onset % 4 + 1
    ago = {n.onset: n.pitch for n in notes}
    assert facts["ago_1"].pitch == ago.get(notes[place].onset - 4.0)
    assert facts["ago_8"].pitch is None


def test_the_slow_step_is_the_first_of_the_trainer():
    walk = walk_to("change")
    slow = {name: array.copy() for name, array in walk.snapshot.parameters.items()}
    walk_to("learn", walk)
    while walk.snapshot.updates != 1:
        walk.tick()
    assert all(np.array_equal(slow[k], walk.snapshot.parameters[k]) for k in slow)


def test_one_slow_change_makes_the_target_likelier():
    walk = walk_to("change")
    before, after = walk.target_probabilities
    assert after > before
    assert walk.snapshot.updates == 1


def test_it_recites_now_and_then_while_it_learns():
    walk, songs = walk_to("learn"), []
    walk.pop_requested_notes()
    for _ in range(3 * RECITAL_PERIOD_TICKS):
        walk.tick()
        song = walk.pop_requested_notes()
        if song is not None:
            songs.append(song)
    assert len(songs) == 3
    assert songs[0].notes != songs[-1].notes


def test_up_adds_a_layer_while_it_learns():
    walk = walk_to("learn")
    walk.tick()
    walk.handle_arrow(LessonAction.UP)
    walk.tick()
    assert walk.layers == 2
    assert walk.weight_changes(1) is not None
    walk.handle_arrow(LessonAction.UP)
    walk.tick()
    assert walk.layers == 2


def test_the_changes_of_a_layer_begin_at_nothing(learned):
    assert np.abs(learned.weight_changes(0)).max() > 0.01
    assert learned.weight_changes(1) is None
    assert np.abs(walk_to("inputs").weight_changes(0)).max() == 0


def test_arrows_choose_a_tune():
    walk = SongWalkthrough(SharedLessonState())
    names = []
    for _ in range(4):
        names.append(walk.tune_choice)
        walk.handle_arrow(LessonAction.RIGHT)
    assert names == ["frere", "joy", "ah", "frere"]


def test_what_the_visitor_plays_is_taken_down_and_learned():
    state = SharedLessonState()
    walk = SongWalkthrough(state)
    played(state, 12)
    for _ in range(10):
        walk.tick()
    assert walk.tune_choice == VISITOR_TUNE
    assert [note.pitch for note in walk.tune.notes] == [60 + k % 5 for k in range(12)]
    walk_to("learn", walk)
    walk.tick()
    assert len(walk.snapshot.tune.notes) == 12


def test_the_last_note_is_taken_down_however_soon_the_next_step_is_asked_for():
    state = SharedLessonState()
    walk = SongWalkthrough(state)
    played(state, 12)
    walk.advance()
    assert (walk.tune_choice, len(walk.tune.notes)) == (VISITOR_TUNE, 12)
    assert len(walk.snapshot.tune.notes) == 12


def test_begun_again_the_visitors_tune_is_kept_though_other_notes_were_played_meanwhile():
    state = SharedLessonState()
    walk = SongWalkthrough(state)
    played(state, 12)
    for _ in range(10):
        walk.tick()
    taken = walk.tune
    walk_to("learn", walk)
    played(state, 30, since=60 * SECOND)
    walk.restart()
    assert (walk.tune_choice, walk.tune) == (VISITOR_TUNE, taken)
    walk.choose_tune("joy")
    walk.restart()
    assert walk.tune_choice == "joy"
    assert VISITOR_TUNE in walk.tune_choices
    state.reset()
    walk.restart()
    assert (walk.tune_choice, VISITOR_TUNE in walk.tune_choices) == ("frere", False)


@pytest.mark.parametrize(("notes", "offered"), [(0, False), (1, False), (500, True)])
def test_one_note_is_declined_and_five_hundred_are_cut(notes, offered):
    state = SharedLessonState()
    walk = SongWalkthrough(state)
    played(state, notes)
    for _ in range(10):
        walk.tick()
    assert (VISITOR_TUNE in walk.tune_choices) == offered
    walk.choose_tune(VISITOR_TUNE)
    assert (walk.tune_choice == VISITOR_TUNE) == offered
    walk_to("learn", walk)
    walk.tick()
    assert walk.snapshot.updates == 0


def test_the_last_tune_is_taken_not_what_was_tried_before():
    state = SharedLessonState()
    walk = SongWalkthrough(state)
    timeline = Timeline()
    zeros, ahead = np.zeros((1, 6, 4), np.float32), np.zeros(KEY_COUNT, np.float32)
    state.tune_capture.capture_new_notes(timeline, 0)
    for serial in range(800):
        tried = serial < 790
        due = (serial if tried else serial + 20) * SECOND // 4
        pitch = 40 if tried else 60 + serial % 4
        timeline.apply_message(
            NoteCue(serial, due, SECOND // 8, pitch, 80, NoteSource.VISITOR, 1.0, zeros, ahead)
        )
        if serial % 50 == 49:
            assert state.tune_capture.capture_new_notes(timeline, due)
            timeline.prune(due)
    assert not state.tune_capture.capture_new_notes(timeline, 300 * SECOND)
    for _ in range(10):
        walk.tick()
    assert [note.pitch for note in walk.tune.notes] == [60 + k % 4 for k in range(790, 800)]
    assert walk.visitor_note_count == 10


def test_starting_over_forgets_what_was_learned():
    state = SharedLessonState()
    walk = walk_to("learn", SongWalkthrough(state))
    walk.tick()
    walk.restart()
    assert walk.snapshot is None
    assert state.trainer.poll() == []


def test_the_network_of_earlier_passes_is_heard_again():
    walk = walk_to("learn")
    for _ in range(TICKS_PER_SECOND * 5):
        walk.tick()
    walk.advance()
    assert [kept.updates for kept in walk.kept_snapshots][:4] == [0, 1, 3, 10]
    heard = {walk.pass_index: walk.pop_requested_notes()}
    for index in (3, 99):
        walk.choose_pass(index)
        heard[walk.pass_index] = walk.pop_requested_notes() or heard[walk.pass_index]
    assert walk.snapshot.updates == 10
    assert heard[0].notes != heard[3].notes
    walk.handle_arrow(LessonAction.LEFT)
    assert walk.snapshot.updates == 3


def test_going_on_from_an_earlier_pass_shows_what_is_learned_now():
    walk = walk_to("learn")
    for _ in range(TICKS_PER_SECOND * 3):
        walk.tick()
    latest = walk.snapshot.updates
    walk.advance()
    assert walk.snapshot.updates == 0
    walk.advance()
    assert walk.snapshot.updates >= latest


def test_the_passes_are_heard_one_after_another_by_themselves():
    walk = walk_to("learn")
    for _ in range(TICKS_PER_SECOND * 3):
        walk.tick()
    walk.advance()
    for _ in range(TICKS_PER_SECOND * 12):
        walk.tick()
    assert walk.pass_index >= 2


def test_passes_that_are_come_to_at_once_are_those_of_the_training_in_their_order():
    walk = walk_to("passes_back")
    assert (walk.kept_snapshots, walk.pop_requested_notes().notes) == ([], ())
    heard = []
    for _ in range(TICKS_PER_SECOND * 12):
        walk.tick()
        if (request := walk.pop_requested_notes()) is not None:
            heard.append((walk.pass_index, walk.snapshot.updates))
            assert request.notes
    assert [kept.updates for kept in walk.kept_snapshots][:4] == [0, 1, 3, 10]
    assert heard[:2] == [(0, 0), (1, 1)]


def test_a_layer_that_is_added_at_a_kept_pass_keeps_no_second_one():
    walk = walk_to("learn")
    while walk.snapshot.updates != 3:
        walk.tick()
    walk.handle_arrow(LessonAction.UP)
    for _ in range(TICKS_PER_SECOND * 3):
        walk.tick()
    walk.advance()
    updates = [kept.updates for kept in walk.kept_snapshots]
    assert updates == sorted(set(updates))
