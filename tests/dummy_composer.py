"""A composer for tests of what plays with one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, Meter, Note, Tune
from rnn.analysis.attribution import MAX_ATTRIBUTED_NOTES, Attribution
from rnn.generation.composer import KEY_COUNT, Composer, ComposerStep
from rnn.generation.unit_intervention import InterventionSet, UnitIntervention
from rnn.model.sampling_params import SamplingParams


class DummyComposer(Composer):
    """A composer without a network, which walks a pentatonic scale."""

    SCALE = (0, 2, 4, 7, 9)

    def __init__(self, layers: int = 2, units: int = 32) -> None:
        self.layers, self.units = layers, units
        self._interventions = InterventionSet((), layers, units)
        self.begin_tune()

    def begin_tune(self, meter: Meter | None = None) -> None:
        self._pitch, self._beat, self._steps = 67, 0.0, 0

    def strike(self, pitch: int, onset: float, velocity: int = 80) -> ComposerStep:
        self._pitch, self._beat = pitch, onset + 0.5
        return self._make_step(Note(pitch, onset, 0.5))

    def release(self, pitch: int, beat: float) -> None:
        self._beat = max(self._beat, beat)

    def restart_with_phrase(self, phrase: Tune) -> ComposerStep:
        if not phrase.notes:
            raise ValueError("a phrase needs at least one note")
        last = phrase.notes[-1]
        self._pitch, self._beat = last.pitch, phrase.end
        return self._make_step(last)

    def compose_note(self, generator: np.random.Generator, params: SamplingParams) -> ComposerStep:
        if params.may_end and generator.random() < 0.2:
            return self._make_step(None)
        near = [
            pitch
            for pitch in range(self._pitch - 5, self._pitch + 6)
            if pitch % 12 in (params.scale or self.SCALE) and 48 <= pitch <= 84
        ]
        self._pitch = int(generator.choice(near or [67]))
        note = Note(self._pitch, self._beat, float(generator.choice([0.5, 0.5, 1.0])))
        self._beat = note.end
        return self._make_step(note)

    def compose_note_at(
        self, onset: float, generator: np.random.Generator, params: SamplingParams
    ) -> ComposerStep:
        self._beat = onset
        return self.compose_note(generator, params)

    def set_interventions(self, interventions: Sequence[UnitIntervention]) -> None:
        self._interventions = InterventionSet(interventions, self.layers, self.units)

    @property
    def interventions(self) -> InterventionSet:
        """What is done to units now."""
        return self._interventions

    def explain_last_note(self) -> Attribution | None:
        if not self._steps:
            return None
        fading = 0.5 ** np.arange(min(self._steps, MAX_ATTRIBUTED_NOTES), 0, -1, dtype=np.float32)
        return Attribution(fading, 0.0, 0.0, 0.0, -1.4)

    def snapshot(self) -> object:
        return self._pitch, self._beat, self._steps

    def restore(self, snapshot: object) -> None:
        self._pitch, self._beat, self._steps = snapshot

    def _make_step(self, note: Note | None) -> ComposerStep:
        self._steps += 1
        phase = self._steps + np.arange(self.layers * 6 * self.units, dtype=np.float32)
        activations = np.sin(phase * 0.7).reshape(self.layers, 6, self.units)  # (L, 6, H)
        for layer in range(self.layers):
            self._interventions(layer, activations[layer, 5:])
        keys = np.zeros(KEY_COUNT, np.float32)
        for pitch in range(self._pitch - 5, self._pitch + 6):
            if pitch % 12 in self.SCALE and LOWEST_PITCH <= pitch <= HIGHEST_PITCH:
                keys[pitch - LOWEST_PITCH] = 1.0
        bits = 0.1 * len(self._interventions.interventions)
        return ComposerStep(note, 2.0, activations, keys / max(1.0, keys.sum()), bits)


class CriticalComposer(DummyComposer):
    """Judges tunes by odds it is given, alike by default, and keeps what it judged."""

    def __init__(
        self,
        next_odds: Callable[[], float | None] = lambda: 0.0,
        candidates: int = 4,
        section_bars: int = 0,
    ) -> None:
        super().__init__()
        self.judged: list[Tune] = []
        self.candidates, self.section_bars = candidates, section_bars
        self._next_odds = next_odds

    def judge_tune(self, tune: Tune, is_whole: bool) -> float | None:
        self.judged.append(tune)
        return self._next_odds()


class KeepingComposer(DummyComposer):
    """Keeps the phrases that it is to answer, keys with their onsets, and sampling parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.phrases: list[Tune] = []
        self.struck: list[tuple[int, float]] = []
        self.sampled: list[SamplingParams] = []

    def restart_with_phrase(self, phrase: Tune) -> ComposerStep:
        self.phrases.append(phrase)
        return super().restart_with_phrase(phrase)

    def strike(self, pitch: int, onset: float, velocity: int = 80) -> ComposerStep:
        self.struck.append((pitch, onset))
        return super().strike(pitch, onset, velocity)

    def compose_note(self, generator: np.random.Generator, params: SamplingParams) -> ComposerStep:
        self.sampled.append(params)
        return super().compose_note(generator, params)
