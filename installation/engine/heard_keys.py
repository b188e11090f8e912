"""Hearing: what a composer is told of a visitor's keys, on an axis of beats that is its own."""

from __future__ import annotations

from dataclasses import replace

from installation.engine.phrase import DEFAULT_METER
from installation.engine.phrase_generator import BeatGrid, BeatPosition
from midi_data.notes import Tune, fold_pitch
from rnn.generation.composer import Composer, ComposerStep

MAX_GAP_BEATS = 4.0
"""The composer does not hear more silence than this between two phrases, beats."""


class ComposerInput:
    """Tells a composer of keys, each later than the last.

    Parameters
    ----------
    composer : Composer
    axis : Axis
        Where its beats lie, to begin with.
    """

    def __init__(self, composer: Composer, axis: BeatGrid) -> None:
        self._composer = composer
        self._beat_grid = axis
        self._last_beat = 0.0
        self._held_keys: set[int] = set()

    @property
    def beat_grid(self) -> BeatGrid:
        """Where the composer's beats lie."""
        return self._beat_grid

    def switch_composer(self, composer: Composer, axis: BeatGrid) -> None:
        """Another composer hears from now on, and counts its beats from here."""
        self._composer = composer
        self.reset(axis)

    def reset(self, axis: BeatGrid) -> None:
        """The composer forgets all, and counts its beats from here."""
        self._held_keys.clear()
        self._composer.begin_tune()
        self._beat_grid, self._last_beat = axis, 0.0

    def resume_from(self, place: BeatPosition) -> None:
        """The composer has played up to a place, and hears on from there."""
        self._beat_grid, self._last_beat = place.beat_grid, max(self._last_beat, place.beat)

    def clear_held_keys(self) -> None:
        """The composer has gone back to before the keys that are down."""
        self._held_keys.clear()

    def strike(self, pitch: int, at: int) -> ComposerStep:
        """A key went down at `at`, ns."""
        self._held_keys.add(pitch)
        return self._composer.strike(fold_pitch(pitch), self._beat_at(at))

    def release(self, pitch: int, at: int) -> None:
        """A key came up at `at`, ns; one the composer has forgotten since is ignored."""
        if pitch in self._held_keys:
            self._held_keys.discard(pitch)
            self._composer.release(fold_pitch(pitch), self._beat_at(at))

    def replay_phrase(self, tune: Tune) -> None:
        """Hear a whole phrase once more, as it would be written."""
        self._held_keys.clear()
        notes = (replace(note, pitch=fold_pitch(note.pitch)) for note in tune.notes)
        self._composer.restart_with_phrase(replace(tune, notes=tuple(notes)))
        self._last_beat = tune.notes[-1].onset

    def _beat_at(self, at: int) -> float:
        """The composer's beat of a moment: never back, and long silences cut short."""
        gap = self._beat_grid.beat_at_time(at) - self._last_beat
        if gap > MAX_GAP_BEATS:
            self._beat_grid = self._beat_grid.shifted(
                int(gap // DEFAULT_METER.bar_beats * DEFAULT_METER.bar_beats)
            )
        self._last_beat = max(self._last_beat, self._beat_grid.beat_at_time(at))
        return self._last_beat
