"""Subject: the network that plays, as the lesson takes it that asks what its cells like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

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
"""Lengths a dream may choose from: the commonest in the atlas."""
PITCH_PERCENTILES = (2, 98)
"""Percentiles of the pitches in the atlas between which a dream chooses."""
MELODY_NOTE_COUNT = 12
"""Notes of a dream that is a melody."""
START_SEED = 2
"""Of the random notes a dream begins with: one that leaves the first cell shown unmoved."""
BAR_SHIFT_BEATS = 0.5
"""Beats between two places in the bar at which a piece of a tune is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class ProbedNetwork:
    """A network and what is known of its cells.

    Parameters
    ----------
    network : Network
        Read only: it may be anybody's.
    codec : Codec
    atlas : Atlas
    meter : Meter
    pitches : tuple of int
        MIDI numbers a dream chooses from.
    lengths : tuple of float
        Beats.
    style, title : str
        Short name, and name for people.
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
        """A model's network; None if nobody asked what its cells like, or they cannot be asked."""
        atlas, codec = checkpoint.atlas, checkpoint.codec
        if atlas is None or any(len(tokens) > 1 for tokens in codec.key_tree.spellings):
            return None  # what a key is must be one choice, or no gradient tells of another
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
        """Layers of cells."""
        return self.atlas.layers

    @property
    def units(self) -> int:
        """Cells in each."""
        return self.atlas.units

    def polarity(self, layer: int, unit: int) -> int:
        """1 for a cell that says more for what it likes, -1 for one that says less."""
        return int(self.atlas.polarity[layer * self.units + unit])

    def best_explained_unit(self) -> tuple[int, int]:
        """Layer and number of the cell of which is best known what it likes."""
        row = int(self.atlas.explained.max(axis=1).argmax())
        return row // self.units, row % self.units

    def strongest_context(self, layer: int, unit: int) -> UnitContext | None:
        """The place in the corpus that moved a cell most."""
        return next(iter(self.atlas.strongest_contexts(layer, unit)), None)

    def replay_strongest_context(self, layer: int, unit: int) -> SlicedWork[NetworkTrace | None]:
        """Hear again what moved a cell most, in slices.

        Where in its bar the piece began is not known: it is heard at each place, and that is taken
        which moves the cell most.
        """
        context = self.strongest_context(layer, unit)
        best: NetworkTrace | None = None
        most = -np.inf
        if context is None:
            return None
        for tune in self._shifted_in_bar(context):
            heard = yield from trace_tune_in_slices(self.network, self.codec, tune)
            yield
            moved = self.polarity(layer, unit) * float(heard.unit_activations(layer, unit)[-1])
            if moved > most:
                best, most = heard, moved
        return best

    def _shifted_in_bar(self, context: UnitContext) -> Iterator[Tune]:
        for place in np.arange(0.0, self.meter.bar_beats, BAR_SHIFT_BEATS).tolist():
            notes = (replace(note, onset=note.onset + place) for note in context.notes)
            yield Tune(tuple(notes), self.meter)

    def start_maximisation(
        self, layer: int, unit: int, heard: NetworkTrace | None
    ) -> ActivationMaximiser:
        """Begin to dream for a cell: a melody, or in the rhythm of what moved it, if that is not.

        Parameters
        ----------
        heard : Heard or None
            What `replay_strongest_context` found.
        """
        generator = np.random.default_rng([layer, unit, START_SEED])
        start = random_melody(generator, self.meter, MELODY_NOTE_COUNT, self.pitches, self.lengths)
        if heard is not None and _has_chords(heard.tune):
            start = with_random_pitches(generator, heard.tune, self.pitches)
        return ActivationMaximiser(
            self.network,
            self.codec,
            layer,
            unit,
            start,
            self.polarity(layer, unit),
            self.pitches,
            self.lengths,
            seed=layer * self.units + unit,
        )


def _has_chords(tune: Tune) -> bool:
    notes = tune.notes
    return any(later.onset < note.end for note, later in zip(notes, notes[1:], strict=False))
