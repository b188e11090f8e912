from __future__ import annotations

from dataclasses import replace

import numpy as np

from midi_data.notes import Note
from rnn.evolution.evolution_data import encode_duets
from rnn.evolution.learned_leanings import (
    LEANING_NAMES,
    LENGTHS,
    MAX_LEANING_NATS,
    STEPS,
    count_steps_and_lengths,
    lean,
    learn_leanings,
    read_leanings,
    score_answers,
)
from rnn.evolution.tune_sampler import continue_phrases, melody_steps
from rnn.training.evaluation import score_tunes

REPEAT = np.eye(STEPS + LENGTHS)[0]


def with_repeats(duet, share: float, generator: np.random.Generator, weight: float = 1.0):
    """The duet with an answer of twelve quavers, of which a share repeat the note before."""
    pitch, notes = 65, []
    for k in range(12):
        if generator.random() >= share:
            pitch += int(generator.choice([-2, 2]))
        notes.append(Note(pitch, 4 + k / 2, 0.5))
    return replace(duet, answer=tuple(notes), weight=weight)


def test_steps_are_counted_from_the_phrase_on_and_the_last_length_is_left_out(a_duet):
    counts = dict(zip(LEANING_NAMES, count_steps_and_lengths(a_duet()), strict=True))
    assert sum(counts[name] for name in LEANING_NAMES[:STEPS]) == 8
    assert counts["lean_half"] == 7 and counts["lean_repeat"] == 0 and counts["lean_fifth"] == 2


def test_what_is_liked_is_leaned_to_within_bounds(a_duet):
    generator = np.random.default_rng(1)
    answers = [
        with_repeats(a_duet(), share, generator, weight=float(np.exp(4 * share)))
        for share in np.linspace(0, 1, 200)
    ]
    learned = dict(zip(LEANING_NAMES, learn_leanings(answers), strict=True))
    assert learned["lean_repeat"] > 0.1 > -0.1 > learned["lean_second"]
    assert max(map(abs, learned.values())) <= MAX_LEANING_NATS
    assert not learn_leanings([]).any()


def test_leanings_are_added_and_belong_to_the_model(origin):
    leaning = lean(lean(origin, REPEAT), REPEAT)
    np.testing.assert_array_equal(read_leanings(leaning), 2 * REPEAT)
    assert not read_leanings(origin).any()


def test_an_answer_is_written_and_scored_by_the_leanings(origin, a_duet):
    def repeats(model) -> float:
        phrases = [a_duet().phrase] * 8
        answers = continue_phrases(model, phrases, np.random.default_rng(1))
        return np.mean([step == 0 for notes in answers for step, _ in melody_steps(notes)])

    leaning = lean(origin, 3 * REPEAT)
    assert repeats(leaning) > repeats(origin) + 0.1
    repeated = [with_repeats(a_duet(), 1.0, np.random.default_rng(1))]
    assert score_answers(leaning, repeated) < score_answers(origin, repeated)


def test_without_leanings_answers_have_the_bits_of_the_network_that_never_ends(origin, a_duet):
    duets = [a_duet(60), a_duet(62)]
    bits = [
        score_tunes(origin.network, encode_duets(origin.codec, [duet])).bits_per_note
        for duet in duets
    ]
    scored = score_answers(origin, duets)
    assert np.all(0.97 * np.array(bits) < scored) and np.all(scored < bits)
    leaning = score_answers(lean(origin, 0 * REPEAT), duets)
    np.testing.assert_allclose(scored, leaning, rtol=1e-5)


def test_the_weights_of_duets_have_no_part_in_their_bits(origin, a_duet):
    assert score_answers(origin, [a_duet(weight=-1.0)]) == score_answers(origin, [a_duet()])
