from __future__ import annotations

import pickle
import struct
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data import midi_files
from midi_data.midi_files import (
    MidiFileError,
    MidiPart,
    midi_paths,
    read_folder,
    read_tunes,
    write_parts,
    write_tune,
)
from midi_data.midi_songs import MIN_NOTE_BEATS, MeterChange
from midi_data.notes import Meter, Note, Tune, quantise_tune

END = b"\x00\xff\x2f\x00"


def midi_bytes(*tracks: bytes, kind: int = 1, division: int = 480) -> bytes:
    header = b"MThd" + struct.pack(">LHHH", 6, kind, len(tracks), division)
    return header + b"".join(b"MTrk" + struct.pack(">L", len(t)) + t for t in tracks)


def read(folder: Path, data: bytes) -> list[Tune]:
    path = folder / "some.mid"
    path.write_bytes(data)
    return read_tunes(path)


def rows(tune: Tune) -> list[tuple[int, float, float]]:
    return [(note.pitch, note.onset, note.duration) for note in tune.notes]


notes = st.builds(
    Note,
    pitch=st.integers(21, 108),
    onset=st.integers(0, 600).map(lambda tick: tick / 12),
    duration=st.integers(1, 60).map(lambda ticks: ticks / 12),
    velocity=st.integers(1, 127),
)
tunes = st.builds(
    Tune,
    notes=st.lists(notes, min_size=1, max_size=30),
    meter=st.builds(Meter, st.integers(1, 24), st.sampled_from([1, 2, 4, 8, 16])),
    tempo=st.floats(20, 400),
    name=st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20),
).map(quantise_tune)


@given(tune=tunes)
def test_a_written_tune_is_read_back_unchanged(
    tune: Tune, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("round") / "tune.mid"
    write_tune(path, tune)
    (back,) = read_tunes(path)
    assert quantise_tune(back).notes == tune.notes
    assert back.meter == tune.meter
    assert back.tempo == pytest.approx(tune.tempo, rel=1e-4)
    assert back.name == (tune.name or "tune")


def test_parts_are_tracks_after_a_conductor(tmp_path: Path) -> None:
    path = tmp_path / "parts.mid"
    parts = [
        MidiPart("visitor", (Note(60, 0, 1),), channel=0, program=4),
        MidiPart("network", (Note(67, 1, 1),), channel=1, program=11),
    ]
    write_parts(path, parts, 90.0, Meter(6, 8), "A visit")
    midi = mido.MidiFile(path)
    assert midi.type == 1
    assert [track.name for track in midi.tracks] == ["A visit", "visitor", "network"]
    assert [m.program for t in midi.tracks for m in t if m.type == "program_change"] == [4, 11]
    assert {m.channel for m in midi.tracks[2] if m.type == "note_on"} == {1}


def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="beat -1"):
        write_tune(tmp_path / "tune.mid", Tune((Note(60, -1, 2),)))
    with pytest.raises(ValueError, match="tempo"):
        write_tune(tmp_path / "tune.mid", Tune((Note(60, 0, 2),), tempo=1))
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "tune.mid"
    write_tune(path, Tune((Note(60, 0, 1),)))
    with pytest.raises(ValueError):
        write_tune(path, Tune((Note(60, -1, 1),)))
    assert rows(read_tunes(path)[0]) == [(60, 0, 1)]


