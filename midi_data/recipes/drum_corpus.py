"""The corpus of drums: performances of drummers, from an archive or a folder a user has.

A built corpus is a folder with a folder of MIDI files for each split, and a manifest. Where the
source has an `info.csv` as the Groove MIDI Dataset does, its split is kept; else the tunes are
split as melodies are.
"""

from __future__ import annotations

import csv
import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from midi_data.atomic_files import write_text_atomically
from midi_data.drums import read_drum_tunes, write_drum_tune
from midi_data.midi_files import FILE_SUFFIXES, MidiFileError, midi_paths
from midi_data.notes import Tune
from midi_data.recipes.corpora import MANIFEST_NAME, CorpusError, CorpusManifest
from midi_data.splits import TuneSplit, split_tunes

DRUM_CORPUS = "drums"  # name of the corpus
SPLITS = ("train", "validation", "test")
INDEX_NAME = "info.csv"  # file of the Groove MIDI Dataset that lists its performances
GROOVE_SOURCE = (
    "Groove MIDI Dataset (Jon Gillick, Adam Roberts, Jesse Engel, Douglas Eck, David Bamman: "
    "Learning to Groove with Inverse Sequence Transformations, ICML 2019)"
)
GROOVE_TERMS = "CC BY 4.0, Google LLC"


def build_drum_corpus(source: Path, folder: Path) -> CorpusManifest:
    """Build the corpus of drums in `folder / "drums"`; an older one is replaced.

    Parameters
    ----------
    source : Path
        A .zip archive, or a folder, of MIDI files.
    folder : Path
        Made if absent.

    Returns
    -------
    CorpusManifest

    Raises
    ------
    CorpusError
        If the source is missing, no archive, or has no drums.
    OSError
        If the folder cannot be written.
    """
    skipped: dict[str, str] = {}
    with _opened(Path(source)) as files:
        index = _read_index(files)
        if index is None:
            split = split_tunes(_read_tunes(files, skipped).values())
        else:
            split = _indexed_split(_read_tunes(files, skipped), index, skipped)
    parts = {name: getattr(split, name) for name in SPLITS}
    count = sum(map(len, parts.values()))
    if not count:
        raise CorpusError(f"{source}: no MIDI file with drums (channel 10) in it")
    target = Path(folder) / DRUM_CORPUS
    manifest = CorpusManifest(
        DRUM_CORPUS,
        "a folder of MIDI files" if index is None else GROOVE_SOURCE,
        "" if index is None else GROOVE_TERMS,
        pieces=count,
        notes=sum(len(tune.notes) for tunes in parts.values() for tune in tunes),
        duplicates=split.removed_duplicates,
        skipped=skipped,
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    # beside the corpus and then renamed: what is found there is whole
    with tempfile.TemporaryDirectory(prefix=f".{DRUM_CORPUS}-", dir=target.parent) as parent:
        fresh = Path(parent) / "new"
        _write_corpus(fresh, parts, manifest)
        if target.exists():
            target.rename(Path(parent) / "old")
        fresh.rename(target)
    return manifest


def load_drum_corpus(folder: Path) -> TuneSplit:
    """Read a corpus of drums, or a folder of MIDI files with drums, which is split here.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    TuneSplit

    Raises
    ------
    CorpusError
        If there is no such folder, it has no drums, or its building was broken off.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CorpusError(
            f"{folder}: no such folder: run hidden-state corpus build {DRUM_CORPUS} --from FILE"
        )
    is_split = all((folder / name).is_dir() for name in SPLITS)
    if (folder / MANIFEST_NAME).is_file():
        if not is_split:
            raise CorpusError(f"{folder}: a corpus, but none of drums")
        parts = (tuple(_read_tunes(folder / name, {}).values()) for name in SPLITS)
        split = TuneSplit(*parts, removed_duplicates=0)
    elif is_split:
        raise CorpusError(
            f"{folder}: its building was broken off: "
            f"run hidden-state corpus build {DRUM_CORPUS} --from FILE"
        )
    else:
        split = split_tunes(_read_tunes(folder, {}).values())
    if not split.train:
        raise CorpusError(f"{folder}: no MIDI file with drums (channel 10) in it")
    return split


def _write_corpus(
    folder: Path, parts: dict[str, tuple[Tune, ...]], manifest: CorpusManifest
) -> None:
    """Write a folder for each split, and at last the manifest."""
    for name, tunes in parts.items():
        (folder / name).mkdir(parents=True)
        for serial, tune in enumerate(tunes):
            stem = f"{serial:04d}-{tune.name}".replace("/", "-")
            write_drum_tune(folder / name / f"{stem}.mid", tune)
    write_text_atomically(folder / MANIFEST_NAME, json.dumps(asdict(manifest), indent=1) + "\n")


@contextmanager
def _opened(source: Path) -> Iterator[Path]:
    """The folder of the source; that of an archive lasts as long as the context."""
    if source.is_dir():
        yield source
        return
    if not source.is_file():
        raise CorpusError(f"{source}: no such file or folder")
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(source) as archive:
                wanted = (INDEX_NAME, *FILE_SUFFIXES)
                names = [name for name in archive.namelist() if name.lower().endswith(wanted)]
                archive.extractall(folder, names)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise CorpusError(f"{source}: a .zip archive is wanted ({error})") from error
        yield Path(folder)


def _read_index(folder: Path) -> dict[str, str] | None:
    """The split of each file, by its path below the folder of the index; None without an index."""
    found = next(iter(sorted(folder.rglob(INDEX_NAME))), None)
    if found is None:
        return None
    base = found.parent.relative_to(folder)
    with found.open(newline="", encoding="utf-8") as file:
        try:
            rows = [(row["midi_filename"], row["split"]) for row in csv.DictReader(file)]
        except (KeyError, csv.Error, UnicodeDecodeError) as error:
            raise CorpusError(f"{found.name}: columns midi_filename and split wanted") from error
    return {(base / name).as_posix(): split for name, split in rows}


def _read_tunes(folder: Path, skipped: dict[str, str]) -> dict[str, Tune]:
    """The first drum tune of each file, by its path below the folder and named after it.

    A file without drums, and further tunes of a file, go to `skipped` with the reason.
    """
    tunes: dict[str, Tune] = {}
    for path in midi_paths(folder):
        key = path.relative_to(folder).as_posix()
        try:
            tune, *others = read_drum_tunes(path)
        except MidiFileError as error:
            skipped[key] = error.reason
            continue
        if others:
            skipped[f"{key}, {len(others)} more"] = "of several tunes in a file the first is read"
        tunes[key] = replace(tune, name=key.rpartition(".")[0].replace("/", "-"))
    return tunes


def _indexed_split(
    tunes: dict[str, Tune], index: dict[str, str], skipped: dict[str, str]
) -> TuneSplit:
    parts: dict[str, list[Tune]] = {name: [] for name in SPLITS}
    for key, tune in tunes.items():
        if index.get(key) in parts:
            parts[index[key]].append(tune)
        else:
            skipped[key] = f"no split in {INDEX_NAME}"
    return TuneSplit(*(tuple(parts[name]) for name in SPLITS), removed_duplicates=0)
