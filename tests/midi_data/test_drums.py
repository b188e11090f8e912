from __future__ import annotations

import pytest

from midi_data.drums import (
    PART_PITCHES,
    PARTS_BY_PITCH,
    DrumPart,
    is_fill,
    read_drum_tunes,
    tune_genre,
    write_drum_tune,
)
from midi_data.midi_events import DRUM_CHANNEL
from midi_data.midi_files import MidiFileError, MidiPart, write_parts, write_tune
from midi_data.notes import Meter, Note, Tune


def test_each_part_has_a_number_of_general_midi_that_is_read_as_it():
    assert [PARTS_BY_PITCH[pitch] for pitch in PART_PITCHES] == list(DrumPart)


def test_the_genre_is_the_first_word_that_is_one():
    assert tune_genre("drummer1-session2-12_jazz-funk_116_beat_4-4") == "jazz"
    assert tune_genre("my demo") == "other"


def test_a_fill_is_called_one():
    assert is_fill("17_rock_120_fill_4-4")
    assert not is_fill("17_rock_120_beat_4-4")
    assert not is_fill("filled")


def test_a_drum_tune_is_read_as_it_was_written(tmp_path):
    hits = (Note(36, 0.0, 1 / 8, 100), Note(38, 1.025, 1 / 8, 61), Note(42, 1.025, 1 / 8, 33))
    write_drum_tune(tmp_path / "a.mid", Tune(hits, Meter(6, 8), 90.0, "a jazz beat"))
    (tune,) = read_drum_tunes(tmp_path / "a.mid")
    assert [(hit.pitch, hit.onset, hit.velocity) for hit in tune.notes] == [
        (hit.pitch, hit.onset, hit.velocity) for hit in hits
    ]
    assert (tune.meter, tune.tempo) == (Meter(6, 8), pytest.approx(90.0, rel=1e-4))


def test_hits_of_one_part_of_the_kit_get_one_number_and_other_percussion_is_left_out(tmp_path):
    hits = tuple(Note(pitch, k, 0.1) for k, pitch in enumerate((35, 40, 54, 59)))
    part = MidiPart("kit", hits, DRUM_CHANNEL)
    write_parts(tmp_path / "a.mid", [part], 120.0, Meter())
    (tune,) = read_drum_tunes(tmp_path / "a.mid")
    assert [hit.pitch for hit in tune.notes] == [36, 38, 51]


def test_a_melody_holds_no_drums(tmp_path):
    write_tune(tmp_path / "a.mid", Tune((Note(60, 0, 1),)))
    with pytest.raises(MidiFileError, match="no drums in it"):
        read_drum_tunes(tmp_path / "a.mid")
