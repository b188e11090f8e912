"""Hearing: what a composer is told of a visitor's keys, on an axis of beats that is its own."""

from __future__ import annotations

from dataclasses import replace

from installation.engine.phrase import BAR
from installation.engine.phrase_generator import Axis, Place
from midi_data.notes import Tune, fold_pitch
from rnn.generation.composer import Composer, Step

LONGEST_GAP = 4.0
"""The composer does not hear more silence than this between two phrases, beats."""


class Hearing:
    """Tells a composer of keys, each later than the last.

    Parameters
    ----------
    composer : Composer
    axis : Axis
        Where its beats lie, to begin with.
    """

    def __init__(self, composer: Composer, axis: Axis) -> None:
        self._composer = composer
        self._axis = axis
        self._heard_to = 0.0
        self._struck: set[int] = set()

    @property
    def axis(self) -> Axis:
        """Where the composer's beats lie."""
        return self._axis

    def adopt(self, composer: Composer, axis: Axis) -> None:
        """Another composer hears from now on, and counts its beats from here."""
        self._composer = composer
        self.begin(axis)

    def begin(self, axis: Axis) -> None:
        """The composer forgets all, and counts its beats from here."""
        self._struck.clear()
        self._composer.begin()
        self._axis, self._heard_to = axis, 0.0

    def go_on(self, place: Place) -> None:
        """The composer has played up to a place, and hears on from there."""
        self._axis, self._heard_to = place.axis, max(self._heard_to, place.beat)

    def lift(self) -> None:
        """The composer has gone back to before the keys that are down."""
        self._struck.clear()

    def strike(self, pitch: int, at: int) -> Step:
        """A key went down at `at`, ns."""
        self._struck.add(pitch)
        return self._composer.strike(fold_pitch(pitch), self._beat(at))

    def release(self, pitch: int, at: int) -> None:
        """A key came up at `at`, ns; one the composer has forgotten since is ignored."""
        if pitch in self._struck:
            self._struck.discard(pitch)
            self._composer.release(fold_pitch(pitch), self._beat(at))

    def rehear(self, tune: Tune) -> None:
        """Hear a whole phrase once more, as it would be written."""
        self._struck.clear()
        notes = (replace(note, pitch=fold_pitch(note.pitch)) for note in tune.notes)
        self._composer.rehear(replace(tune, notes=tuple(notes)))
        self._heard_to = tune.notes[-1].onset

    def _beat(self, at: int) -> float:
        """The composer's beat of a moment: never back, and long silences cut short."""
        gap = self._axis.beats(at) - self._heard_to
        if gap > LONGEST_GAP:
            self._axis = self._axis.moved(int(gap // BAR.bar * BAR.bar))
        self._heard_to = max(self._heard_to, self._axis.beats(at))
        return self._heard_to
