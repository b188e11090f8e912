from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from midi_data.midi_files import MidiPart, midi_paths, read_folder, write_parts, write_tune
from midi_data.midi_songs import MeterChange
from midi_data.notes import Meter, Note, Tune
from midi_data.recipes.worker_processes import WorkerLostError
from midi_data.splits import split_tunes
from rnn.codecs.note_codec import NoteCodec
from rnn.training import shards
from rnn.training.dataset import EpochBatcher, encode_tune
from rnn.training.shards import (
    ShardChunk,
    ShardError,
    build_shards,
    is_shard_folder,
    open_shards,
    write_chunk,
)


@pytest.fixture
def codec():
    return NoteCodec(match_echo=True)


@pytest.fixture
def folder(tmp_path):
    """Thirty melodies, a copy of one in another key, and a broken file."""
    generator, folder = np.random.default_rng(2), tmp_path / "files"
    (folder / "below").mkdir(parents=True)
    for k in range(30):
        pitches = 60 + np.cumsum(generator.integers(-3, 4, 40)) % 20
        notes = tuple(Note(int(pitch), at / 2, 0.5) for at, pitch in enumerate(pitches))
        tune = Tune(notes, name=f"tune {k}")
        write_tune(folder / ("below" if k % 2 else ".") / f"{k:02d}.mid", tune)
    write_tune(folder / "copy.mid", tune.transposed(2))
    (folder / "broken.mid").write_bytes(b"MThd nothing more")
    return folder


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(shards, "CHUNK_FILES", 10)
    monkeypatch.setattr(shards, "MAPPED_CHUNKS", 2)


def test_meters_and_tempo_are_those_of_the_training_tunes(tmp_path, codec):
    generator, folder = np.random.default_rng(5), tmp_path / "files"
    folder.mkdir()
    for k in range(24):
        pitches = generator.integers(50, 80, 20).tolist()
        notes = tuple(Note(pitch, float(at), 1.0) for at, pitch in enumerate(pitches))
        is_last = k == 23
        tune = Tune(notes, Meter(3 if is_last else 2, 4), 60.0 if is_last else 90.0, f"t{k}")
        write_tune(folder / f"{k:02d}.mid", tune)
    for k in range(24, 60):  # copies of the last one are learned once
        write_tune(folder / f"{k:02d}.mid", tune)
    build_shards(folder, tmp_path / "shards", codec, 0)
    opened = open_shards(tmp_path / "shards")
    assert sum(opened.meters.values()) == len(opened.train) < 24
    assert next(iter(opened.meters)) == "2/4"
    assert opened.tempo == pytest.approx(90.0)


def test_every_file_is_encoded_or_told(folder, tmp_path, codec):
    told = []
    summary = build_shards(folder, tmp_path / "shards", codec, 0, told.append)
    assert (summary.files, summary.tunes, summary.notes) == (32, 31, 31 * 40)
    assert [name for name, _ in summary.left_out] == ["broken.mid"]
    assert told[-1].files == told[-1].total == 32
    assert is_shard_folder(tmp_path / "shards")
    assert not is_shard_folder(folder)


def test_a_change_of_meter_is_told(tmp_path, codec):
    (tmp_path / "some").mkdir()
    notes, later = tuple(Note(60 + k, k, 1) for k in range(9)), (MeterChange(4.0, Meter(3, 4)),)
    parts = [MidiPart("", notes)]
    write_parts(tmp_path / "some" / "a.mid", parts, 120, Meter(), changes=later)
    summary = build_shards(tmp_path / "some", tmp_path / "shards", codec, 0)
    reason = "in part: a change of meter (to 3/4; all bars are of 4/4)"
    assert summary.left_out == [("a.mid", reason)]


