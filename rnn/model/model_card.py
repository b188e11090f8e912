"""Model cards: a model's origin and scores, kept in its file and rendered as a page."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from midi_data.notes import Meter, Note
from rnn.model.sampling_params import SamplingParams
from rnn.model.sizes import NetworkSizes, parameter_shapes
from rnn.model.tune_critic import SoloCritic

SCORE_LABELS = {
    "test": "this model",
    "unigram": "unigram (each token by its share)",
    "ngram": "8-gram, interpolated Kneser-Ney",
    "cached": "8-gram with a cache of the tune so far",
}
"""Rows of the table of test scores, by key of `ModelCard.scores`."""
DEFAULT_SAMPLING = {"temperature": 0.95, "top_p": 0.95}
"""Sampling of a model whose card states none."""
TOKEN_LABELS = {
    "notes": "note tokens",
    "characters": "characters of text",
    "drums": "tokens of hits",
}
"""Tokens of a codec in words, by its kind."""


@dataclass(frozen=True, slots=True)
class GenerationMark:
    """A generation in the lineage of a model.

    Parameters
    ----------
    number : int
    accepted : bool
        Whether it passed the gate.
    duets : int
        Number of duets it learned from.
    """

    number: int
    accepted: bool
    duets: int


@dataclass(frozen=True, slots=True)
class ComparedAnswers:
    """One phrase, and how two generations answer it.

    Parameters
    ----------
    phrase, first, latest : tuple of Note
        The phrase, and the answers of generation 0 and of this one; from the phrase's beginning.
    beat_s : float
        Length of a quarter note, seconds.
    """

    phrase: tuple[Note, ...]
    first: tuple[Note, ...]
    latest: tuple[Note, ...]
    beat_s: float


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Origin and scores of a model.

    Parameters
    ----------
    style : str
        Short name.
    title : str
        Name shown to people.
    command : str
        Command line that trained it.
    seed : int
    minutes : float
        Training time.
    corpus, source, terms : str
        Name, origin and terms of use of the training corpus.
    tunes, notes : dict of str to int
        Counts of each split: train, validation, test.
    scores : dict of str to float
        Bits per note: validation; and on the test tunes, test, unigram, ngram, cached.
    meter : str
        Most frequent meter, as 6/8.
    tempo : float
        Median tempo, quarter notes a minute.
    meters : dict of str to int
        Number of training tunes of each meter; empty where only the most frequent is known.
    sampling : dict
        How the style is sampled: fields of `SamplingParams`.
    critic : dict
        The `SoloCritic` that draws among the network's own tunes, as JSON; empty for none.
    history : list of list of float
        Seconds, training bits and validation bits per note, one row a report.
    lineage : list of list of int
        Number, acceptance and duets of the generations up to this one; see `GenerationMark`.
    moved : list of list of float
        How far the weights of each unit of each layer lie from generation 0's.
    compared : list of list of list of float
        A phrase and the answers of generation 0 and of this one: rows of pitch, onset and duration.

    Raises
    ------
    ValueError
        If a meter or its count, the tempo, the sampling or the critic is invalid.
    """

    style: str = ""
    title: str = ""
    command: str = ""
    seed: int = 0
    minutes: float = 0.0
    corpus: str = ""
    source: str = ""
    terms: str = ""
    tunes: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    meter: str = "4/4"
    tempo: float = 120.0
    meters: dict[str, int] = field(default_factory=dict)
    sampling: dict[str, Any] = field(default_factory=lambda: dict(DEFAULT_SAMPLING))
    critic: dict[str, Any] = field(default_factory=dict)
    history: list[list[float]] = field(default_factory=list)
    lineage: list[list[int]] = field(default_factory=list)
    moved: list[list[float]] = field(default_factory=list)
    compared: list[list[list[float]]] = field(default_factory=list)

    @property
    def generations(self) -> tuple[GenerationMark, ...]:
        """The lineage, oldest first."""
        return tuple(GenerationMark(n, bool(ok), duets) for n, ok, duets in self.lineage)

    @property
    def comparison(self) -> ComparedAnswers | None:
        """The answers to one phrase; None if the card tells none."""
        try:
            parts = [
                tuple(Note(int(p), on, length) for p, on, length in part) for part in self.compared
            ]
            phrase, first, latest = parts
        except (TypeError, ValueError):
            return None
        whole = phrase and first and latest
        return ComparedAnswers(phrase, first, latest, 60 / self.tempo) if whole else None

    def __post_init__(self) -> None:
        for meter in (self.meter, *self.meters):
            Meter.parse(meter)
        if not isinstance(self.tempo, int | float) or not 0 < self.tempo < math.inf:
            raise ValueError(f"a tempo is quarter notes a minute, not {self.tempo!r}")
        for meter, count in self.meters.items():
            if not isinstance(count, int) or count < 1:
                raise ValueError(f"the meter {meter} has 1 tune or more, not {count!r}")
        try:
            SamplingParams.from_json(self.sampling)
        except (TypeError, ValueError) as error:
            raise ValueError(f"its sampling cannot be used: {error}") from error
        try:
            if self.critic:
                SoloCritic.from_json(self.critic)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"its critic cannot be used: {error}") from error

    def to_markdown(self, sizes: NetworkSizes, codec_kind: str) -> str:
        """The card of a model of some sizes and kind of codec, as a page of Markdown."""
        weights = sum(math.prod(shape) for shape in parameter_shapes(sizes).values())
        about = [
            ("trained by", f"`{self.command}`"),
            ("seed, minutes", f"{self.seed}, {self.minutes:g}"),
            ("corpus", f"{self.corpus}: {self.source}"),
            *([("terms", self.terms)] if self.terms else []),
            ("commonest meter, median tempo", f"{self.meter}, {self.tempo:.0f}"),
            ("sampling", ", ".join(f"{name} {x}" for name, x in self.sampling.items())),
        ]
        if self.critic:
            critic = SoloCritic.from_json(self.critic)
            of = f"{critic.section_bars} bars" if critic.section_bars else "a whole tune"
            told = f"draws one of {critic.candidates} candidates, of {of}"
            about.append(("critic of its own tunes", told))
        splits = ("train", "validation", "test")
        counts = [
            (name, *(f"{count.get(split, 0):,}" for split in splits))
            for name, count in (("tunes", self.tunes), ("notes", self.notes))
        ]
        blocks = [
            f"# {self.title}",
            f"The style `{self.style}`: a {sizes.layers}-layer LSTM of {sizes.units} cells a "
            f"layer, {weights:,} weights, over {sizes.outputs} {TOKEN_LABELS[codec_kind]}.",
            _table(("", ""), about),
            _table(("", *splits), counts),
        ]
        if "test" in self.scores:
            labels = SCORE_LABELS | {"validation": "this model, on the validation tunes"}
            scored = {labels[name]: self.scores[name] for name in labels if name in self.scores}
            blocks += [
                "Bits per note on the test tunes, unused in training (every pitch, length, gap, "
                "meter and ending charged):",
                _table(("", "bits per note"), [(n, f"{bits:.3f}") for n, bits in scored.items()]),
            ]
        return "\n\n".join(blocks) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    first, *others = (f"| {' | '.join(row)} |" for row in (head, *rows))
    first = first.replace("|  |", "| |").replace("|  |", "| |")
    return "\n".join([first, "|" + "---|" * len(head), *others])
