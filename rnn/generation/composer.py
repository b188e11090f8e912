"""Composers: they follow heard notes and write the next one.

Time is in beats of the composer's own axis, which starts at 0 with `begin_tune`. Nothing in this
module knows seconds, ports or screens.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, Meter, Note, Tune
from rnn.analysis.attribution import MAX_ATTRIBUTED_NOTES, Attribution
from rnn.generation.unit_intervention import InterventionSet, UnitIntervention

KEY_COUNT = HIGHEST_PITCH - LOWEST_PITCH + 1  # keys of the piano, 88


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """Sampling of the next token from a network's distribution.

    Parameters
    ----------
    temperature : float
        Divisor of the logits; above 0. Below 1 is careful, above 1 is adventurous.
    top_p : float
        Nucleus: only the likeliest tokens that together have this probability are drawn; (0, 1].
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
        Nats a length loses, and half of it gains, for each doubling: above 0 is busier, below 0
        calmer; -8..8.
    may_end : bool
        Whether the tune may end with the next token.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    temperature: float = 1.0
    top_p: float = 0.95
    scale: frozenset[int] = frozenset()
    strictness: float = 3.0
    centre: float | None = None
    spread: float = 9.0
    density: float = 0.0
    may_end: bool = False

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError(f"temperature must be above 0, not {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be in (0, 1], not {self.top_p}")
        if not self.spread > 0:
            raise ValueError(f"spread must be above 0 semitones, not {self.spread}")
        if not self.strictness >= 0:
            raise ValueError(f"strictness must be 0 nats or more, not {self.strictness}")
        if not -8 <= self.density <= 8:
            raise ValueError(f"density must be in -8..8, not {self.density}")


@dataclass(frozen=True, slots=True, eq=False)
class NetworkContribution:
    """The part of one of several networks in a note.

    Parameters
    ----------
    weight : float
        Its share of the mixture, 0..1.
    note_probability : float
        Its probability of the note (all its tokens), 0..1.
    next_key_probabilities : ndarray of float32, shape (88,)
        Its probability of each key coming next without a gap; they sum to 1 at most.
    hidden : ndarray of float32, shape (units,)
        Hidden state of its last layer after the note.
    """

    weight: float
    note_probability: float
    next_key_probabilities: NDArray[np.float32]
    hidden: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class ComposerStep:
    """A note as the network heard or wrote it.

    Parameters
    ----------
    note : Note or None
        None where the tune ended instead.
    surprise : float
        -log2 probability of the note (all its tokens), bits.
    activations : ndarray of float32, shape (layers, 6, units)
        After the note: input, forget, candidate and output gates, cell, hidden state.
    next_key_probabilities : ndarray of float32, shape (88,)
        Probability of each key, lowest first, being the next note.
    intervention_bits : float
        Effect of the interventions: divergence of the next token's distribution from that of the
        same network without them, bits; 0 without interventions.
    contributions : tuple of NetworkContribution
        Of each network of a blend, in its order; empty for a single network.
    text : str
        Characters written since the step before, by a network that writes characters.
    """

    note: Note | None
    surprise: float
    activations: NDArray[np.float32]
    next_key_probabilities: NDArray[np.float32]
    intervention_bits: float = 0.0
    contributions: tuple[NetworkContribution, ...] = ()
    text: str = ""


