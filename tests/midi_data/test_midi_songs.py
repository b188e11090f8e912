from __future__ import annotations

import contextlib
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.midi_chunks import MidiDamageError
from midi_data.midi_songs import MeterChange, MidiSong, TempoChange, parse_songs
from midi_data.notes import Meter, Tune

BEAT = b"\x83\x60"  # 480 ticks
C = b"\x00\x90\x3c\x40" + BEAT + b"\x80\x3c\x00"
D = b"\x00\x90\x3e\x40" + BEAT + b"\x80\x3e\x00"
E = b"\x00\x90\x40\x40" + BEAT + b"\x80\x40\x00"
DRUM = b"\x00\x99\x24\x40" + BEAT + b"\x89\x24\x00"
END = b"\x00\xff\x2f\x00"
PEDAL_DOWN, PEDAL_UP = b"\x00\xb0\x40\x7f", b"\x00\xb0\x40\x00"


def midi_bytes(*tracks: bytes, kind: int = 1, division: int = 480) -> bytes:
    header = b"MThd" + struct.pack(">LHHH", 6, kind, len(tracks), division)
    return header + b"".join(b"MTrk" + struct.pack(">L", len(t)) + t for t in tracks)


def tempo(microseconds: int) -> bytes:
    return b"\x00\xff\x51\x03" + microseconds.to_bytes(3, "big")


def meter(beats: int, power: int) -> bytes:
    return b"\x00\xff\x58\x04" + bytes([beats, power, 24, 8])


def song(*tracks: bytes, kind: int = 1, division: int = 480) -> MidiSong:
    (only,) = parse_songs(midi_bytes(*tracks, kind=kind, division=division), "stem")
    return only


def rows(tune: Tune) -> list[tuple[int, float, float]]:
    return [(note.pitch, note.onset, note.duration) for note in tune.notes]


def test_of_two_tempi_and_meters_at_one_tick_the_last_counts():
    both = tempo(500_000) + tempo(1_000_000) + meter(4, 2) + meter(3, 2)
    found = song(both + C + END, END)
    assert (found.tune.tempo, found.tune.meter) == (60, Meter(3, 4))
    assert song(both + END, tempo(250_000) + C + END).tune.tempo == 240


def test_later_changes_are_kept():
    found = song(C + tempo(250_000) + meter(3, 2) + D + END)
    assert found.tempos == (TempoChange(0, 120), TempoChange(1, 240))
    assert found.meters == (MeterChange(0, Meter()), MeterChange(1, Meter(3, 4)))
    assert [found.seconds_at(beat) for beat in (0, 1, 2)] == [0, 0.5, 0.75]


def test_a_short_first_bar_is_an_upbeat():
    found = song(meter(1, 2) + C + meter(4, 2) + D + END)
    assert found.tune.meter == Meter(4, 4)
    assert rows(found.tune) == [(60, 3, 1), (62, 4, 1)]
    assert (found.upbeat_shift, found.seconds_at(3)) == (3, 0)
    assert found.meters == (MeterChange(3, Meter()),)


def test_a_first_bar_as_long_as_the_next_is_no_upbeat():
    found = song(meter(1, 2) + C + D + meter(4, 2) + E + END)
    assert (found.tune.meter, found.upbeat_shift) == (Meter(1, 4), 0)


def test_later_meters_are_those_that_notes_are_in():
    assert song(meter(4, 2) + C + D + END).later_meters == ()
    assert song(meter(4, 2) + C + meter(4, 2) + D + meter(3, 2) + END).later_meters == ()
    changing = meter(4, 2) + C + meter(3, 2) + D + meter(4, 2) + E + END
    assert song(changing).later_meters == (Meter(3, 4), Meter(4, 4))
    assert song(meter(1, 2) + C + meter(4, 2) + D + END).later_meters == ()  # an upbeat


def test_the_pedal_lengthens_notes_until_it_rises_or_the_key_is_struck_again():
    found = song(PEDAL_DOWN + C + D + C + PEDAL_UP + END)
    assert rows(found.tune) == [(60, 0, 2), (62, 1, 2), (60, 2, 1)]


def test_the_pedal_of_another_track_on_the_same_channel_counts():
    pedal = PEDAL_DOWN + b"\x8f\x00" + PEDAL_UP[1:] + END  # 1,920 ticks
    assert rows(song(C + END, pedal).tune) == [(60, 0, 4)]


def test_a_pedal_that_never_rises_has_a_bound():
    assert rows(song(PEDAL_DOWN + C + b"\x8f\x80\x00\xff\x2f\x00").tune) == [(60, 0, 8)]


