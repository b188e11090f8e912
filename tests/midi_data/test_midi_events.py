from __future__ import annotations

import pytest

from midi_data.midi_chunks import TrackChunk
from midi_data.midi_events import MAX_UNENDED_BEATS, TrackContents, read_track
from midi_data.notes import Meter

NOTE = b"\x00\x90\x3c\x40\x60\x80\x3c\x00"  # 96 ticks of middle C
NEXT = b"\x00\x90\x3e\x40\x60\x80\x3e\x00"  # then as much of D
LAST = b"\x00\x90\x40\x40\x60\x80\x40\x00"
END = b"\x00\xff\x2f\x00"


def read(data: bytes) -> TrackContents:
    return read_track(TrackChunk(data, len(data)), 96)


def rows(track: TrackContents) -> list[tuple[int, int, int]]:
    return [(note.start, note.end, note.pitch) for note in track.notes]


def test_a_track_has_notes_tempo_meter_and_name():
    meta = (
        b"\x00\xff\x03\x02Hi"
        + b"\x00\xff\x51\x03\x07\xa1\x20"
        + b"\x00\xff\x58\x04\x06\x03\x18\x08"
    )
    track = read(meta + NOTE)
    assert rows(track) == [(0, 96, 60)]
    assert (track.tempos, track.meters, track.name) == ([(0, 500_000)], [(0, Meter(6, 8))], "Hi")
    assert (track.lost_bytes, track.lost_events) == (0, 0)


@pytest.mark.parametrize(
    "damage",
    [
        b"\x00\xf5",
        b"\x00\xf4\xf4",
        b"\x00\xfd",
        b"\x00\xff\xff\xff",
        b"\x00\xff\x01\xff\xff\x7f",  # a text longer than the track
        b"\x00\xff\x01\x0d",  # a text whose length swallows the next note
        b"\x00\x90\xf5\xf4",
        b"\xff" * 11,
    ],
)
def test_reading_goes_on_after_a_bad_event(damage):
    track = read(NOTE + damage + NEXT + LAST + END)
    assert rows(track) == [(0, 96, 60), (96, 192, 62), (192, 288, 64)]
    assert track.lost_bytes + track.lost_events > 0


@pytest.mark.parametrize("byte", [b"\xfe", b"\xf8", b"\xf6", b"\xf3\x01", b"\xf3"])
def test_system_messages_in_a_track_are_skipped(byte):
    expected = [(0, 96, 60), (96, 192, 62)]
    assert rows(read(NOTE + b"\x00" + byte + NEXT + END)) == expected


@pytest.mark.parametrize("byte", [b"\xfe", b"\xf8", b"\xf6", b"\xf3"])
def test_a_system_message_between_a_time_and_its_event_is_skipped(byte):
    assert rows(read(NOTE + b"\x00" + byte + NEXT[1:] + END)) == [(0, 96, 60), (96, 192, 62)]


@pytest.mark.parametrize("byte", [b"\xfe", b"\xf8"])
def test_a_real_time_byte_inside_a_message_is_skipped(byte):
    track = read(NOTE[:2] + byte + NOTE[2:] + NEXT + END)
    assert rows(track) == [(0, 96, 60), (96, 192, 62)]


def test_a_pitch_above_127_is_left_out_and_counted():
    track = read(b"\x00\x90\xfd\x40\x60\x80\xfd\x00" + NEXT + END)
    assert rows(track) == [(96, 192, 62)]
    assert track.lost_events == 2


@pytest.mark.parametrize("empty_bytes", [4, 9])
def test_a_time_of_many_bytes_is_read(empty_bytes):
    track = read(b"\x80" * empty_bytes + b"\x60" + NOTE[1:] + END)
    assert rows(track) == [(96, 192, 60)]


def test_a_time_beyond_all_music_is_left_out_and_counted():
    track = read(NOTE + b"\xff\xff\xff\x7f" + NEXT[1:] + END)
    assert rows(track) == [(0, 96, 60), (96, 192, 62)]
    assert track.lost_events == 1


@pytest.mark.parametrize("tempo", [b"\x00\x00\x00", b"\xff\xff\xff"])
def test_an_impossible_tempo_is_left_out_and_counted(tempo):
    track = read(b"\x00\xff\x51\x03" + tempo + NOTE + END)
    assert (track.tempos, track.lost_events, rows(track)) == ([], 1, [(0, 96, 60)])


def test_a_note_never_ended_has_a_longest_length():
    track = read(b"\x00\x90\x3c\x40" + b"\x84\x80\x00\xff\x2f\x00")  # 65,536 ticks
    assert rows(track) == [(0, MAX_UNENDED_BEATS * 96, 60)]
    assert not track.notes[0].released


@pytest.mark.parametrize("stated", [3, 9, 13, 1000])
def test_a_wrong_length_of_the_track_loses_nothing(stated):
    track = read_track(TrackChunk(NOTE + NEXT + END, stated), 96)
    assert rows(track) == [(0, 96, 60), (96, 192, 62)]
    assert track.lost_bytes == 0


def test_a_track_without_an_end_stops_at_its_length():
    track = read_track(TrackChunk(NOTE + b"junk", len(NOTE)), 96)
    assert (rows(track), track.lost_bytes) == ([(0, 96, 60)], 4)
