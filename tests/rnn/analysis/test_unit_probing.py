from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Meter, Note, Tune
from rnn.analysis.trace import trace_tune
from rnn.analysis.unit_probing import note_traits, probe_units
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import NoteDetails


def test_the_traits_of_notes():
    notes = (Note(67, 0, 1), Note(71, 1, 0.5), Note(69, 1.5, 2), Note(60, 16, 4))
    traits = note_traits(Tune(notes, Meter(4, 4)))
    assert traits["interval"].tolist() == [12, 16, 10, 3]
    assert traits["degree"].tolist() == [7, 11, 9, 0]
    assert traits["beat"].tolist() == [0, 2, 3, 0]
    assert traits["phrase"].tolist() == [0, 0, 0, 4]
    assert traits["register"].tolist() == [4, 4, 4, 4]
    assert (traits["length"][1:] - traits["length"][:-1] != 0).all()


def test_in_chords_an_interval_is_to_the_nearest_note_before():
    notes = (Note(48, 0, 1), Note(64, 0, 1), Note(47, 1, 1), Note(65, 1, 1))
    assert (note_traits(Tune(notes))["interval"] - 12).tolist() == [0, 0, -1, 1]


def test_the_same_seed_makes_the_same_atlas(a_model, random_tune):
    model, tunes = a_model(NoteCodec()), [random_tune(seed) for seed in range(9)]
    first, second, other = (
        probe_units(model.network, model.codec, tunes, seed, notes=60) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.certainty, second.certainty)
    assert first.notes == 60
    assert (first.certainty != other.certainty).any()


def test_contexts_end_with_the_note_that_moved_the_unit(a_model):
    codec = NoteCodec(details=NoteDetails(timing=12))
    pair = (Note(72, 0, 1), Note(60, 1 / 144, 1))  # in one tick: written the other way round
    model, tune = a_model(codec), Tune(pair, name="a pair")
    atlas = probe_units(model.network, codec, [tune])
    trace = trace_tune(model.network, codec, tune)
    for unit in range(atlas.units):
        strongest = int((trace.unit_activations(0, unit) * atlas.polarity[unit]).argmax())
        (context,) = atlas.strongest_contexts(0, unit)
        assert [note.pitch for note in context.notes] == [60, 72][: strongest + 1]


def test_probing_without_notes_is_refused(a_model):
    model = a_model(NoteCodec())
    with pytest.raises(ValueError, match="no notes"):
        probe_units(model.network, model.codec, [Tune()])
