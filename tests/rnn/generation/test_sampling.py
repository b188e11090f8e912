from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midi_data.notes import LOWEST_PITCH
from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.note_codec import NoteCodec
from rnn.generation.improviser import Improviser
from rnn.generation.sampling import bias_logits, sample_token, token_probabilities
from rnn.model.sampling_params import SamplingParams

CODEC = NoteCodec()
TASTES = st.builds(
    SamplingParams,
    temperature=st.floats(0.2, 3.0),
    key_temperature=st.floats(0.05, 3.0),
    top_p=st.floats(0.01, 1.0),
    scale=st.frozensets(st.integers(0, 11), max_size=7),
    strictness=st.one_of(st.just(np.inf), st.floats(0, 100)),
    centre=st.one_of(st.none(), st.floats(0, 127)),
    spread=st.floats(0.01, 30),
    density=st.floats(-8, 8),
    register=st.floats(-4, 4),
    may_end=st.booleans(),
)


def drawn(logits, count=4000, **how):
    generator = np.random.default_rng(0)
    tokens = [sample_token(np.array(logits, np.float32), generator, **how) for _ in range(count)]
    return np.bincount(tokens, minlength=len(logits)) / count


def test_tokens_come_as_often_as_they_are_likely():
    np.testing.assert_allclose(drawn(np.log([0.5, 0.3, 0.2])), [0.5, 0.3, 0.2], atol=0.03)


def test_impossible_tokens_are_never_drawn():
    assert drawn([0.0, -np.inf, 0.0])[1] == 0


def test_a_low_temperature_takes_the_likeliest():
    assert drawn([1.0, 0.9, 0.0], temperature=0.01)[0] == 1.0


def test_a_nucleus_leaves_the_tail_out():
    shares_drawn = drawn(np.log([0.6, 0.25, 0.1, 0.05]), top_p=0.8)
    assert shares_drawn[2:].sum() == 0
    assert shares_drawn[0] == pytest.approx(0.6 / 0.85, abs=0.03)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30), st.floats(0.1, 1.0), st.integers(0))
def test_a_drawn_token_is_always_possible(logits, top_p, seed):
    token = sample_token(np.array(logits, np.float32), np.random.default_rng(seed), 1.0, top_p)
    assert 0 <= token < len(logits)


def test_nothing_to_draw_is_an_error():
    with pytest.raises(ValueError, match="no token may be drawn"):
        sample_token(np.full(3, -np.inf, np.float32), np.random.default_rng(0))


def test_probabilities_sum_to_one():
    assert token_probabilities(np.array([3.0, 900.0, -2.0], np.float32)).sum() == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(TASTES, st.integers(0, 2**32 - 1))
def test_any_params_draw_possible_tokens(params, seed):
    generator = np.random.default_rng(seed)
    reader = CODEC.new_reader()
    reader.push(1)
    for _ in range(25):
        mask = reader.mask()
        logits = np.where(mask, generator.normal(0, 3, CODEC.outputs), -np.inf).astype(np.float32)
        logits = bias_logits(logits, CODEC, reader, params)
        token = sample_token(logits, generator, params.temperature, params.top_p)
        reader.push(token)  # refuses what may not come
        if reader.ended:
            assert params.may_end
            return


@pytest.mark.parametrize("seed", range(6))
def test_any_params_complete_a_note(a_model, a_tune, either_codec, seed):
    generator = np.random.default_rng(seed)
    params = SamplingParams(
        temperature=float(generator.uniform(0.3, 2.0)),
        top_p=float(generator.uniform(0.05, 1.0)),
        scale=frozenset(generator.choice(12, 1 + seed, replace=False).tolist()),
        strictness=np.inf,
        centre=float(generator.uniform(40, 90)),
        density=float(generator.uniform(-8, 8)),
    )
    improviser = Improviser(a_model(either_codec, seed))
    improviser.restart_with_phrase(a_tune(60))
    for _ in range(6):
        note = improviser.compose_note(generator, params).note
        assert note.pitch % 12 in params.scale


