from __future__ import annotations

import numpy as np
import pytest

from messages.cues import KEYS, Cue, Release, Source, Turn, TurnChange
from midi_data.notes import LOWEST_PITCH
from rnn.codecs.note_codec import PITCH
from rnn.teaching.tune_learner import Apprentice
from visuals.lessons.actions import Action
from visuals.lessons.shared_state import Bench
from visuals.lessons.song.walkthrough import (
    KNOWN,
    RECITE_EVERY,
    SEED,
    TICKS_A_SECOND,
    YOURS,
    SongWalk,
)
from visuals.timeline import SECOND, Timeline


def walk_to(name: str, walk: SongWalk | None = None) -> SongWalk:
    walk = walk or SongWalk(Bench())
    while walk.now.name != name:
        assert walk.advance()
    return walk


def played(bench: Bench, count: int, since: int = SECOND) -> None:
    """A visitor plays so many notes, half a second each."""
    timeline = Timeline()
    bench.ear.listen(timeline, since)
    for k in range(count):
        due = since + k * SECOND // 2
        timeline.take(
            Cue(
                k, due, 0, 60 + k % 5, 80, Source.VISITOR, 1.0,
                np.zeros((1, 6, 4), np.float32), np.zeros(KEYS, np.float32),
            )
        )  # fmt: skip
        timeline.take(Release(k, due + SECOND // 3))
        if k % 20 == 0:
            bench.ear.listen(timeline, due)
    bench.ear.listen(timeline, since + count * SECOND)


@pytest.fixture(scope="module")
def slow() -> SongWalk:
    return walk_to("error")


@pytest.fixture(scope="module")
def learned() -> SongWalk:
    walk = walk_to("learn")
    for _ in range(round(walk.now.seconds * TICKS_A_SECOND)):
        walk.tick()
    return walk


def test_the_tune_is_known_within_the_steps_time(learned):
    assert learned.snapshot.accuracy >= KNOWN
    assert learned._bench.learned is learned.snapshot


def test_what_the_facts_give_is_what_the_network_gets(slow):
    """Facts, the cells' own past and the bias add up to the gates the network computed."""
    apprentice = Apprentice(slow.tune, SEED)
    weights = apprentice.network.parameters
    before = apprentice.hear().hidden[slow.token - 1, 0]
    sums = slow.given.sum(axis=0).reshape(-1) + before @ weights["lstm0.hidden"]
    sums = (sums + weights["lstm0.bias"]).reshape(4, -1)
    gates = np.concatenate([1 / (1 + np.exp(-sums[:3])), np.tanh(sums[3:])])
    assert np.allclose(slow.gates[0], gates, atol=1e-5)


def test_what_the_cells_say_makes_the_chances(slow):
    """Logits of all tokens that may come, from what the cells say, squashed to shares."""
    apprentice = Apprentice(slow.tune, SEED)
    weights = apprentice.network.parameters
    reader = apprentice.codec.reader()
    for token in apprentice.encoded.tokens[: slow.token].tolist():
        reader.push(token)
    logits = slow.hidden[-1] @ weights["readout.weight"] + weights["readout.bias"]
    shares = np.where(reader.mask(), np.exp(logits), 0.0)
    shares /= shares.sum()
    tokens = [PITCH + pitch - LOWEST_PITCH for pitch in slow.pitches]
    assert np.allclose(slow.chances, shares[tokens], atol=1e-6)
    bias = weights["readout.bias"][tokens]
    assert np.allclose(slow.said.sum(axis=1) + bias, logits[tokens], atol=1e-5)


def test_the_error_is_that_of_the_targets_chance(slow):
    assert slow.bits == pytest.approx(-np.log2(slow.chance), rel=1e-5)
    assert slow.target == slow.tune.notes[slow.at].pitch


def test_facts_tell_of_the_notes_before(slow):
    facts = {fact.name: fact for fact in slow.facts}
    notes, place = slow.tune.notes, slow.at
    assert facts["last"].pitch == notes[place - 1].pitch
    assert facts["length"].number == notes[place - 1].duration
    assert facts["bar"].number == notes[place].onset // 4 + 1
    assert facts["beat"].number == notes[place].onset % 4 + 1
    ago = {n.onset: n.pitch for n in notes}
    assert facts["ago_1"].pitch == ago.get(notes[place].onset - 4.0)
    assert facts["ago_8"].pitch is None


def test_the_slow_step_is_the_first_of_the_workshop():
    walk = walk_to("change")
    slow = {name: array.copy() for name, array in walk.snapshot.parameters.items()}
    walk_to("learn", walk)
    while walk.snapshot.updates != 1:
        walk.tick()
    assert all(np.array_equal(slow[k], walk.snapshot.parameters[k]) for k in slow)


def test_one_slow_change_makes_the_target_likelier():
    walk = walk_to("change")
    assert walk.chance > walk.chance_before
    assert walk.snapshot.updates == 1


def test_it_recites_now_and_then_while_it_learns():
    walk, songs = walk_to("learn"), []
    walk.take_song()
    for _ in range(3 * RECITE_EVERY):
        walk.tick()
        song = walk.take_song()
        if song is not None:
            songs.append(song)
    assert len(songs) == 3
    assert songs[0].notes != songs[-1].notes


def test_up_adds_a_layer_while_it_learns():
    walk = walk_to("learn")
    walk.tick()
    walk.turn(Action.UP)
    walk.tick()
    assert walk.layers == 2
    assert walk.changes(1) is not None
    walk.turn(Action.UP)
    walk.tick()
    assert walk.layers == 2


def test_the_changes_of_a_layer_begin_at_nothing(learned):
    assert np.abs(learned.changes(0)).max() > 0.01
    assert learned.changes(1) is None
    assert np.abs(walk_to("inputs").changes(0)).max() == 0


def test_arrows_choose_a_tune():
    walk = SongWalk(Bench())
    names = []
    for _ in range(4):
        names.append(walk.choice)
        walk.turn(Action.RIGHT)
    assert names == ["frere", "joy", "ah", "frere"]


def test_what_the_visitor_plays_is_taken_down_and_learned():
    bench = Bench()
    walk = SongWalk(bench)
    played(bench, 12)
    for _ in range(10):
        walk.tick()
    assert walk.choice == YOURS
    assert [note.pitch for note in walk.tune.notes] == [60 + k % 5 for k in range(12)]
    walk_to("learn", walk)
    walk.tick()
    assert len(walk.snapshot.tune.notes) == 12


def test_the_last_note_is_taken_down_however_soon_the_next_step_is_asked_for():
    bench = Bench()
    walk = SongWalk(bench)
    played(bench, 12)
    walk.advance()
    assert (walk.choice, len(walk.tune.notes)) == (YOURS, 12)
    assert len(walk.snapshot.tune.notes) == 12


def test_begun_again_the_visitors_tune_is_kept_though_other_notes_were_played_meanwhile():
    bench = Bench()
    walk = SongWalk(bench)
    played(bench, 12)
    for _ in range(10):
        walk.tick()
    taken = walk.tune
    walk_to("learn", walk)
    played(bench, 30, since=60 * SECOND)
    walk.restart()
    assert (walk.choice, walk.tune) == (YOURS, taken)
    walk.choose("joy")
    walk.restart()
    assert walk.choice == "joy"
    assert YOURS in walk.choices
    bench.clear()
    walk.restart()
    assert (walk.choice, YOURS in walk.choices) == ("frere", False)


@pytest.mark.parametrize(("notes", "offered"), [(0, False), (1, False), (500, True)])
def test_one_note_is_declined_and_five_hundred_are_cut(notes, offered):
    bench = Bench()
    walk = SongWalk(bench)
    played(bench, notes)
    for _ in range(10):
        walk.tick()
    assert (YOURS in walk.choices) == offered
    walk.choose(YOURS)
    assert (walk.choice == YOURS) == offered
    walk_to("learn", walk)
    walk.tick()
    assert walk.snapshot.updates == 0


def test_the_last_tune_is_taken_not_what_was_tried_before():
    bench = Bench()
    walk = SongWalk(bench)
    timeline = Timeline()
    zeros, ahead = np.zeros((1, 6, 4), np.float32), np.zeros(KEYS, np.float32)
    bench.ear.listen(timeline, 0)
    for serial in range(800):
        tried = serial < 790
        due = (serial if tried else serial + 20) * SECOND // 4
        pitch = 40 if tried else 60 + serial % 4
        timeline.take(Cue(serial, due, SECOND // 8, pitch, 80, Source.VISITOR, 1.0, zeros, ahead))
        if serial % 50 == 49:
            assert bench.ear.listen(timeline, due)
            timeline.forget(due)
    assert not bench.ear.listen(timeline, 300 * SECOND)
    for _ in range(10):
        walk.tick()
    assert [note.pitch for note in walk.tune.notes] == [60 + k % 4 for k in range(790, 800)]
    assert walk.played == 10


def test_what_was_played_before_counts_only_within_a_visit():
    for turn, count in ((Turn.ATTRACT, 0), (Turn.ANSWER, 1)):
        bench, timeline = Bench(), Timeline()
        timeline.take(TurnChange(0, turn))
        zeros = np.zeros((1, 6, 4), np.float32)
        ahead = np.zeros(KEYS, np.float32)
        timeline.take(Cue(0, SECOND, 1, 60, 80, Source.VISITOR, 1.0, zeros, ahead))
        bench.ear.listen(timeline, 2 * SECOND)
        assert bench.ear.count == count


def test_starting_over_forgets_what_was_learned():
    walk = walk_to("learn")
    walk.tick()
    walk.restart()
    assert walk.snapshot is None
    assert walk._bench.workshop.poll() == []
