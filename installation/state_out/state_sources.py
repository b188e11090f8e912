"""State sources: the values of the live state, by the words with which config.toml names them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from installation.state_out.live_state import LiveState
from messages.cues import SIGNALS, NoteSource

GATES = {"write": "input", "keep": "forget", "say": "output"}
"""The field's names of the gates, by what they do, as the stage calls them."""
SIGNAL_WORDS = GATES | {"unit": "hidden", "cell": "cell"}
VOICES = {source.name.lower(): source for source in NoteSource if source is not NoteSource.GHOST}
MAX_SURPRISE_BITS = 8.0


class StateSourceError(ValueError):
    """A source of the live state does not exist; the message says which do."""


@dataclass(frozen=True, slots=True)
class StateSource:
    """A value of the live state.

    Parameters
    ----------
    word : str
        "unit", "cell", "keep", "write", "say", "surprise", "energy", "turn", "beat", "bar", or a
        voice: "visitor", "network", "bass", "drums".
    layer, unit : int or None
        Counted from 1; a gate without a unit is the mean of its layer.
    """

    word: str
    layer: int | None = None
    unit: int | None = None

    @classmethod
    def parse(cls, text: str) -> StateSource:
        """Read a source that the settings have checked, such as "keep 2 117"."""
        word, *numbers = text.split()
        return cls(word, *map(int, numbers))

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest value."""
        if self.word in ("unit", "cell"):
            return -1.0, 1.0
        return 0.0, {"surprise": MAX_SURPRISE_BITS, "turn": 3.0}.get(self.word, 1.0)

    @property
    def jumps(self) -> bool:
        """Whether its jumps mean something, so that they are not smoothed."""
        return self.word in ("beat", "bar", "turn")

    def require_in(self, layers: int, units: int) -> None:
        """Raise `StateSourceError` if a network has no such unit.

        Parameters
        ----------
        layers, units : int
            Of the network.
        """
        if (self.layer or 1) > layers or (self.unit or 1) > units:
            raise StateSourceError(
                f"[[out]] from {self.word} {self.layer} {self.unit or ''}".rstrip()
                + f": the network has {layers} layers of {units} units"
            )

    def read(self, state: LiveState) -> float:
        """The value at one moment; 0 for a unit that the network of that moment does not have."""
        if self.word in SIGNAL_WORDS:
            return self._read_signal(state)
        if self.word in VOICES:
            return state.loudness.get(VOICES[self.word], 0.0)
        return float(getattr(state, self.word))

    def _read_signal(self, state: LiveState) -> float:
        layers, _, units = state.activations.shape
        if (self.layer or 1) > layers or (self.unit or 1) > units:
            return 0.0
        values = state.activations[(self.layer or 1) - 1, SIGNALS.index(SIGNAL_WORDS[self.word])]
        value = float(values.mean() if self.unit is None else values[self.unit - 1])
        return math.tanh(value) if self.word == "cell" else value