def test_a_name_that_cannot_be_encoded_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "tune.mid"
    write_tune(path, Tune((Note(60, 0, 1),), name="half \udc80"))
    assert read_tunes(path)[0].name == "half ?"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_name_is_read_in_either_encoding(encoding: str, tmp_path: Path) -> None:
    name = "Éire".encode(encoding)
    title = b"\x00\xff\x03" + bytes([len(name)]) + name
    (tune,) = read(tmp_path, midi_bytes(title + b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x00" + END))
    assert tune.name == "Éire"


@pytest.mark.parametrize("channel, program", [(16, 0), (-1, 0), (0, 128)])
def test_a_part_out_of_range_is_refused(channel: int, program: int) -> None:
    with pytest.raises(ValueError, match="must be in"):
        MidiPart("", (), channel, program)


def test_tracks_of_type_1_are_merged(tmp_path: Path) -> None:
    one = b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x00" + END
    two = b"\x00\x91\x43\x40\x83\x60\x81\x43\x00" + END
    (tune,) = read(tmp_path, midi_bytes(one, two))
    assert rows(tune) == [(60, 0, 1), (67, 0, 1)]


def test_tracks_of_type_2_are_tunes(tmp_path: Path) -> None:
    one = b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x00" + END
    two = b"\x00\x91\x43\x40\x83\x60\x81\x43\x00" + END
    assert [rows(tune) for tune in read(tmp_path, midi_bytes(one, END, two, kind=2))] == [
        [(60, 0, 1)],
        [(67, 0, 1)],
    ]


def test_running_status_and_velocity_zero(tmp_path: Path) -> None:
    track = b"\x00\x90\x3c\x40\x83\x60\x3c\x00\x00\x3e\x40\x83\x60\x3e\x00" + END
    assert rows(read(tmp_path, midi_bytes(track))[0]) == [(60, 0, 1), (62, 1, 1)]


def test_running_status_continues_after_a_text_event(tmp_path: Path) -> None:
    track = b"\x00\x90\x3c\x40\x00\xff\x01\x02hi\x83\x60\x3c\x00\x83\x60\x3e\x40" + END
    assert rows(read(tmp_path, midi_bytes(track))[0]) == [(60, 0, 1), (62, 2, MIN_NOTE_BEATS)]


def test_a_velocity_out_of_range_is_limited(tmp_path: Path) -> None:
    track = b"\x00\x90\x3c\xff\x83\x60\x80\x3c\x00" + END
    (tune,) = read(tmp_path, midi_bytes(track))
    assert [note.velocity for note in tune.notes] == [127]


def test_a_missing_note_off_ends_with_its_track(tmp_path: Path) -> None:
    track = b"\x00\x90\x3c\x40\x83\x60\x90\x3e\x40\x83\x60\x80\x3e\x00" + END
    assert rows(read(tmp_path, midi_bytes(track))[0]) == [(60, 0, 2), (62, 1, 1)]


def test_overlapping_notes_of_one_pitch_end_in_order(tmp_path: Path) -> None:
    track = b"\x00\x90\x3c\x40\x83\x60\x90\x3c\x50\x83\x60\x80\x3c\x00\x83\x60\x80\x3c\x00" + END
    assert rows(read(tmp_path, midi_bytes(track))[0]) == [(60, 0, 2), (60, 1, 2)]


def test_a_note_without_length_gets_the_minimum(tmp_path: Path) -> None:
    track = b"\x00\x90\x3c\x40\x00\x80\x3c\x00" + END
    assert rows(read(tmp_path, midi_bytes(track))[0]) == [(60, 0, MIN_NOTE_BEATS)]


def test_percussion_is_left_out(tmp_path: Path) -> None:
    drums = b"\x00\x99\x24\x40\x83\x60\x89\x24\x00"
    piano = b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x00"
    assert rows(read(tmp_path, midi_bytes(drums + piano + END))[0]) == [(60, 1, 1)]
    with pytest.raises(MidiFileError, match="no notes"):
        read(tmp_path, midi_bytes(drums + END))


def test_the_first_tempo_and_meter_count(tmp_path: Path) -> None:
    late = b"\x83\x60\xff\x51\x03\x0f\x42\x40\x00\xff\x58\x04\x03\x02\x18\x08" + END
    first = (
        b"\x00\xff\x51\x03\x06\x1a\x80\x00\xff\x58\x04\x06\x03\x18\x08"
        b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x00" + END
    )
    (tune,) = read(tmp_path, midi_bytes(late, first))
    assert tune.tempo == pytest.approx(150)
    assert tune.meter == Meter(6, 8)


@pytest.mark.parametrize(
    "event",
    [
        b"\x00\xff\x58\x04\x00\x02\x18\x08",  # meter of 0 beats
        b"\x00\xff\x58\x04\x04\xff\x18\x08",  # of 2**255ths
        b"\x00\xff\x58\x00",
        b"\x00\xff\x51\x03\x00\x00\x00",  # tempo of 0 microseconds
        b"\x00\xff\x51\x01\x07",
        b"\x00\xff\x59\x02\x63\x07",  # a key of 99 sharps
        b"\x00\xff\x7f\x00",
        b"\x00\xff\x03\x03\xff\xfe\xfd",
        b"\x00\xf0\x03\x7e\x7f\xf7",
        b"\x00\xc0\xff",  # a data byte out of range in an ignored event
    ],
)
def test_invalid_events_are_ignored(event: bytes, tmp_path: Path) -> None:
    track = event + b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x00" + END
    (tune,) = read(tmp_path, midi_bytes(track))
    assert rows(tune) == [(60, 0, 1)]
    assert (tune.meter, tune.tempo) == (Meter(), 120)


def test_the_time_before_an_unknown_event_counts(tmp_path: Path) -> None:
    track = b"\x83\x60\xff\x60\x01\x00\x00\x90\x3c\x40\x83\x60\x80\x3c\x00" + END
    assert rows(read(tmp_path, midi_bytes(track))[0]) == [(60, 1, 1)]


def test_smpte_time_is_read_as_beats_at_tempo_120(tmp_path: Path) -> None:
    track = b"\x64\x90\x3c\x40\x64\x80\x3c\x00" + END  # 100 ticks
    (tune,) = read(tmp_path, midi_bytes(track, division=0xE728))  # 25 frames of 40 ticks
    assert rows(tune) == [(60, 0.2, 0.2)]


def test_notes_before_a_cut_are_kept(tmp_path: Path) -> None:
    track = b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x00\x00\x90\x3e\x40\x83\x60\x80\x3e\x00" + END
    whole = midi_bytes(track)
    assert rows(read(tmp_path, whole[:-9])[0]) == [(60, 0, 1), (62, 1, MIN_NOTE_BEATS)]


def test_a_track_longer_than_the_file_is_read(tmp_path: Path) -> None:
    data = bytearray(midi_bytes(b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x00" + END))
    data[18:22] = b"\xff\xff\xff\xff"
    assert rows(read(tmp_path, bytes(data))[0]) == [(60, 0, 1)]


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "empty file"),
        (b"not music", "not a MIDI file"),
        (b"MThd\x00\x00", "cut short in its header"),
        (midi_bytes(), "no tracks"),
        (midi_bytes(END), "no notes"),
        (midi_bytes(END, division=0), "time division is 0"),
    ],
)
def test_a_file_without_a_tune_is_refused_with_the_reason(
    data: bytes, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(MidiFileError, match=reason) as caught:
        read(tmp_path, data)
    assert caught.value.path == tmp_path / "some.mid"
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MidiFileError, match="no such file"):
        read_tunes(tmp_path / "none.mid")


@given(data=st.binary(max_size=300))
def test_any_bytes_give_tunes_or_the_one_error(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    for start in (b"", midi_bytes()[:14], midi_bytes(data)[:22]):
        try:
            found = read(folder, start + data)
        except MidiFileError:
            continue
        assert all(tune.notes for tune in found)


@given(
    tune=tunes,
    cut=st.integers(0, 2000),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=5),
)
def test_any_damage_gives_tunes_or_the_one_error(
    tune: Tune,
    cut: int,
    changes: list[tuple[int, int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.mid"
    write_tune(path, tune)
    data = bytearray(path.read_bytes())
    for place, value in changes:
        data[place % len(data)] = value
    path.write_bytes(data[: max(1, len(data) - cut)])
    try:
        found = read_tunes(path)
    except MidiFileError:
        return
    assert all(tune.notes for tune in found)


def test_a_folder_is_read_in_order_with_the_skipped_files(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    write_tune(tmp_path / "deeper" / "a.MID", Tune((Note(61, 0, 1),), name="second"))
    write_tune(tmp_path / "b.midi", Tune((Note(60, 0, 1),), name="first"))
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    (tmp_path / "notes.txt").write_text("not for us")
    folder = read_folder(tmp_path)
    assert [tune.name for tune in folder.tunes] == ["first", "second"]
    assert [skipped.path.name for skipped in folder.skipped] == ["broken.mid"]
    assert folder.report() == [
        "left out broken.mid: cut short in its header",
        "files left out: 1; read in part: 0; tunes read: 2",
    ]


def test_files_of_all_endings_are_read_and_hidden_ones_are_not(tmp_path: Path) -> None:
    for hidden in (".cache", "open/.trash"):
        (tmp_path / hidden).mkdir(parents=True)
        write_tune(tmp_path / hidden / "no.mid", Tune((Note(61, 0, 1),)))
    write_tune(tmp_path / ".no.mid", Tune((Note(61, 0, 1),)))
    names = ["a.KAR", "b.rmi", "c.Midi", "d.mid", "open/e.RMI"]
    for name in names:
        write_tune(tmp_path / name, Tune((Note(60, 0, 1),)))
    found = midi_paths(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in found] == names
    assert len(read_folder(tmp_path).tunes) == 5


def test_of_a_folder_later_meters_are_told(tmp_path):
    notes = tuple(Note(60 + k, float(k), 1.0) for k in range(20))
    later = (MeterChange(8.0, Meter(3, 4)), MeterChange(14.0, Meter()))
    write_parts(tmp_path / "a.mid", [MidiPart("", notes)], 120, Meter(), changes=later[:1])
    write_parts(tmp_path / "b.mid", [MidiPart("", notes)], 120, Meter(), changes=later)
    folder = read_folder(tmp_path)
    assert [tune.meter for tune in folder.tunes] == [Meter(), Meter()]
    assert [each.reason for each in folder.incomplete] == [
        "a change of meter (to 3/4; all bars are of 4/4)",
        "2 changes of meter (to 3/4, 4/4; all bars are of 4/4)",
    ]


def test_what_a_folder_lost_is_told_for_each_file(tmp_path: Path) -> None:
    drums = b"\x00\x99\x24\x40\x83\x60\x89\x24\x00"
    piano = b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x00"
    (tmp_path / "a.mid").write_bytes(midi_bytes(piano + b"\x00\xf5" + drums + END))
    (tmp_path / "b.mid").write_bytes(midi_bytes(drums + END))
    assert read_folder(tmp_path).report() == [
        "left out b.mid: no notes in it but 1 of drums (channel 10)",
        "a.mid: left out 1 events with impossible values, 1 notes of drums (channel 10)",
        "files left out: 1; read in part: 1; tunes read: 1",
    ]


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="nowhere"):
        read_folder(tmp_path / "nowhere")


def test_a_file_that_memory_does_not_hold_is_left_out(tmp_path, monkeypatch):
    write_tune(tmp_path / "long.mid", Tune((Note(60, 0, 1),)))

    def exhaust(data, stem):
        raise MemoryError

    monkeypatch.setattr(midi_files, "parse_songs", exhaust)
    assert [each.reason for each in read_folder(tmp_path).skipped] == [
        "too long for the memory of this machine"
    ]


def test_a_folder_that_is_not_there_has_no_paths(tmp_path):
    with pytest.raises(NotADirectoryError, match="nowhere: no such folder"):
        midi_paths(tmp_path / "nowhere")


def test_an_error_may_come_from_another_process():
    error = pickle.loads(pickle.dumps(MidiFileError(Path("a.mid"), "no notes")))
    assert (error.path, error.reason, str(error)) == (Path("a.mid"), "no notes", "a.mid: no notes")
