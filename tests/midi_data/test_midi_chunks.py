from __future__ import annotations

import struct

import pytest

from midi_data.midi_chunks import MidiDamageError, read_header, track_chunks

END = b"\x00\xff\x2f\x00"


def header(division: int, size: int = 6) -> bytes:
    return b"MThd" + struct.pack(">LHHH", size, 1, 1, division) + bytes(size - 6)


def chunk(body: bytes, size: int | None = None, name: bytes = b"MTrk") -> bytes:
    return name + struct.pack(">L", len(body) if size is None else size) + body


def bodies(data: bytes) -> tuple[list[bytes], list[str]]:
    left_out: list[str] = []
    return [each.data for each in track_chunks(data, 0, left_out)], left_out


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


def test_a_wrong_size_of_the_header_leads_to_the_first_track():
    data = header(96)[:4] + struct.pack(">L", 60_000) + header(96)[8:] + chunk(b"abc")
    assert read_header(data).first_chunk_byte == 14


def test_unknown_chunks_are_skipped_and_named():
    data = chunk(b"ab", name=b"XFIH") + chunk(b"abc")
    assert bodies(data) == ([b"abc"], ["a chunk named XFIH"])


@pytest.mark.parametrize("size", [0, 2, 9, 40, 0xFFFFFFFF])
def test_a_wrong_length_loses_no_track(size):
    one, two = b"one" + END, b"two" + END
    assert bodies(chunk(one, size) + chunk(two)) == ([one, two], [])


def test_bytes_between_tracks_are_skipped_and_counted():
    data = b"?!?" + chunk(b"one" + END)
    assert bodies(data) == ([b"one" + END], ["3 bytes between its tracks"])
