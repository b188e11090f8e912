"""The composer's input: the visitor's keys on a beat grid of the composer's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from installation.engine.phrases.phrase import DEFAULT_METER
from midi_data.beat_grid import BeatGrid, BeatPosition
from midi_data.notes import Meter, Note, Tune, fold_pitch
from rnn.generation.composer import Composer, ComposerStep

MAX_GAP_BEATS = 4.0
"""Longest silence between two keys for the composer, beats; longer ones are shortened."""


@dataclass(frozen=True, slots=True, eq=False)
class UpcomingNote:
    """A note to come that the composer has heard: its step, and the composer before it."""

    step: ComposerStep
    snapshot: object
    beat: float


class ComposerInput:
    """Passes keys to a composer, each at a later beat than the last.

    Parameters
    ----------
    composer : Composer
    beat_grid : BeatGrid
        Of a tune that begins on its beat 0.
    """

    def __init__(self, composer: Composer, beat_grid: BeatGrid) -> None:
        self._composer = composer
        self.beat_grid = beat_grid
        self._last_beat = 0.0
        self._held_keys: set[int] = set()

    def switch_composer(self, composer: Composer, beat_grid: BeatGrid) -> None:
        """Pass keys to another composer from now on, which begins a tune on the grid."""
        self._composer = composer
        self.reset(beat_grid)

    def reset(self, beat_grid: BeatGrid, meter: Meter | None = None) -> None:
        """Begin a new tune on the grid; by default in the style's commonest meter."""
        self._held_keys.clear()
        self._composer.begin_tune(meter)
        self.beat_grid, self._last_beat = beat_grid, 0.0

    def resume_from(self, position: BeatPosition) -> None:
        """Continue at a position up to which the composer has played."""
        self.beat_grid = position.beat_grid
        self._last_beat = max(self._last_beat, position.beat)

    def clear_held_keys(self) -> None:
        """Forget the keys that are down: the composer returned to a state before them."""
        self._held_keys.clear()

    def strike(self, pitch: int, at: int, velocity: int = 80) -> ComposerStep:
        """Pass on a key press at the time `at`, ns."""
        self._held_keys.add(pitch)
        return self._composer.strike(fold_pitch(pitch), self._beat_at(at), velocity)

    def release(self, pitch: int, at: int) -> None:
        """Pass on the end of a note at the time `at` (ns); a forgotten key is ignored."""
        if pitch in self._held_keys:
            self._held_keys.discard(pitch)
            self._composer.release(fold_pitch(pitch), self._beat_at(at))

    def replay_phrase(self, tune: Tune) -> None:
        """Restart the composer with a whole phrase as it would be written."""
        self._held_keys.clear()
        notes = (replace(note, pitch=fold_pitch(note.pitch)) for note in tune.notes)
        self._composer.restart_with_phrase(replace(tune, notes=tuple(notes)))
        self._last_beat = tune.notes[-1].onset

    def hear(self, notes: Sequence[Note]) -> list[UpcomingNote]:
        """Let the composer hear notes to come, in order, after the phrase just replayed."""
        heard = []
        for note, following in zip_longest(notes, notes[1:]):
            snapshot, beat = self._composer.snapshot(), self._last_beat
            step = self._composer.strike(fold_pitch(note.pitch), note.onset, note.velocity)
            heard.append(UpcomingNote(step, snapshot, beat))
            end = note.onset + note.duration
            self._last_beat = end if following is None else min(end, following.onset)
            self._composer.release(fold_pitch(note.pitch), self._last_beat)
        return heard

    def rewind_before(self, heard: UpcomingNote) -> None:
        """Return to where the composer was before a note to come, which is not to sound."""
        self._composer.restore(heard.snapshot)
        self._last_beat = heard.beat

    def harmonise_phrase(self, tune: Tune) -> float | None:
        """Have the phrase just replayed harmonised, where possible; returns its first beat."""
        begin = self._composer.harmonise_phrase(tune)
        if begin is not None:
            self._last_beat = 0.0
        return begin

    def _beat_at(self, at: int) -> float:
        """The composer's beat at a time (ns): never decreasing, long silences shortened."""
        gap = self.beat_grid.beat_at_time(at) - self._last_beat
        if gap > MAX_GAP_BEATS:
            skipped_beats = int(gap // DEFAULT_METER.bar_beats * DEFAULT_METER.bar_beats)
            self.beat_grid = self.beat_grid.shifted(skipped_beats)  # by whole bars
        self._last_beat = max(self._last_beat, self.beat_grid.beat_at_time(at))
        return self._last_beat
