from __future__ import annotations

import zipfile

import pytest

from midi_data.drums import write_drum_tune
from midi_data.midi_files import write_tune
from midi_data.notes import Meter, Note, Tune
from midi_data.recipes import drum_corpus
from midi_data.recipes.corpora import MANIFEST_NAME, CorpusError, read_manifest
from midi_data.recipes.drum_corpus import GROOVE_TERMS, build_drum_corpus, load_drum_corpus

NAMES = {"a/1_rock_120_beat_4-4": "train", "a/2_jazz_90_fill_4-4": "validation", "b": "test"}


@pytest.fixture
def source(tmp_path):
    """A folder of three performances with an index that splits them."""
    folder = tmp_path / "source"
    (folder / "a").mkdir(parents=True)
    lines = ["midi_filename,split"]
    for k, (name, split) in enumerate(NAMES.items()):
        hits = tuple(Note(36 + 2 * (at % 2), at / 2, 0.1, 50 + k) for at in range(8 + k))
        write_drum_tune(folder / f"{name}.mid", Tune(hits, Meter(), 100.0))
        lines.append(f"{name}.mid,{split}")
    (folder / "info.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_the_split_of_the_index_is_kept(source, tmp_path):
    manifest = build_drum_corpus(source, tmp_path)
    assert (manifest.pieces, manifest.notes, manifest.terms) == (3, 27, GROOVE_TERMS)
    assert read_manifest(tmp_path / "drums") == manifest
    split = load_drum_corpus(tmp_path / "drums")
    lengths = [[len(tune.notes) for tune in part] for part in vars_of(split)]
    assert lengths == [[8], [9], [10]]
    assert "1_rock_120_beat" in split.train[0].name


def vars_of(split):
    return split.train, split.validation, split.test


def test_an_archive_is_read_as_its_folder(source, tmp_path):
    archive = tmp_path / "drums.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in source.rglob("*.*"):
            file.write(path, f"groove/{path.relative_to(source)}")
    assert build_drum_corpus(archive, tmp_path).pieces == 3


def test_without_an_index_the_tunes_are_split_here(source, tmp_path):
    (source / "info.csv").unlink()
    manifest = build_drum_corpus(source, tmp_path)
    assert (manifest.pieces, manifest.terms) == (3, "")


def test_what_holds_no_drums_is_told(source, tmp_path):
    write_tune(source / "melody.mid", Tune((Note(60, 0, 1),)))
    manifest = build_drum_corpus(source, tmp_path)
    assert manifest.skipped == {"melody.mid": "no drums in it (channel 10)"}


def test_a_file_the_index_does_not_name_is_told(source, tmp_path):
    write_drum_tune(source / "c.mid", Tune((Note(36, 0, 1),)))
    assert build_drum_corpus(source, tmp_path).skipped == {"c.mid": "no split in info.csv"}


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "no such file or folder"),
        (lambda path: path.write_bytes(b"MThd"), "a .zip archive is wanted"),
        (lambda path: path.mkdir(), "no MIDI file with drums"),
    ],
)
def test_a_source_without_drums_is_refused_in_one_line(tmp_path, make, reason):
    source = tmp_path / "source"
    make(source)
    with pytest.raises(CorpusError, match=reason):
        build_drum_corpus(source, tmp_path / "out")


def test_a_folder_that_was_not_built_is_split_when_it_is_read(source):
    split = load_drum_corpus(source)
    assert sum(map(len, vars_of(split))) == 3


def test_a_damaged_archive_is_refused_in_one_line(source, tmp_path):
    archive = tmp_path / "drums.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.mid", bytes(range(256)) * 40)
    content = bytearray(archive.read_bytes())
    content[40:60] = b"\xff" * 20  # within the compressed data
    archive.write_bytes(content)
    with pytest.raises(CorpusError, match="a .zip archive is wanted"):
        build_drum_corpus(archive, tmp_path)


def test_a_corpus_of_melodies_is_refused_in_one_line(tmp_path):
    (tmp_path / MANIFEST_NAME).write_text("{}")
    with pytest.raises(CorpusError, match="none of drums"):
        load_drum_corpus(tmp_path)


def test_a_corpus_without_its_manifest_is_refused_in_one_line(source, tmp_path):
    build_drum_corpus(source, tmp_path)
    (tmp_path / "drums" / MANIFEST_NAME).unlink()
    with pytest.raises(CorpusError, match="broken off"):
        load_drum_corpus(tmp_path / "drums")


def test_a_build_that_is_broken_off_leaves_the_older_corpus_whole(source, tmp_path, monkeypatch):
    manifest = build_drum_corpus(source, tmp_path / "built")

    def fill_disk(path, tune) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(drum_corpus, "write_drum_tune", fill_disk)
    with pytest.raises(OSError, match="No space left"):
        build_drum_corpus(source, tmp_path / "built")
    assert read_manifest(tmp_path / "built" / "drums") == manifest
    assert [path.name for path in (tmp_path / "built").iterdir()] == ["drums"]


def test_a_corpus_that_is_built_again_replaces_the_older_one(source, tmp_path):
    build_drum_corpus(source, tmp_path)
    (source / "b.mid").unlink()
    build_drum_corpus(source, tmp_path)
    assert [len(part) for part in vars_of(load_drum_corpus(tmp_path / "drums"))] == [1, 1, 0]
