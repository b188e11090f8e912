"""The improviser: a trained network that hears notes and writes the next one.

While it hears, its follower tries the music in every key (`rnn.generation.key_ensemble`), so a
melody in any key is continued in its key, with no key estimate but the network's. What it writes is
drawn from the shares the network gives, leaned as a taste would have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import TICKS_PER_BEAT, Meter, Note, Tune, fold_pitch
from rnn.analysis.attribution import Attribution
from rnn.codecs.codec import Reader
from rnn.generation.composer import KEYS, Composer, Step, Taste
from rnn.generation.key_ensemble import Follower, Place
from rnn.generation.logit_bias import leaned
from rnn.generation.lookahead import key_logs
from rnn.generation.sampling import mixture, sample, shares
from rnn.generation.unit_intervention import Touch, divergence
from rnn.model.checkpoint import Checkpoint
from rnn.model.lstm import Array

TICK = 1 / TICKS_PER_BEAT
PLAIN = Taste()
PATIENCE = 20
"""Choices after which a note is brought to its end: no taste may make it last for ever."""


@dataclass(frozen=True, slots=True)
class _Struck:
    """A key that went down; its `length` in beats is known once it came up."""

    pitch: int
    onset: float
    length: float | None = None


@dataclass(frozen=True, slots=True)
class _Snapshot:
    places: tuple[Place, ...]
    struck: _Struck | None
    written: tuple[int, ...]


class Improviser(Composer):
    """A composer with a trained network.

    Parameters
    ----------
    checkpoint : Checkpoint
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._follow([checkpoint])

    def _follow(self, checkpoints: Sequence[Checkpoint]) -> None:
        self._followers = tuple(Follower(checkpoint) for checkpoint in checkpoints)
        self._weights = np.ones(len(checkpoints)) / len(checkpoints)
        self.styles = tuple(checkpoint.card.style for checkpoint in checkpoints)
        self._codec = checkpoints[0].codec
        self._meter = Meter.read(checkpoints[0].card.meter)
        self.layers = self._followers[0].layers
        self.units = self._followers[0].units
        self.begin()

    @property
    def _leader(self) -> Follower:
        """The follower whose activations are shown."""
        return self._followers[0]

    # Hearing

    def begin(self, meter: Meter | None = None) -> None:
        self._struck: _Struck | None = None
        self._count_anew()
        self._written = self._codec.opening(meter or self._meter).tolist()
        for follower in self._followers:
            follower.begin(meter or self._meter)

    def strike(self, pitch: int, onset: float) -> Step:
        onset = self._settle(onset)
        self._count_anew()
        tokens, struck = self._spelt(fold_pitch(pitch), onset)
        for token in tokens:
            self._push(int(token))
        self._struck = struck
        alone = self._foreseen()
        ahead = self._keys_of(self._offered(alone, passing=True))
        return self._step(Note(pitch, struck.onset, TICK), ahead, alone)

    def release(self, pitch: int, at: float) -> None:
        struck = self._struck
        if struck is not None and struck.length is None and fold_pitch(pitch) == struck.pitch:
            self._struck = _Struck(struck.pitch, struck.onset, max(TICK, at - struck.onset))

    def rehear(self, phrase: Tune) -> Step:
        if not phrase.notes:
            raise ValueError("a phrase needs at least one note")
        phrase = self._codec.fitted(phrase)
        self.begin(phrase.meter)
        for note in phrase.notes:
            self._count_anew()
            for token in self._codec.spell_onset(self._leader.reader, note.pitch, note.onset):
                self._push(int(token))
            self._written.clear()  # what was written when the key was struck, if it was
            for token in self._codec.spell_length(self._leader.reader, note.duration):
                self._push(int(token))
        self._gather()
        length, step = self._written, self._step(note, self._ahead(PLAIN))
        self._written = length  # it goes with the next note: the last one is in sight already
        return replace(step, text="")

    def _settle(self, now: float) -> float:
        """Give the struck note its length; returns when the next one is taken to be struck."""
        struck, self._struck = self._struck, None
        if struck is None:
            return now
        until = now - struck.onset
        length = until if struck.length is None else struck.length
        length, after = self._codec.heard(length, until)
        for token in self._codec.spell_length(self._leader.reader, length):
            self._push(int(token))
        return now if after == until else struck.onset + after

    def _spelt(self, pitch: int, onset: float) -> tuple[NDArray[np.int32], _Struck]:
        """How to say that a key goes down.

        Some ticks later where the codec cannot say it now; right after the last note where it
        cannot say that either: after too long a silence, or in too long a note.
        """
        reader = self._leader.reader
        later = (onset + ticks * TICK for ticks in range(12 * TICKS_PER_BEAT))
        for place in chain(later, [reader.cursor * TICK]):
            try:
                return self._codec.spell_onset(reader, pitch, place), _Struck(pitch, place)
            except ValueError:
                continue
        raise ValueError(f"pitch {pitch} cannot be struck at beat {onset}")

    # Writing

    def compose(self, generator: np.random.Generator, taste: Taste) -> Step:
        if self._struck is not None:
            self._settle(self._struck.onset + (self._struck.length or 0.5))
        self._gather()
        self._count_anew()
        note, made = None, 0
        while note is None and not self._leader.reader.ended:
            logits, made = self._leaned(taste), made + 1
            if made > PATIENCE:
                logits = self._brought_on(logits)
            choice = sample(logits, generator, taste.temperature, taste.top_p)
            for token in self._codec.spelling(choice):
                note = self._push(token)
        return self._step(note, np.zeros(KEYS, np.float32) if note is None else self._ahead(taste))

    def _brought_on(self, logits: Array) -> Array:
        """Only what strikes a key, completes a note, or leads to where one of them can be done."""
        codec, reader = self._codec, self._leader.reader
        wanted = np.full(codec.choices, -np.inf, np.float32)
        if reader.awaits_key:
            wanted[codec.keys] = logits[codec.keys]
        else:
            tokens = np.flatnonzero(_leads_on(reader))
            wanted[tokens] = logits[tokens]
        return wanted if np.isfinite(wanted).any() else logits

    # Thinking

    def _count_anew(self) -> None:
        """Another note begins: what it takes is counted from here."""
        self._nats = 0.0

    def _push(self, token: int) -> Note | None:
        self._written.append(token)
        self._nats -= float(self._mixed(self._followers)[token])
        notes = [follower.push(token) for follower in self._followers]
        return notes[0]

    def _gather(self) -> None:
        """Go on in the best key alone."""
        for follower in self._followers:
            follower.gather()

    def _mixed(self, followers: Sequence[Follower], untouched: bool = False) -> Array:
        """Log probabilities of the next token, all networks asked, shape (V,)."""
        rows = []
        for follower in followers:
            plain = follower.log_shares_untouched if untouched else None
            rows.append(follower.log_shares if plain is None else plain)
        return mixture(rows, self._weights)

    def _offered(self, followers: Sequence[Follower], passing: bool = False) -> Array:
        """Log probabilities of what may be drawn, keys in one piece, shape (choices,).

        With `passing`, a key counts as next even if a bar line comes before it.
        """
        logs, codec, reader = self._mixed(followers), self._codec, followers[0].reader
        if codec.choices == codec.outputs:
            return logs
        offered = np.full(codec.choices, -np.inf, np.float32)
        offered[: codec.outputs] = np.where(reader.keeps_pitch(), logs, -np.inf)
        if reader.awaits_key:
            offered[list(codec.tree.children[0])] = -np.inf
            offered[codec.keys] = self._key_logs(followers, self._weights, passing)
        return offered

    def _key_logs(
        self, followers: Sequence[Follower], weights: NDArray[np.float64], passing: bool
    ) -> Array:
        """Log probabilities of the keys, shape (88,)."""
        if self._codec.choices == self._codec.outputs:
            return mixture([one.log_shares for one in followers], weights)[self._codec.keys]
        return key_logs([follower.fan() for follower in followers], weights, passing)

    def _leaned(self, taste: Taste, passing: bool = False) -> Array:
        offered = self._offered(self._followers, passing)
        return leaned(offered, self._codec, self._leader.reader, taste)

    def _foreseen(self) -> list[Follower]:
        """Followers past a struck note that has no length yet, as if it had its likeliest.

        Where what is likeliest would make it last on and on, it is brought to its end.
        """
        alone = [follower.solo() for follower in self._followers]
        for made in range(2 * PATIENCE):
            reader = alone[0].reader
            if not reader.awaits_length:
                break
            kept = reader.keeps_pitch()
            if made >= PATIENCE and (ends := kept & _leads_on(reader)).any():
                kept = ends
            token = int(np.where(kept, self._mixed(alone), -np.inf).argmax())
            for follower in alone:
                follower.push(token)
        return alone

    def _ahead(self, taste: Taste) -> Array:
        return self._keys_of(self._leaned(taste, passing=True))

    def _keys_of(self, logits: Array) -> Array:
        """Probability of each key among the keys, shape (88,)."""
        keys = logits[self._codec.keys]
        if not np.isfinite(keys).any():
            return np.zeros(KEYS, np.float32)
        return shares(keys).astype(np.float32)

    def _step(
        self, note: Note | None, ahead: Array, heads: Sequence[Follower] | None = None
    ) -> Step:
        """The step just made; `heads` know what is next where our own followers do not yet."""
        surprise = max(0.0, self._nats / float(np.log(2)))
        text, self._written = self._codec.text(self._written), []
        return Step(note, surprise, self._leader.activations, ahead, self._change(), text=text)

    def _change(self) -> float:
        if self._leader.reader.ended or not any(f.touched for f in self._followers):
            return 0.0
        return divergence(self._mixed(self._followers), self._mixed(self._followers, True))

    # Touching, and saying why

    def touch(self, touches: Sequence[Touch]) -> None:
        self._leader.touch(touches)

    def explain(self) -> Attribution | None:
        return self._leader.explain()

    # Remembering

    def snapshot(self) -> object:
        places = tuple(follower.place() for follower in self._followers)
        return _Snapshot(places, self._struck, tuple(self._written))

    def restore(self, snapshot: object) -> None:
        if not isinstance(snapshot, _Snapshot) or len(snapshot.places) != len(self._followers):
            raise TypeError("not a snapshot of this improviser")
        for follower, place in zip(self._followers, snapshot.places, strict=True):
            follower.come_back(place)
        self._struck, self._written = snapshot.struck, list(snapshot.written)


def _leads_on(reader: Reader) -> NDArray[np.bool_]:
    """Which tokens complete a note, or lead to where a key can be struck, shape (outputs,)."""
    allowed = reader.mask()
    leads = np.zeros_like(allowed)
    for token in np.flatnonzero(allowed).tolist():
        trial = reader.copy()
        leads[token] = trial.push(token) is not None or trial.awaits_key
    return leads
