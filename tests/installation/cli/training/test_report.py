from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from installation.cli.training.report import TrainingSummary, training_sentences

SUMMARY = TrainingSummary(
    output=Path("my tunes.safetensors"),
    tunes=20,
    notes=1838,
    left_out=[("bad.mid", "not a MIDI file")],
    duplicates=2,
    minutes=0.4,
    start="irish",
    start_bits=2.929,
    bits=2.886,
    judged_tunes=20,
    baselines={"ngram": 6.284, "cached": 4.432},
)


def test_a_training_from_a_style_in_sentences():
    assert training_sentences(replace(SUMMARY, bits=2.5)) == [
        "It learned from 20 tunes with 1,838 notes in 0.4 minutes, starting from irish.",
        "Left out 1 file: bad.mid (not a MIDI file).",
        "Left out 2 copies of other tunes.",
        "A note of music it did not learn takes it 2.50 bits (20 tunes). irish alone took 2.93.",
        "That is 3.78 bits better than an 8-gram (6.28).",
        "That is 1.93 bits better than an 8-gram that remembers the tune so far (4.43).",
        "Next: hidden-state play --model 'my tunes.safetensors'",
    ]


def test_a_sample_is_named():
    told = training_sentences(replace(SUMMARY, sample=Path("my tunes.wav")))
    assert "my tunes.wav is what it sounds like." in told


def test_a_small_gain_is_called_small():
    assert "irish alone took 2.93: little was gained." in training_sentences(SUMMARY)[3]


def test_a_score_of_one_tune_is_called_rough():
    line = training_sentences(replace(SUMMARY, judged_tunes=1, start=""))[3]
    assert line == "A note of music it did not learn takes it 2.89 bits (1 tune, a rough figure)."


def test_a_single_tune_is_not_called_unknown():
    told = training_sentences(replace(SUMMARY, tunes=1, judged_tunes=0, baselines={}))
    assert "A note of it takes 2.89 bits; there is no other tune to judge it by." in told


def test_of_many_files_left_out_some_are_named():
    files = [(f"{k}.mid", "no notes in it") for k in range(5)]
    line = training_sentences(replace(SUMMARY, left_out=files))[1]
    assert line.startswith("Left out 5 files: 0.mid (no notes in it), 1.mid")
    assert line.endswith("and 2 more, listed above.")


@pytest.mark.parametrize(
    ("start", "advice"),
    [("", "train longer (--minutes), or try --from base"), ("irish", "more files of this")],
)
def test_worse_than_an_n_gram_is_said_with_advice(start, advice):
    lines = training_sentences(replace(SUMMARY, bits=7.0, start=start))
    assert "That is 0.72 bits worse than an 8-gram (6.28)." in lines
    assert lines[-1].startswith("Next: ") and advice in lines[-1]


def test_an_equal_score_is_called_so():
    lines = training_sentences(replace(SUMMARY, bits=6.3))
    assert "That is as good as an 8-gram (6.28)." in lines