@pytest.mark.parametrize(("density", "longer"), [(3.0, False), (-3.0, True)])
def test_density_biases_spelled_out_lengths(a_model, a_tune, density, longer):
    def beats(params: SamplingParams) -> float:
        improviser = Improviser(a_model(CharacterCodec()))
        improviser.restart_with_phrase(a_tune(60))
        generator = np.random.default_rng(1)
        return sum(improviser.compose_note(generator, params).note.duration for _ in range(12))

    assert (beats(SamplingParams(density=density)) > beats(SamplingParams())) is longer


def flat() -> np.ndarray:
    return np.zeros(CODEC.outputs, np.float32)


def begun():
    """A reader that waits for a first note."""
    reader = CODEC.new_reader()
    reader.push(1)
    return reader


def test_keys_are_sharpened_among_themselves():
    logits = np.random.default_rng(2).normal(0, 2, CODEC.outputs).astype(np.float32)
    logits[CODEC.end_token] = -np.inf
    before = token_probabilities(logits)
    after = token_probabilities(
        bias_logits(logits, CODEC, begun(), SamplingParams(key_temperature=0.5))
    )
    keys = CODEC.key_choices
    squared = before[keys] ** 2
    wanted = squared / squared.sum() * before[keys].sum()
    np.testing.assert_allclose(after[keys], wanted, atol=1e-5)
    np.testing.assert_allclose(after.sum() - after[keys].sum(), 1 - before[keys].sum(), atol=1e-5)


def test_a_locked_scale_leaves_nothing_outside_it():
    logits = bias_logits(
        flat(), CODEC, begun(), SamplingParams(scale=frozenset({0, 7}), strictness=np.inf)
    )
    keys = np.flatnonzero(np.isfinite(logits[CODEC.key_choices])) + 21
    assert set(keys % 12) == {0, 7}


def test_a_locked_scale_opens_where_it_would_leave_nothing():
    logits = np.full(CODEC.outputs, -np.inf, np.float32)
    logits[CODEC.key_choices.start + 1] = 0.0  # B flat alone may come
    logits = bias_logits(
        logits, CODEC, begun(), SamplingParams(scale=frozenset({0}), strictness=np.inf)
    )
    assert np.isfinite(logits).sum() == 1


@pytest.mark.parametrize(("density", "longer"), [(2.0, False), (-2.0, True)])
def test_density_makes_lengths_shorter_or_longer(density, longer):
    reader = CODEC.new_reader()
    for token in (1, CODEC.key_choices.start + 40):
        reader.push(token)
    mask = reader.mask()

    def mean(params):
        logits = np.where(mask, flat(), -np.inf).astype(np.float32)
        return float(
            token_probabilities(bias_logits(logits, CODEC, reader, params)) @ reader.token_beats()
        )

    assert (mean(SamplingParams(density=density)) > mean(SamplingParams())) is longer


def test_density_makes_rests_rarer():
    gaps = begun().token_beats() > 0
    gaps[CODEC.key_choices.stop :] = False
    busy = token_probabilities(bias_logits(flat(), CODEC, begun(), SamplingParams(density=2.0)))
    assert busy[gaps].sum() < 0.5 * token_probabilities(flat())[gaps].sum()


def test_a_register_moves_the_keys_by_nats_an_octave():
    reader = CODEC.new_reader()
    plain = bias_logits(np.zeros(CODEC.outputs, np.float32), CODEC, reader, SamplingParams())
    params = SamplingParams(register=0.5)
    higher = bias_logits(np.zeros(CODEC.outputs, np.float32), CODEC, reader, params)
    gained = higher[CODEC.key_choices] - plain[CODEC.key_choices]
    assert gained[60 - LOWEST_PITCH] == 0.0
    assert gained[84 - LOWEST_PITCH] == pytest.approx(1.0)
