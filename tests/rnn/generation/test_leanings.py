from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import LOWEST_PITCH, Note, Tune
from rnn.codecs.note_codec import KEY_TREE, NoteCodec
from rnn.codecs.note_tokens import FIRST_DURATION_TOKEN
from rnn.generation.leanings import leaning_nats, length_leaning
from rnn.model.sampling_params import SamplingParams


def reader_after(notes, voices=0):
    """A reader after some notes and before the next key; pitch, onset and length in beats."""
    codec = NoteCodec(voices)
    reader = codec.new_reader()
    for token in codec.encode(Tune(tuple(Note(*note) for note in notes)))[:-1].tolist():
        reader.push(token)
    return reader


def nats_of(reader, params):
    nats = leaning_nats(reader, params)
    return lambda pitch: float(nats[pitch - LOWEST_PITCH])


def test_nothing_leans_without_leanings():
    assert leaning_nats(reader_after([(60, 0, 1)]), SamplingParams()) is None


def test_a_step_leans_by_its_size():
    params = SamplingParams(interval_nats=((0.1, 0.2, 0.3, 0.4, 0.5),))
    of = nats_of(reader_after([(60, 0, 1)]), params)
    sizes = (0, 1, 2, 3, 4, 5, 7, 8, 20)
    wanted = [0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5]
    assert [of(60 - size) for size in sizes] == pytest.approx(wanted)
    assert of(60 + 7) == pytest.approx(0.4)


@pytest.mark.parametrize(("second_bar", "expected"), [((61, 63, 66), 1.0), ((60, 62, 64), 2.0)])
def test_an_echo_leans_otherwise_within_a_repeat(second_bar, expected):
    first = [(60, 0, 1), (62, 1, 1), (64, 2, 1), (72, 3, 1)]
    notes = first + [(pitch, 4 + k, 1) for k, pitch in enumerate(second_bar)]
    params = SamplingParams(echo_nats=(1.0, 0, 0, 0), repeat_nats=(2.0, 0, 0, 0))
    of = nats_of(reader_after(notes), params)
    assert (of(72), of(71)) == (expected, 0.0)


def test_a_phrase_that_is_played_for_the_third_time_leans_as_a_loop():
    motif = (60, 62, 64, 72)
    notes = [(pitch, 4 * bar + k, 1) for bar in range(3) for k, pitch in enumerate(motif)]
    params = SamplingParams(repeat_nats=(2.0, 0, 0, 0), loop_nats=(-3.0, 0, 0, 0))
    assert nats_of(reader_after(notes[:7]), params)(72) == 2.0
    assert nats_of(reader_after(notes[:-1]), params)(72) == -3.0


@pytest.mark.parametrize(("notes", "expected"), [(5, 0.0), (6, 0.5), (7, 1.5)])
def test_a_repeat_at_another_pitch_leans_to_go_on_there(notes, expected):
    motif = [(60, 0, 1), (62, 1, 1), (64, 2, 1), (65, 3, 1)]
    higher = [(pitch + 5, 4 + onset, 1) for pitch, onset, _ in motif]
    of = nats_of(reader_after((motif + higher)[:notes]), SamplingParams(sequence_nats=(0.5, 1.5)))
    going_on = (motif + higher)[notes][0]
    assert (of(going_on), of(going_on - 5)) == (expected, 0.0)


@pytest.mark.parametrize(("upbeat", "expected"), [(0, 2.0), (3, 1.0)])
def test_an_echo_leans_by_the_bar_counted_from_the_first_whole_one(upbeat, expected):
    notes = [(60 + k, upbeat + k, 1) for k in range(4)]
    params = SamplingParams(echo_nats=((1.0, 0, 0, 0), (2.0, 0, 0, 0)))
    assert nats_of(reader_after(notes), params)(60) == expected


def test_a_length_leans_by_its_class():
    params = SamplingParams(length_nats=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6))
    reader = reader_after([(60, 0, 1)])
    reader.push(KEY_TREE.spellings[40][0])
    nats = length_leaning(reader, params)[FIRST_DURATION_TOKEN - 1 :]
    wanted = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.6]
    assert nats[[3, 6, 9, 12, 18, 24, 48]].tolist() == pytest.approx(wanted)


@pytest.mark.parametrize(("pitch", "expected"), [(72, 0.8), (71, 0.0)])
def test_a_repeated_note_leans_to_its_length(pitch, expected):
    first = [(60, 0, 1), (62, 1, 1), (64, 2, 0.5), (72, 2.5, 1.5)]
    reader = reader_after(first + [(key, 4 + onset, length) for key, onset, length in first[:3]])
    reader.push(KEY_TREE.spellings[pitch - LOWEST_PITCH][0])
    nats = length_leaning(reader, SamplingParams(rhythm_nats=0.8))[FIRST_DURATION_TOKEN - 1 :]
    assert (nats[18], nats[12]) == (pytest.approx(expected), 0.0)


def test_a_parallel_fifth_or_octave_loses_and_contrary_motion_does_not():
    reader = reader_after([(48, 0, 1), (55, 0, 1), (64, 0, 1), (72, 0, 1), (50, 1, 1)], voices=4)
    reader.push(NoteCodec(4).spell_onset(reader, 57, 1.0).tolist()[0])  # together with the bass
    of = nats_of(reader, SamplingParams(parallel_nats=4.0))
    assert (of(57), of(53), of(56)) == (-4.0, 0.0, 0.0)
    assert of(74) == 0.0  # nobody skips the tenor: the key would be the tenor's


def test_a_voice_leans_from_its_own_last_pitch():
    chord = [(48, 0, 1), (55, 0, 1), (64, 0, 1), (72, 0, 1)]
    rows = ((1.0, 0, 0, 0, 0), (2.0, 0, 0, 0, 0), (0.0,) * 5, (0.0,) * 5)
    reader = reader_after(chord, voices=4)
    assert nats_of(reader, SamplingParams(interval_nats=rows))(48) == 1.0


def test_leanings_are_finite_for_any_chord():
    generator = np.random.default_rng(1)
    params = SamplingParams(
        interval_nats=((0.5,) * 5,) * 4,
        echo_nats=(0.1,) * 4,
        repeat_nats=(0.1,) * 4,
        parallel_nats=3.0,
    )
    for count in range(1, 8):
        pitches = sorted(generator.choice(np.arange(30, 90), count, replace=False).tolist())
        reader = reader_after([(pitch, 0, 1) for pitch in pitches], voices=4)
        assert np.isfinite(leaning_nats(reader, params)).all()
