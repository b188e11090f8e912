from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
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
    heard = []
    start = time.monotonic_ns()
    MidiFileInput(path, heard.append).play(start)
    assert [one.at - start for one in heard] == [0, 50_000_000, 75_000_000, 125_000_000]
    assert [one.message.note for one in heard] == [60, 60, 62, 62]
    assert time.monotonic_ns() - start >= 125_000_000


def test_a_file_that_forgets_its_last_note_off_leaves_nothing_hanging(tmp_path):
    heard = []
    MidiFileInput(write(tmp_path / "a.mid", on(60)), heard.append).play(time.monotonic_ns())
    assert [one.message.type for one in heard] == ["note_on", "note_off"]


def test_drums_are_left_out(tmp_path):
    path = write(tmp_path / "a.mid", on(36, channel=9), on(60), off(60, 10))
    assert [one.message.note for one in read_messages(path)] == [60, 60]


def test_closing_stops_it(tmp_path):
    heard = []
    keys = MidiFileInput(write(tmp_path / "a.mid", on(60, 100_000)), heard.append)
    keys.start(time.monotonic_ns())
    keys.close()
    assert heard == []


def test_a_file_that_is_not_there_or_has_no_notes_is_named(tmp_path):
    with pytest.raises(MidiFileInputError, match=r"none\.mid: No such file"):
        read_messages(tmp_path / "none.mid")
    with pytest.raises(MidiFileInputError, match=r"still\.mid: there are no notes"):
        read_messages(write(tmp_path / "still.mid"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(tmp_path, data):
    good = write(tmp_path / "good.mid", on(60), off(60, 50), on(62, 25)).read_bytes()
    place = data.draw(st.integers(0, len(good) - 1))
    bad = good[:place] + data.draw(st.binary(max_size=4)) + good[place + data.draw(st.just(1)) :]
    path = tmp_path / "bad.mid"
    path.write_bytes(bad)
    try:
        read_messages(path)
    except MidiFileInputError as error:
        assert "\n" not in str(error)