def test_a_silent_track_of_half_an_hour_changes_nothing():
    silent = b"\xb4\xde\x00\xff\x2f\x00"  # 864,000 ticks
    found = song(C + END, silent)
    assert (rows(found.tune), found.left_out) == ([(60, 0, 1)], ())


def test_drums_are_a_part_and_not_in_the_tune():
    found = song(C + END, DRUM + DRUM + END)
    assert rows(found.tune) == [(60, 0, 1)]
    assert [(part.name, part.is_drums) for part in found.parts] == [("", False), ("drums", True)]
    assert found.drum_notes == 2


def test_parts_have_channel_program_and_name():
    found = song(b"\x00\xff\x03\x04Lead\x00\xc1\x18\x00\x91\x3c\x40" + BEAT + b"\x81\x3c\x00" + END)
    (part,) = found.parts
    assert (part.name, part.channel, part.program) == ("Lead", 1, 24)


def test_smpte_ticks_become_beats_of_the_tempo():
    found = song(
        tempo(1_000_000) + b"\x87\x68\x90\x3c\x40" + b"\x87\x68\x80\x3c\x00" + END, division=0xE728
    )  # 1,000 ticks a second
    assert (rows(found.tune), found.tune.tempo) == ([(60, 1, 1)], 60)
    assert found.seconds_at(1) == 1


def test_any_number_of_tracks_is_read():
    data = bytearray(midi_bytes(C + END, D + END, E + END))
    for stated in (0, 1, 60_000):
        data[10:12] = stated.to_bytes(2, "big")
        (found,) = parse_songs(bytes(data), "")
        assert len(found.tune.notes) == 3


def test_a_riff_wrapper_with_chunks_in_front_is_read():
    plain = midi_bytes(C + END)
    text = b"LIST" + struct.pack("<L", 400) + b"MTrk?" * 80
    inside = b"RMID" + text + b"data" + struct.pack("<L", len(plain)) + plain
    (found,) = parse_songs(b"RIFF" + struct.pack("<L", len(inside)) + inside, "")
    assert (rows(found.tune), found.left_out) == ([(60, 0, 1)], ())


def test_what_was_left_out_is_counted():
    wild = b"\x00\x90\xfd\x40" + C + b"\x00\xf5" + D + b"\x00\x90\x40\x40" + BEAT + END[1:]
    found = song(wild)
    assert found.left_out == (
        "2 events with impossible values",
        "the ends of 1 notes",
    )
    assert rows(found.tune) == [(60, 0, 1), (62, 1, 1), (64, 2, 1)]
    junk = C + b"\x00\xf5\xf5\xf5\xf5" + D + E + END
    assert song(junk).left_out


def test_damage_costs_few_notes_and_is_never_silent():
    """Of 2,000 edits none loses two notes without a word, and two at most lose more than three.

    Edits are drawn with a fixed seed: a damaged byte can be valid MIDI, as a wrong time is, so that
    some edit can always be found that costs more.
    """
    generator, data = random.Random(7), midi_bytes((C + D + E) * 4 + END)
    costly = []
    for _ in range(2000):
        at, removed = generator.randint(22, 21 + 12 * 8), generator.randint(0, 4)
        inserted = generator.randbytes(generator.randint(0, 4))
        (found,) = parse_songs(data[:at] + inserted + data[at + removed :], "")
        lost = 12 - len(found.tune.notes)
        assert lost <= 1 or found.left_out, (at, removed, inserted)
        costly += [(at, removed, inserted)] * (lost > 3)
    assert len(costly) <= 2, costly


@pytest.mark.parametrize(
    "damage", [b"\xff\x00", b"\xff\x01", b"\xff\x7f", b"\xff\x2f", b"\xff\x2f\x00", b"\xf7"]
)
def test_a_damaged_event_does_not_swallow_the_notes_after_it(damage: bytes):
    data = midi_bytes((C + D + E) * 4 + END)
    (found,) = parse_songs(data[:30] + damage + data[30:], "")
    assert 12 - len(found.tune.notes) <= 2
    assert found.left_out


def test_the_end_of_a_note_that_was_lost_is_counted():
    assert song(b"\x00\xb0" + C[2:] + D + END).left_out == ("1 ends of notes that were not begun",)


@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes):
    for start in (b"", midi_bytes()[:14], midi_bytes(data)[:22]):
        with contextlib.suppress(MidiDamageError):
            notes = [note for song in parse_songs(start + data, "") for note in song.tune.notes]
            assert all(note.duration > 0 for note in notes)


@pytest.mark.parametrize("division", [1, 32767, 0xE001, 0xFFFF])
def test_any_division_is_read(division):
    assert len(song(C + END, division=division).tune.notes) == 1
