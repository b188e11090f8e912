from __future__ import annotations

import numpy as np
import pytest
from mido import Message

pytest.importorskip("pysfizz", reason="the embedded synth needs pysfizz, absent here")

from installation.io.audio.instruments import (
    InstrumentError,
    SfzInstrument,
    built_in_instruments,
    default_instruments,
    find_instrument,
)
from installation.io.audio.mixer import InstrumentMixer
from messages.cues import NoteSource
from midi_data.drums import PART_PITCHES

SAMPLE_RATE_HZ = 48_000
START = 4800
FILES = {
    f"{source.name.lower()}-{name}": path
    for source in (NoteSource.VISITOR, NoteSource.NETWORK)
    for name, path in built_in_instruments(source).items()
}
EACH = pytest.mark.parametrize("path", list(FILES.values()), ids=list(FILES))


def render(notes, seconds=1.0, volume=1.0, path=None):
    """Sound of (channel, pitch, velocity, seconds held) begun together, from START on.

    With a path, that instrument plays all notes.
    """
    paths = default_instruments() if path is None else {0: path}
    instruments = {channel: SfzInstrument(path, SAMPLE_RATE_HZ) for channel, path in paths.items()}
    mixer = InstrumentMixer(instruments, SAMPLE_RATE_HZ, volume)
    for channel, pitch, velocity, held in notes:
        on = Message("note_on", channel=channel, note=pitch, velocity=velocity)
        mixer.schedule(on, START)
        end = START + round(held * SAMPLE_RATE_HZ)
        mixer.schedule(Message("note_off", channel=channel, note=pitch), end)
    mixer.render(START)
    return mixer.render(round(seconds * SAMPLE_RATE_HZ))


def pitch_of(sound):
    """MIDI number, with fraction, of the strongest partial."""
    mono = sound.mean(axis=1) * np.hanning(len(sound))
    spectrum = np.abs(np.fft.rfft(mono, 8 * len(mono)))
    return 69 + 12 * np.log2(spectrum.argmax() * SAMPLE_RATE_HZ / (8 * len(mono)) / 440)


def brightness(sound):
    """Spectral centroid, Hz."""
    power = np.abs(np.fft.rfft(sound.mean(axis=1) * np.hanning(len(sound)))) ** 2
    return (power * np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ)).sum() / power.sum()


def level(sound):
    return 20 * np.log10(np.sqrt(np.mean(sound**2)) + 1e-9)


@EACH
def test_a_note_sounds_within_two_frames(path):
    first = np.flatnonzero(np.abs(render([(0, 60, 100, 0.1)], 0.1, path=path)).max(axis=1))[0]
    assert first <= 2


@EACH
@pytest.mark.parametrize("pitch", [36, 48, 60, 72, 84, 96])
def test_notes_are_in_tune(pitch, path):
    sound = render([(0, pitch, 80, 0.5)], 0.5, path=path)
    assert abs(pitch_of(sound[2400:]) - pitch) < 0.1


@EACH
def test_velocity_is_respected(path):
    soft, loud = (level(render([(0, 60, v, 0.3)], 0.3, path=path)) for v in (40, 120))
    assert 6 < loud - soft < 20


@EACH
def test_pitches_are_of_like_loudness(path):
    levels = [level(render([(0, p, 80, 0.4)], 0.4, path=path)) for p in range(36, 97, 12)]
    assert max(levels) - min(levels) < 9


def test_all_instruments_are_of_like_loudness():
    levels = [level(render([(0, 66, 80, 0.4)], 0.4, path=path)) for path in FILES.values()]
    assert max(levels) - min(levels) < 6


