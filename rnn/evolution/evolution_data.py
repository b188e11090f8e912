"""Evolution data: the duets and the tunes that a generation learns from and is judged by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from os.path import commonprefix
from pathlib import Path
from typing import Any

from midi_data.atomic_files import write_text_atomically
from midi_data.notes import Meter, Note, Tune, quantise_tune
from rnn.codecs.codec import SequenceCodec
from rnn.evolution.generation import GenerationError
from rnn.training.dataset import EncodedTune, encode_tune

DATA_FORMAT = 1


@dataclass(frozen=True, slots=True)
class LearnedDuet:
    """A phrase and the answer to it.

    Parameters
    ----------
    phrase : Tune
        Beat 0 is a bar line.
    answer : tuple of Note
        In the beats of the phrase.
    weight : float
        How much it counts; below 0 its answer is to become less likely.
    """

    phrase: Tune
    answer: tuple[Note, ...]
    weight: float = 1.0

    @property
    def whole(self) -> Tune:
        """Phrase and answer as one tune, on the grid."""
        return quantise_tune(replace(self.phrase, notes=self.phrase.notes + self.answer))


@dataclass(frozen=True, slots=True)
class EvolutionData:
    """What a generation learns from and is judged by.

    Parameters
    ----------
    learned : tuple of LearnedDuet
    validation : tuple of LearnedDuet
        Of other visits; by these and the learned ones the best weights of the training are chosen.
    judged : tuple of LearnedDuet
        The gate judges by them, liked or not; of other visits again.
    rehearsed : tuple of Tune
        Tunes of the corpus, or of generation 0, that are learned again.
    corpus : tuple of Tune
        Tunes of the same origin that the gate judges by.
    """

    learned: tuple[LearnedDuet, ...]
    validation: tuple[LearnedDuet, ...]
    judged: tuple[LearnedDuet, ...]
    rehearsed: tuple[Tune, ...]
    corpus: tuple[Tune, ...]

    def to_json(self) -> str:
        """The data as text; equal data give equal texts."""
        duets = {
            name: [
                {"phrase": _pack(d.phrase), "answer": _rows(d.answer), "weight": d.weight}
                for d in getattr(self, name)
            ]
            for name in ("learned", "validation", "judged")
        }
        tunes = {name: [_pack(t) for t in getattr(self, name)] for name in ("rehearsed", "corpus")}
        return json.dumps({"format": DATA_FORMAT, **duets, **tunes}, sort_keys=True)

    @property
    def hash(self) -> str:
        """SHA-256 of the data."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def save(self, path: Path) -> None:
        """Write the data to a file; raises OSError."""
        write_text_atomically(path, self.to_json())

    @classmethod
    def load(cls, path: Path) -> EvolutionData:
        """Read a file of `save`.

        Parameters
        ----------
        path : Path

        Returns
        -------
        EvolutionData

        Raises
        ------
        GenerationError
            If it cannot be read, or is no such file.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if values["format"] != DATA_FORMAT:
                raise ValueError(f"format {values['format']}, not {DATA_FORMAT}")
            duets = (
                tuple(
                    LearnedDuet(_unpack(d["phrase"]), _notes(d["answer"]), float(d["weight"]))
                    for d in values[name]
                )
                for name in ("learned", "validation", "judged")
            )
            tunes = (tuple(_unpack(t) for t in values[name]) for name in ("rehearsed", "corpus"))
            return cls(*duets, *tunes)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise GenerationError(f"{path}: no duets to learn from ({error})") from error


def encode_duet(codec: SequenceCodec, duet: LearnedDuet) -> EncodedTune:
    """A duet whose phrase is context: only the answer is learned and scored, without an end.

    Parameters
    ----------
    codec : SequenceCodec
        Where a tune takes other numbers of tokens in other keys, the phrase is learned, too.
    duet : LearnedDuet

    Returns
    -------
    EncodedTune
    """
    encoded = encode_tune(codec, duet.whole)
    cut = replace(
        encoded,
        weight=duet.weight,
        tokens=encoded.tokens[:-1],
        features=encoded.features[:-1],
        masks=encoded.masks[:-1],
    )
    if codec.token_count_depends_on_key:
        return cut
    phrase = codec.encode(codec.fit_tune(duet.phrase)).tolist()[:-1]
    heard = len(commonprefix([phrase, encoded.tokens.tolist()]))
    return replace(cut, heard=heard, notes=max(1, encoded.notes - len(duet.phrase.notes)))


def encode_duets(codec: SequenceCodec, duets: Sequence[LearnedDuet]) -> list[EncodedTune]:
    """Duets by `encode_duet`."""
    return [encode_duet(codec, duet) for duet in duets]


def _pack(tune: Tune) -> dict[str, Any]:
    return {"meter": str(tune.meter), "tempo": tune.tempo, "notes": _rows(tune.notes)}


def _rows(notes: Sequence[Note]) -> list[list[float]]:
    return [[note.pitch, note.onset, note.duration, note.velocity] for note in notes]


def _unpack(values: dict[str, Any]) -> Tune:
    return Tune(_notes(values["notes"]), Meter.parse(values["meter"]), values["tempo"])


def _notes(rows: list[list[float]]) -> tuple[Note, ...]:
    return tuple(Note(int(p), onset, length, int(v)) for p, onset, length, v in rows)
