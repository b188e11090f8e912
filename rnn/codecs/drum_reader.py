"""The reader of drum tokens: the cell of the grid, what was hit before, and valid next tokens."""

from __future__ import annotations

from enum import Enum, auto
from typing import Self

import numpy as np
from numpy.typing import NDArray

from midi_data.drums import GENRES, HIT_BEATS, PART_PITCHES
from midi_data.notes import Meter, Note
from rnn.codecs.bar_echoes import KNOWN_METERS

CELLS_PER_BEAT = 4  # cells of the grid in a quarter note: sixteenths
MICRO_STEPS = 36  # places in a cell; the middle one is on the grid
STEPS_PER_BEAT = CELLS_PER_BEAT * MICRO_STEPS
ON_GRID_STEP = MICRO_STEPS // 2  # place of a hit exactly on the grid
VELOCITY_CLASSES = 16  # classes of eight velocities
MAX_SHIFT_CELLS = 16  # longest gap with a token of its own, cells
PART_COUNT = len(PART_PITCHES)
LOWEST_TEMPO_BPM, TEMPO_CLASSES_PER_OCTAVE, TEMPO_CLASSES = 50.0, 6, 16
"""Classes of tempo: a sixth of an octave each, from 50 a minute up."""

END_TOKEN = 0
FIRST_METER_TOKEN = 1
FIRST_GENRE_TOKEN = FIRST_METER_TOKEN + len(KNOWN_METERS)
FIRST_FILL_TOKEN = FIRST_GENRE_TOKEN + len(GENRES)  # a beat; the next one is a fill
FIRST_TEMPO_TOKEN = FIRST_FILL_TOKEN + 2
HOLD_TOKEN = FIRST_TEMPO_TOKEN + TEMPO_CLASSES
FIRST_SHIFT_TOKEN = HOLD_TOKEN + 1  # the next cell; k - 1 more for the k-th
FIRST_PART_TOKEN = FIRST_SHIFT_TOKEN + MAX_SHIFT_CELLS
FIRST_VELOCITY_TOKEN = FIRST_PART_TOKEN + PART_COUNT
FIRST_MICRO_TOKEN = FIRST_VELOCITY_TOKEN + VELOCITY_CLASSES
TOKEN_COUNT = FIRST_MICRO_TOKEN + MICRO_STEPS

ECHO_DELAYS_BARS = (1, 2)  # ages of the echoes, bars
MEMORY_CELLS = 2 * 24  # age at which a hit is forgotten, cells: two of the longest bars
BAR_PHASES = 24  # cells of a bar with an input row each
BAR_CYCLE_BARS = 16  # bars with an input row each; bars are counted modulo this


class DrumReaderState(Enum):
    """Kind of the next token."""

    METER = auto()
    GENRE = auto()
    FILL = auto()
    TEMPO = auto()
    EVENT = auto()  # a part in the same cell, a gap, or the end
    SHIFT = auto()  # after a HOLD that lengthens a gap
    PART = auto()  # after a gap
    VELOCITY = auto()
    MICRO = auto()
    NOTHING = auto()  # the tune has ended


METER, GENRE, FILL, TEMPO, EVENT, SHIFT, PART, VELOCITY, MICRO, NOTHING = DrumReaderState


class _DrumRows:
    """First input row of each kind; where a kind has a row for none, it is the last."""

    TOKEN = 0
    PHASE = TOKEN + TOKEN_COUNT + 1
    BAR = PHASE + BAR_PHASES
    METER = BAR + BAR_CYCLE_BARS
    GENRE = METER + len(KNOWN_METERS)
    FILL = GENRE + len(GENRES)
    TEMPO = FILL + 2
    PART = TEMPO + TEMPO_CLASSES
    LAST_VELOCITY = PART + PART_COUNT + 1  # of the last hit of the current part
    LAST_MICRO = LAST_VELOCITY + VELOCITY_CLASSES + 1
    CELL_MICRO = LAST_MICRO + MICRO_STEPS + 1  # of the last hit in this cell
    ECHO_VELOCITY = CELL_MICRO + MICRO_STEPS + 1  # of the current part, a bar ago
    ECHO_MICRO = ECHO_VELOCITY + VELOCITY_CLASSES + 1
    NEXT_HIT = ECHO_MICRO + MICRO_STEPS + 1  # of each echo: cells to its next hit
    ECHO_PART = NEXT_HIT + len(ECHO_DELAYS_BARS) * (MAX_SHIFT_CELLS + 1)
    """Of each echo and part: not hit in this cell, or hit."""
    END = ECHO_PART + len(ECHO_DELAYS_BARS) * PART_COUNT * 2


