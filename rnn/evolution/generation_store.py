"""Generation store: the generations of a style, as files of a folder.

`0003.safetensors` holds the weights of generation 3 and `0003.json` its record; `current.json` says
which one plays. Each is written as a whole or not at all, the weights first. A file that is
damaged, foreign or of another size is left where it is, refused, and the reason is told.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

from midi_data.atomic_files import write_text_atomically
from rnn.evolution.generation import Generation, GenerationError
from rnn.model.arrays import Array
from rnn.model.checkpoint import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint

CURRENT_FILE_NAME = "current.json"
WEIGHTS_SUFFIX, RECORD_SUFFIX = ".safetensors", ".json"


def hash_weights(parameters: Mapping[str, Array]) -> str:
    """SHA-256 of weights.

    Parameters
    ----------
    parameters : mapping of str to ndarray

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for name in sorted(parameters):
        digest.update(name.encode())
        digest.update(str(parameters[name].shape).encode())
        digest.update(parameters[name].tobytes())
    return digest.hexdigest()


class GenerationStore:
    """The generations of one style.

    Parameters
    ----------
    folder : Path
        Made when the first generation is added.
    style : str
        Name of the style.
    origin : Path
        Model file of generation 0.
    """

    def __init__(self, folder: Path, style: str, origin: Path) -> None:
        self.folder, self.style, self._origin = folder, style, origin

    def generations(self) -> list[Generation]:
        """All generations that are whole, from 0 on; those set aside, too."""
        found = [Generation(0, 0, self.style)]
        for number in self._numbers():
            try:
                found.append(self._read_record(number))
            except GenerationError:
                continue
        return found

    def refused(self) -> dict[str, str]:
        """Why files of the folder are not used, by name."""
        faults = {f"{number:04d}": self._find_fault(number) for number in self._numbers()}
        return {name: fault for name, fault in faults.items() if fault}

    def candidates(self) -> list[int]:
        """Numbers of the generations that may play, the most wanted first and 0 last.

        That is the one chosen, and the accepted ones before it; after it, there may be some that
        the staff went back from. Without a choice, all accepted ones.
        """
        accepted = {each.number: each.accepted for each in self.generations()}
        chosen = self._read_choice()
        before = max(accepted) + 1 if chosen is None else chosen
        older = sorted((n for n, plays in accepted.items() if plays and n < before), reverse=True)
        return older if chosen is None or chosen not in accepted else [chosen, *older]

    @property
    def current_number(self) -> int:
        """Number of the generation that plays: the first candidate that can be used."""
        return next(n for n in self.candidates() if not n or not self._find_fault(n))

    def load_current(
        self, skip: Callable[[GenerationError], None] = lambda error: None
    ) -> tuple[int, Checkpoint]:
        """Load the generation that plays.

        Parameters
        ----------
        skip : callable
            Gets why a candidate cannot be used; the next one takes its place.

        Returns
        -------
        number : int
        checkpoint : Checkpoint

        Raises
        ------
        GenerationError
            If not even generation 0 can be used.
        """
        *wanted, origin = self.candidates()
        for number in wanted:
            try:
                return number, self.load(number)
            except GenerationError as error:
                skip(error)
        return origin, self.load(origin)

    @property
    def current_changed_at(self) -> int:
        """When another generation was chosen last, ns of the file system; 0 for never."""
        try:
            return (self.folder / CURRENT_FILE_NAME).stat().st_mtime_ns
        except OSError:
            return 0

    @property
    def next_number(self) -> int:
        """Number that the next generation will probably have."""
        return max(self._numbers(), default=0) + 1

    def path(self, number: int) -> Path:
        """Model file of a generation."""
        return self._file(number, WEIGHTS_SUFFIX) if number else self._origin

    def record(self, number: int) -> Generation:
        """The record of a generation.

        Raises
        ------
        GenerationError
            If there is no such generation, or its record is damaged.
        """
        return self._read_record(number) if number else Generation(0, 0, self.style)

    def load(self, number: int) -> Checkpoint:
        """Load a generation.

        Parameters
        ----------
        number : int

        Returns
        -------
        Checkpoint

        Raises
        ------
        GenerationError
            If its files are missing, damaged, changed, or of another network.
        """
        record = self.record(number)
        try:
            checkpoint = load_checkpoint(self.path(number))
            if number:
                check_kinship(checkpoint, load_checkpoint(self._origin))
            file_hash = _hash_file(self.path(number)) if record.file_hash else ""
        except (CheckpointError, OSError) as error:  # it may have been removed meanwhile
            raise GenerationError(f"generation {number}: {error}") from error
        if number and hash_weights(checkpoint.network.parameters) != record.weights_hash:
            raise GenerationError(f"generation {number}: its weights are not those of its record")
        if file_hash != record.file_hash:
            raise GenerationError(f"generation {number}: its file is damaged")
        return checkpoint

    def add(self, generation: Generation, checkpoint: Checkpoint) -> Generation:
        """Keep a generation under the next number; if it was accepted, it is to play.

        Parameters
        ----------
        generation : Generation
            Number and hash of its weights are set here.
        checkpoint : Checkpoint

        Returns
        -------
        Generation

        Raises
        ------
        GenerationError
            If it was accepted, but its file cannot be used; nothing is kept then.
        OSError
            If it cannot be written; nothing is kept then.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        number = self._claim_number()
        kept = replace(
            generation, number=number, weights_hash=hash_weights(checkpoint.network.parameters)
        )
        weights, record = (self._file(number, suffix) for suffix in (WEIGHTS_SUFFIX, RECORD_SUFFIX))
        try:
            save_checkpoint(weights, checkpoint)
            kept = replace(kept, file_hash=_hash_file(weights))
            write_text_atomically(record, kept.to_json())
            if kept.accepted:
                self.choose(number)
        except BaseException:
            for path in (record, weights):
                path.unlink(missing_ok=True)
            raise
        return kept

    def choose(self, number: int) -> None:
        """Let a generation play from now on.

        Parameters
        ----------
        number : int

        Raises
        ------
        GenerationError
            If there is no such generation, or it cannot be used.
        OSError
            If the choice cannot be written.
        """
        self.load(number)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_text_atomically(self.folder / CURRENT_FILE_NAME, json.dumps({"number": number}))

    def _find_fault(self, number: int) -> str:
        """Why a generation cannot be used; empty if it can."""
        try:
            self.load(number)
        except GenerationError as error:
            return str(error)
        return ""

    def _read_choice(self) -> int | None:
        """The number that was chosen last, whether there is such a generation or not."""
        try:
            text = (self.folder / CURRENT_FILE_NAME).read_text(encoding="utf-8")
            number = json.loads(text)["number"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return number if isinstance(number, int) and number >= 0 else None

    def _file(self, number: int, suffix: str) -> Path:
        return self.folder / f"{number:04d}{suffix}"

    def _numbers(self) -> list[int]:
        """Numbers of all generations with weights or a record, whole or not."""
        stems = (
            path.stem
            for suffix in (WEIGHTS_SUFFIX, RECORD_SUFFIX)
            for path in self.folder.glob(f"[0-9]*{suffix}")
        )
        return sorted({int(stem) for stem in stems if stem.isdecimal() and int(stem)})

    def _claim_number(self) -> int:
        """A number that no other process takes, by an empty file of weights."""
        while True:
            number = self.next_number
            try:
                flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
                os.close(os.open(self._file(number, WEIGHTS_SUFFIX), flags, 0o644))
            except FileExistsError:
                continue
            return number

    def _read_record(self, number: int) -> Generation:
        path = self._file(number, RECORD_SUFFIX)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise GenerationError(f"generation {number}: there is no record of it") from error
        try:
            generation = Generation.from_json(text)
        except GenerationError as error:
            raise GenerationError(f"generation {number}: {error}") from error
        if (generation.number, generation.style) != (number, self.style):
            other = f"generation {generation.number} of {generation.style}"
            raise GenerationError(f"generation {number}: its record is of {other}")
        return generation


def identify_generation(path: Path, checkpoint: Checkpoint) -> tuple[str, int]:
    """Style and number of the generation that a model file is, by which votes on it are kept.

    Parameters
    ----------
    path : Path
        File of a style, or of one of its generations.
    checkpoint : Checkpoint
        What was loaded from it.

    Returns
    -------
    style : str
    number : int
    """
    lineage = checkpoint.card.generations
    if not lineage:
        return path.stem, 0
    if path.stem.isdecimal():  # as the store names it, in the folder of its style
        return path.resolve().parent.name, int(path.stem)
    return checkpoint.card.style or path.stem, lineage[-1].number


def _hash_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_kinship(checkpoint: Checkpoint, origin: Checkpoint) -> None:
    """Check that a model may take the place of another one.

    Parameters
    ----------
    checkpoint, origin : Checkpoint

    Raises
    ------
    GenerationError
        If its codec or its size is another.
    """
    own, wanted = (
        {"codec": each.codec.kind, **each.codec.settings(), **asdict(each.network.sizes)}
        for each in (checkpoint, origin)
    )
    differences = [
        f"{name} {own.get(name)}, not {wanted.get(name)}"
        for name in own | wanted
        if own.get(name) != wanted.get(name)
    ]
    if differences:
        raise GenerationError(f"another network than the style's: {'; '.join(differences)}")
