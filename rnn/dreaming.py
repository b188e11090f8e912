"""Dreaming: music that moves one unit of a trained network, found by running it backwards.

Activation maximisation (Erhan et al. 2009; Simonyan et al. 2014) as Zeiler & Fergus (2014) asked of
images: what does this unit look for? Notes are not pixels, so the way uphill is taken in hops
(HotFlip, Ebrahimi et al. 2018): the gradient of what the unit says, by everything the network was
shown, tells of each other pitch and length a note could have how much it would help; the most
promising is tried, and kept if the unit does say more. How likely the network holds the notes to be
counts a little, so that a dream stays music of its kind (Nguyen et al. 2016).

All is done in slices of a few milliseconds, so that somebody may watch.

Shapes: T steps, F active input rows, E embedding, H units, V tokens.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, Meter, Note, Tune
from rnn.attribution import layer_back
from rnn.codecs.base import Codec, Reader
from rnn.lstm import Array
from rnn.network import Network
from rnn.softmax import log_softmax
from rnn.state import State

LIKELY = 0.01
"""What a nat of mean log probability a note counts beside what the unit says, which is -1..1."""
LEAST = 1e-3
"""A hop must gain more than this."""
STARTS = 8
"""Random tunes it is begun with, the best of which it goes on from."""
TRIED = 24
"""Hops tried between two looks at the gradient."""
A_NOTE = 3
"""Of these no more for one note."""
SHAKES, SHAKEN = 6, 4
"""Where no hop helps: how often one in so many of the notes is drawn anew."""
MOST_TRIED = 200
"""Tunes tried in all, about."""
NOTES_AT_ONCE, STEPS_AT_ONCE = 2, 12
"""Notes whose hops are weighed, and steps that are heard, in one slice."""
END = object()

T = TypeVar("T")
Slices = Generator[None, None, T]
"""Work done in slices, each of a few milliseconds, and what comes of it."""
_Hop = tuple[float, int, Note]
"""What a change promises, the place of the note, and what it would be."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A network hearing a tune from its start, nothing remembered.

    Parameters
    ----------
    tune : Tune
    tokens : ndarray of int32, shape (T - 1,)
    rows : ndarray of int32, shape (T, F)
        What it was shown: before each token, and after the last.
    readers : tuple of Reader
        Before each token.
    h, c : ndarray, shape (T, layers, H)
        Hidden states and cells after each step.
    gates : ndarray, shape (T, layers, 4H)
    likelihood : ndarray, shape (T - 1,)
        Log probability of each token, nats.
    ends : tuple of int
        For each note the step that shows its end.
    """

    tune: Tune
    tokens: NDArray[np.int32]
    rows: NDArray[np.int32]
    readers: tuple[Reader, ...]
    h: Array
    c: Array
    gates: Array
    likelihood: Array
    ends: tuple[int, ...]

    def said(self, layer: int, unit: int) -> Array:
        """What a unit said after each note, shape (notes,), -1..1."""
        return self.h[list(self.ends), layer, unit]


def hear(network: Network, codec: Codec, tune: Tune, before: Heard | None = None) -> Heard:
    """Have a network hear a tune.

    Parameters
    ----------
    before : Heard, optional
        The same network hearing a tune with the same beginning, which is not heard again.

    Raises
    ------
    ValueError
        If the tune has no notes, or the codec cannot spell it.
    """
    return finish(hear_slowly(network, codec, tune, before))


def hear_slowly(
    network: Network, codec: Codec, tune: Tune, before: Heard | None = None
) -> Slices[Heard]:
    """`hear`, a few steps at a time."""
    if not tune.notes:
        raise ValueError("a tune without notes cannot be heard")
    tokens = codec.encode(tune)
    tokens = tokens[:-1] if tokens[-1] == codec.end_token else tokens
    same = 0 if before is None else _same(before.tokens, tokens)
    record = _Record(network, len(tokens) + 1, codec.width)
    reader, readers, ends = codec.reader(), [], []
    if before is not None and same:
        reader = record.take(before, same)
        readers = list(before.readers[:same])
        ends = [end for end in before.ends if end <= same]
    for place in range(same, len(tokens)):
        token = int(tokens[place])
        record.shown(place, reader.features(), reader.mask(), token)
        readers.append(reader.copy())
        if reader.push(token) is not None:
            ends.append(place + 1)
        if (place - same) % STEPS_AT_ONCE == STEPS_AT_ONCE - 1:
            yield
    if len(ends) != len(tune.notes):
        raise ValueError(f"of {len(tune.notes)} notes only {len(ends)} can be spelled")
    record.shown(len(tokens), reader.features())
    kept = record.rows, tuple(readers), record.h, record.c, record.gates, record.likelihood
    return Heard(tune, tokens, *kept, tuple(ends))


def finish(slices: Slices[Heard]) -> Heard:
    """Do all slices at once."""
    while True:
        try:
            next(slices)
        except StopIteration as end:
            return end.value


class _Record:
    """Live steps of one lane, written down."""

    def __init__(self, network: Network, steps: int, width: int) -> None:
        layers, units = network.sizes.layers, network.sizes.units
        self._network, self._state = network, network.state()
        self.rows = np.zeros((steps, width), np.int32)
        self.h, self.c = np.zeros((2, steps, layers, units), np.float32)
        self.gates = np.zeros((steps, layers, 4 * units), np.float32)
        self.likelihood = np.zeros(steps - 1, np.float32)

    def take(self, before: Heard, same: int) -> Reader:
        """Go on where another's first `same` tokens end; returns the reader there."""
        for mine, theirs in (
            (self.rows, before.rows),
            (self.h, before.h),
            (self.c, before.c),
            (self.gates, before.gates),
            (self.likelihood, before.likelihood),
        ):
            mine[:same] = theirs[:same]
        self._restore(same - 1)
        if same < len(before.readers):
            return before.readers[same].copy()
        reader = before.readers[-1].copy()
        reader.push(int(before.tokens[-1]))
        return reader

    def _restore(self, step: int) -> None:
        state: State = self._state
        state.h[:, 0], state.c[:, 0] = self.h[step], self.c[step]

    def shown(
        self,
        step: int,
        rows: NDArray[np.int32],
        mask: NDArray[np.bool_] | None = None,
        token: int = 0,
    ) -> None:
        """One step, and how likely the token was that came then."""
        logits = self._network.step(rows[None], self._state)[0]
        self.rows[step] = rows
        self.h[step], self.c[step] = self._state.h[:, 0], self._state.c[:, 0]
        self.gates[step] = self._state.gates[:, 0]
        if mask is not None:
            self.likelihood[step] = log_softmax(logits, mask)[token]


