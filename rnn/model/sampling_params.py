"""Sampling parameters: how the next token is drawn from a network's distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnn.codecs.bar_echoes import ECHO_DELAYS_BARS

INTERVAL_BOUNDS = (1, 3, 5, 8)
"""Semitones from which a step is of the next class: none, second, third, to a fifth, larger."""
LENGTH_BOUNDS = (0.4, 0.7, 0.9, 1.2, 1.7)
"""Beats from which a length is of the next class: short, half a beat, dotted, a beat, dotted, long.
"""


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """Sampling of the next token from a network's distribution.

    Parameters
    ----------
    temperature : float
        Divisor of the logits; above 0. Below 1 is careful, above 1 is adventurous.
    top_p : float
        Nucleus: only the likeliest tokens that together have this probability are drawn; (0, 1].
    key_temperature : float
        Divisor of the logits of the keys among themselves, beside `temperature`; above 0. How
        likely it is that a key comes at all stays as it is.
    scale : frozenset of int
        Preferred pitch classes; empty for all.
    strictness : float
        Penalty of a pitch outside `scale`, nats. inf locks the scale: no pitch outside it is
        played as long as any inside it is possible.
    centre : float or None
        Preferred MIDI number; None for no preference.
    spread : float
        Semitones from `centre` at which a pitch loses half a nat; above 0.
    density : float
        Nats that a length loses for each doubling above half a beat, and gains for each halving
        below; a gap only loses. Above 0 is busier, below 0 calmer; -8..8.
    register : float
        Nats that a key gains for each octave above middle C; -4..4.
    homing : float
        Nats that an ending loses where a tune is off its tonic, or not in the last of
        `ending_bars`; 0 or more. No composer reads it: the engine turns it into `end_nats`.
    ending_bars : int
        A tune is to end after a multiple of so many bars; 1 or more. Read with `homing`.
    interval_nats : tuple of tuple of float
        Nats of a step, by its class of size (`INTERVAL_BOUNDS`): a row for each voice from the
        lowest, one row for a melody; empty for none.
    echo_nats : tuple of float, or of such tuples
        Nats of the pitches that came 1, 2, 4 and 8 bars before. One row for any bar, or rows that
        take turns bar by bar; empty for none.
    repeat_nats : tuple of float, or of such tuples
        In place of `echo_nats`, where the last notes repeat those of that distance.
    loop_nats : tuple of float, or of such tuples
        In place of `repeat_nats`, where they repeat those of twice the distance, too.
    sequence_nats : tuple of float
        Nats of the pitch that goes on with a repeat at another pitch, by the number of its notes
        so far: 2, 3 and so on; the last one counts for more notes, too.
    parallel_nats : float
        Nats that a parallel fifth or octave of two voices loses.
    length_nats : tuple of float
        Nats of a length by its class (`LENGTH_BOUNDS`); empty for none.
    rhythm_nats : float
        Nats of the length that a note had before, in a repeat.
    key_nats : float
        Nats that a pitch outside the key so far loses, in a tune of its own; 0 or more. No composer
        reads it: the engine turns it into `scale` and `strictness`.
    may_end : bool
        Whether the tune may end with the next token.
    end_nats : float
        Nats added to the end of the tune.

    Raises
    ------
    ValueError
        If a value is out of its range, or a row of nats has another number of classes.
    """

    temperature: float = 1.0
    top_p: float = 0.95
    key_temperature: float = 1.0
    scale: frozenset[int] = frozenset()
    strictness: float = 3.0
    centre: float | None = None
    spread: float = 9.0
    density: float = 0.0
    register: float = 0.0
    homing: float = 0.0
    ending_bars: int = 1
    interval_nats: tuple[tuple[float, ...], ...] = ()
    echo_nats: tuple[float, ...] | tuple[tuple[float, ...], ...] = ()
    repeat_nats: tuple[float, ...] | tuple[tuple[float, ...], ...] = ()
    loop_nats: tuple[float, ...] | tuple[tuple[float, ...], ...] = ()
    sequence_nats: tuple[float, ...] = ()
    parallel_nats: float = 0.0
    length_nats: tuple[float, ...] = ()
    rhythm_nats: float = 0.0
    key_nats: float = 0.0
    may_end: bool = False
    end_nats: float = 0.0

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError(f"temperature must be above 0, not {self.temperature}")
        if not self.key_temperature > 0:
            raise ValueError(f"key_temperature must be above 0, not {self.key_temperature}")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be in (0, 1], not {self.top_p}")
        if not self.spread > 0:
            raise ValueError(f"spread must be above 0 semitones, not {self.spread}")
        if not self.strictness >= 0:
            raise ValueError(f"strictness must be 0 nats or more, not {self.strictness}")
        if not self.homing >= 0:
            raise ValueError(f"homing must be 0 nats or more, not {self.homing}")
        if not self.ending_bars >= 1:
            raise ValueError(f"ending_bars must be 1 or more, not {self.ending_bars}")
        if not self.key_nats >= 0:
            raise ValueError(f"key_nats must be 0 nats or more, not {self.key_nats}")
        if not -8 <= self.density <= 8:
            raise ValueError(f"density must be in -8..8, not {self.density}")
        if not -4 <= self.register <= 4:
            raise ValueError(f"register must be in -4..4, not {self.register}")
        for name, (width, numbers) in _ROW_WIDTHS.items():
            for row in _rows(getattr(self, name)):
                if len(row) != width:
                    raise ValueError(f"{name} has {width} numbers, {numbers}, not {len(row)}")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SamplingParams:
        """Parameters as a model card keeps them, with lists for tuples.

        Raises
        ------
        TypeError, ValueError
            If a name is unknown, or a value is no number or out of its range.
        """
        return cls(**{name: _frozen(value) for name, value in values.items()})


_ROW_WIDTHS = {
    "interval_nats": (len(INTERVAL_BOUNDS) + 1, "one a class of steps"),
    "echo_nats": (len(ECHO_DELAYS_BARS), "one a distance"),
    "repeat_nats": (len(ECHO_DELAYS_BARS), "one a distance"),
    "loop_nats": (len(ECHO_DELAYS_BARS), "one a distance"),
    "length_nats": (len(LENGTH_BOUNDS) + 1, "one a class of lengths"),
}
"""Numbers of each row of nats, and what they are."""


def _rows(nats: tuple) -> tuple:
    """The rows of nats: of one row of numbers, of rows, or of none."""
    return nats if not nats or isinstance(nats[0], tuple) else (nats,)


def _frozen(value: Any) -> Any:
    """A value of JSON with tuples for lists."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
