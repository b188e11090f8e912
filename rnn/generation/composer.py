"""Composers: what the live engine plays with; it hears notes, and writes the next one.

Time here is beats on the composer's own axis, which starts at 0 with `begin`. Nothing in this
module knows of seconds, ports or screens.
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

KEY_COUNT = HIGHEST_PITCH - LOWEST_PITCH + 1


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How to choose among what the network offers.

    Parameters
    ----------
    temperature : float
        Divides the logits; below 1 is careful, above 1 is adventurous. Above 0.
    top_p : float
        Only the likeliest tokens that together hold this share are drawn from; in (0, 1].
    scale : frozenset of int
        Pitch classes to keep to; empty for all.
    strictness : float
        Nats taken from the logit of a pitch outside `scale`; inf locks the scale: nothing outside
        it is played as long as anything inside may be.
    centre : float or None
        MIDI number about which to play; None for anywhere.
    spread : float
        Semitones from `centre` at which a pitch loses half a nat; above 0.
    density : float
        Nats a length loses, and half of it gains, for each doubling: above 0 is busier, below 0
        calmer; in -8..8.
    may_end : bool
        Whether the tune may end with the next token.
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
    """What one of several networks had to do with a note.

    Parameters
    ----------
    weight : float
        Its share of the mixture as the note came, 0..1.
    given : float
        Probability it gave the note (all its tokens), 0..1.
    ahead : ndarray of float32, shape (88,)
        Probability it gives each key of coming next, no gap before it; they sum to 1 at the most.
    hidden : ndarray of float32, shape (units,)
        Hidden state of its last layer after the note.
    """

    weight: float
    note_probability: float
    next_key_probabilities: NDArray[np.float32]
    hidden: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class ComposerStep:
    """What the network did about one note.

    Parameters
    ----------
    note : Note or None
        None where the tune ended instead.
    surprise : float
        -log2 probability of the note (all its tokens), bits.
    activations : ndarray of float32, shape (layers, 6, units)
        Gates, cell and hidden state after it: input, forget, candidate, output, cell, hidden.
    ahead : ndarray of float32, shape (88,)
        Probability of each key (MIDI number 21 first) being the next note.
    change : float
        What touches have changed so far: divergence of what may come next from what would come
        had the network heard the same untouched, bits; 0 if nothing is touched.
    parts : tuple of Part
        Of each network of a blend, in its order; empty where one plays alone.
    text : str
        What was written since the step before, where the network writes characters.
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
        Size of the network, as in `Step.activations`.
    styles : tuple of str
        Names of the networks that play, the parts of each `ComposerStep`.
    """

    layers: int
    units: int
    styles: tuple[str, ...] = ()

    @property
    def weights(self) -> NDArray[np.float64]:
        """Share of each network in what is written; they sum to 1."""
        return np.ones(len(self.styles)) / max(1, len(self.styles))

    @abstractmethod
    def begin_tune(self, meter: Meter | None = None) -> None:
        """Forget everything; beat 0 is now. Without a meter, the style's commonest."""

    @abstractmethod
    def strike(self, pitch: int, onset: float) -> ComposerStep:
        """Hear a key go down, at once: `Step.note` has a duration still to be known."""

    @abstractmethod
    def release(self, pitch: int, at: float) -> None:
        """Hear a key come up: settles the length of a struck note."""

    @abstractmethod
    def restart_with_phrase(self, phrase: Tune) -> ComposerStep:
        """Forget everything and hear a whole phrase, so that the next note continues it.

        The key in which the phrase is likeliest is found here.

        Raises
        ------
        ValueError
            If the phrase has no notes.
        """

    @abstractmethod
    def compose_note(self, generator: np.random.Generator, taste: SamplingParams) -> ComposerStep:
        """Write the next note, never before the last one's onset."""

    @abstractmethod
    def set_interventions(self, touches: Sequence[UnitIntervention]) -> None:
        """Put fingers on units, in place of those that were there; none to let go.

        They hold from the next note on. They are no memory: `begin` and `restore` leave them.

        Raises
        ------
        ValueError
            If there is no such unit.
        """

    @abstractmethod
    def explain_last_note(self) -> Attribution | None:
        """Why the last finished note; None where there is nothing to explain."""

    @abstractmethod
    def snapshot(self) -> object:
        """All that is remembered, to come back to."""

    @abstractmethod
    def restore(self, snapshot: object) -> None:
        """Come back to a snapshot of this composer."""


class DummyComposer(Composer):
    """A composer with no network: it walks a pentatonic scale, and remembers only its place."""

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

    def release(self, pitch: int, at: float) -> None:
        self._beat = max(self._beat, at)

    def restart_with_phrase(self, phrase: Tune) -> ComposerStep:
        if not phrase.notes:
            raise ValueError("a phrase needs at least one note")
        last = phrase.notes[-1]
        self._pitch, self._beat = last.pitch, phrase.end
        return self._make_step(last)

    def compose_note(self, generator: np.random.Generator, taste: SamplingParams) -> ComposerStep:
        if taste.may_end and generator.random() < 0.2:
            return self._make_step(None)
        near = [
            pitch
            for pitch in range(self._pitch - 5, self._pitch + 6)
            if pitch % 12 in (taste.scale or self.SCALE) and 48 <= pitch <= 84
        ]
        self._pitch = int(generator.choice(near or [67]))
        note = Note(self._pitch, self._beat, float(generator.choice([0.5, 0.5, 1.0])))
        self._beat = note.end
        return self._make_step(note)

    def set_interventions(self, touches: Sequence[UnitIntervention]) -> None:
        self._interventions = InterventionSet(touches, self.layers, self.units)

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
        ahead = np.zeros(KEY_COUNT, np.float32)
        for pitch in range(self._pitch - 5, self._pitch + 6):
            if pitch % 12 in self.SCALE and LOWEST_PITCH <= pitch <= HIGHEST_PITCH:
                ahead[pitch - LOWEST_PITCH] = 1.0
        change = 0.1 * len(self._interventions.interventions)
        return ComposerStep(note, 2.0, activations, ahead / max(1.0, ahead.sum()), change)
