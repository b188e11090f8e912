"""Dreaming: music that moves one unit of a trained network, found by running it backwards.

Activation maximisation (Erhan et al. 2009; Simonyan et al. 2014) as Zeiler & Fergus (2014) asked of
images: what does this unit look for? Notes are not pixels, so the way uphill is taken in hops
(`rnn.analysis.note_edits`): the most promising is tried, and kept if the unit does say more. How
likely the network holds the notes to be counts a little, so that a dream stays music of its kind
(Nguyen et al. 2016).

All is done in slices of a few milliseconds, so that somebody may watch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, Meter, Note, Tune
from rnn.analysis.note_edits import NoteEdit, NoteEditSearch
from rnn.analysis.trace import NetworkTrace, SlicedWork, trace_tune, trace_tune_in_slices
from rnn.codecs.codec import Codec
from rnn.model.network import Network

LIKELIHOOD_WEIGHT = 0.01
"""What a nat of mean log probability a note counts beside what the unit says, which is -1..1."""
MIN_GAIN = 1e-3
"""A hop must gain more than this."""
RANDOM_STARTS = 8
"""Random tunes it is begun with, the best of which it goes on from."""
EDITS_PER_GRADIENT = 24
"""Hops tried between two looks at the gradient."""
RESTARTS, RESAMPLED_SHARE = 6, 4
"""Where no hop helps: how often one in so many of the notes is drawn anew."""
MAX_TUNES_TRIED = 200
"""Tunes tried in all, about."""
SLICES_EXHAUSTED = object()


class ActivationMaximiser:
    """Notes, one after another, that come to move one unit more and more.

    Parameters
    ----------
    network : Network
    codec : Codec
    layer, unit : int
    start : Tune
        Of notes one after another, pitches and lengths are changed; of others pitches only.
    polarity : int
        1 to raise what the unit says, -1 to lower it.
    pitches : sequence of int
        MIDI numbers to choose from.
    lengths : sequence of float
        Beats to choose from.
    seed : int
        Of other starts, and of shakes.

    Attributes
    ----------
    heard : Heard
        The network hearing the notes as they are now.
    hops : int
        How many changes were kept so far.
    tried : int
        How many changes were tried.
    done : bool
        Whether it is at an end.
    """

    def __init__(
        self,
        network: Network,
        codec: Codec,
        layer: int,
        unit: int,
        start: Tune,
        polarity: int = 1,
        pitches: Sequence[int] = range(LOWEST_PITCH, HIGHEST_PITCH + 1),
        lengths: Sequence[float] = (0.5, 1.0),
        seed: int = 0,
    ) -> None:
        self._network, self._codec = network, codec
        self._layer, self._unit, self._polarity = layer, unit, polarity
        self._pitches, self._lengths = tuple(pitches), tuple(lengths)
        self.trace = trace_tune(network, codec, start)
        self.edits_kept = self.tunes_tried = 0
        self.done = False
        self._best_objective = self._objective(self.trace)
        self._is_melody = start.notes == tuple(_back_to_back(start.notes, start.notes[0].onset))
        self._edit_search = NoteEditSearch(
            network, codec, layer, unit, polarity, self._pitches, lengths if self._is_melody else ()
        )
        self._generator = np.random.default_rng(seed)
        self._slices = self._run()

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes as they are now."""
        return self.trace.tune.notes

    @property
    def activation(self) -> float:
        """How far the unit is moved at the end, the way it likes to be: -1..1."""
        return self._polarity * float(
            self.trace.h[self.trace.note_end_steps[-1], self._layer, self._unit]
        )

    def step(self) -> bool:
        """Do one slice; False once there is nothing left to do."""
        if not self.done:
            self.done = next(self._slices, SLICES_EXHAUSTED) is SLICES_EXHAUSTED
        return not self.done

    def _objective(self, heard: NetworkTrace) -> float:
        said = self._polarity * float(heard.h[heard.note_end_steps[-1], self._layer, self._unit])
        return said + LIKELIHOOD_WEIGHT * float(heard.log_likelihoods.sum()) / len(
            heard.note_end_steps
        )

    def _run(self) -> SlicedWork[None]:
        """Climb from the best of some starts; where nothing helps any more, shake and climb on."""
        for _ in range(RANDOM_STARTS):
            yield from self._try_tune(self._resampled(len(self.notes)))
        while self.tunes_tried < MAX_TUNES_TRIED:
            climbs = True
            while climbs and self.tunes_tried < MAX_TUNES_TRIED:
                hops = self.edits_kept
                for hop in (yield from self._edit_search.find_edits(self.trace))[
                    :EDITS_PER_GRADIENT
                ]:
                    yield from self._try_tune(self._edited(hop))
                    yield
                climbs = self.edits_kept > hops
            for _ in range(RESTARTS):
                yield from self._try_tune(
                    self._resampled(max(1, len(self.notes) // RESAMPLED_SHARE))
                )

    def _resampled(self, count: int) -> Tune:
        """So many of the notes drawn anew."""
        notes = list(self.notes)
        for place in self._generator.choice(len(notes), count, replace=False).tolist():
            pitch = int(self._generator.choice(self._pitches))
            notes[place] = replace(notes[place], pitch=pitch)
            if self._is_melody:
                beats = float(self._generator.choice(self._lengths))
                notes[place] = replace(notes[place], duration=beats)
        return self._with_notes(notes)

    def _edited(self, hop: NoteEdit) -> Tune:
        notes = list(self.notes)
        notes[hop.note_index] = replace(
            notes[hop.note_index], pitch=hop.note.pitch, duration=hop.note.duration
        )
        return self._with_notes(notes)

    def _with_notes(self, notes: Sequence[Note]) -> Tune:
        if self._is_melody:
            notes = [*_back_to_back(notes, self.notes[0].onset)]
        return replace(self.trace.tune, notes=tuple(notes))

    def _try_tune(self, tune: Tune) -> SlicedWork[None]:
        """Take a tune in place of the one there is if it is worth more."""
        self.tunes_tried += 1
        try:
            heard = yield from trace_tune_in_slices(self._network, self._codec, tune, self.trace)
        except ValueError:  # a key that sounds already cannot be struck
            return
        value = self._objective(heard)
        if value > self._best_objective + MIN_GAIN:
            self.trace, self._best_objective = heard, value
            self.edits_kept += 1


def random_melody(
    generator: np.random.Generator,
    meter: Meter,
    count: int,
    pitches: Sequence[int],
    lengths: Sequence[float],
) -> Tune:
    """Notes drawn at random, one after another."""
    chosen = zip(generator.choice(pitches, count), generator.choice(lengths, count), strict=True)
    notes = [Note(int(pitch), 0.0, float(beats)) for pitch, beats in chosen]
    return Tune(tuple(_back_to_back(notes)), meter)


def with_random_pitches(generator: np.random.Generator, tune: Tune, pitches: Sequence[int]) -> Tune:
    """The same rhythm, with other pitches drawn at random."""
    notes: list[Note] = []
    for note in tune.notes:
        taken = {other.pitch for other in notes if other.end > note.onset}
        free = [pitch for pitch in pitches if pitch not in taken]
        notes.append(replace(note, pitch=int(generator.choice(free))))
    return replace(tune, notes=tuple(notes))


def _back_to_back(notes: Sequence[Note], onset: float = 0.0) -> Iterator[Note]:
    for note in notes:
        yield replace(note, onset=onset)
        onset += note.duration
