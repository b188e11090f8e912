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
from rnn.analysis.attribution import Attribution
from rnn.generation.unit_intervention import UnitIntervention
from rnn.model.sampling_params import SamplingParams

KEY_COUNT = HIGHEST_PITCH - LOWEST_PITCH + 1  # keys of the piano, 88


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
        On the grid; None where the tune ended instead.
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
    deviation : float
        Of the note's onset from the grid, as the network wrote it, beats.
    """

    note: Note | None
    surprise: float
    activations: NDArray[np.float32]
    next_key_probabilities: NDArray[np.float32]
    intervention_bits: float = 0.0
    contributions: tuple[NetworkContribution, ...] = ()
    text: str = ""
    deviation: float = 0.0


class Composer(ABC):
    """Hears and writes notes, one after another."""

    layers: int  # as in `ComposerStep.activations`
    units: int
    styles: tuple[str, ...] = ()  # names of the networks, as in `ComposerStep.contributions`
    own_sampling = SamplingParams(temperature=0.95)
    """How its style is sampled."""
    writes_velocities: bool = False  # whether the velocities of its notes are its own
    writes_timing: bool = False  # whether its notes deviate from the grid

    candidates: int = 0
    """Tunes of its own, or sections of one, of which one is to be drawn; 0 without a critic."""
    section_bars: int = 0  # bars of a section; 0 for whole tunes

    def judge_tune(self, tune: Tune, is_whole: bool) -> float | None:
        """Log odds of a tune of its own, whole or as far as it goes, being people's, nats.

        None without a critic, and of a tune that is too short.
        """
        return None

    def draw_meter(self, generator: np.random.Generator) -> Meter | None:
        """A meter as often as the style has it; None for the default of `begin_tune`."""
        return None

    @property
    def weights(self) -> NDArray[np.float64]:
        """Share of each network in the mixture, shape (networks,); they sum to 1."""
        return np.ones(len(self.styles)) / max(1, len(self.styles))

    @property
    def meter(self) -> Meter:
        """Meter of the music; bars are counted from beat 0."""
        return Meter()

    @abstractmethod
    def begin_tune(self, meter: Meter | None = None) -> None:
        """Forget everything and begin at beat 0; by default in the style's commonest meter."""

    @abstractmethod
    def strike(self, pitch: int, onset: float, velocity: int = 80) -> ComposerStep:
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
    def compose_note_at(
        self, onset: float, generator: np.random.Generator, params: SamplingParams
    ) -> ComposerStep:
        """Write the next note on a beat, or later where it cannot be written there."""

    def harmonise_phrase(self, phrase: Tune) -> float | None:
        """Begin a tune: first the phrase just heard with lower voices, then its continuation.

        Returns the beat of the first note. Returns None, and does nothing, if the style has one
        voice, or the phrase several or no notes.
        """
        return None

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
