"""Subject: the network that plays, as the lesson takes it that asks what its cells like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from midi_data.notes import TICKS_PER_BEAT, Meter, Tune
from rnn.analysis.activation_maximisation import Dream, random_start, shuffled
from rnn.analysis.trace import Heard, Slices, hear_slowly
from rnn.codecs.codec import Codec
from rnn.model.checkpoint import Checkpoint
from rnn.model.network import Network
from rnn.model.unit_atlas import Atlas, Context

LENGTHS = 4
"""Lengths a dream may choose from: the commonest in the atlas."""
EDGES = (2, 98)
"""Percentiles of the pitches in the atlas between which a dream chooses."""
DREAMT = 12
"""Notes of a dream that is a melody."""
START = 2
"""Of the random notes a dream begins with: one that leaves the first cell shown unmoved."""
SHIFT = 0.5
"""Beats between two places in the bar at which a piece of a tune is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
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
    atlas: Atlas
    meter: Meter
    pitches: tuple[int, ...]
    lengths: tuple[float, ...]
    style: str
    title: str

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Subject | None:
        """A model's network; None if nobody asked what its cells like, or they cannot be asked."""
        atlas, codec = checkpoint.atlas, checkpoint.codec
        if atlas is None or any(len(tokens) > 1 for tokens in codec.tree.spellings):
            return None  # what a key is must be one choice, or no gradient tells of another
        rolls = atlas.rolls.reshape(-1, 3)
        rolls = rolls[rolls[:, 0] > 0]
        if not len(rolls):
            return None
        low, high = np.percentile(rolls[:, 0], EDGES).astype(int).tolist()
        ticks, counts = np.unique(rolls[:, 2], return_counts=True)
        common = sorted(ticks[np.argsort(-counts, kind="stable")[:LENGTHS]].tolist())
        return cls(
            checkpoint.network,
            codec,
            atlas,
            Meter.read(checkpoint.card.meter),
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

    def clearest(self) -> tuple[int, int]:
        """Layer and number of the cell of which is best known what it likes."""
        row = int(self.atlas.explained.max(axis=1).argmax())
        return row // self.units, row % self.units

    def context(self, layer: int, unit: int) -> Context | None:
        """The place in the corpus that moved a cell most."""
        return next(iter(self.atlas.contexts(layer, unit)), None)

    def remember(self, layer: int, unit: int) -> Slices[Heard | None]:
        """Hear again what moved a cell most, in slices.

        Where in its bar the piece began is not known: it is heard at each place, and that is taken
        which moves the cell most.
        """
        context = self.context(layer, unit)
        best: Heard | None = None
        most = -np.inf
        if context is None:
            return None
        for tune in self._placed(context):
            heard = yield from hear_slowly(self.network, self.codec, tune)
            yield
            moved = self.polarity(layer, unit) * float(heard.said(layer, unit)[-1])
            if moved > most:
                best, most = heard, moved
        return best

    def _placed(self, context: Context) -> Iterator[Tune]:
        for place in np.arange(0.0, self.meter.bar, SHIFT).tolist():
            notes = (replace(note, onset=note.onset + place) for note in context.notes)
            yield Tune(tuple(notes), self.meter)

    def dream(self, layer: int, unit: int, heard: Heard | None) -> Dream:
        """Begin to dream for a cell: a melody, or in the rhythm of what moved it, if that is not.

        Parameters
        ----------
        heard : Heard or None
            What `remember` found.
        """
        generator = np.random.default_rng([layer, unit, START])
        start = random_start(generator, self.meter, DREAMT, self.pitches, self.lengths)
        if heard is not None and _has_chords(heard.tune):
            start = shuffled(generator, heard.tune, self.pitches)
        return Dream(
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
