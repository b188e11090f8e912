from __future__ import annotations

import numpy as np
import pytest
from mido import Message

pytest.importorskip("pysfizz", reason="the embedded synth needs pysfizz, absent here")

from installation.io.audio.instruments import DEFAULT_INSTRUMENTS, InstrumentError, SfzInstrument
from installation.io.audio.mixer import InstrumentMixer

RATE = 48_000
START = 4800
BOTH = pytest.mark.parametrize("channel", sorted(DEFAULT_INSTRUMENTS))


def render(notes, seconds=1.0, volume=1.0):
    """Sound of (channel, pitch, velocity, seconds held) begun together, from START on."""
    mixer = InstrumentMixer(
        {channel: SfzInstrument(path, RATE) for channel, path in DEFAULT_INSTRUMENTS.items()},
        RATE,
        volume,
    )
    for channel, pitch, velocity, held in notes:
        on = Message("note_on", channel=channel, note=pitch, velocity=velocity)
        mixer.schedule(on, START)
        end = START + round(held * RATE)
        mixer.schedule(Message("note_off", channel=channel, note=pitch), end)
    mixer.render(START)
    return mixer.render(round(seconds * RATE))


def pitch_of(sound):
    """MIDI number, with fraction, of the strongest partial."""
    mono = sound.mean(axis=1) * np.hanning(len(sound))
    spectrum = np.abs(np.fft.rfft(mono, 8 * len(mono)))
    return 69 + 12 * np.log2(spectrum.argmax() * RATE / (8 * len(mono)) / 440)


def level(sound):
    return 20 * np.log10(np.sqrt(np.mean(sound**2)) + 1e-9)


@BOTH
def test_a_note_sounds_within_two_frames(channel):
    first = np.flatnonzero(np.abs(render([(channel, 60, 100, 0.1)], 0.1)).max(axis=1))[0]
    assert first <= 2


@BOTH
@pytest.mark.parametrize("pitch", [36, 48, 60, 72, 84, 96])
def test_notes_are_in_tune(channel, pitch):
    sound = render([(channel, pitch, 80, 0.5)], 0.5)
    assert abs(pitch_of(sound[2400:]) - pitch) < 0.1


@BOTH
def test_velocity_is_respected(channel):
    soft, loud = (level(render([(channel, 60, v, 0.3)], 0.3)) for v in (40, 120))
    assert 6 < loud - soft < 20


@BOTH
def test_pitches_are_of_like_loudness(channel):
    levels = [level(render([(channel, p, 80, 0.4)], 0.4)) for p in range(36, 97, 12)]
    assert max(levels) - min(levels) < 9


def test_both_voices_are_of_like_loudness():
    visitor, network = (level(render([(c, 66, 80, 0.4)], 0.4)) for c in sorted(DEFAULT_INSTRUMENTS))
    assert abs(visitor - network) < 3


@BOTH
def test_a_released_note_dies_away(channel):
    sound = render([(channel, 60, 100, 0.3)], 2.5)
    assert level(sound[-2400:]) < level(sound[4800:9600]) - 40


@BOTH
def test_releases_do_not_click(channel):
    sound = render([(channel, 60, 100, 0.3)], 1.0)
    held = np.abs(np.diff(sound[9600:14000], n=2, axis=0)).max()
    around = np.abs(np.diff(sound[14300:15000], n=2, axis=0)).max()
    assert around < 1.5 * held


@BOTH
def test_there_is_no_direct_current(channel):
    sound = render([(channel, 48, 100, 0.8)], 1.0)
    assert abs(sound.mean()) < 1e-4


def test_forty_loud_notes_do_not_clip():
    notes = [(pitch % 2, pitch, 127, 0.5) for pitch in range(50, 90)]
    assert 0.3 < np.abs(render(notes, 0.6)).max() < 1.0


def test_volume_0_is_silent():
    assert not render([(0, 60, 127, 0.3)], 0.3, volume=0.0).any()


def test_rendering_twice_gives_the_same():
    notes = [(0, 60, 90, 0.2), (1, 67, 90, 0.3)]
    assert np.array_equal(render(notes, 0.5), render(notes, 0.5))


def test_the_pedal_holds_a_note():
    mixer = InstrumentMixer({0: SfzInstrument(DEFAULT_INSTRUMENTS[0], RATE)}, RATE)
    mixer.schedule(Message("control_change", control=64, value=127), 0)
    mixer.schedule(Message("note_on", note=60, velocity=90), START)
    mixer.schedule(Message("note_off", note=60), 2 * START)
    assert level(mixer.render(RATE)[-4800:]) > -45


def test_silence_is_silent():
    mixer = InstrumentMixer({1: SfzInstrument(DEFAULT_INSTRUMENTS[1], RATE)}, RATE)
    mixer.schedule(Message("note_on", channel=1, note=60, velocity=90), START)
    mixer.render(RATE // 2)
    mixer.silence()
    mixer.render(RATE // 10)
    assert level(mixer.render(RATE // 10)) < -70


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InstrumentError, match="none.sfz"):
        SfzInstrument(tmp_path / "none.sfz", RATE)


def test_a_file_without_regions_is_no_instrument(tmp_path):
    (tmp_path / "empty.sfz").write_text("// nothing")
    with pytest.raises(InstrumentError, match="no playable"):
        SfzInstrument(tmp_path / "empty.sfz", RATE)
