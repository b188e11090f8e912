"""Shards: a collection of any size, encoded once into files that are mapped into memory.

`build_shards` reads MIDI files in parallel, about `CHUNK_FILES` at a time. A chunk is four files:
tokens, features, a table of its tunes, and what was left out. The table is written last, so that a
chunk with one is complete: an interrupted build goes on, and a second one has nothing to do. The
chunk of a file follows from a hash of its path, so that a new file changes no other chunk.
`ShardedTunes` is a sequence of tunes that holds in memory only their table.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from midi_data.atomic_files import atomic_file, write_text_atomically
from midi_data.midi_files import (
    MidiFileError,
    describe_tune_losses,
    midi_paths,
    pitched_tunes,
    read_songs,
)
from midi_data.notes import Tune
from midi_data.recipes.worker_processes import WorkerLostError, map_in_processes
from midi_data.splits import split_by_traits, tune_marks
from rnn.codecs import codec_named
from rnn.codecs.codec import SequenceCodec
from rnn.training.dataset import EncodedTune, encode_tune

CHUNK_FILES = 500  # mean number of MIDI files in a chunk
MAPPED_CHUNKS = 24  # chunks mapped into memory at a time; a lane of a training reads from one
FORMAT = "hidden-state shards 1"
INDEX_NAME = "shards.json"  # what the folder is, and with which codec it was encoded
CHUNK_SUFFIXES = ("tokens.npy", "features.npy", "left_out.json", "tunes.npy")
TUNE_FIELDS = np.dtype(
    [
        ("start", "<i8"),  # of its tokens in the chunk
        ("length", "<i4"),
        ("notes", "<i4"),
        ("lowest", "i1"),
        ("highest", "i1"),
        ("fingerprint", "S24"),
        ("title", "S16"),  # hash
        ("opening", "S24"),  # hash
        ("meter", "S7"),
        ("tempo", "<f4"),
    ]
)


class ShardError(ValueError):
    """Shards that cannot be built or read."""


@dataclass(frozen=True, slots=True)
class ShardProgress:
    """Progress of a build.

    Parameters
    ----------
    files, total : int
        Files read so far, and all files.
    notes : int
        Notes found so far.
    """

    files: int
    total: int
    notes: int


@dataclass(frozen=True, slots=True)
class ShardSummary:
    """Contents of a folder of shards.

    Parameters
    ----------
    files, tunes, notes : int
    left_out : list of (str, str)
        Files that were not read, or not whole, and why.
    files_read : int
        Files that this build read; the others are in chunks that were there before.
    """

    files: int
    tunes: int
    notes: int
    left_out: list[tuple[str, str]]
    files_read: int = 0


def build_shards(
    folder: Path,
    target: Path,
    codec: SequenceCodec,
    workers: int = 2,
    progress: Callable[[ShardProgress], None] | None = None,
) -> ShardSummary:
    """Encode all MIDI files below a folder; chunks that are complete stay as they are.

    Parameters
    ----------
    folder : Path
    target : Path
        Folder of the shards, made if absent.
    codec : SequenceCodec
    workers : int
        Processes that read; 0 for this process.
    progress : callable, optional
        Called after each chunk.

    Returns
    -------
    ShardSummary

    Raises
    ------
    ShardError
        If there are no files, the shards were made with another codec, a worker was killed, or a
        shard cannot be written. The chunks written so far are kept.
    OSError
        If there is no such folder, or `target` cannot be made.
    """
    folder, target = Path(folder).resolve(), Path(target)
    paths = [str(path.relative_to(folder)) for path in midi_paths(folder)]
    if not paths:
        raise ShardError(f"{folder}: no .mid, .midi, .kar or .rmi files in it")
    target.mkdir(parents=True, exist_ok=True)
    about = {"format": FORMAT, "codec": codec.kind, "settings": dict(codec.settings())}
    if (target / INDEX_NAME).exists() and _read_index(target) != about:
        raise ShardError(f"{target}: made with another codec; give another folder")
    write_text_atomically(target / INDEX_NAME, json.dumps(about) + "\n")
    chunks = [
        ShardChunk.of(folder, target, number, files) for number, files in _assign_to_chunks(paths)
    ]
    _remove_other_chunks(target, {chunk.name for chunk in chunks})
    waiting = [chunk for chunk in chunks if not chunk.is_complete()]
    summary = ShardSummary(0, 0, 0, [], sum(len(chunk.paths) for chunk in waiting))
    done = [chunk for chunk in chunks if chunk.is_complete()]
    written = map_in_processes(partial(write_chunk, codec=codec), waiting, workers)
    for chunk in _until_it_fails(chain(done, written)):
        tunes, left_out = np.load(chunk.path("tunes.npy")), chunk.read_left_out()
        summary = ShardSummary(
            summary.files + len(chunk.paths),
            summary.tunes + len(tunes),
            summary.notes + int(tunes["notes"].sum()),
            summary.left_out + left_out,
            summary.files_read,
        )
        if progress is not None:
            progress(ShardProgress(summary.files, len(paths), summary.notes))
    return summary


@dataclass(frozen=True, slots=True)
class ShardChunk:
    """Some files of a collection, and the shard they are encoded in."""

    folder: Path
    target: Path
    name: str
    paths: tuple[str, ...]  # relative to the folder

    @classmethod
    def of(cls, folder: Path, target: Path, number: int, paths: Sequence[str]) -> ShardChunk:
        """Named by a number and a hash of its files: one that was written again is read again."""
        stamps = (f"{path}:{_stamp(folder / path)}" for path in paths)
        listing = "\n".join(stamps).encode(errors="surrogateescape")
        digest = hashlib.blake2b(listing, digest_size=6).hexdigest()
        return cls(folder, target, f"{number:06d}-{digest}", tuple(paths))

    def path(self, suffix: str) -> Path:
        """One of its files."""
        return self.target / f"{self.name}.{suffix}"

    def is_complete(self) -> bool:
        """Whether all its files are written."""
        return self.path("tunes.npy").exists()

    def read_left_out(self) -> list[tuple[str, str]]:
        """Files that were not read, or not whole, and why."""
        pairs = json.loads(self.path("left_out.json").read_text(encoding="utf-8"))
        return [(name, reason) for name, reason in pairs]


def write_chunk(chunk: ShardChunk, codec: SequenceCodec) -> ShardChunk:
    """Read the files of a chunk and write its shard."""
    tunes: list[EncodedTune] = []
    rows: list[tuple[object, ...]] = []
    left_out: list[tuple[str, str]] = []
    start = 0
    for name in chunk.paths:
        path = chunk.folder / name
        try:
            songs = read_songs(path)
            found = pitched_tunes(path, songs)
        except MidiFileError as error:
            left_out.append((name, error.reason))
            continue
        if losses := describe_tune_losses(songs):
            left_out.append((name, f"in part: {losses}"))
        for tune in found:
            try:
                encoded = encode_tune(codec, tune, with_masks=False)
            except ValueError as error:  # what the codec cannot hold
                left_out.append((name, str(error)))
                continue
            rows.append(_tune_row(tune, encoded, start))
            tunes.append(encoded)
            start += len(encoded.tokens)
    tokens = np.concatenate([np.zeros(0, np.uint8), *(t.tokens.astype(np.uint8) for t in tunes)])
    features = [np.zeros((0, codec.width), np.int16), *(tune.features for tune in tunes)]
    write_text_atomically(chunk.path("left_out.json"), json.dumps(left_out) + "\n")
    for suffix, array in (
        ("tokens.npy", tokens),
        ("features.npy", np.concatenate(features)),
        ("tunes.npy", np.array(rows, TUNE_FIELDS)),
    ):
        with atomic_file(chunk.path(suffix)) as file:
            written = io.BytesIO()  # of a full disk, numpy itself does not tell
            np.save(written, array)
            file.write(written.getbuffer())
    return chunk


class ShardedTunes(Sequence[EncodedTune]):
    """Tunes of shards; their tokens and features are views of mapped files, without masks.

    Parameters
    ----------
    codec : SequenceCodec
    chunks : list of str
        Path of each chunk, without its suffix.
    places : ndarray of int64, shape (n, 2)
        Chunk and row of each tune.
    table : ndarray of TUNE_FIELDS, shape (n,)
    """

    def __init__(
        self,
        codec: SequenceCodec,
        chunks: list[str],
        places: NDArray[np.int64],
        table: NDArray[np.void],
    ) -> None:
        self._codec, self._chunks, self._places, self._table = codec, chunks, places, table
        self._mapped: OrderedDict[int, tuple[NDArray[np.uint8], NDArray[np.int16]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, index: int) -> EncodedTune: ...

    @overload
    def __getitem__(self, index: slice) -> list[EncodedTune]: ...

    def __getitem__(self, index: int | slice) -> EncodedTune | list[EncodedTune]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        row = self._table[index]
        tokens, features = self._arrays(int(self._places[index][0]))
        part = slice(int(row["start"]), int(row["start"] + row["length"]))
        masks = np.zeros((0, 0), np.uint8)
        limits = int(row["lowest"]), int(row["highest"])
        return EncodedTune(tokens[part], features[part], masks, *limits, int(row["notes"]))

    def tune(self, index: int) -> Tune:
        """The tune itself, decoded from its tokens."""
        return self._codec.decode(self[index].tokens.astype(np.int32))

    def sample(self, count: int) -> list[Tune]:
        """At most `count` of the tunes, evenly spread."""
        step = max(1, -(-len(self) // count))
        return [self.tune(place) for place in range(0, len(self), step)]

    def with_masks(self, count: int) -> list[EncodedTune]:
        """At most `count` of the tunes in memory, with masks, so that they can be scored."""
        return [encode_tune(self._codec, tune) for tune in self.sample(count)]

    def _arrays(self, chunk: int) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
        """Tokens and features of a chunk; the one unused for longest gives way."""
        if chunk not in self._mapped:
            if len(self._mapped) >= MAPPED_CHUNKS:
                self._mapped.popitem(last=False)
            base = self._chunks[chunk]
            self._mapped[chunk] = tuple(
                np.load(f"{base}.{kind}.npy", mmap_mode="r") for kind in ("tokens", "features")
            )
        self._mapped.move_to_end(chunk)
        return self._mapped[chunk]


@dataclass(frozen=True, slots=True)
class ShardedCollection:
    """Shards that are open, duplicates left out and split as `midi_data.splits` splits.

    Parameters
    ----------
    codec : SequenceCodec
    train, validation, test : ShardedTunes
    removed_duplicates : int
    meters : dict of str to int
        Number of training tunes of each meter, the most frequent first.
    tempo : float
        Median tempo of the training tunes, quarter notes a minute.
    """

    codec: SequenceCodec
    train: ShardedTunes
    validation: ShardedTunes
    test: ShardedTunes
    removed_duplicates: int
    meters: dict[str, int]
    tempo: float


def is_shard_folder(folder: Path) -> bool:
    """Whether a folder was made by `build_shards`.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    bool
    """
    return (Path(folder) / INDEX_NAME).is_file()


def open_shards(target: Path) -> ShardedCollection:
    """Open the shards of a folder; only the tables are read.

    Parameters
    ----------
    target : Path

    Returns
    -------
    ShardedCollection

    Raises
    ------
    ShardError
        If the folder holds no shards, or fewer than three different tunes.
    """
    about = _read_index(target)
    codec = codec_named(about["codec"])(**about["settings"])
    chunks, tables = [], []
    for path in sorted(Path(target).glob("*.tunes.npy")):
        chunks.append(str(path)[: -len(".tunes.npy")])
        tables.append(np.load(path))
    table = np.concatenate(tables) if tables else np.zeros(0, TUNE_FIELDS)
    numbers = np.repeat(np.arange(len(tables)), [len(each) for each in tables])
    places = np.stack([numbers, np.arange(len(table))], axis=1)  # (n, 2)
    unique, first = np.unique(table["fingerprint"], return_index=True)
    if len(unique) < 3:
        raise ShardError(f"{target}: fewer than three different tunes in it: use the folder itself")
    place_of = dict(zip((key.decode() for key in unique), first.tolist(), strict=True))
    traits = {
        key: (table["title"][at].decode(), table["opening"][at].decode())
        for key, at in place_of.items()
    }
    parts = [[place_of[key] for key in part] for part in split_by_traits(traits)]
    for part in parts:
        if not part:
            part.append(max(parts, key=len).pop())
    learned = table[parts[0]]
    meters, counts = np.unique(learned["meter"], return_counts=True)
    sides = (ShardedTunes(codec, chunks, places[part], table[part]) for part in parts)
    return ShardedCollection(
        codec,
        *sides,
        len(table) - len(unique),
        {meters[k].decode(): int(counts[k]) for k in np.argsort(-counts, kind="stable")},
        float(np.median(learned["tempo"])),
    )


def _read_index(target: Path) -> dict[str, object]:
    try:
        about = json.loads((Path(target) / INDEX_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ShardError(f"{target}: no shards in it: {error}") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise ShardError(f"{target}: shards of another version; build them again elsewhere")
    return about


def _assign_to_chunks(paths: Sequence[str]) -> list[tuple[int, list[str]]]:
    """The files of each chunk with its number, by linear hashing.

    One chunk more splits a single one, and leaves the files of all others where they are.

    References
    ----------
    Litwin, "Linear hashing: a new tool for file and table addressing", VLDB 1980.
    """
    count = -(-len(paths) // CHUNK_FILES)
    doubled = 1 << (count - 1).bit_length()  # the smallest power of two that is not below it
    chunks: list[list[str]] = [[] for _ in range(count)]
    for path in paths:
        digest = hashlib.blake2b(path.encode(errors="surrogateescape"), digest_size=8).digest()
        place = int.from_bytes(digest, "little") % doubled
        chunks[place if place < count else place - doubled // 2].append(path)
    return [(number, files) for number, files in enumerate(chunks) if files]


def _remove_other_chunks(target: Path, wanted: set[str]) -> None:
    """Remove the chunks of files that have changed or are gone."""
    for path in target.iterdir():
        chunk, _, suffix = path.name.partition(".")
        if suffix in CHUNK_SUFFIXES and chunk not in wanted:
            path.unlink()


def _until_it_fails(chunks: Iterable[ShardChunk]) -> Iterator[ShardChunk]:
    """The chunks, until a process that writes them is killed or finds no room."""
    try:
        yield from chunks
    except WorkerLostError as error:
        raise ShardError(str(error)) from error
    except OSError as error:
        reason = error.strerror or error
        raise ShardError(f"a shard cannot be written: {reason}; run again to go on") from error


def _stamp(path: Path) -> str:
    """Size and time of writing of a file; empty if it cannot be read."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size}:{status.st_mtime_ns}"


def _tune_row(tune: Tune, encoded: EncodedTune, start: int) -> tuple[object, ...]:
    """A row of the table, see `TUNE_FIELDS`."""
    fingerprint, (title, opening) = tune_marks(tune)
    hashed = hashlib.blake2b(title.encode(), digest_size=8).hexdigest() if title else ""
    return (
        start, len(encoded.tokens), encoded.notes, encoded.lowest, encoded.highest,
        fingerprint.encode(), hashed.encode(), opening.encode(),
        str(tune.meter).encode(), tune.tempo,
    )  # fmt: skip
