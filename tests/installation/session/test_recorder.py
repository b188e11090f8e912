from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import mido
import pytest

from installation.engine.publisher import Milestone
from installation.session import recorder as recorder_module
from installation.session.file_writer import BuildFileFunction, RecordingWriter
from installation.session.recorder import MidiRecorder
from installation.visits.claimed_path import ClaimedPath
from messages.clock import SECOND
from messages.cues import NoteSource, RhythmBelief
from messages.timed_note import TimedNote
from midi_data.midi_files import read_songs
from midi_data.tempo_map import TempoMap

NOON = datetime(2031, 5, 6, 12, 0, 0)
START = 100 * SECOND


def note(seconds: float, pitch: int, source: NoteSource = NoteSource.NETWORK) -> TimedNote:
    due = START + round(seconds * SECOND)
    return TimedNote(pitch, 80, due, due + SECOND // 2, source)


def recorder_in(folder: Path | None, session: Path | None = None) -> MidiRecorder:
    return MidiRecorder(folder, session, START, today=lambda: NOON)


def heard(path: Path) -> dict[str, list[tuple[float, int]]]:
    """Seconds and pitch of each note-on, by track name."""
    found = {}
    file = mido.MidiFile(path)
    for track in file.tracks[1:]:
        beats, notes = 0.0, []
        for message in track:
            beats += message.time / file.ticks_per_beat
            if message.type == "note_on" and message.velocity:
                notes.append((round(beats / 2, 3), message.note))
        found[track.name] = notes
    return found


def test_a_visit_has_a_track_for_each_player(tmp_path) -> None:
    recorder = recorder_in(tmp_path)
    recorder.handle_milestone(Milestone.VISIT_BEGAN, START)
    recorder.record_note(note(0, 60, NoteSource.VISITOR))
    recorder.record_note(note(2, 67))
    recorder.handle_milestone(Milestone.VISIT_ENDED, START + 9 * SECOND)
    path = tmp_path / "2031-05-06" / "12-00-00.mid"
    assert heard(path) == {"Visitor": [(0.0, 60)], "Network": [(2.0, 67)]}


def test_notes_that_were_cut_are_short(tmp_path) -> None:
    recorder = recorder_in(None, tmp_path / "all.mid")
    recorder.record_note(note(0, 60))
    recorder.record_note(note(0, 72, NoteSource.VISITOR))
    recorder.handle_milestone(Milestone.NOTES_CUT, START + SECOND // 4)
    recorder.handle_milestone(Milestone.PERFORMANCE_ENDED, START + 9 * SECOND)
    lengths = {}
    for track in mido.MidiFile(tmp_path / "all.mid").tracks[1:]:
        lengths[track.name] = sum(message.time for message in track if message.type == "note_off")
    assert lengths["Network"] == lengths["Visitor"] // 2


def test_a_network_note_that_sounds_with_the_first_key_is_not_part_of_the_visit(tmp_path) -> None:
    recorder = recorder_in(tmp_path, tmp_path / "all.mid")
    recorder.handle_milestone(Milestone.VISIT_BEGAN, START)
    recorder.record_note(note(0, 72, NoteSource.VISITOR))
    recorder.record_note(note(0.02, 60))
    recorder.handle_milestone(Milestone.PERFORMANCE_ENDED, START + 9 * SECOND)
    assert heard(tmp_path / "2031-05-06" / "12-00-00.mid")["Network"] == []
    assert heard(tmp_path / "all.mid")["Network"] == [(0.02, 60)]


def test_a_comparison_is_part_of_the_session_but_not_of_the_visit(tmp_path) -> None:
    recorder = recorder_in(tmp_path, tmp_path / "all.mid")
    recorder.handle_milestone(Milestone.VISIT_BEGAN, START)
    recorder.record_note(note(1, 67))
    recorder.record_note(replace(note(2, 60), is_comparison=True))
    recorder.handle_milestone(Milestone.PERFORMANCE_ENDED, START + 9 * SECOND)
    assert heard(tmp_path / "2031-05-06" / "12-00-00.mid")["Network"] == [(1, 67)]
    assert heard(tmp_path / "all.mid")["Network"] == [(1, 67), (2, 60)]


def test_notes_are_cut_where_the_performance_ends(tmp_path) -> None:
    recorder = recorder_in(None, tmp_path / "all.mid")
    recorder.record_note(note(0.8, 60))
    recorder.record_note(note(1.0, 62))
    recorder.handle_milestone(Milestone.PERFORMANCE_ENDED, START + SECOND)
    file = mido.MidiFile(tmp_path / "all.mid")
    assert heard(tmp_path / "all.mid")["Network"] == [(0.8, 60)]
    assert file.length == pytest.approx(1.0, abs=0.002)


def test_a_file_can_be_read_before_the_end(tmp_path) -> None:
    recorder = recorder_in(None, tmp_path / "all.mid")
    recorder.record_note(note(0, 60))
    recorder.handle_milestone(Milestone.PHRASE_ENDED, START + SECOND)
    assert heard(tmp_path / "all.mid")["Network"] == [(0.0, 60)]


def test_music_between_visits_is_in_no_file(tmp_path) -> None:
    recorder = recorder_in(tmp_path)
    recorder.record_note(note(0, 60))
    recorder.handle_milestone(Milestone.PHRASE_ENDED, START + SECOND)
    assert list(tmp_path.iterdir()) == []


def test_three_pieces_started_in_one_second_write_three_files(tmp_path) -> None:
    recorders = [recorder_in(tmp_path) for _ in range(3)]
    for recorder in recorders:
        recorder.handle_milestone(Milestone.VISIT_BEGAN, START)
        recorder.record_note(note(1, 60, NoteSource.VISITOR))
    for recorder in recorders:
        recorder.handle_milestone(Milestone.VISIT_ENDED, START + 9 * SECOND)
    names = {path.name for path in (tmp_path / "2031-05-06").iterdir()}
    assert names == {"12-00-00.mid", "12-00-00-2.mid", "12-00-00-3.mid"}


def test_a_folder_that_cannot_be_written_is_logged_once(tmp_path, caplog) -> None:
    (tmp_path / "file").touch()
    recorder = recorder_in(tmp_path / "file")
    recorder.handle_milestone(Milestone.VISIT_BEGAN, START)
    recorder.record_note(note(0.5, 60))
    with caplog.at_level(logging.WARNING):
        recorder.handle_milestone(Milestone.PHRASE_ENDED, START + SECOND)
        recorder.handle_milestone(Milestone.PHRASE_ENDED, START + 2 * SECOND)
    assert len(caplog.records) == 1
    assert "plays on" in caplog.text


def test_a_key_struck_twice_at_one_time_is_written(tmp_path) -> None:
    recorder = recorder_in(tmp_path)
    recorder.handle_milestone(Milestone.VISIT_BEGAN, START)
    recorder.record_note(note(1, 60, NoteSource.VISITOR))
    recorder.record_note(note(1, 60, NoteSource.VISITOR))
    recorder.handle_milestone(Milestone.VISIT_ENDED, START + 9 * SECOND)
    assert set(heard(tmp_path / "2031-05-06" / "12-00-00.mid")["Visitor"]) == {(1.0, 60)}


def test_visits_are_counted_and_the_last_is_known(tmp_path) -> None:
    recorder = recorder_in(tmp_path)
    recorder.handle_milestone(Milestone.VISIT_BEGAN, START)
    assert (recorder.visits, recorder.last_visit) == (1, "2031-05-06T12:00:00")


def test_a_clock_set_back_overwrites_no_visit(tmp_path) -> None:
    hours = iter((12, 11, 12))
    recorder = MidiRecorder(tmp_path, None, START, today=lambda: NOON.replace(hour=next(hours)))
    for _ in range(3):
        recorder.handle_milestone(Milestone.VISIT_BEGAN, START)
        recorder.record_note(note(1, 60, NoteSource.VISITOR))
        recorder.handle_milestone(Milestone.VISIT_ENDED, START + 9 * SECOND)
    names = {path.name for path in (tmp_path / "2031-05-06").iterdir()}
    assert names == {"12-00-00.mid", "11-00-00.mid", "12-00-00-2.mid"}


def test_a_recording_has_the_bars_that_were_felt(tmp_path) -> None:
    recorder = recorder_in(None, tmp_path / "all.mid")
    for at in (0.0, 0.6, 1.2, 1.8):
        recorder.record_note(note(at, 60, NoteSource.VISITOR))
    beginning = RhythmBelief(START, START, 500_000_000, "4/4", 0.5, 0.4)
    recorder.send_message(beginning)
    waltz = RhythmBelief(START, START - 1_200_000_000, 600_000_000, "3/4", 0.5, 0.9)
    recorder.send_message(replace(waltz, is_phrase_over=True))
    recorder.handle_milestone(Milestone.PERFORMANCE_ENDED, START + 9 * SECOND)
    (song,) = read_songs(tmp_path / "all.mid")
    assert [note.onset for note in song.tune.notes] == pytest.approx([2.0, 3.0, 4.0, 5.0])
    assert (str(song.tune.meter), song.tune.tempo) == ("3/4", pytest.approx(100.0))


def test_a_band_has_tracks_of_its_own_if_it_plays(tmp_path) -> None:
    recorder = recorder_in(tmp_path)
    recorder.handle_milestone(Milestone.VISIT_BEGAN, START)
    recorder.record_note(note(0.5, 36, NoteSource.DRUMS))
    recorder.record_note(note(0.5, 33, NoteSource.BASS))
    recorder.handle_milestone(Milestone.PERFORMANCE_ENDED, START + 2 * SECOND)
    (path,) = tmp_path.rglob("*.mid")
    assert heard(path) == {
        "Visitor": [], "Network": [], "Bass": [(0.5, 33)], "Drums": [(0.5, 36)]
    }  # fmt: skip
    channels = {
        m.channel for track in mido.MidiFile(path).tracks for m in track if m.type == "note_on"
    }
    assert channels == {2, 9}


class KeepingWriter(RecordingWriter):
    """Keeps what is to be written."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[BuildFileFunction] = []

    def write(self, path: Path | ClaimedPath, build: BuildFileFunction) -> None:
        self.waiting.append(build)


def test_a_file_is_not_built_where_the_music_is_played(tmp_path, monkeypatch) -> None:
    maps, writer = [], KeepingWriter()

    def count_map(*arguments) -> TempoMap:
        maps.append(arguments)
        return TempoMap(*arguments)

    monkeypatch.setattr(recorder_module, "TempoMap", count_map)
    recorder = MidiRecorder(None, tmp_path / "all.mid", START, writer=writer)
    recorder.record_note(note(0, 60))
    recorder.handle_milestone(Milestone.PHRASE_ENDED, START + SECOND)
    assert not maps
    recorder.record_note(note(2, 62))  # belongs to the next file
    (build,) = writer.waiting
    assert [len(part.notes) for part in build().parts] == [0, 1]
    assert len(maps) == 1
