"""Notes are found again in sound, whatever else sounds with them."""

from __future__ import annotations

import numpy as np
import pytest
import transcription

SAMPLE_RATE_HZ = 48_000


def tone(
    seconds: float, notes: list[tuple[float, int]], length: float = 0.3, fading: float = 0.08
) -> np.ndarray:
    """Notes of ten partials each, fading, then damped, over a little noise."""
    sound = 1e-4 * np.random.default_rng(1).standard_normal(round(seconds * SAMPLE_RATE_HZ))
    for at, pitch in notes:
        start = round(at * SAMPLE_RATE_HZ)
        time = (
            np.arange(min(round((length + 0.1) * SAMPLE_RATE_HZ), len(sound) - start))
            / SAMPLE_RATE_HZ
        )
        frequency = 440 * 2 ** ((pitch - 69) / 12)
        damped = np.exp(-np.maximum(0.0, time - length) / 0.02)
        shape = np.minimum(1.0, time / 0.002) * np.exp(-time / fading) * damped
        partials = sum(0.65**k * np.sin(2 * np.pi * (k + 1) * frequency * time) for k in range(10))
        sound[start : start + len(time)] += 0.2 * shape * partials
    return sound


def struck(transcription, sound: np.ndarray) -> list[tuple[float, set[int]]]:
    """What was found: onsets and pitches."""
    return [
        (one.onset, set(one.pitches)) for one in transcription.transcribed(sound, SAMPLE_RATE_HZ)
    ]


NOTES = [(0.5, 60), (0.83, 72), (1.1, 48), (1.42, 67), (1.9, 83)]


def test_onsets_are_found_to_a_few_milliseconds():
    found = transcription.note_onsets(tone(2.5, NOTES), SAMPLE_RATE_HZ)
    assert len(found) == len(NOTES)
    assert np.abs(found - [at for at, _ in NOTES]).max() < 0.006


def test_pitches_are_found_and_no_octave_is_mistaken():
    found = struck(transcription, tone(2.5, NOTES))
    assert [pitches for _, pitches in found] == [{pitch} for _, pitch in NOTES]


def test_notes_that_begin_while_others_sound_on_are_found():
    sound = tone(3.5, NOTES, length=1.5, fading=1.0)  # up to four at once, none much quieter
    found = struck(transcription, sound)
    assert np.abs(np.array([at for at, _ in found]) - [at for at, _ in NOTES]).max() < 0.006
    assert [pitches for _, pitches in found] == [{pitch} for _, pitch in NOTES]


def test_a_quiet_note_among_loud_ones_is_found():
    loud = tone(2.5, [(0.5, 48), (0.5, 55)], length=1.5, fading=2.0)
    quiet = 0.15 * tone(2.5, [(1.2, 76)], length=0.5, fading=0.5)
    found = struck(transcription, loud + quiet)
    assert len(found) == 2
    assert found[1][0] == pytest.approx(1.2, abs=0.006)
    assert found[1][1] == {76}


@pytest.mark.parametrize("chord", [{60, 64, 67}, {53, 60}, {48, 55, 64, 71}, {48, 60, 71}])
def test_all_notes_of_a_chord_are_found(chord):
    found = struck(transcription, tone(1.5, [(0.5, pitch) for pitch in chord], fading=0.4))
    assert [pitches for _, pitches in found] == [chord]


def test_the_same_key_struck_again_while_it_sounds_is_another_note():
    found = struck(transcription, tone(2.0, [(0.4, 60), (0.7, 60), (1.0, 60)], 0.29, 0.5))
    assert [pitches for _, pitches in found] == [{60}] * 3


@pytest.mark.parametrize("seed", [5, 6])
def test_random_overlapping_notes_are_all_found(seed):
    generator = np.random.default_rng(seed)
    pitches = [*generator.permutation(range(48, 84, 3)), *generator.permutation(range(49, 84, 3))]
    onsets = 0.3 + np.cumsum(generator.uniform(0.2, 0.4, len(pitches)))
    notes = [(float(at), int(pitch)) for at, pitch in zip(onsets, pitches, strict=True)]
    found = struck(transcription, tone(float(onsets[-1]) + 1, notes, length=0.6, fading=0.15))
    assert len(found) == len(notes)
    for (at, pitches), (sent, pitch) in zip(found, notes, strict=True):
        assert at == pytest.approx(sent, abs=0.008)
        assert pitch in pitches


def test_silence_and_noise_have_no_notes():
    assert len(transcription.note_onsets(np.zeros(SAMPLE_RATE_HZ), SAMPLE_RATE_HZ)) == 0
    assert len(transcription.note_onsets(np.zeros(10), SAMPLE_RATE_HZ)) == 0