def test_tunes_are_those_of_the_files_in_the_same_split(folder, tmp_path, codec):
    build_shards(folder, tmp_path / "shards", codec, 0)
    opened = open_shards(tmp_path / "shards")
    split = split_tunes(read_folder(folder).tunes)
    assert opened.removed_duplicates == split.removed_duplicates == 1
    assert len(split.train) - len(opened.train) in (0, 1, 2)  # an empty side takes one
    for encoded, tune in zip(opened.train, split.train[: len(opened.train)], strict=True):
        expected = encode_tune(codec, tune)
        shift = int(encoded.lowest) - expected.lowest  # of copies, another key may be kept
        tokens, _ = codec.transpose_tokens(expected.tokens, expected.features, shift)
        np.testing.assert_array_equal(encoded.tokens, tokens)
        assert (encoded.notes, encoded.highest) == (expected.notes, expected.highest + shift)
        if shift == 0:
            np.testing.assert_array_equal(encoded.features, expected.features)


def test_a_sample_decodes_to_the_tunes_and_can_be_scored(folder, tmp_path, codec):
    build_shards(folder, tmp_path / "shards", codec, 0)
    train = open_shards(tmp_path / "shards").train
    assert len(train.sample(5)) <= 5
    assert train.sample(100)[3].notes == train.tune(3).notes
    assert train.with_masks(2)[0].masks.shape[0] == len(train[0].tokens)


def test_an_epoch_of_shards_is_that_of_the_same_tunes_in_memory(folder, tmp_path, codec):
    build_shards(folder, tmp_path / "shards", codec, 0)
    train = open_shards(tmp_path / "shards").train
    mapped, loaded = (EpochBatcher(codec, each, 3, 16) for each in (train, list(train)))
    epochs = (each.iterate_epoch(np.random.default_rng(1)) for each in (mapped, loaded))
    for one, other in zip(*epochs, strict=True):
        np.testing.assert_array_equal(one.targets, other.targets)
        np.testing.assert_array_equal(one.features, other.features)


def test_a_second_build_writes_nothing_and_a_changed_file_is_read_again(folder, tmp_path, codec):
    target = tmp_path / "shards"
    build_shards(folder, target, codec, 0)
    before = {path.name: path.stat().st_mtime_ns for path in target.glob("*.npy")}
    build_shards(folder, target, codec, 0)
    assert {path.name: path.stat().st_mtime_ns for path in target.glob("*.npy")} == before
    write_tune(folder / "00.mid", Tune((Note(60, 0, 1), Note(62, 1, 1))))
    summary = build_shards(folder, target, codec, 0)
    assert summary.notes == 30 * 40 + 2
    after = {path.name for path in target.glob("*.npy")}
    assert len(after) == len(before) and len(after - set(before)) == 3


def write_names(folder, names):
    """Write a file of a few notes for each name."""
    for name in names:
        write_tune(folder / name, Tune(tuple(Note(60 + k, k, 1) for k in range(4))))


def test_one_file_early_in_the_list_has_one_chunk_read_again(tmp_path, codec):
    folder, target = tmp_path / "many", tmp_path / "shards"
    folder.mkdir()
    write_names(folder, [f"tune {k:02d}.mid" for k in range(75)])
    build_shards(folder, target, codec, 0)
    before = set(target.glob("*.tunes.npy"))
    write_names(folder, ["a new one.mid"])
    summary = build_shards(folder, target, codec, 0)
    after = set(target.glob("*.tunes.npy"))
    assert (len(before - after), len(after - before)) == (1, 1)
    assert (summary.files, summary.tunes) == (76, 76)
    assert 0 < summary.files_read < 76 / 2
    assert build_shards(folder, target, codec, 0).files_read == 0


def test_one_chunk_more_splits_one_chunk_only(tmp_path, codec):
    folder, target = tmp_path / "many", tmp_path / "shards"
    folder.mkdir()
    write_names(folder, [f"tune {k:02d}.mid" for k in range(60)])  # six chunks
    build_shards(folder, target, codec, 0)
    before = set(target.glob("*.tunes.npy"))
    write_names(folder, ["a new one.mid"])  # a seventh
    summary = build_shards(folder, target, codec, 0)
    assert len(before - set(target.glob("*.tunes.npy"))) <= 2  # that of the file, and the split one
    assert summary.tunes == 61


