from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mido import Message, MetaMessage, MidiFile, MidiTrack

from installation.io.midi.file_input import MidiFileInput, MidiFileInputError, read_messages


def write(path, *messages):
    midi = MidiFile(ticks_per_beat=100)
    midi.tracks.append(MidiTrack([MetaMessage("set_tempo", tempo=100_000), *messages]))
    midi.save(path)
    return path


def on(pitch, ticks=0, channel=0):
    return Message("note_on", note=pitch, velocity=80, time=ticks, channel=channel)


def off(pitch, ticks=0):
    return Message("note_off", note=pitch, time=ticks)


def test_notes_come_at_the_times_they_are_written_at(tmp_path):
    path = write(tmp_path / "tune.mid", on(60), off(60, 50), on(62, 25), off(62, 50))
    received = []
    start = time.monotonic_ns()
    MidiFileInput(path, received.append).play(start)
    assert [one.at - start for one in received] == [0, 50_000_000, 75_000_000, 125_000_000]
    assert [one.message.note for one in received] == [60, 60, 62, 62]
    assert time.monotonic_ns() - start >= 125_000_000


def test_a_missing_last_note_off_is_added(tmp_path):
    received = []
    MidiFileInput(write(tmp_path / "a.mid", on(60)), received.append).play(time.monotonic_ns())
    assert [one.message.type for one in received] == ["note_on", "note_off"]


def test_drums_are_left_out(tmp_path):
    path = write(tmp_path / "a.mid", on(36, channel=9), on(60), off(60, 10))
    assert [one.message.note for one in read_messages(path)] == [60, 60]


def test_closing_stops_the_file(tmp_path):
    received = []
    keys = MidiFileInput(write(tmp_path / "a.mid", on(60, 100_000)), received.append)
    keys.start(time.monotonic_ns())
    keys.close()
    assert received == []


def test_a_file_that_is_not_there_or_has_no_notes_is_named(tmp_path):
    with pytest.raises(MidiFileInputError, match=r"none\.mid: no such file"):
        read_messages(tmp_path / "none.mid")
    with pytest.raises(MidiFileInputError, match=r"still\.mid: no notes"):
        read_messages(write(tmp_path / "still.mid"))


GOOD = (
    b"MThd\0\0\0\x06\0\x01\0\x01\0\x64"  # type 1, one track, 100 ticks a beat
    b"MTrk\0\0\0\x17"
    b"\0\xff\x51\x03\x01\x86\xa0"  # tempo
    b"\0\x90\x3c\x50" + b"\x32\x80\x3c\x40" + b"\x19\x90\x3e\x50" + b"\0\xff\x2f\0"
)
"""A file of two notes."""
DIVISION, TEMPO = slice(12, 14), slice(26, 29)
"""Bytes of the time division and of the tempo in `GOOD`."""


def damaged(place: slice, insert: bytes) -> bytes:
    return GOOD[: place.start] + insert + GOOD[place.stop :]


@pytest.mark.parametrize("division", [b"\0\0", b"\xe7\0"])
def test_a_file_without_a_usable_time_base_is_refused_with_the_reason(tmp_path, division):
    path = tmp_path / "bad.mid"
    path.write_bytes(damaged(DIVISION, division))
    with pytest.raises(MidiFileInputError) as raised:
        read_messages(path)
    assert str(raised.value) == f"{path}: its time division is 0"


@pytest.mark.parametrize(
    ("data", "offsets_ms"),
    [
        (damaged(DIVISION, b"\xe7\x28"), [0, 50, 75, 75]),  # SMPTE: 1,000 ticks a second
        (damaged(TEMPO, b"\0\0\0"), [0, 250, 375, 375]),  # the default of 120
        (damaged(TEMPO, b"\xff\xff\xff"), [0, 250, 375, 375]),
    ],
)
def test_a_file_of_an_odd_time_base_is_played_at_its_times(tmp_path, data, offsets_ms):
    path = tmp_path / "odd.mid"
    path.write_bytes(data)
    found = [round(each.offset_ns / 1e6) for each in read_messages(path)]
    assert found[:3] == offsets_ms[:3]


def test_the_undamaged_file_is_read(tmp_path):
    path = tmp_path / "good.mid"
    path.write_bytes(GOOD)
    found = [one.message.type for one in read_messages(path)]
    assert found == ["note_on", "note_off", "note_on", "note_off"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(place=st.integers(0, len(GOOD) - 1), size=st.integers(1, 4), insert=st.binary(max_size=4))
@example(place=12, size=2, insert=b"\0\0")  # division 0
@example(place=13, size=1, insert=b"\0")
@example(place=12, size=2, insert=b"\xe7\x28")  # SMPTE
@example(place=26, size=3, insert=b"\0\0\0")  # tempo 0
def test_a_damaged_file_is_read_or_refused_in_one_line(tmp_path, place, size, insert):
    path = tmp_path / "bad.mid"
    path.write_bytes(damaged(slice(place, place + size), insert))
    try:
        messages = read_messages(path)
    except MidiFileInputError as error:
        assert str(error).startswith(f"{path}: ") and "\n" not in str(error)
    else:
        offsets = [one.offset_ns for one in messages]
        assert offsets == sorted(offsets) and offsets[0] >= 0
