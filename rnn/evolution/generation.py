"""Generations: what is known of each network that a style has become, beside its weights."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

RECORD_FORMAT = 1


class GenerationError(ValueError):
    """A generation that cannot be used; the message tells why, in one line."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation of a style.

    Parameters
    ----------
    number : int
        From 1; 0 is the style as it was installed.
    parent : int
        Number of the generation it was trained from.
    style : str
        Name of the style.
    created : str
        Local time, ISO 8601; empty for generation 0.
    seed : int
        Of its training.
    data_hash : str
        SHA-256 of the data it learned from.
    weights_hash : str
        SHA-256 of its weights.
    file_hash : str
        SHA-256 of its model file; empty in a record of before this was kept.
    duets, rehearsed : int
        Number of duets, and of tunes of its own past, that it learned from.
    scores : dict of str to float
        Figures of the gate, by name.
    accepted : bool
        Whether it passed the gate.
    reasons : tuple of str
        Why it did not.
    """

    number: int
    parent: int
    style: str
    created: str = ""
    seed: int = 0
    data_hash: str = ""
    weights_hash: str = ""
    duets: int = 0
    rehearsed: int = 0
    scores: dict[str, float] = field(default_factory=dict)
    accepted: bool = True
    reasons: tuple[str, ...] = ()
    file_hash: str = ""

    @property
    def is_typed(self) -> bool:
        """Whether each value is of its type, which a damaged record does not warrant."""
        counts = (self.number, self.parent, self.seed, self.duets, self.rehearsed)
        hashes = (self.data_hash, self.weights_hash, self.file_hash)
        return (
            all(type(each) is int and each >= 0 for each in counts)
            and all(isinstance(each, str) for each in (self.created, *hashes, *self.reasons))
            and isinstance(self.accepted, bool)
        )

    def to_json(self) -> str:
        """The record as text."""
        return json.dumps({"format": RECORD_FORMAT, **asdict(self)}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Generation:
        """Read a record.

        Parameters
        ----------
        text : str

        Returns
        -------
        Generation

        Raises
        ------
        GenerationError
            If it is damaged, or of a newer version.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            version = values.pop("format")
            if version != RECORD_FORMAT:
                raise GenerationError(f"a record of format {version}, not {RECORD_FORMAT}")
            generation = cls(**values | {"reasons": tuple(values["reasons"])})
            scores = {str(name): float(score) for name, score in generation.scores.items()}
            if scores != generation.scores or not generation.is_typed:
                raise ValueError("values of another type")
        except (
            KeyError,
            TypeError,
            AttributeError,
            ValueError,
            OverflowError,
            RecursionError,
        ) as error:
            if isinstance(error, GenerationError):
                raise
            raise GenerationError(f"a damaged record ({error})") from error
        return generation
