from __future__ import annotations

import struct
import zlib
from dataclasses import replace

import pytest

from installation.visits.duet import (
    MAX_DUET_NOTES,
    DuetEncodingError,
    DuetMusic,
    DuetNote,
    create_duet_address,
)
from messages.cues import NoteSource
from midi_data.notes import Meter

NOTE = DuetNote(60, 80, 0, 250, NoteSource.VISITOR)
MUSIC = DuetMusic(
    (NOTE, DuetNote(127, 1, 4_000_000, 65_535, NoteSource.NETWORK)),
    612_345,
    -480,
    Meter(6, 8),
    has_ghost=True,
)


def with_checksum(content: bytes) -> bytes:
    return content + struct.pack("<I", zlib.crc32(content))


def test_music_is_decoded_as_it_was():
    assert DuetMusic.decode(MUSIC.encode()) == MUSIC


def test_a_note_takes_nine_bytes():
    assert len(DuetMusic((NOTE,) * 9).encode()) - len(DuetMusic((NOTE,)).encode()) == 8 * 9


def test_notes_beyond_the_limit_are_left_out():
    music = DuetMusic((NOTE,) * 5000)
    assert len(DuetMusic.decode(music.encode()).notes) == MAX_DUET_NOTES


def test_each_damaged_byte_is_found():
    data = MUSIC.encode()
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 0x40
        with pytest.raises(DuetEncodingError, match="checksum"):
            DuetMusic.decode(bytes(damaged))


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [(0, 9, "version 9"), (9, 0, "meter"), (10, 3, "meter"), (11, 3, "notes"), (14, 5, "5")],
)
def test_impossible_values_are_refused_whatever_the_checksum(place, value, reason):
    content = bytearray(MUSIC.encode()[:-4])
    content[place] = value
    with pytest.raises(DuetEncodingError, match=reason):
        DuetMusic.decode(with_checksum(bytes(content)))


def test_music_of_before_ghosts_were_marked_has_none():
    content = MUSIC.encode()[:-4]
    older = b"\x01" + content[1:13] + content[14:]  # without the mark
    assert DuetMusic.decode(with_checksum(older)) == replace(MUSIC, has_ghost=False)


@pytest.mark.parametrize("content", [b"", b"\x02", MUSIC.encode()[:13]])
def test_nothing_and_a_beginning_are_no_duet(content):
    with pytest.raises(DuetEncodingError, match="no duet"):
        DuetMusic.decode(with_checksum(content))
    with pytest.raises(DuetEncodingError, match="no duet"):
        DuetMusic.decode(content)


def test_addresses_differ_and_are_long():
    addresses = {create_duet_address() for _ in range(100)}
    assert len(addresses) == 100
    assert min(map(len, addresses)) >= 22