ROW_COUNT = _DrumRows.END
WIDTH = 13 + len(ECHO_DELAYS_BARS) * (1 + PART_COUNT)  # active rows of a step


def _valid_tokens() -> dict[DrumReaderState, NDArray[np.bool_]]:
    """Tokens of each kind."""
    spans = {
        METER: (FIRST_METER_TOKEN, FIRST_GENRE_TOKEN),
        GENRE: (FIRST_GENRE_TOKEN, FIRST_FILL_TOKEN),
        FILL: (FIRST_FILL_TOKEN, FIRST_TEMPO_TOKEN),
        TEMPO: (FIRST_TEMPO_TOKEN, HOLD_TOKEN),
        EVENT: (HOLD_TOKEN, FIRST_VELOCITY_TOKEN),
        SHIFT: (HOLD_TOKEN, FIRST_PART_TOKEN),
        PART: (FIRST_PART_TOKEN, FIRST_VELOCITY_TOKEN),
        VELOCITY: (FIRST_VELOCITY_TOKEN, FIRST_MICRO_TOKEN),
        MICRO: (FIRST_MICRO_TOKEN, TOKEN_COUNT),
        NOTHING: (0, 0),
    }
    masks = {}
    for kind, (first, end) in spans.items():
        masks[kind] = np.zeros(TOKEN_COUNT, bool)
        masks[kind][first:end] = True
    masks[EVENT][END_TOKEN] = True
    return masks


_VALID_TOKENS = _valid_tokens()