class Composer(ABC):
    """Hears and writes notes, one after another.

    Attributes
    ----------
    layers, units : int
        Sizes in `ComposerStep.activations`.
    styles : tuple of str
        Names of the networks, in the order of `ComposerStep.contributions`.
    """

    layers: int
    units: int
    styles: tuple[str, ...] = ()

    @property
    def weights(self) -> NDArray[np.float64]:
        """Share of each network in the mixture, shape (networks,); they sum to 1."""
        return np.ones(len(self.styles)) / max(1, len(self.styles))

    @abstractmethod
    def begin_tune(self, meter: Meter | None = None) -> None:
        """Forget everything and begin at beat 0; by default in the style's commonest meter."""

    @abstractmethod
    def strike(self, pitch: int, onset: float) -> ComposerStep:
        """Hear a key go down at a beat; the duration of the step's note is provisional."""

    @abstractmethod
    def release(self, pitch: int, beat: float) -> None:
        """Hear a key come up, which settles the duration of its note."""

    @abstractmethod
    def restart_with_phrase(self, phrase: Tune) -> ComposerStep:
        """Forget everything and hear a whole phrase, which the next composed note continues.

        Its likeliest key is found here. Returns the step of its last note; raises ValueError if
        the phrase has no notes.
        """

    @abstractmethod
    def compose_note(self, generator: np.random.Generator, params: SamplingParams) -> ComposerStep:
        """Write the next note, never before the last one's onset."""

    @abstractmethod
    def set_interventions(self, interventions: Sequence[UnitIntervention]) -> None:
        """Replace all interventions, from the next note on; `begin_tune` and `restore` keep them.

        Raises ValueError if there is no such unit.
        """

    @abstractmethod
    def explain_last_note(self) -> Attribution | None:
        """The attribution of the last finished note; None where there is none."""

    @abstractmethod
    def snapshot(self) -> object:
        """A copy of everything remembered, for `restore`."""

    @abstractmethod
    def restore(self, snapshot: object) -> None:
        """Return to a snapshot of this composer."""


class DummyComposer(Composer):
    """A composer without a network, which walks a pentatonic scale."""

    SCALE = (0, 2, 4, 7, 9)

    def __init__(self, layers: int = 2, units: int = 32) -> None:
        self.layers, self.units = layers, units
        self._interventions = InterventionSet((), layers, units)
        self.begin_tune()

    def begin_tune(self, meter: Meter | None = None) -> None:
        self._pitch, self._beat, self._steps = 67, 0.0, 0

    def strike(self, pitch: int, onset: float) -> ComposerStep:
        self._pitch, self._beat = pitch, onset + 0.5
        return self._make_step(Note(pitch, onset, 0.5))

    def release(self, pitch: int, beat: float) -> None:
        self._beat = max(self._beat, beat)

    def restart_with_phrase(self, phrase: Tune) -> ComposerStep:
        if not phrase.notes:
            raise ValueError("a phrase needs at least one note")
        last = phrase.notes[-1]
        self._pitch, self._beat = last.pitch, phrase.end
        return self._make_step(last)

    def compose_note(self, generator: np.random.Generator, params: SamplingParams) -> ComposerStep:
        if params.may_end and generator.random() < 0.2:
            return self._make_step(None)
        near = [
            pitch
            for pitch in range(self._pitch - 5, self._pitch + 6)
            if pitch % 12 in (params.scale or self.SCALE) and 48 <= pitch <= 84
        ]
        self._pitch = int(generator.choice(near or [67]))
        note = Note(self._pitch, self._beat, float(generator.choice([0.5, 0.5, 1.0])))
        self._beat = note.end
        return self._make_step(note)

    def set_interventions(self, interventions: Sequence[UnitIntervention]) -> None:
        self._interventions = InterventionSet(interventions, self.layers, self.units)

    def explain_last_note(self) -> Attribution | None:
        if not self._steps:
            return None
        fading = 0.5 ** np.arange(min(self._steps, MAX_ATTRIBUTED_NOTES), 0, -1, dtype=np.float32)
        return Attribution(fading, 0.0, 0.0, 0.0, -1.4)

    def snapshot(self) -> object:
        return self._pitch, self._beat, self._steps

    def restore(self, snapshot: object) -> None:
        self._pitch, self._beat, self._steps = snapshot

    def _make_step(self, note: Note | None) -> ComposerStep:
        self._steps += 1
        phase = self._steps + np.arange(self.layers * 6 * self.units, dtype=np.float32)
        activations = np.sin(phase * 0.7).reshape(self.layers, 6, self.units)  # (L, 6, H)
        for layer in range(self.layers):
            self._interventions(layer, activations[layer, 5:])
        keys = np.zeros(KEY_COUNT, np.float32)
        for pitch in range(self._pitch - 5, self._pitch + 6):
            if pitch % 12 in self.SCALE and LOWEST_PITCH <= pitch <= HIGHEST_PITCH:
                keys[pitch - LOWEST_PITCH] = 1.0
        bits = 0.1 * len(self._interventions.interventions)
        return ComposerStep(note, 2.0, activations, keys / max(1.0, keys.sum()), bits)
