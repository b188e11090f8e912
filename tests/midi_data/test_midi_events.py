from __future__ import annotations

import struct

import pytest

from midi_data.midi_events import MidiDamageError, read_header, read_track, track_chunks
from midi_data.notes import Meter

NOTE = b"\x00\x90\x3c\x40\x60\x80\x3c\x00"  # 96 ticks of middle C


def header(division: int, size: int = 6) -> bytes:
    return b"MThd" + struct.pack(">LHHH", size, 1, 1, division) + bytes(size - 6)


@pytest.mark.parametrize(
    ("division", "ticks"),
    [(480, 480.0), (0xE728, 500.0), (0xE801, 12.0)],  # SMPTE: 25 x 40, 24 x 1 ticks a second
)
def test_a_header_gives_the_ticks_of_a_beat(division, ticks):
    assert read_header(header(division)).ticks_per_beat == ticks


@pytest.mark.parametrize("division", [0, 0xE700])
def test_a_division_of_0_is_refused(division):
    with pytest.raises(MidiDamageError, match="its time division is 0"):
        read_header(header(division))


def test_a_longer_header_is_skipped():
    data = b"RIFF" + header(96, size=8)
    assert read_header(data).first_chunk_byte == len(data)


def test_unknown_chunks_are_skipped():
    data = b"XFIH" + struct.pack(">L", 2) + b"ab" + b"MTrk" + struct.pack(">L", 3) + b"abc"
    assert list(track_chunks(data, 0)) == [b"abc"]


def test_a_track_has_notes_tempo_meter_and_name():
    meta = (
        b"\x00\xff\x03\x02Hi"
        + b"\x00\xff\x51\x03\x07\xa1\x20"
        + b"\x00\xff\x58\x04\x06\x03\x18\x08"
    )
    track = read_track(meta + NOTE, 96)
    assert track.notes == [(0, 96, 60, 64)]
    assert (track.tempo, track.meter, track.name) == ((0, 500_000), (0, Meter(6, 8)), "Hi")


def test_events_before_damage_are_kept():
    assert read_track(NOTE + b"\x00\xf5", 96).notes == [(0, 96, 60, 64)]