class DrumReader:
    """A position in a stream of drum tokens. Cells are counted from the start of the tune.

    `fill` may be changed at any time: it tells the network to play a fill from there on.
    """

    def __init__(self) -> None:
        self.expected_kind = METER
        self.meter = KNOWN_METERS[0]
        self.bar_cells = _bar_cells(self.meter)
        self.genre, self.fill, self.tempo_class = 0, False, 0
        self.cell = -1  # of the last hit, or where a gap leads
        self.hits = 0  # complete hits
        self._token = TOKEN_COUNT  # the last one
        self._held = 0  # cells of a gap read so far
        self._part = -1  # of the current or last hit in this cell; -1 for none
        self._velocity = 0  # class of the current hit
        self._cell_micro = MICRO_STEPS  # of the last hit in this cell
        self._last: dict[int, tuple[int, int]] = {}  # by part: velocity and micro-timing
        self._cells: dict[int, dict[int, tuple[int, int]]] = {}
        """The hits of each cell by part; only the last cell is changed in place."""

    @property
    def ended(self) -> bool:
        """Whether the tune is complete."""
        return self.expected_kind is NOTHING

    def copy(self) -> Self:
        """An independent reader at the same position."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._last = self._last.copy()
        other._cells = {cell: hits.copy() for cell, hits in self._cells.items()}
        return other

    def mask(self) -> NDArray[np.bool_]:
        """Valid next tokens, shape (outputs,)."""
        mask = _VALID_TOKENS[self.expected_kind].copy()
        if self.expected_kind is EVENT:
            if self._part < 0:  # before the first hit
                mask[END_TOKEN] = False
                mask[FIRST_PART_TOKEN:FIRST_VELOCITY_TOKEN] = False
            else:  # a part again only later in its cell
                again = self._cell_micro < MICRO_STEPS - 1
                mask[FIRST_PART_TOKEN : FIRST_PART_TOKEN + self._part + 1 - again] = False
        elif self.expected_kind is MICRO and self._part in self._cells.get(self.cell, {}):
            earliest = self._cells[self.cell][self._part][1] + 1
            mask[FIRST_MICRO_TOKEN : FIRST_MICRO_TOKEN + earliest] = False
        return mask

    def push(self, token: int) -> Note | None:
        """Read the next token (ValueError if not valid); returns the hit it completes, if any."""
        if not 0 <= token < TOKEN_COUNT or not self.mask()[token]:
            raise ValueError(
                f"token {token} may not come here: a reader waits for {self.expected_kind}"
            )
        return self.advance(token)

    def advance(self, token: int) -> Note | None:
        """`push` for a token known to be valid."""
        self._token = token
        if token >= FIRST_MICRO_TOKEN:
            return self._finish_hit(token - FIRST_MICRO_TOKEN)
        if token >= FIRST_VELOCITY_TOKEN:
            self._velocity = token - FIRST_VELOCITY_TOKEN
            self.expected_kind = MICRO
        elif token >= FIRST_PART_TOKEN:
            self._part = token - FIRST_PART_TOKEN
            self.expected_kind = VELOCITY
        elif token >= FIRST_SHIFT_TOKEN:
            self._begin_cell(self.cell + self._held + token - FIRST_SHIFT_TOKEN + 1)
        elif token == HOLD_TOKEN:
            self._held += MAX_SHIFT_CELLS
            self.expected_kind = SHIFT
        elif token == END_TOKEN:
            self.expected_kind = NOTHING
        else:
            self._read_condition(token)
        return None

    def _read_condition(self, token: int) -> None:
        if token >= FIRST_TEMPO_TOKEN:
            self.tempo_class = token - FIRST_TEMPO_TOKEN
            self.expected_kind = EVENT
        elif token >= FIRST_FILL_TOKEN:
            self.fill = token > FIRST_FILL_TOKEN
            self.expected_kind = TEMPO
        elif token >= FIRST_GENRE_TOKEN:
            self.genre = token - FIRST_GENRE_TOKEN
            self.expected_kind = FILL
        else:
            self.meter = KNOWN_METERS[token - FIRST_METER_TOKEN]
            self.bar_cells = _bar_cells(self.meter)
            self.expected_kind = GENRE

    def _begin_cell(self, cell: int) -> None:
        self.cell, self._held = cell, 0
        self._part, self._cell_micro = -1, MICRO_STEPS
        self._cells[cell] = {}
        while (oldest := next(iter(self._cells))) < cell - MEMORY_CELLS:
            del self._cells[oldest]
        self.expected_kind = PART

    def _finish_hit(self, micro: int) -> Note:
        self._cell_micro = micro
        self._cells[self.cell][self._part] = self._last[self._part] = self._velocity, micro
        self.hits += 1
        self.expected_kind = EVENT
        steps = self.cell * MICRO_STEPS + micro - ON_GRID_STEP
        velocity = class_velocity(self._velocity)
        return Note(PART_PITCHES[self._part], steps / STEPS_PER_BEAT, HIT_BEATS, velocity)

    def features(self) -> NDArray[np.int32]:
        """Active input rows of the next step, shape (`WIDTH`,)."""
        rows, cell, none = _DrumRows, self.cell + self._held, (VELOCITY_CLASSES, MICRO_STEPS)
        in_hit = self.expected_kind in (VELOCITY, MICRO)
        part = self._part if in_hit else PART_COUNT
        last = self._last.get(part, none)
        echo = self._cells.get(cell - self.bar_cells, {}).get(part, none)
        active = [
            rows.TOKEN + self._token,
            rows.PHASE + min(cell % self.bar_cells, BAR_PHASES - 1),
            rows.BAR + cell // self.bar_cells % BAR_CYCLE_BARS,
            rows.METER + KNOWN_METERS.index(self.meter),
            rows.GENRE + self.genre,
            rows.FILL + self.fill,
            rows.TEMPO + self.tempo_class,
            rows.PART + part,
            rows.LAST_VELOCITY + last[0],
            rows.LAST_MICRO + last[1],
            rows.CELL_MICRO + self._cell_micro,
            rows.ECHO_VELOCITY + echo[0],
            rows.ECHO_MICRO + echo[1],
        ]
        for place, bars in enumerate(ECHO_DELAYS_BARS):
            then = cell - bars * self.bar_cells
            active.append(rows.NEXT_HIT + place * (MAX_SHIFT_CELLS + 1) + self._next_hit(then))
            hits, first = self._cells.get(then, {}), rows.ECHO_PART + place * PART_COUNT * 2
            active += [first + 2 * each + (each in hits) for each in range(PART_COUNT)]
        return np.array(active, np.int32)

    def _next_hit(self, cell: int) -> int:
        """Cells less one from a cell to the next one that was hit; `MAX_SHIFT_CELLS` for none."""
        for ahead in range(MAX_SHIFT_CELLS):
            if cell + ahead + 1 in self._cells:
                return ahead
        return MAX_SHIFT_CELLS


def _bar_cells(meter: Meter) -> int:
    return round(meter.bar_beats * CELLS_PER_BEAT)


def velocity_class(velocity: int) -> int:
    """Class of a MIDI velocity."""
    return velocity * VELOCITY_CLASSES // 128


def class_velocity(velocity: int) -> int:
    """The MIDI velocity in the middle of a class."""
    return (2 * velocity + 1) * 64 // VELOCITY_CLASSES


def tempo_class(tempo: float) -> int:
    """Class of a tempo, quarter notes a minute."""
    octaves = np.log2(tempo / LOWEST_TEMPO_BPM)
    return int(np.clip(round(TEMPO_CLASSES_PER_OCTAVE * octaves), 0, TEMPO_CLASSES - 1))