@EACH
def test_a_harder_note_is_brighter_to_its_end(path):
    soft, mid, hard = (
        brightness(render([(0, 60, v, 1.0)], 1.0, path=path)[-SAMPLE_RATE_HZ // 2 :])
        for v in (40, 80, 120)
    )
    assert soft * 1.05 < mid
    assert mid * 1.05 < hard


@EACH
def test_the_sound_is_wide_and_has_a_middle(path):
    left, right = render([(0, 62, 80, 1.0)], 1.0, path=path).T
    assert 0.2 < level(left - right) - level(left + right) + 14 < 10


@EACH
def test_a_released_note_dies_away(path):
    sound = render([(0, 60, 100, 0.3)], 2.5, path=path)
    assert level(sound[-2400:]) < level(sound[4800:9600]) - 40


@EACH
def test_releases_do_not_click(path):
    sound = render([(0, 60, 100, 0.3)], 1.0, path=path)
    held = np.abs(np.diff(sound[9600:14000], n=2, axis=0)).max()
    around = np.abs(np.diff(sound[14300:15000], n=2, axis=0)).max()
    assert around < 1.5 * held


@EACH
def test_there_is_no_direct_current(path):
    sound = render([(0, 48, 100, 1.0)], 1.0, path=path)[START:]
    assert abs(np.average(sound, axis=0, weights=np.hanning(len(sound)))).max() < 2e-4


def test_forty_loud_notes_do_not_clip():
    notes = [(pitch % 2, pitch, 127, 0.5) for pitch in range(50, 90)]
    assert 0.3 < np.abs(render(notes, 0.6)).max() < 1.0


def test_volume_0_is_silent():
    assert not render([(0, 60, 127, 0.3)], 0.3, volume=0.0).any()


def test_rendering_twice_gives_the_same():
    notes = [(0, 60, 90, 0.2), (1, 67, 90, 0.3)]
    assert np.array_equal(render(notes, 0.5), render(notes, 0.5))


def test_the_pedal_holds_a_note():
    mixer = InstrumentMixer(
        {0: SfzInstrument(default_instruments()[0], SAMPLE_RATE_HZ)}, SAMPLE_RATE_HZ
    )
    mixer.schedule(Message("control_change", control=64, value=127), 0)
    mixer.schedule(Message("note_on", note=60, velocity=90), START)
    mixer.schedule(Message("note_off", note=60), 2 * START)
    assert level(mixer.render(SAMPLE_RATE_HZ)[-4800:]) > -45


def test_silence_is_silent():
    mixer = InstrumentMixer(
        {1: SfzInstrument(default_instruments()[1], SAMPLE_RATE_HZ)}, SAMPLE_RATE_HZ
    )
    mixer.schedule(Message("note_on", channel=1, note=60, velocity=90), START)
    mixer.render(SAMPLE_RATE_HZ // 2)
    mixer.silence()
    mixer.render(SAMPLE_RATE_HZ // 10)
    assert level(mixer.render(SAMPLE_RATE_HZ // 10)) < -70


def test_an_instrument_is_found_by_its_name():
    assert find_instrument(NoteSource.NETWORK, "night").name == "night.sfz"


def test_an_empty_name_is_the_first_choice():
    assert find_instrument(NoteSource.VISITOR, "") == find_instrument(NoteSource.VISITOR, "keys")


def test_a_file_of_ones_own_is_taken(tmp_path):
    assert find_instrument(NoteSource.VISITOR, str(tmp_path / "x.sfz")) == tmp_path / "x.sfz"


def test_an_unknown_name_is_refused_with_those_accepted():
    with pytest.raises(InstrumentError, match="sound.network = 'violin'.*glass, night, strings"):
        find_instrument(NoteSource.NETWORK, "violin")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InstrumentError, match="none.sfz"):
        SfzInstrument(tmp_path / "none.sfz", SAMPLE_RATE_HZ)


def test_a_file_without_regions_is_no_instrument(tmp_path):
    (tmp_path / "empty.sfz").write_text("// nothing")
    with pytest.raises(InstrumentError, match="no playable"):
        SfzInstrument(tmp_path / "empty.sfz", SAMPLE_RATE_HZ)


BAND = {
    f"{source.name.lower()}-{name}": path
    for source in (NoteSource.BASS, NoteSource.DRUMS)
    for name, path in built_in_instruments(source).items()
}
KITS = [path for name, path in BAND.items() if name.startswith("drums")]
BASSES = [path for name, path in BAND.items() if name.startswith("bass")]


def low_share(sound, limit):
    """Share of the energy below some Hz."""
    power = np.abs(np.fft.rfft(sound.mean(axis=1))) ** 2
    return power[np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ) < limit].sum() / power.sum()


@pytest.mark.parametrize("path", KITS, ids=lambda path: path.stem)
def test_each_part_of_a_kit_sounds_and_ends_by_itself(path):
    for pitch in PART_PITCHES:
        sound = render([(0, pitch, 100, 9.0)], 4.0, path=path)
        assert np.abs(sound[:4800]).max() > 0.02, pitch
        assert np.abs(sound[-4800:]).max() < 0.002, pitch


@pytest.mark.parametrize("path", KITS, ids=lambda path: path.stem)
def test_a_kick_lies_below_a_snare_and_a_snare_below_a_hat(path):
    kick, snare, hat = (brightness(render([(0, p, 100, 0.1)], path=path)) for p in (36, 38, 42))
    assert kick < 150 < snare < hat


@pytest.mark.parametrize("path", KITS, ids=lambda path: path.stem)
def test_a_closed_hat_ends_an_open_one(path):
    on = [Message("note_on", note=pitch, velocity=100) for pitch in (46, 42)]
    mixer = InstrumentMixer({0: SfzInstrument(path, SAMPLE_RATE_HZ)}, SAMPLE_RATE_HZ, 1.0)
    mixer.schedule(on[0], 0)
    mixer.schedule(on[1], 4800)
    closed = mixer.render(SAMPLE_RATE_HZ)[8640:12000]
    alone = render([(0, 46, 100, 1.0)], path=path)[8640:12000]
    assert level(closed) < level(alone) - 6


@pytest.mark.parametrize("path", BASSES, ids=lambda path: path.stem)
def test_a_low_bass_is_felt_below_sixty_hertz_and_in_tune(path):
    sound = render([(0, 31, 100, 1.0)], path=path)
    assert low_share(sound, 60) > 0.5
    assert pitch_of(sound) == pytest.approx(31, abs=0.15)


@pytest.mark.parametrize("path", BAND.values(), ids=list(BAND))
def test_the_band_is_as_loud_as_the_others(path):
    pitch = 36 if path in KITS else 33
    peak = np.abs(render([(0, pitch, 100, 0.5)], path=path)).max()
    assert 0.1 < peak < 0.5