def test_shards_by_place_in_the_list_open_and_are_built_again(folder, tmp_path, codec):
    target = tmp_path / "shards"
    build_shards(folder, target, codec, 0)
    for path in target.glob("0*"):
        path.unlink()
    paths = [str(path.relative_to(folder)) for path in midi_paths(folder)]
    for number, at in enumerate(range(0, len(paths), 10)):
        write_chunk(ShardChunk.of(folder, target, number, paths[at : at + 10]), codec)
    before = open_shards(target).train
    summary = build_shards(folder, target, codec, 0)
    assert (summary.files_read, summary.tunes) == (32, 31)
    assert len(open_shards(target).train) == len(before)


def test_a_file_changed_to_one_of_equal_size_is_read_again(folder, tmp_path, codec):
    target, path = tmp_path / "shards", folder / "00.mid"
    build_shards(folder, target, codec, 0)
    before = set(target.glob("*.npy"))
    data, written = path.read_bytes(), path.stat().st_mtime_ns
    path.write_bytes(data.replace(b"\x90", b"\x91"))
    os.utime(path, ns=(written, written + 1_000_000))
    build_shards(folder, target, codec, 0)
    assert len(set(target.glob("*.npy")) - before) == 3


def test_a_build_that_was_cut_off_goes_on(folder, tmp_path, codec):
    target = tmp_path / "shards"
    whole = build_shards(folder, target, codec, 0)
    next(iter(target.glob("*.tunes.npy"))).unlink()  # written last
    again = build_shards(folder, target, codec, 0)
    assert 0 < again.files_read < whole.files_read == 32
    assert replace(again, files_read=32) == whole


def test_two_processes_write_the_same_shards(folder, tmp_path, codec):
    build_shards(folder, tmp_path / "one", codec, 0)
    build_shards(folder, tmp_path / "two", codec, 2)
    for path in (tmp_path / "one").glob("*.npy"):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_another_codec_an_empty_folder_and_no_shards_are_refused(folder, tmp_path, codec):
    target = tmp_path / "shards"
    build_shards(folder, target, codec, 0)
    with pytest.raises(ShardError, match="made with another codec"):
        build_shards(folder, target, NoteCodec(voices=2), 0)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ShardError, match=r"no \.mid"):
        build_shards(tmp_path / "empty", tmp_path / "none", codec, 0)
    with pytest.raises(ShardError, match="no shards in it"):
        open_shards(tmp_path / "empty")


def test_a_full_disk_leaves_the_chunks_that_are_complete(folder, tmp_path, codec, monkeypatch):
    written = []
    save = np.save

    def fill_up(file, array):
        written.append(file)
        if len(written) > 4:  # in the middle of the second chunk
            raise OSError(28, "No space left on device")
        save(file, array)

    monkeypatch.setattr(np, "save", fill_up)
    with pytest.raises(ShardError, match="cannot be written: No space left on device; run again"):
        build_shards(folder, tmp_path / "shards", codec, 0)
    assert len(list((tmp_path / "shards").glob("*.tunes.npy"))) == 1
    monkeypatch.setattr(np, "save", save)
    assert build_shards(folder, tmp_path / "shards", codec, 0).tunes == 31


def test_a_killed_process_is_a_line_and_the_build_can_go_on(folder, tmp_path, codec, monkeypatch):
    def lose(function, chunks, workers):
        yield function(chunks[0])
        raise WorkerLostError("a worker process was killed; run again to go on")

    with monkeypatch.context() as patch:
        patch.setattr(shards, "map_in_processes", lose)
        with pytest.raises(ShardError, match="run again to go on"):
            build_shards(folder, tmp_path / "shards", codec, 1)
    assert build_shards(folder, tmp_path / "shards", codec, 0).tunes == 31


def test_copies_of_two_tunes_are_too_few_and_three_tunes_are_split(folder, tmp_path, codec):
    paths = sorted(folder.rglob("*.mid"))
    for path in paths[3:]:
        path.write_bytes(paths[len(path.name) % 2].read_bytes())
    build_shards(folder, tmp_path / "three", codec, 0)
    opened = open_shards(tmp_path / "three")
    assert [len(part) for part in (opened.train, opened.validation, opened.test)] == [1, 1, 1]
    paths[2].write_bytes(paths[0].read_bytes())
    build_shards(folder, tmp_path / "two", codec, 0)
    with pytest.raises(ShardError, match="fewer than three different tunes"):
        open_shards(tmp_path / "two")