def slope(network: Network, heard: Heard, layer: int, unit: int, step: int) -> Array:
    """Gradient of what a unit says at a step by what the network was shown until then.

    Returns
    -------
    ndarray of float32, shape (step + 1, E)
        By the sum of the active rows of the embedding at each step.
    """
    dx = np.zeros((step + 1, network.sizes.units), np.float32)
    dx[step, unit] = 1.0
    for k in range(layer, -1, -1):
        part = slice(0, step + 1)
        nothing = np.zeros_like(heard.c[0, k])  # remembered before the first
        dx = layer_back(network.layers[k], heard.gates[part, k], heard.c[part, k], nothing, dx)
    return dx


class Dream:
    """Notes, one after another, that come to move one unit more and more.

    Parameters
    ----------
    network : Network
    codec : Codec
    layer, unit : int
    start : Tune
        Of notes one after another, pitches and lengths are changed; of others pitches only.
    polarity : int
        1 to raise what the unit says, -1 to lower it.
    pitches : sequence of int
        MIDI numbers to choose from.
    lengths : sequence of float
        Beats to choose from.
    seed : int
        Of other starts, and of shakes.

    Attributes
    ----------
    heard : Heard
        The network hearing the notes as they are now.
    hops : int
        How many changes were kept so far.
    tried : int
        How many changes were tried.
    done : bool
        Whether it is at an end.
    """

    def __init__(
        self,
        network: Network,
        codec: Codec,
        layer: int,
        unit: int,
        start: Tune,
        polarity: int = 1,
        pitches: Sequence[int] = range(LOWEST_PITCH, HIGHEST_PITCH + 1),
        lengths: Sequence[float] = (0.5, 1.0),
        seed: int = 0,
    ) -> None:
        self._network, self._codec = network, codec
        self._layer, self._unit, self._polarity = layer, unit, polarity
        self._pitches, self._lengths = tuple(pitches), tuple(lengths)
        self.heard = hear(network, codec, start)
        self.hops = self.tried = 0
        self.done = False
        self._value = self._worth(self.heard)
        self._is_melody = start.notes == tuple(
            _one_after_another(start.notes, start.notes[0].onset)
        )
        self._generator = np.random.default_rng(seed)
        self._slices = self._run()

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes as they are now."""
        return self.heard.tune.notes

    @property
    def strength(self) -> float:
        """How far the unit is moved at the end, the way it likes to be: -1..1."""
        return self._polarity * float(self.heard.h[self.heard.ends[-1], self._layer, self._unit])

    def step(self) -> bool:
        """Do one slice; False once there is nothing left to do."""
        if not self.done:
            self.done = next(self._slices, END) is END
        return not self.done

    def _worth(self, heard: Heard) -> float:
        said = self._polarity * float(heard.h[heard.ends[-1], self._layer, self._unit])
        return said + LIKELY * float(heard.likelihood.sum()) / len(heard.ends)

    def _run(self) -> Slices[None]:
        """Climb from the best of some starts; where nothing helps any more, shake and climb on."""
        for _ in range(STARTS):
            yield from self._consider(self._shaken(len(self.notes)))
        while self.tried < MOST_TRIED:
            climbs = True
            while climbs and self.tried < MOST_TRIED:
                hops = self.hops
                for _, place, change in (yield from self._order())[:TRIED]:
                    yield from self._consider(self._changed(place, change))
                    yield
                climbs = self.hops > hops
            for _ in range(SHAKES):
                yield from self._consider(self._shaken(max(1, len(self.notes) // SHAKEN)))

    def _shaken(self, count: int) -> Tune:
        """So many of the notes drawn anew."""
        notes = list(self.notes)
        for place in self._generator.choice(len(notes), count, replace=False).tolist():
            pitch = int(self._generator.choice(self._pitches))
            notes[place] = replace(notes[place], pitch=pitch)
            if self._is_melody:
                beats = float(self._generator.choice(self._lengths))
                notes[place] = replace(notes[place], duration=beats)
        return self._tune(notes)

    def _changed(self, place: int, change: Note) -> Tune:
        notes = list(self.notes)
        notes[place] = replace(notes[place], pitch=change.pitch, duration=change.duration)
        return self._tune(notes)

    def _tune(self, notes: Sequence[Note]) -> Tune:
        if self._is_melody:
            notes = [*_one_after_another(notes, self.notes[0].onset)]
        return replace(self.heard.tune, notes=tuple(notes))

    def _order(self) -> Slices[list[_Hop]]:
        """Hops, the most promising first."""
        heard, order = self.heard, list[_Hop]()
        dx = slope(self._network, heard, self._layer, self._unit, heard.ends[-1])
        dx *= self._polarity
        yield
        for place in range(len(self.notes)):
            order += sorted(self._hops_of(place, dx), key=_promise)[:A_NOTE]
            if place % NOTES_AT_ONCE == NOTES_AT_ONCE - 1:
                yield
        return sorted(order, key=_promise)

    def _hops_of(self, place: int, dx: Array) -> Iterator[_Hop]:
        """What else a note could be, and by how much that promises to help."""
        heard, note = self.heard, self.notes[place]
        key, length = _spelled(heard, place)
        spellings = self._codec.tree.spellings
        others = [
            (spellings[pitch - LOWEST_PITCH][0], replace(note, pitch=pitch))
            for pitch in self._pitches
            if pitch != note.pitch
        ]
        yield from ((gain, place, hop) for gain, hop in self._gains(key, others, dx))
        if not self._is_melody:
            return
        others = [
            (int(self._codec.spell_length(heard.readers[length], beats)[0]), hop)
            for beats in self._lengths
            if beats != note.duration and (hop := replace(note, duration=beats))
        ]
        yield from ((gain, place, hop) for gain, hop in self._gains(length, others, dx))

    def _gains(
        self, step: int, others: Sequence[tuple[int, Note]], dx: Array
    ) -> Iterator[tuple[float, Note]]:
        """What other tokens at a step promise, first order; those that may not stand there not."""
        reader = self.heard.readers[step]
        mask = reader.mask()
        fit = [(token, hop) for token, hop in others if mask[token]]
        if not fit:
            return
        rows = [_after(reader, token) for token, _ in fit]  # each (F,)
        embedding = self._network.parameters["embedding"]
        shown = embedding[np.stack(rows)].sum(axis=1)  # (n, F, E) -> (n, E)
        gains = (shown - embedding[self.heard.rows[step + 1]].sum(axis=0)) @ dx[step + 1]
        yield from zip(gains.tolist(), (hop for _, hop in fit), strict=True)

    def _consider(self, tune: Tune) -> Slices[None]:
        """Take a tune in place of the one there is if it is worth more."""
        self.tried += 1
        try:
            heard = yield from hear_slowly(self._network, self._codec, tune, self.heard)
        except ValueError:  # a key that sounds already cannot be struck
            return
        value = self._worth(heard)
        if value > self._value + LEAST:
            self.heard, self._value = heard, value
            self.hops += 1


def _promise(hop: _Hop) -> float:
    return -hop[0]


def random_start(
    generator: np.random.Generator,
    meter: Meter,
    count: int,
    pitches: Sequence[int],
    lengths: Sequence[float],
) -> Tune:
    """Notes drawn at random, one after another."""
    chosen = zip(generator.choice(pitches, count), generator.choice(lengths, count), strict=True)
    notes = [Note(int(pitch), 0.0, float(beats)) for pitch, beats in chosen]
    return Tune(tuple(_one_after_another(notes)), meter)


def shuffled(generator: np.random.Generator, tune: Tune, pitches: Sequence[int]) -> Tune:
    """The same rhythm, with other pitches drawn at random."""
    notes: list[Note] = []
    for note in tune.notes:
        taken = {other.pitch for other in notes if other.end > note.onset}
        free = [pitch for pitch in pitches if pitch not in taken]
        notes.append(replace(note, pitch=int(generator.choice(free))))
    return replace(tune, notes=tuple(notes))


def _one_after_another(notes: Sequence[Note], onset: float = 0.0) -> Iterator[Note]:
    for note in notes:
        yield replace(note, onset=onset)
        onset += note.duration


def _after(reader: Reader, token: int) -> NDArray[np.int32]:
    """What the network is shown once a token has come."""
    reader = reader.copy()
    reader.push(token)
    return reader.features()


def _same(first: NDArray[np.int32], second: NDArray[np.int32]) -> int:
    """How many tokens two tunes have in common from the start."""
    short = min(len(first), len(second))
    differs = np.flatnonzero(first[:short] != second[:short])
    return int(differs[0]) if len(differs) else short


def _spelled(heard: Heard, place: int) -> tuple[int, int]:
    """The steps at which a note's key and the first of its length are said."""
    start = heard.ends[place - 1] if place else 0
    for step in range(start, heard.ends[place]):
        if heard.readers[step].awaits_length:
            return step - 1, step
    raise ValueError(f"note {place} is spelled without a length of its own")
