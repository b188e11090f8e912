"""Activation maximisation: music that moves one unit of a trained network as far as possible.

Notes are not pixels, so the ascent goes in edits of single notes (`rnn.analysis.note_edits`): the
most promising is tried, and kept if the unit's hidden state does grow. The likelihood of the notes
counts a little, so that the music stays of the network's kind.

The work is done in slices of a few milliseconds, so that a picture can be drawn in between.

References: Erhan et al., "Visualizing Higher-Layer Features of a Deep Network", 2009; Simonyan et
al., "Deep Inside Convolutional Networks", 2014; Zeiler & Fergus, "Visualizing and Understanding
Convolutional Networks", 2014; Nguyen et al., "Synthesizing the preferred inputs", 2016.
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
"""Weight of the mean log probability of a note, nats, beside the hidden state, -1..1."""
MIN_GAIN = 1e-3  # smallest gain for which an edit is kept
RANDOM_STARTS = 8  # random tunes tried at first; the best is edited
EDITS_PER_GRADIENT = 24  # edits tried with one gradient
RESTARTS, RESAMPLED_SHARE = 6, 4
"""Restarts when no single edit helps; each resamples one note in `RESAMPLED_SHARE`."""
MAX_TUNES_TRIED = 200  # tunes after which no further gradient is computed
SLICES_EXHAUSTED = object()  # default of `next` for sliced work that is done


class ActivationMaximiser:
    """A tune that is edited until it moves one unit as far as possible.

    Parameters
    ----------
    network : Network
    codec : Codec
    layer, unit : int
    start : Tune
        Of a melody without gaps, pitches and lengths are edited; of other tunes pitches only.
    polarity : int
        1 to raise the hidden state, -1 to lower it.
    pitches : sequence of int
    lengths : sequence of float
        MIDI numbers and beats to choose from.
    seed : int
        Of random starts and restarts.

    Raises
    ------
    ValueError
        If the tune has no notes, or the codec cannot spell it.
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
        self._pitches, self._lengths = tuple(pitches), tuple(lengths)
        self.trace = trace_tune(network, codec, start)  # of the tune as it is now
        self._is_melody = start.notes == tuple(_back_to_back(start.notes, start.notes[0].onset))
        self._edit_search = NoteEditSearch(
            network, codec, layer, unit, polarity, self._pitches, lengths if self._is_melody else ()
        )
        self.objective = self._objective_of(self.trace)  # the value that is maximised
        self.edits_kept = self.tunes_tried = 0
        self.done = False
        self._generator = np.random.default_rng(seed)
        self._slices = self._run()

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes as they are now, as the codec orders them."""
        return self.trace.notes

    @property
    def activation(self) -> float:
        """The unit's hidden state at the end, times the polarity, -1..1."""
        return self._activation_of(self.trace)

    def find_edits(self) -> SlicedWork[list[NoteEdit]]:
        """What gradients promise of other notes, in order of gain; the search goes on as it was."""
        return self._edit_search.find_edits(self.trace)

    def step(self) -> bool:
        """Do one slice; returns False once the search has ended."""
        if not self.done:
            self.done = next(self._slices, SLICES_EXHAUSTED) is SLICES_EXHAUSTED
        return not self.done

    def _activation_of(self, trace: NetworkTrace) -> float:
        search, end = self._edit_search, trace.note_end_steps[-1]
        return search.polarity * float(trace.h[end, search.layer, search.unit])

    def _objective_of(self, trace: NetworkTrace) -> float:
        likelihood = float(trace.log_likelihoods.sum()) / len(trace.note_end_steps)
        return self._activation_of(trace) + LIKELIHOOD_WEIGHT * likelihood

    def _run(self) -> SlicedWork[None]:
        """Climb from the best random start; where no edit helps, resample and climb on."""
        for _ in range(RANDOM_STARTS):
            yield from self._try_notes(self._resampled(len(self.notes)))
        while self.tunes_tried < MAX_TUNES_TRIED:
            climbs = True
            while climbs and self.tunes_tried < MAX_TUNES_TRIED:
                kept = self.edits_kept
                edits = yield from self._edit_search.find_edits(self.trace)
                for edit in edits[:EDITS_PER_GRADIENT]:
                    notes, index = list(self.notes), edit.note_index
                    changed = {"pitch": edit.note.pitch, "duration": edit.note.duration}
                    notes[index] = replace(notes[index], **changed)
                    yield from self._try_notes(notes)
                    yield
                climbs = self.edits_kept > kept
            for _ in range(RESTARTS):
                count = max(1, len(self.notes) // RESAMPLED_SHARE)
                yield from self._try_notes(self._resampled(count))

    def _resampled(self, count: int) -> list[Note]:
        """The notes, `count` of them drawn anew."""
        notes = list(self.notes)
        for index in self._generator.choice(len(notes), count, replace=False).tolist():
            pitch = int(self._generator.choice(self._pitches))
            notes[index] = replace(notes[index], pitch=pitch)
            if self._is_melody:
                beats = float(self._generator.choice(self._lengths))
                notes[index] = replace(notes[index], duration=beats)
        return notes

    def _try_notes(self, notes: Sequence[Note]) -> SlicedWork[None]:
        """Replace the tune by other notes if their objective is greater."""
        if self._is_melody:
            notes = [*_back_to_back(notes, self.notes[0].onset)]
        tune, search = replace(self.trace.tune, notes=tuple(notes)), self._edit_search
        self.tunes_tried += 1
        try:
            trace = yield from trace_tune_in_slices(search.network, search.codec, tune, self.trace)
        except ValueError:  # a key that sounds already cannot be struck
            return
        objective = self._objective_of(trace)
        if objective > self.objective + MIN_GAIN:
            self.trace, self.objective = trace, objective
            self.edits_kept += 1


def random_melody(
    generator: np.random.Generator,
    meter: Meter,
    count: int,
    pitches: Sequence[int],
    lengths: Sequence[float],
) -> Tune:
    """A random melody without gaps.

    Parameters
    ----------
    generator : numpy.random.Generator
    meter : Meter
    count : int
        Number of notes.
    pitches : sequence of int
    lengths : sequence of float
        MIDI numbers and beats to choose from.

    Returns
    -------
    Tune
    """
    chosen = zip(generator.choice(pitches, count), generator.choice(lengths, count), strict=True)
    notes = [Note(int(pitch), 0.0, float(beats)) for pitch, beats in chosen]
    return Tune(tuple(_back_to_back(notes)), meter)


def with_random_pitches(generator: np.random.Generator, tune: Tune, pitches: Sequence[int]) -> Tune:
    """The same rhythm with random pitches.

    Parameters
    ----------
    generator : numpy.random.Generator
    tune : Tune
    pitches : sequence of int
        MIDI numbers to choose from.

    Returns
    -------
    Tune
        No pitch sounds twice at once.
    """
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
