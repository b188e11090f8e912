"""The drummer: a network that plays drums, one cell of its grid after another.

Time is in the drummer's own beats from its begin; nothing here knows seconds or ports.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.drums import DrumPart
from midi_data.notes import Meter, Note, Tune
from rnn.codecs.drum_codec import DrumCodec
from rnn.codecs.drum_reader import (
    CELLS_PER_BEAT,
    END_TOKEN,
    FIRST_PART_TOKEN,
    FIRST_SHIFT_TOKEN,
    FIRST_VELOCITY_TOKEN,
    HOLD_TOKEN,
    MAX_SHIFT_CELLS,
    DrumReader,
    DrumReaderState,
)
from rnn.generation.sampling import sample_token
from rnn.model.arrays import Array
from rnn.model.checkpoint import Checkpoint

ALL_PARTS = frozenset(DrumPart)
SHOWN_CELLS_PER_PART = 6
MAX_HITS_PER_CELL = 8  # hits of one cell at most: a bound on the time it takes
# without them the network plays more than people do (`benchmarks/drumming.py --rows auc`)
EXTRA_HIT_PENALTY = 0.3  # nats against each further hit of a cell, except in a fill
NEXT_CELL_PENALTY = 0.5  # nats against hits in the cell after this one, except in a fill


@dataclass(frozen=True, slots=True)
class DrumSampling:
    """How a drummer is sampled.

    Parameters
    ----------
    temperature, top_p : float
        As in `rnn.generation.composer.SamplingParams`. The micro-timing of a hit is drawn from all
        that the network gives it: cut, it would be tighter than people's.
    parts : frozenset of DrumPart
        Parts it may play; at least one.
    fill : bool
        Whether it is to play a fill.
    """

    temperature: float = 0.95
    top_p: float = 0.98
    parts: frozenset[DrumPart] = ALL_PARTS
    fill: bool = False


class DrumImproviser:
    """Plays drums with a trained network.

    Parameters
    ----------
    model : Checkpoint
        A drummer's (`load_checkpoint(path, drums=True)`).

    Attributes
    ----------
    hit_cells : list of ndarray of float32, shape (parts, `SHOWN_CELLS_PER_PART`)
        For each hit of the last call of `compose_beats`: hidden states, as the hit was written, of
        the cells of the last layer that favour each part the most.
    """

    def __init__(self, model: Checkpoint) -> None:
        self._network, self._codec = model.network, DrumCodec()
        readout = model.network.parameters["readout.weight"]
        self._shown_cells = favouring_cells(
            readout[:, FIRST_PART_TOKEN:FIRST_VELOCITY_TOKEN].T, SHOWN_CELLS_PER_PART
        )
        self.hit_cells: list[Array] = []
        self.begin(Meter(), "", 120.0)

    def begin(self, meter: Meter, genre: str, tempo: float) -> None:
        """Forget everything, and begin at beat 0.

        Parameters
        ----------
        meter : Meter
        genre : str
            One of `midi_data.drums.GENRES`.
        tempo : float
            Quarter notes a minute.
        """
        self._reader: DrumReader = self._codec.new_reader()
        self._state = self._network.initial_state()
        self._logits: Array | None = None  # of the next token; None if they are to be computed
        self._next_cell: int | None = None  # of a gap that is drawn and not yet read
        for token in self._codec.condition_tokens(Tune((), meter, tempo, genre), fill=False):
            self._push(token)

    def compose_beats(
        self, until: float, generator: np.random.Generator, sampling: DrumSampling
    ) -> list[Note]:
        """The next hits, up to those of the cells before a beat.

        Parameters
        ----------
        until : float
            Beat.
        generator : numpy.random.Generator
        sampling : DrumSampling

        Returns
        -------
        list of Note
            In order of their cells; a hit may lie up to an eighth of a beat before its cell.
        """
        self._reader.fill = sampling.fill
        end, hits = round(until * CELLS_PER_BEAT), []
        self.hit_cells = []
        here = 0  # hits of this cell
        while True:
            if self._next_cell is None:
                token = self._draw(generator, sampling, may_stay=here < MAX_HITS_PER_CELL)
                if token < FIRST_PART_TOKEN:
                    self._next_cell = self._reader.cell + self._gap_cells(token)
            if self._next_cell is not None:
                if self._next_cell >= end:
                    return hits
                self._push_gap(self._next_cell - self._reader.cell)
                self._next_cell, here = None, 0
                token = self._draw(generator, sampling)
            hits.append(self._finish_hit(token, generator, sampling))
            here += 1

    def _finish_hit(
        self, part: int, generator: np.random.Generator, sampling: DrumSampling
    ) -> Note:
        self._push(part)
        self._push(self._draw(generator, sampling))
        hit = self._push(self._draw(generator, sampling))
        self.hit_cells.append(self._state.h[-1, 0, self._shown_cells])
        return hit

    def _gap_cells(self, token: int) -> int:
        """Cells of a gap that begins with a token; the longest for any longer one."""
        return MAX_SHIFT_CELLS if token == HOLD_TOKEN else token - FIRST_SHIFT_TOKEN + 1

    def _push_gap(self, cells: int) -> None:
        self._push(FIRST_SHIFT_TOKEN + cells - 1)

    def _draw(
        self, generator: np.random.Generator, sampling: DrumSampling, may_stay: bool = True
    ) -> int:
        logits = self._masked_logits()
        logits[END_TOKEN] = -np.inf
        kind = self._reader.expected_kind
        if kind is DrumReaderState.MICRO:
            return sample_token(logits, generator, 1.0, 1.0)
        if kind in (DrumReaderState.EVENT, DrumReaderState.PART):
            parts = logits[FIRST_PART_TOKEN:FIRST_VELOCITY_TOKEN]
            if kind is DrumReaderState.EVENT and not sampling.fill:
                parts -= EXTRA_HIT_PENALTY
                logits[FIRST_SHIFT_TOKEN] -= NEXT_CELL_PENALTY
            allowed = sampling.parts if may_stay else ()
            parts[[part for part in DrumPart if part not in allowed]] = -np.inf
        return sample_token(logits, generator, sampling.temperature, sampling.top_p)

    def _masked_logits(self) -> NDArray[np.float32]:
        if self._logits is None:
            self._logits = self._network.step(self._reader.features()[None], self._state)[0]
        return np.where(self._reader.mask(), self._logits, -np.inf)

    def _push(self, token: int) -> Note | None:
        if self._logits is None:  # the network reads each place, even if a rule chose the token
            self._masked_logits()
        self._logits = None
        return self._reader.push(token)

    def snapshot(self) -> object:
        """A copy of everything remembered, for `restore`."""
        logits = None if self._logits is None else self._logits.copy()
        return self._reader.copy(), self._state.copy(), logits, self._next_cell

    def restore(self, snapshot: object) -> None:
        """Return to a snapshot of this drummer."""
        reader, state, logits, self._next_cell = snapshot
        self._reader, self._state = reader.copy(), state.copy()
        self._logits = None if logits is None else logits.copy()


def favouring_cells(readout: Array, count: int) -> NDArray[np.int64]:
    """For each part the cells that favour it over the others, strongest first.

    Parameters
    ----------
    readout : ndarray of float32, shape (parts, units)
        Weights from each unit to the token of each part.
    count : int
        At most; there are no more than units / parts.

    Returns
    -------
    ndarray of int64, shape (parts, count)
        Each unit at most once.
    """
    parts, units = readout.shape
    count = min(count, units // parts)
    leaning = readout - readout.mean(axis=0)
    chosen: list[list[int]] = [[] for _ in range(parts)]
    taken: set[int] = set()
    for place in np.argsort(-leaning, axis=None, kind="stable").tolist():
        part, unit = divmod(place, units)
        if unit not in taken and len(chosen[part]) < count:
            chosen[part].append(unit)
            taken.add(unit)
    return np.array(chosen, np.int64)
