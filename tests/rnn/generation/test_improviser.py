from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from midi_data.notes import Note, Tune
from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.character_reader import CHARACTER_TOKENS
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import NoteDetails
from rnn.generation.improviser import Improviser
from rnn.model.sampling_params import SamplingParams


@pytest.fixture
def improviser(a_model, either_codec):
    return Improviser(a_model(either_codec))


def test_a_struck_key_moves_the_state_at_once(improviser):
    first = improviser.strike(60, 0.0)
    second = improviser.strike(64, 0.5)
    assert first.activations.shape == (2, 6, 16)
    assert np.abs(first.activations - second.activations).max() > 1e-4
    assert second.next_key_probabilities.sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("onset", [0.0, 0.01, -1.0])
def test_any_keys_at_any_time_are_heard(improviser, onset):
    for pitch in (60, 60, 55, 127, 0, 61):
        step = improviser.strike(pitch, onset)
        improviser.release(pitch, onset + 0.2)
    assert np.isfinite(step.surprise)


@pytest.mark.parametrize("silence", [3.9, 8.1, 17.8, 300.0])
def test_a_key_after_any_silence_is_heard(improviser, silence):
    improviser.strike(60, 1.0)
    improviser.release(60, 1.5)
    step = improviser.strike(64, 1.0 + silence)
    assert step.note.pitch == 64
    assert np.isfinite(step.surprise)


def test_a_key_before_the_end_of_the_last_note_is_heard(improviser):
    improviser.strike(60, 40.0)
    improviser.release(60, 44.0)
    step = improviser.strike(64, 20.0)
    assert 40.0 <= step.note.onset <= 44.0


def test_restoring_a_snapshot_repeats_the_notes(improviser, a_tune):
    improviser.restart_with_phrase(a_tune(60))
    kept = improviser.snapshot()

    def go_on():
        generator = np.random.default_rng(5)
        return [improviser.compose_note(generator, SamplingParams()).note for _ in range(6)]

    first = go_on()
    improviser.restore(kept)
    assert go_on() == first


def test_composed_notes_come_after_heard_ones(improviser, a_tune):
    phrase = a_tune(60)
    improviser.restart_with_phrase(phrase)
    generator = np.random.default_rng(0)
    notes = [improviser.compose_note(generator, SamplingParams()).note for _ in range(8)]
    assert notes[0].onset >= phrase.notes[-1].onset
    assert [note.onset for note in notes] == sorted(note.onset for note in notes)


@pytest.mark.parametrize("wait", [0.0, 0.5, 3.25])
def test_a_note_can_be_composed_on_a_given_beat(improviser, a_tune, wait):
    phrase = a_tune(60)
    for seed in range(5):
        improviser.restart_with_phrase(phrase)
        step = improviser.compose_note_at(
            phrase.end + wait, np.random.default_rng(seed), SamplingParams()
        )
        assert step.note.onset == pytest.approx(phrase.end + wait)


def test_the_same_keys_and_the_same_seed_give_the_same_steps(improviser):
    def performed():
        improviser.begin_tune()
        steps = []
        for place, pitch in enumerate((60, 64, 67)):
            steps.append(improviser.strike(pitch, place * 0.5))
            improviser.release(pitch, place * 0.5 + 0.4)
        generator = np.random.default_rng(7)
        return steps + [improviser.compose_note(generator, SamplingParams()) for _ in range(5)]

    for one, other in zip(performed(), performed(), strict=True):
        assert (one.note, one.surprise, one.text) == (other.note, other.surprise, other.text)
        np.testing.assert_array_equal(one.activations, other.activations)
        np.testing.assert_array_equal(one.next_key_probabilities, other.next_key_probabilities)


def test_the_text_spells_the_notes(a_model, a_tune):
    codec = CharacterCodec()
    improviser = Improviser(a_model(codec))
    improviser.begin_tune()
    steps = [improviser.strike(pitch, place * 0.5) for place, pitch in enumerate((60, 66, 67))]
    assert [step.text for step in steps] == ["M:4/4\nC", " ^F", " G"]
    improviser.restart_with_phrase(Tune((Note(60, 0, 1.5),)))
    steps = [improviser.compose_note(np.random.default_rng(k), SamplingParams()) for k in range(5)]
    text = "M:4/4\nC" + "".join(step.text for step in steps)
    assert text.startswith("M:4/4\nC3 ")
    read = codec.decode(np.array([CHARACTER_TOKENS[character] for character in text], np.int32))
    assert read.notes[1:] == tuple(step.note for step in steps)


def test_a_register_is_kept_to(improviser, a_tune):
    improviser.restart_with_phrase(a_tune(60))
    generator = np.random.default_rng(0)
    params = SamplingParams(centre=72.0, spread=1.5)
    notes = [improviser.compose_note(generator, params).note for _ in range(20)]
    assert all(abs(note.pitch - 72) < 9 for note in notes)


def test_a_note_is_explained_by_those_before_it(improviser, a_tune):
    improviser.restart_with_phrase(a_tune(60))
    improviser.compose_note(np.random.default_rng(0), SamplingParams())
    found = improviser.explain_last_note()
    assert len(found.shares) == len(a_tune(60).notes)
    assert np.isfinite(found.shares).all() and np.abs(found.shares).max() > 0


