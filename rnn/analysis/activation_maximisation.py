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
from rnn.analysis.note_edits import Hop, Hops
from rnn.analysis.trace import Heard, Slices, hear, hear_slowly
from rnn.codecs.codec import Codec
from rnn.model.network import Network

LIKELY = 0.01
"""What a nat of mean log probability a note counts beside what the unit says, which is -1..1."""
LEAST = 1e-3
"""A hop must gain more than this."""
STARTS = 8
"""Random tunes it is begun with, the best of which it goes on from."""
TRIED = 24
"""Hops tried between two looks at the gradient."""
SHAKES, SHAKEN = 6, 4
"""Where no hop helps: how often one in so many of the notes is drawn anew."""
MOST_TRIED = 200
"""Tunes tried in all, about."""
END = object()


class Dream:
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
        self.heard = hear(network, codec, start)
        self.hops = self.tried = 0
        self.done = False
        self._value = self._worth(self.heard)
        self._is_melody = start.notes == tuple(
            _one_after_another(start.notes, start.notes[0].onset)
        )
        self._offers = Hops(
            network, codec, layer, unit, polarity, self._pitches, lengths if self._is_melody else ()
        )
        self._generator = np.random.default_rng(seed)
        self._slices = self._run()

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes as they are now."""
        return self.heard.tune.notes

    @property
    def strength(self) -> float:
        """How far the unit is moved at the end, the way it likes to be: -1..1."""
        return self._polarity * float(self.heard.h[self.heard.ends[-1], self._layer, self._unit])

    def step(self) -> bool:
        """Do one slice; False once there is nothing left to do."""
        if not self.done:
            self.done = next(self._slices, END) is END
        return not self.done

    def _worth(self, heard: Heard) -> float:
        said = self._polarity * float(heard.h[heard.ends[-1], self._layer, self._unit])
        return said + LIKELY * float(heard.likelihood.sum()) / len(heard.ends)

    def _run(self) -> Slices[None]:
        """Climb from the best of some starts; where nothing helps any more, shake and climb on."""
        for _ in range(STARTS):
            yield from self._consider(self._shaken(len(self.notes)))
        while self.tried < MOST_TRIED:
            climbs = True
            while climbs and self.tried < MOST_TRIED:
                hops = self.hops
                for hop in (yield from self._offers.found(self.heard))[:TRIED]:
                    yield from self._consider(self._changed(hop))
                    yield
                climbs = self.hops > hops
            for _ in range(SHAKES):
                yield from self._consider(self._shaken(max(1, len(self.notes) // SHAKEN)))

    def _shaken(self, count: int) -> Tune:
        """So many of the notes drawn anew."""
        notes = list(self.notes)
        for place in self._generator.choice(len(notes), count, replace=False).tolist():
            pitch = int(self._generator.choice(self._pitches))
            notes[place] = replace(notes[place], pitch=pitch)
            if self._is_melody:
                beats = float(self._generator.choice(self._lengths))
                notes[place] = replace(notes[place], duration=beats)
        return self._tune(notes)

    def _changed(self, hop: Hop) -> Tune:
        notes = list(self.notes)
        notes[hop.place] = replace(
            notes[hop.place], pitch=hop.note.pitch, duration=hop.note.duration
        )
        return self._tune(notes)

    def _tune(self, notes: Sequence[Note]) -> Tune:
        if self._is_melody:
            notes = [*_one_after_another(notes, self.notes[0].onset)]
        return replace(self.heard.tune, notes=tuple(notes))

    def _consider(self, tune: Tune) -> Slices[None]:
        """Take a tune in place of the one there is if it is worth more."""
        self.tried += 1
        try:
            heard = yield from hear_slowly(self._network, self._codec, tune, self.heard)
        except ValueError:  # a key that sounds already cannot be struck
            return
        value = self._worth(heard)
        if value > self._value + LEAST:
            self.heard, self._value = heard, value
            self.hops += 1


def random_start(
    generator: np.random.Generator,
    meter: Meter,
    count: int,
    pitches: Sequence[int],
    lengths: Sequence[float],
) -> Tune:
    """Notes drawn at random, one after another."""
    chosen = zip(generator.choice(pitches, count), generator.choice(lengths, count), strict=True)
    notes = [Note(int(pitch), 0.0, float(beats)) for pitch, beats in chosen]
    return Tune(tuple(_one_after_another(notes)), meter)


def shuffled(generator: np.random.Generator, tune: Tune, pitches: Sequence[int]) -> Tune:
    """The same rhythm, with other pitches drawn at random."""
    notes: list[Note] = []
    for note in tune.notes:
        taken = {other.pitch for other in notes if other.end > note.onset}
        free = [pitch for pitch in pitches if pitch not in taken]
        notes.append(replace(note, pitch=int(generator.choice(free))))
    return replace(tune, notes=tuple(notes))


def _one_after_another(notes: Sequence[Note], onset: float = 0.0) -> Iterator[Note]:
    for note in notes:
        yield replace(note, onset=onset)
        onset += note.duration
