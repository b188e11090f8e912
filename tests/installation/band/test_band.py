from __future__ import annotations

import numpy as np
import pytest

from installation.band.band import Band, BandSection, drum_pace, half_bar, swung
from messages.clock import SECOND
from messages.cues import NoteSource
from messages.timed_note import TimedNote
from midi_data.beat_grid import BeatGrid
from midi_data.drums import DrumPart
from midi_data.key_detection import MusicalKey
from midi_data.notes import Meter
from rnn.generation.drummer import DrumImproviser, DrumSampling
from tests.dummy_drummer import dummy_drummer, dummy_drums_model

GRID = BeatGrid(0, SECOND // 2)
LOUD = BandSection(energy=1.0, key=MusicalKey(0))


class ListeningDrummer(DrumImproviser):
    """Keeps how each beat is sampled."""

    def __init__(self) -> None:
        super().__init__(dummy_drums_model())
        self.samplings: list[DrumSampling] = []

    def compose_beats(self, until, generator, sampling):
        self.samplings.append(sampling)
        return super().compose_beats(until, generator, sampling)

    def begin(self, meter, genre, tempo):
        self.told_genre = genre
        super().begin(meter, genre, tempo)

    @property
    def fills(self) -> list[int]:
        """Numbers of the beats that are filled."""
        return [beat for beat, sampling in enumerate(self.samplings) if sampling.fill]


@pytest.fixture
def band() -> Band:
    return Band(dummy_drummer(), "full", seed=3)


def play(band: Band, until: float, grid: BeatGrid | None = GRID) -> list[TimedNote]:
    """All notes of a band whose beats are composed in time, until some seconds."""
    notes = []
    while (at := band.compose_at) is not None and at < until * SECOND:
        notes += [each.note for each in band.compose_beat(grid, at)]
    return notes


def drums(notes: list[TimedNote]) -> list[TimedNote]:
    return [note for note in notes if note.source is NoteSource.DRUMS]


def test_a_section_begins_on_a_bar_line(band):
    band.begin_section(LOUD, GRID, round(0.4 * SECOND))
    assert min(note.due for note in play(band, 6)) >= 2 * SECOND - SECOND // 16


def test_the_same_seed_and_sections_play_the_same():
    found = []
    for seed in (3, 3, 4):
        band = Band(dummy_drummer(), "full", seed)
        band.begin_section(LOUD, GRID, 0)
        found.append(play(band, 8))
    assert found[0] == found[1] != found[2]


def test_without_a_drummer_or_switched_off_it_rests():
    for band in (Band(None, "full"), Band(dummy_drummer(), "off")):
        band.begin_section(LOUD, GRID, 0)
        band.accompany(SECOND)
        assert band.compose_at is None


def test_a_section_ends_with_the_last_note_of_the_melody(band):
    band.begin_section(LOUD, GRID, 0)
    notes = play(band, 3)
    band.end_section(8 * SECOND)
    notes += play(band, 60)
    assert band.compose_at is None
    assert max(note.due for note in notes) == 8 * SECOND
    assert [note.pitch for note in drums(notes) if note.due == 8 * SECOND][-2:] == [36, 49]


@pytest.mark.parametrize("last", [14.0, 14.5, 14.75])
def test_nothing_follows_the_last_note_of_the_melody_wherever_in_the_beat_it_is(band, last):
    band.begin_section(LOUD, GRID, 0)
    band.end_section(GRID.time_at_beat(last))
    notes = play(band, 60)
    end = [note for note in notes if note.due > GRID.time_at_beat(last - 0.1)]
    assert {note.due for note in end} == {GRID.time_at_beat(last)}
    assert [note.pitch for note in drums(end)] == [36, 49]


def test_a_melody_that_ends_before_the_first_bar_line_has_no_hit_in_the_past(band):
    band.begin_section(LOUD, GRID, SECOND // 10)
    band.end_section(SECOND // 2)
    assert band.compose_at > SECOND // 2
    assert play(band, 60) == []


def test_less_energy_is_softer_and_leaves_soft_hits_and_toms_out():
    loudness = {}
    for energy in (0.1, 1.0):
        band = Band(dummy_drummer(), "full", 3)
        band.begin_section(BandSection(energy=energy), GRID, 0)
        notes = drums(play(band, 30))
        loudness[energy] = np.mean([note.velocity for note in notes])
    assert loudness[0.1] < loudness[1.0]
    calm = Band(dummy_drummer(), "full", 3)
    calm.begin_section(BandSection(energy=0.1), GRID, 0)
    before_the_fill = drums(play(calm, 5))
    assert {note.pitch for note in before_the_fill} <= {36, 38, 42, 44, 51}
    ghosts = [note for note in before_the_fill if note.pitch != 36 and note.velocity < 25]
    assert ghosts == []


def test_it_goes_on_thinned_out_while_a_visitor_plays_and_rests_when_they_stop(band):
    band.begin_section(LOUD, GRID, 0)
    play(band, 4)
    band.rest(4 * SECOND)
    band.accompany(4 * SECOND)
    notes = play(band, 60, None)
    assert {note.pitch for note in notes} <= {36, 42, 44, 51}
    assert min(note.due for note in notes) > 4 * SECOND
    assert max(note.due for note in notes) <= 8 * SECOND  # two bars after the key


def test_a_soft_band_does_not_accompany():
    band = Band(dummy_drummer(), "soft", 3)
    band.begin_section(LOUD, GRID, 0)
    band.rest(0)
    band.accompany(SECOND)
    assert band.compose_at is None


def test_before_its_first_section_it_does_not_accompany(band):
    band.accompany(SECOND)
    assert band.compose_at is None
    band.begin_section(LOUD, GRID, 0)
    band.forget()
    band.accompany(SECOND)
    assert band.compose_at is None


def test_what_was_withdrawn_is_composed_anew(band):
    band.begin_section(LOUD, GRID, 0)
    play(band, 4)
    band.rest(round(4.1 * SECOND))
    band.accompany(round(4.1 * SECOND))
    again = play(band, 6, None)
    assert 4.1 * SECOND < min(note.due for note in again) < 5.1 * SECOND


@pytest.mark.parametrize("tempo", [30, 300])
def test_at_any_tempo_it_plays_as_many_hits_a_second_as_a_drummer_would(tempo):
    band = Band(dummy_drummer(), "full", 3)
    grid = BeatGrid(0, round(60 * SECOND / tempo))
    band.begin_section(LOUD, grid, 0)
    count = len(drums(play(band, 30, grid)))
    assert 30 < count < 900


@pytest.mark.parametrize("meter", [Meter(5, 8), Meter(7, 8), Meter(3, 4), Meter(11, 16)])
def test_odd_meters_are_played_on(band, meter):
    band.begin_section(BandSection(meter=meter), GRID, 0)
    assert len(play(band, 10)) > 10


@pytest.mark.parametrize(
    ("tempo", "meter", "pace", "told"),
    [
        (100, Meter(4, 4), 1, Meter(4, 4)),
        (30, Meter(4, 4), 2, Meter(4, 4)),
        (300, Meter(4, 4), 0.5, Meter(4, 4)),
        (80, Meter(5, 8), 2, Meter(5, 4)),
        (100, Meter(6, 8), 1, Meter(6, 8)),
    ],
)
def test_a_drummer_feels_a_tempo_of_people(tempo, meter, pace, told):
    assert drum_pace(tempo, meter) == (pace, told)


@pytest.mark.parametrize(
    ("meter", "halves"),
    [
        (Meter(4, 4), [(0, 2), (2, 4)]),
        (Meter(3, 4), [(0, 2), (2, 3)]),
        (Meter(2, 4), [(0, 1), (1, 2)]),
        (Meter(6, 8), [(0, 1.5), (1.5, 3)]),
        (Meter(9, 8), [(0, 3), (3, 4.5)]),
        (Meter(5, 8), [(0, 1.5), (1.5, 2.5)]),
        (Meter(7, 8), [(0, 2), (2, 3.5)]),
        (Meter(11, 16), [(0, 1.5), (1.5, 2.75)]),
        (Meter(3, 8), [(0, 1.5)]),
    ],
)
def test_the_halves_of_a_bar_are_whole_units_of_its_meter_in_every_bar(meter, halves):
    for bar in (0, 1, 5):
        begin = bar * meter.bar_beats
        expected = [(begin + low, begin + high) for low, high in halves]
        eighths = [begin + k / 8 for k in range(round(8 * meter.bar_beats))]
        assert list(dict.fromkeys(half_bar(meter, beat) for beat in eighths)) == expected


def test_the_second_eighth_is_swung_and_the_beats_stay():
    assert [swung(beat, 0.6) for beat in (0, 0.5, 1, -0.5)] == pytest.approx([0, 0.6, 1, -0.4])
    assert [swung(beat, 0.5) for beat in (0.25, 0.8)] == pytest.approx([0.25, 0.8])


def test_the_bass_plays_with_a_kick(band):
    band.begin_section(LOUD, GRID, 0)
    for k in range(60):
        note = TimedNote(60, 80, k * SECOND // 4, (k + 1) * SECOND // 4)
        band.hear(note, np.full(88, 1 / 88, np.float32), 0)
    notes = play(band, 15)
    kicks = {note.due for note in notes if note.pitch == 36}
    bass = [note for note in notes if note.source is NoteSource.BASS]
    assert bass
    assert {note.due for note in bass} <= kicks


def bass(notes: list[TimedNote]) -> list[TimedNote]:
    return [note for note in notes if note.source is NoteSource.BASS]


def sing(band: Band, chord: tuple[int, ...], begin: float, end: float, grid=GRID) -> None:
    """Have a band hear a chord's root on each eighth from one beat to another."""
    held = np.isin((np.arange(88) + 21) % 12, chord).astype(np.float32)
    for k in range(round(2 * begin), round(2 * end)):
        times = (grid.time_at_beat(k / 2), grid.time_at_beat((k + 1) / 2))
        band.hear(TimedNote(60 + chord[0], 80, *times), held / held.sum(), k)


def test_where_the_melody_rests_the_bass_follows_the_key_of_its_section(band):
    for start, key in ((0, MusicalKey(0)), (16, MusicalKey(6)), (32, MusicalKey(5))):
        begin = GRID.time_at_beat(start)
        band.begin_section(BandSection(energy=1.0, key=key), GRID, begin)
        played = bass(play(band, (start + 16) / 2 - 1))
        assert played
        assert {note.pitch % 12 for note in played} <= {key.tonic, (key.tonic + 7) % 12}


def test_a_half_bar_that_was_missed_leaves_no_chord_of_another_key(band):
    band.begin_section(LOUD, GRID, 0)
    sing(band, (5, 9, 0), 0, 8)
    play(band, 3)
    key = MusicalKey(6)
    band.begin_section(BandSection(energy=1.0, key=key), GRID, 4 * SECOND)
    late = [each.note for each in band.compose_beat(GRID, round(4.2 * SECOND))]
    assert {note.pitch % 12 for note in bass(late)} <= key.scale


@pytest.mark.parametrize("meter", [Meter(5, 8), Meter(7, 8), Meter(4, 4)])
def test_the_chord_changes_with_the_halves_of_the_bar(band, meter):
    band.begin_section(BandSection(meter=meter, energy=1.0, key=MusicalKey(0)), GRID, 0)
    chords, roots = ((0, 4, 7), (7, 11, 2)), {}
    for k in range(12):
        half = half_bar(meter, k // 2 * meter.bar_beats + k % 2 * (meter.bar_beats - 0.5))
        roots[half] = chords[k % 2][0]
        sing(band, chords[k % 2], *half)
    for note in bass(play(band, 6 * meter.bar_beats / 2 - 2)):
        root = roots[half_bar(meter, round(2 * GRID.beat_at_time(note.due)) / 2)]
        assert note.pitch % 12 in (root, (root + 7) % 12)


def test_the_last_note_of_the_bass_is_the_root_under_the_last_of_the_melody(band):
    band.begin_section(LOUD, GRID, 0)
    sing(band, (7, 11, 2), 0, 8)
    sing(band, (0, 4, 7), 8, 8.5)
    notes = play(band, 2)
    band.end_section(4 * SECOND)
    last = bass(notes + play(band, 60))[-1]
    assert (last.due, last.pitch % 12) == (4 * SECOND, 0)


@pytest.mark.parametrize(
    ("meter", "fills"),
    [
        (Meter(4, 4), [14, 15, 30, 31]),
        (Meter(3, 4), [11, 23]),
        (Meter(6, 8), [11, 23]),
        (Meter(5, 8), [9, 19, 29]),
    ],
)
def test_the_last_half_bar_of_every_fourth_bar_is_a_fill(meter, fills):
    drummer = ListeningDrummer()
    band = Band(drummer, "full", seed=3)
    band.begin_section(BandSection(meter=meter), GRID, 0)
    play(band, 30)
    assert [beat for beat in drummer.fills if beat < 32] == fills


@pytest.mark.parametrize(
    ("genre", "energy", "told"),
    [("auto", 0.2, "soul"), ("auto", 0.8, "rock"), ("jazz", 0.2, "jazz"), ("jazz", 0.8, "jazz")],
)
def test_the_drummer_is_told_the_genre_of_the_settings_or_one_by_the_energy(genre, energy, told):
    drummer = ListeningDrummer()
    band = Band(drummer, "full", 3, genre)
    band.begin_section(BandSection(energy=energy), GRID, 0)
    assert drummer.told_genre == told


@pytest.mark.parametrize(("begin", "fills"), [(0.0, [5, 6]), (-1.0, [4, 5])])
def test_the_last_half_bar_before_the_planned_end_of_a_melody_is_a_fill(begin, fills):
    drummer = ListeningDrummer()
    band = Band(drummer, "full", seed=3)
    at = GRID.time_at_beat(begin)
    band.begin_section(BandSection(length=7.0), GRID, at)
    play(band, 5)
    assert [beat for beat in drummer.fills if beat < 14] == fills


def test_the_end_that_is_known_counts_instead_of_the_planned_one():
    drummer = ListeningDrummer()
    band = Band(drummer, "full", seed=3)
    band.begin_section(BandSection(length=7.0), GRID, 0)
    band.end_section(GRID.time_at_beat(10.0))
    play(band, 60)
    assert (drummer.fills, len(drummer.samplings)) == ([8, 9], 10)


def test_a_thinned_band_plays_no_fill():
    drummer = ListeningDrummer()
    band = Band(drummer, "full", seed=3)
    band.begin_section(BandSection(length=7.0), GRID, 0)
    band.accompany(0)
    play(band, 60, None)
    assert len(drummer.samplings) > 4 and drummer.fills == []


def test_calm_drummers_play_toms_in_fills_only():
    parts = [{DrumPart.LOW_TOM, DrumPart.CRASH} & each.parts for each in _samplings(energy=0.1)]
    assert [beat for beat, allowed in enumerate(parts) if allowed] == [14, 15]


def _samplings(energy: float) -> list[DrumSampling]:
    """How a drummer is sampled in four bars."""
    drummer = ListeningDrummer()
    band = Band(drummer, "full", seed=3)
    band.begin_section(BandSection(energy=energy), GRID, 0)
    play(band, 15)
    return drummer.samplings[:16]


def test_the_second_eighths_are_swung_as_the_grid_is_and_the_beats_stay():
    onsets = {}
    for swing in (0.5, 0.64):
        band = Band(dummy_drummer(), "full", seed=3)
        grid = BeatGrid(0, SECOND // 2, swing)
        band.begin_section(LOUD, grid, 0)
        onsets[swing] = [grid.beat_at_time(note.due) for note in drums(play(band, 8, grid))]
    straight, swinging = onsets[0.5], onsets[0.64]
    assert swinging == pytest.approx([swung(beat, 0.64) for beat in straight], abs=1e-3)
    offbeats = [beat % 1 for beat in straight]
    assert sum(abs(place - 0.5) < 0.02 for place in offbeats) > 4


def test_after_a_long_rest_the_drummer_begins_anew_on_a_bar_line():
    drummer = ListeningDrummer()
    band = Band(drummer, "full", seed=3)
    band.begin_section(LOUD, GRID, 0)
    play(band, 4.0)
    band.rest(4 * SECOND)
    drummer.samplings.clear()
    band.accompany(121 * SECOND)  # 242 beats later, in a bar
    assert drummer.samplings == []  # not all that was missed
    notes = play(band, 124.0)
    assert notes and min(note.due for note in notes) >= 122 * SECOND - SECOND // 10