def test_a_preferred_scale_is_kept(improviser, a_tune):
    improviser.restart_with_phrase(a_tune(60))
    white = frozenset({0, 2, 4, 5, 7, 9, 11})
    params = SamplingParams(scale=white, strictness=30.0)
    generator = np.random.default_rng(0)
    notes = [improviser.compose_note(generator, params).note for _ in range(20)]
    assert all(note.pitch % 12 in white for note in notes)


def test_it_ends_only_where_it_may(improviser, a_tune):
    improviser.restart_with_phrase(a_tune(60))
    generator = np.random.default_rng(0)
    assert all(improviser.compose_note(generator, SamplingParams()).note for _ in range(60))
    ended = [
        improviser.compose_note(generator, SamplingParams(may_end=True, top_p=1)).note
        for _ in range(1)
    ]
    assert len(ended) == 1


@pytest.mark.parametrize("density", [-8.0, 8.0])
def test_no_sampling_params_prolong_a_note_for_ever(improviser, a_tune, density):
    params = SamplingParams(density=density, temperature=0.3, top_p=0.05)
    improviser.restart_with_phrase(a_tune(60))
    notes = [improviser.compose_note(np.random.default_rng(k), params).note for k in range(3)]
    assert all(notes)


def test_no_network_prolongs_a_held_key_for_ever(a_model, either_codec):
    parameters = a_model(either_codec).network.parameters
    for token in range(either_codec.outputs):  # such as a HOLD, which calls for another HOLD
        bias = parameters["readout.bias"].copy()
        bias[token] = 99.0
        checkpoint = a_model(either_codec)
        checkpoint.network.parameters["readout.bias"][:] = bias
        step = Improviser(checkpoint).strike(60, 0.0)
        assert np.isfinite(step.surprise)


def test_an_empty_phrase_is_refused(improviser):
    with pytest.raises(ValueError, match="at least one note"):
        improviser.restart_with_phrase(Tune())


def test_meters_are_drawn_as_often_as_the_style_has_them(a_model):
    checkpoint = a_model(NoteCodec())
    generator = np.random.default_rng(1)
    assert Improviser(checkpoint).draw_meter(generator) is None
    card = replace(checkpoint.card, meters={"6/8": 30, "4/4": 10})
    improviser = Improviser(replace(checkpoint, card=card))
    drawn = Counter(str(improviser.draw_meter(generator)) for _ in range(400))
    assert set(drawn) == {"6/8", "4/4"}
    assert 250 < drawn["6/8"] < 350


def test_a_style_is_sampled_as_its_card_says(a_model):
    checkpoint = a_model(NoteCodec())
    card = replace(checkpoint.card, sampling={"temperature": 1.1, "homing": 2.0})
    sampling = Improviser(replace(checkpoint, card=card)).own_sampling
    assert sampling == SamplingParams(temperature=1.1, homing=2.0)


def test_notes_have_the_velocity_and_deviation_that_the_network_wrote(a_model):
    improviser = Improviser(a_model(NoteCodec(details=NoteDetails(velocities=True, timing=12))))
    generator, params = np.random.default_rng(3), SamplingParams(top_p=1.0)
    steps = [improviser.compose_note(generator, params) for _ in range(30)]
    assert improviser.writes_velocities and improviser.writes_timing
    assert len({step.note.velocity for step in steps}) > 5
    assert len({step.deviation for step in steps}) > 3
    assert all(
        (step.note.onset * 12) == pytest.approx(round(step.note.onset * 12)) for step in steps
    )


def test_ends_off_the_grid_are_composed_and_heard(a_model):
    details = NoteDetails(timing=12, ends=True)
    improviser = Improviser(a_model(NoteCodec(details=details)))
    generator, params = np.random.default_rng(3), SamplingParams(top_p=1.0)
    improviser.strike(60, 0.0, 80)
    improviser.release(60, 1.03)
    steps = [improviser.compose_note(generator, params) for _ in range(30)]
    places = {round(step.note.end * 144) % 12 for step in steps}
    assert len(places) > 3
    phrase = Tune((Note(60, 0, 1.03), Note(62, 1.03, 0.98)))
    heard = improviser.restart_with_phrase(phrase)
    assert heard.note.end == pytest.approx(details.fit_tune(phrase).notes[-1].end)


def test_how_hard_a_key_is_struck_moves_the_state_where_velocities_are_written(a_model):
    improviser = Improviser(a_model(NoteCodec(details=NoteDetails(velocities=True))))
    soft, hard = (_activations_after(improviser, velocity) for velocity in (20, 110))
    assert np.abs(soft - hard).max() > 1e-4


def _activations_after(improviser, velocity):
    improviser.begin_tune()
    return improviser.strike(60, 0.0, velocity).activations


def test_a_phrase_of_several_parts_is_heard_as_it_is(a_model):
    improviser = Improviser(a_model(NoteCodec(details=NoteDetails(parts=2, timing=12))))
    notes = (Note(60, 0, 2, part=1), Note(60, 0.01, 1, part=0), Note(72, 1.51, 1, part=0))
    step = improviser.restart_with_phrase(Tune(notes))
    assert (step.note.pitch, step.note.onset, step.note.part) == (72, 1.5, 0)
