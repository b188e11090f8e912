"""The improviser: a trained network that hears notes and writes the next one.

While it hears, it follows the music in twelve lanes, one for each shift -6..5 the network was
trained to be told of: in each lane the same notes, taken to be the style's own music moved by so
many semitones. The lane that finds the notes likeliest knows the key best; it is the one that
speaks. So a melody in any key is continued in its key, with no key estimate but the network's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT, Meter, Note, Tune, fold_pitch, on_grid
from rnn.checkpoint import Checkpoint
from rnn.codecs.base import LOWEST_SHIFT, SHIFTS, Codec, Reader
from rnn.composer import KEYS, Composer, Step, Taste
from rnn.lstm import Array
from rnn.network import Network, State, log_softmax
from rnn.sampling import sample, shares

HOME = -LOWEST_SHIFT
"""The lane of shift 0."""
TICK = 1 / TICKS_PER_BEAT
CHORD_LENGTH = 1.0
"""What a note is taken to last when others are struck with it, beats."""
PLAIN = Taste()


@dataclass(frozen=True, slots=True)
class _Struck:
    """A key that went down; its `length` in beats is known once it came up."""

    pitch: int
    onset: float
    length: float | None = None


@dataclass(frozen=True, slots=True)
class _Snapshot:
    state: State
    reader: Reader
    logits: Array
    bits: NDArray[np.float64]
    shifts: NDArray[np.int32]
    struck: _Struck | None


class Improviser(Composer):
    """A composer with a trained network.

    Parameters
    ----------
    checkpoint : Checkpoint
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._network: Network = checkpoint.network
        self._codec: Codec = checkpoint.codec
        beats, unit = checkpoint.card.meter.split("/")
        self._meter = Meter(int(beats), int(unit))
        self.layers = self._network.sizes.layers
        self.units = self._network.sizes.units
        self.begin()

    # Hearing

    def begin(self, meter: Meter | None = None) -> None:
        self._shifts = np.arange(SHIFTS, dtype=np.int32)  # of each lane, as rows
        self._state = self._network.state(SHIFTS)
        self._bits = np.zeros(SHIFTS)  # what the music so far took, in each lane
        self._struck: _Struck | None = None
        self._reader = self._codec.reader()
        self._think()
        for token in self._codec.opening(meter or self._meter):
            self._push(int(token))
        self._bits[:] = 0.0  # a meter is no evidence for a key

    def strike(self, pitch: int, onset: float) -> Step:
        self._settle(onset)
        before = self._bits.copy()
        tokens, struck = self._spelt(fold_pitch(pitch), onset)
        for token in tokens:
            self._push(int(token))
        self._struck = struck
        note = Note(pitch, struck.onset, TICK)
        return self._step(note, before, self._foreseen())

    def release(self, pitch: int, at: float) -> None:
        struck = self._struck
        if struck is not None and struck.length is None and fold_pitch(pitch) == struck.pitch:
            self._struck = _Struck(struck.pitch, struck.onset, max(TICK, at - struck.onset))

    def rehear(self, phrase: Tune) -> Step:
        if not phrase.notes:
            raise ValueError("a phrase needs at least one note")
        phrase = on_grid(phrase)
        self.begin(phrase.meter)
        for note in phrase.notes:
            before = self._bits.copy()
            for token in self._codec.spell_onset(self._reader, note.pitch, note.onset):
                self._push(int(token))
            for token in self._codec.spell_length(note.duration):
                self._push(int(token))
        self._gather()
        return self._step(note, before[self._lane_of(before)], self._ahead(PLAIN))

    def _settle(self, now: float) -> None:
        """Give the struck note its length: as long as it was held, or until now."""
        struck, self._struck = self._struck, None
        if struck is None:
            return
        length = now - struck.onset if struck.length is None else struck.length
        if now - struck.onset < TICK / 2:
            length = CHORD_LENGTH
        for token in self._codec.spell_length(length):
            self._push(int(token))

    def _spelt(self, pitch: int, onset: float) -> tuple[NDArray[np.int32], _Struck]:
        """How to say that a key goes down, some ticks later where the codec cannot say it now."""
        for ticks in range(12 * TICKS_PER_BEAT):
            later = onset + ticks * TICK
            try:
                return self._codec.spell_onset(self._reader, pitch, later), _Struck(pitch, later)
            except ValueError:
                continue
        raise ValueError(f"pitch {pitch} cannot be struck at beat {onset}")

    # Writing

    def compose(self, generator: np.random.Generator, taste: Taste) -> Step:
        if self._struck is not None:
            self._settle(self._struck.onset + (self._struck.length or 0.5))
        self._gather()
        before = self._bits.copy()
        note = None
        while note is None and not self._reader.ended:
            logits = self._tasted(self._logits[0], taste)
            note = self._push(sample(logits, generator, taste.temperature, taste.top_p))
        ahead = np.zeros(KEYS, np.float32) if note is None else self._ahead(taste)
        return self._step(note, before, ahead)

    def _tasted(self, logits: Array, taste: Taste) -> Array:
        """Logits as a taste would have them; -inf where a token may not come."""
        allowed = self._reader.mask()
        if not taste.may_end and allowed[self._codec.end_token]:
            allowed[self._codec.end_token] = False
        logits = np.where(allowed, logits, -np.inf).astype(np.float32)
        keys = logits[self._codec.pitch_tokens]  # (88,)
        pitches = np.arange(LOWEST_PITCH, LOWEST_PITCH + KEYS)
        if taste.scale:
            outside = ~np.isin(pitches % 12, list(taste.scale))
            keys[outside] -= taste.strictness * taste.temperature
        if taste.centre is not None:
            away = (pitches - taste.centre) / taste.spread
            keys -= (0.5 * taste.temperature * away**2).astype(np.float32)
        return logits

    # Thinking

    def _think(self) -> None:
        rows = np.tile(self._reader.features(), (len(self._shifts), 1))  # (lanes, width)
        rows[rows == self._codec.shift_row + HOME] = -1
        for lane, shift in enumerate(self._shifts):
            rows[lane][rows[lane] == -1] = self._codec.shift_row + shift
        self._logits = self._network.step(rows, self._state)  # (lanes, V)

    def _push(self, token: int) -> Note | None:
        logs = log_softmax(self._logits, self._reader.mask())[:, token]  # (lanes,)
        self._bits -= logs / np.log(2)
        note = self._reader.push(token)
        if not self._reader.ended:
            self._think()
        return note

    def _lane_of(self, bits: NDArray[np.float64]) -> int:
        """The lane to which the music is the least surprise; shift 0 if none is better."""
        best = int(np.argmin(bits))
        home = np.flatnonzero(self._shifts == HOME)
        return int(home[0]) if len(home) and bits[home[0]] <= bits[best] else best

    def _gather(self) -> None:
        """Go on in the best lane alone."""
        lane = self._lane_of(self._bits)
        pick = slice(lane, lane + 1)
        self._state = self._state.lane(lane)
        self._logits, self._bits = self._logits[pick].copy(), self._bits[pick].copy()
        self._shifts = self._shifts[pick].copy()

    def _foreseen(self) -> Array:
        """`ahead` while a struck note has no length yet: as if it had its likeliest."""
        lane = self._lane_of(self._bits)
        state, reader = self._state.lane(lane), self._reader.copy()
        logits = self._logits[lane]
        while reader.awaits_length:
            token = int(np.where(reader.mask(), logits, -np.inf).argmax())
            reader.push(token)
            rows = reader.features()[None]  # (1, width)
            rows[rows == self._codec.shift_row + HOME] = self._codec.shift_row + self._shifts[lane]
            logits = self._network.step(rows, state)[0]  # (V,)
        return _shares_of_keys(logits, reader.mask(), self._codec)

    def _ahead(self, taste: Taste) -> Array:
        logits = self._tasted(self._logits[0], taste)
        return _shares_of_keys(logits, self._reader.mask(), self._codec)

    def _step(self, note: Note | None, before: NDArray[np.float64], ahead: Array) -> Step:
        lane = self._lane_of(self._bits)
        state, units = self._state, self.units
        gates = state.gates[:, lane].reshape(self.layers, 4, units)  # input, forget, output, new
        activations = np.stack(
            [
                gates[:, 0],
                gates[:, 1],
                gates[:, 3],
                gates[:, 2],
                state.c[:, lane],
                state.h[:, lane],
            ],
            axis=1,
        )  # (layers, 6, units)
        surprise = float((self._bits - before)[lane])
        return Step(note, max(0.0, surprise), activations, ahead)

    # Remembering

    def snapshot(self) -> object:
        return _Snapshot(
            self._state.copy(),
            self._reader.copy(),
            self._logits.copy(),
            self._bits.copy(),
            self._shifts,
            self._struck,
        )

    def restore(self, snapshot: object) -> None:
        if not isinstance(snapshot, _Snapshot):
            raise TypeError("not a snapshot of an improviser")
        self._state, self._reader = snapshot.state.copy(), snapshot.reader.copy()
        self._logits, self._bits = snapshot.logits.copy(), snapshot.bits.copy()
        self._shifts, self._struck = snapshot.shifts, snapshot.struck


def _shares_of_keys(logits: Array, mask: NDArray[np.bool_], codec: Codec) -> Array:
    """Probability of each key among the keys, shape (88,)."""
    keys = np.where(mask, logits, -np.inf)[codec.pitch_tokens]
    if not np.isfinite(keys).any():
        return np.zeros(KEYS, np.float32)
    return shares(keys).astype(np.float32)
