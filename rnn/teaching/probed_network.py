"""The network that plays, with its unit atlas, for the lesson on units.

The lesson shows the music that moves a unit most: a context found in the corpus, and a tune made by
activation maximisation.

References
----------
Erhan, D., Bengio, Y., Courville, A. & Vincent, P. (2009). Visualizing higher-layer features of a
deep network. Technical report 1341, Universite de Montreal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from midi_data.notes import TICKS_PER_BEAT, Meter, Tune
from rnn.analysis.activation_maximisation import (
    ActivationMaximiser,
    random_melody,
    with_random_pitches,
)
from rnn.analysis.trace import NetworkTrace, SlicedWork, trace_tune_in_slices
from rnn.codecs.codec import Codec
from rnn.model.checkpoint import Checkpoint
from rnn.model.network import Network
from rnn.model.unit_atlas import UnitAtlas, UnitContext

MAX_NOTE_LENGTHS = 4
"""Number of note lengths allowed in activation maximisation: the commonest of the atlas."""
PITCH_PERCENTILES = (2, 98)  # percentiles of the atlas's pitches that bound the allowed pitches
MELODY_NOTE_COUNT = 12  # notes of a melody made by activation maximisation
START_SEED = 2  # seed of the first random notes; with it the first unit shown starts unmoved
BAR_SHIFT_BEATS = 0.5  # step between the bar positions tried for a context, beats


@dataclass(frozen=True, slots=True, eq=False)
class ProbedNetwork:
    """A network with its unit atlas, and the notes allowed in activation maximisation.

    Parameters
    ----------
    network : Network
        Trained network; only read.
    codec : Codec
    atlas : UnitAtlas
    meter : Meter
        Meter of its corpus.
    pitches : tuple of int
        Allowed pitches, MIDI numbers.
    lengths : tuple of float
        Allowed note lengths, beats.
    style, title : str
        Short name and display name of the style.
    """

    network: Network
    codec: Codec
    atlas: UnitAtlas
    meter: Meter
    pitches: tuple[int, ...]
    lengths: tuple[float, ...]
    style: str
    title: str

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint) -> ProbedNetwork | None:
        """Prepare a model for the lesson.

        Parameters
        ----------
        checkpoint : Checkpoint

        Returns
        -------
        ProbedNetwork or None
            None if the model has no atlas, or spells a pitch with more than one token. The input
            gradient needs a pitch to be a single choice.
        """
        atlas, codec = checkpoint.atlas, checkpoint.codec
        if atlas is None or any(len(tokens) > 1 for tokens in codec.key_tree.spellings):
            return None
        rolls = atlas.rolls.reshape(-1, 3)
        rolls = rolls[rolls[:, 0] > 0]
        if not len(rolls):
            return None
        low, high = np.percentile(rolls[:, 0], PITCH_PERCENTILES).astype(int).tolist()
        ticks, counts = np.unique(rolls[:, 2], return_counts=True)
        common = sorted(ticks[np.argsort(-counts, kind="stable")[:MAX_NOTE_LENGTHS]].tolist())
        return cls(
            checkpoint.network,
            codec,
            atlas,
            Meter.parse(checkpoint.card.meter),
            tuple(range(low, high + 1)),
            tuple(tick / TICKS_PER_BEAT for tick in common),
            checkpoint.card.style,
            checkpoint.card.title,
        )

    @property
    def layers(self) -> int:
        """Number of layers."""
        return self.atlas.layers

    @property
    def units(self) -> int:
        """Number of units in each layer."""
        return self.atlas.units

    def polarity(self, layer: int, unit: int) -> int:
        """Sign of a unit's response to its preferred trait: 1 or -1."""
        return int(self.atlas.polarity[layer * self.units + unit])

    def best_explained_unit(self) -> tuple[int, int]:
        """Layer and index of the unit with the largest variance explained by one trait."""
        row = int(self.atlas.explained.max(axis=1).argmax())
        return row // self.units, row % self.units

    def strongest_context(self, layer: int, unit: int) -> UnitContext | None:
        """The context in the corpus that moved a unit most, if the atlas has one."""
        return next(iter(self.atlas.strongest_contexts(layer, unit)), None)

    def replay_strongest_context(self, layer: int, unit: int) -> SlicedWork[NetworkTrace | None]:
        """Run the network over a unit's strongest context, in slices; returns None without one.

        The atlas does not keep the context's position in its bar. So every position is tried, and
        the trace with the largest response is returned.
        """
        context = self.strongest_context(layer, unit)
        if context is None:
            return None
        best: NetworkTrace | None = None
        largest = -np.inf
        for shift in np.arange(0.0, self.meter.bar_beats, BAR_SHIFT_BEATS).tolist():
            notes = tuple(replace(note, onset=note.onset + shift) for note in context.notes)
            tune = Tune(notes, self.meter)
            trace = yield from trace_tune_in_slices(self.network, self.codec, tune)
            yield
            response = self.polarity(layer, unit) * float(trace.unit_activations(layer, unit)[-1])
            if response > largest:
                best, largest = trace, response
        return best

    def start_maximisation(
        self, layer: int, unit: int, context_trace: NetworkTrace | None
    ) -> ActivationMaximiser:
        """Start activation maximisation for a unit from random notes.

        They take the rhythm of the unit's strongest context if that has chords, and are a melody
        otherwise.
        """
        generator = np.random.default_rng([layer, unit, START_SEED])
        start = random_melody(generator, self.meter, MELODY_NOTE_COUNT, self.pitches, self.lengths)
        notes = () if context_trace is None else context_trace.tune.notes
        has_chords = any(later.onset < note.end for note, later in pairwise(notes))
        if context_trace is not None and has_chords:
            start = with_random_pitches(generator, context_trace.tune, self.pitches)
        search = self.network, self.codec, layer, unit, start, self.polarity(layer, unit)
        seed = layer * self.units + unit
        return ActivationMaximiser(*search, self.pitches, self.lengths, seed=seed)
