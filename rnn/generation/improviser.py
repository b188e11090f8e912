"""The improviser: a composer with a trained network.

While it hears, its key ensemble follows the music in every transposition, so that a melody in any
key is continued in its key. The notes it writes are sampled from the network's distribution.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from os.path import commonprefix

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import (
    HIGHEST_PITCH,
    LOWEST_PITCH,
    TICKS_PER_BEAT,
    Meter,
    Note,
    Tune,
    fold_pitch,
)
from rnn.analysis.attribution import Attribution
from rnn.analysis.tune_critics import judged_features
from rnn.codecs.codec import TokenReader
from rnn.codecs.note_details import UNITS_PER_BEAT, UNITS_PER_TICK
from rnn.generation.composer import KEY_COUNT, Composer, ComposerStep
from rnn.generation.harmony import (
    COLUMN_CANDIDATES,
    MelodyNote,
    is_melody_note,
    melody_mask,
    melody_to_harmonise,
)
from rnn.generation.key_ensemble import KeyEnsemble, KeyEnsembleSnapshot
from rnn.generation.lookahead import key_log_probabilities
from rnn.generation.plain_key_ensemble import PlainKeyEnsemble, without_details
from rnn.generation.sampling import (
    MAX_BIAS_NATS,
    bias_logits,
    mix_log_probabilities,
    sample_token,
    token_probabilities,
)
from rnn.generation.unit_intervention import UnitIntervention, kl_divergence_bits
from rnn.model.arrays import Array
from rnn.model.checkpoint import Checkpoint
from rnn.model.sampling_params import SamplingParams
from rnn.model.tune_critic import SoloCritic

TICK_BEATS = 1 / TICKS_PER_BEAT
MAX_COLUMN_TOKENS = 64  # tokens after which a melody that is not reached is given up
MAX_CHOICES_PER_NOTE = 20
"""Choices after which a note is completed: no sampling parameters may prolong it for ever."""


@dataclass(frozen=True, slots=True)
class _StruckKey:
    """The last key that went down; its `length`, in beats, is known once it is released."""

    pitch: int
    onset: float
    length: float | None = None


@dataclass(frozen=True, slots=True)
class _ImproviserSnapshot:
    ensembles: tuple[KeyEnsembleSnapshot, ...]
    struck: _StruckKey | None
    written: tuple[int, ...]
    melody: tuple[MelodyNote, ...]
    planned_choices: tuple[int, ...]


class Improviser(Composer):
    """A composer with one trained network.

    Parameters
    ----------
    checkpoint : Checkpoint
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._create_ensembles([checkpoint])

    def _create_ensembles(self, checkpoints: Sequence[Checkpoint]) -> None:
        codecs = [checkpoint.codec for checkpoint in checkpoints]
        self._codec = codecs[0]
        if any(codec.spelling != self._codec.spelling for codec in codecs):
            self._codec = without_details(self._codec)
        self._ensembles = tuple(
            (KeyEnsemble if codec.spelling == self._codec.spelling else PlainKeyEnsemble)(each)
            for codec, each in zip(codecs, checkpoints, strict=True)
        )
        self._weights = np.ones(len(checkpoints)) / len(checkpoints)
        self.styles = tuple(checkpoint.card.style for checkpoint in checkpoints)
        self._keys = self._codec.key_choices
        self.writes_velocities = self._codec.writes_velocities
        self.writes_timing = self._codec.writes_timing
        card = checkpoints[0].card
        self._meter, self._meters = Meter.parse(card.meter), card.meters
        self.own_sampling = SamplingParams.from_json(card.sampling)
        self._critic = SoloCritic.from_json(card.critic) if card.critic else None
        if self._critic is not None:
            self.candidates = self._critic.candidates
            self.section_bars = self._critic.section_bars
        self.layers, self.units = self._ensembles[0].layers, self._ensembles[0].units
        self.begin_tune()

    @property
    def _lead_ensemble(self) -> KeyEnsemble:
        """The ensemble whose activations and attributions are reported."""
        return self._ensembles[0]

    @property
    def _reader(self) -> TokenReader:
        return self._lead_ensemble.reader

    @property
    def meter(self) -> Meter:
        return self._reader.meter

    def begin_tune(self, meter: Meter | None = None) -> None:
        self._struck_key: _StruckKey | None = None
        self._melody: tuple[MelodyNote, ...] = ()
        self._planned_choices: tuple[int, ...] = ()
        self._reset_note_cost()
        self._unreported_tokens = self._codec.meter_tokens(meter or self._meter).tolist()
        for ensemble in self._ensembles:
            ensemble.begin_tune(meter or self._meter)

    def draw_meter(self, generator: np.random.Generator) -> Meter | None:
        if len(self._meters) < 2:
            return None
        counts = np.cumsum(list(self._meters.values()))
        drawn = np.searchsorted(counts, generator.random() * counts[-1], side="right")
        return Meter.parse(list(self._meters)[drawn])

    def judge_tune(self, tune: Tune, is_whole: bool) -> float | None:
        found = None if self._critic is None else judged_features(tune, is_whole)
        if found is None:
            return None
        critic = self._critic.whole if is_whole else self._critic.begun
        return None if critic is None else critic.log_odds(found)

    def strike(self, pitch: int, onset: float, velocity: int = 80) -> ComposerStep:
        onset = self._finish_struck_note(onset)
        self._reset_note_cost()
        tokens, struck = self._spell_strike(fold_pitch(pitch), onset, velocity)
        self._push_tokens(tokens)
        self._struck_key = struck
        forks = self._ensembles_past_length()
        keys = _key_probabilities(self._choice_log_probabilities(forks, True)[self._keys])
        return self._make_step(Note(pitch, struck.onset, TICK_BEATS), keys, forks)

    def release(self, pitch: int, beat: float) -> None:
        struck = self._struck_key
        if struck is not None and struck.length is None and fold_pitch(pitch) == struck.pitch:
            self._struck_key = replace(struck, length=max(TICK_BEATS, beat - struck.onset))

    def restart_with_phrase(self, phrase: Tune) -> ComposerStep:
        if not phrase.notes:
            raise ValueError("a phrase needs at least one note")
        phrase = self._codec.fit_tune(phrase)
        self.begin_tune(phrase.meter)
        for note in self._codec.order_notes(phrase):
            self._reset_note_cost()
            self._push_tokens(self._spell_note(note))
            self._unreported_tokens = []  # already reported by `strike`, if the key was struck
            self._push_tokens(self._codec.spell_length(self._reader, note.duration))
        self._keep_likeliest_key()
        length_tokens = self._unreported_tokens
        step = self._make_step(note, self._next_key_probabilities(SamplingParams()))
        self._unreported_tokens = length_tokens  # they are reported with the next note
        return replace(step, text="")

    def _finish_struck_note(self, now: float) -> float:
        """Give the struck note its length; returns the onset of the next one, beats."""
        struck, self._struck_key = self._struck_key, None
        if struck is None:
            return now
        until = now - struck.onset
        length = until if struck.length is None else struck.length
        length, after = self._codec.quantise_timing(length, until)
        self._push_tokens(self._codec.spell_length(self._reader, length))
        return now if after == until else struck.onset + after

    def _spell_note(self, note: Note) -> NDArray[np.int32]:
        """The tokens of all but the length of a note."""
        codec = self._codec
        return codec.spell_onset(self._reader, note.pitch, note.onset, note.velocity, note.part)

    def _spell_strike(
        self, pitch: int, onset: float, velocity: int
    ) -> tuple[NDArray[np.int32], _StruckKey]:
        """The tokens of a key that goes down, and the onset they can express.

        That is some ticks later where the codec cannot express the onset itself, or right after
        the last note: after too long a silence, or in too long a note.
        """
        later = (onset + ticks * TICK_BEATS for ticks in range(12 * TICKS_PER_BEAT))
        for beat in chain(later, [self._reader.cursor * TICK_BEATS]):
            try:
                tokens = self._codec.spell_onset(self._reader, pitch, beat, velocity)
            except ValueError:
                continue
            return tokens, _StruckKey(pitch, beat)
        raise ValueError(f"pitch {pitch} cannot be struck at beat {onset}")

    def compose_note(self, generator: np.random.Generator, params: SamplingParams) -> ComposerStep:
        self._prepare_to_compose()
        return self._compose(generator, params)

    def compose_note_at(
        self, onset: float, generator: np.random.Generator, params: SamplingParams
    ) -> ComposerStep:
        self._prepare_to_compose()
        self._advance_to(onset)
        return self._compose(generator, params, strikes_now=True)

    def _prepare_to_compose(self) -> None:
        if self._struck_key is not None:
            self._finish_struck_note(self._struck_key.onset + (self._struck_key.length or 0.5))
        self._keep_likeliest_key()

    def _advance_to(self, onset: float) -> None:
        """Push what the spellings of all keys at a beat have in common before the key."""
        pitches = (LOWEST_PITCH, HIGHEST_PITCH)
        try:
            spelled = [self._codec.spell_onset(self._reader, p, onset).tolist() for p in pitches]
        except ValueError:  # the codec cannot express that beat
            return
        self._push_tokens(commonprefix(spelled))

    def _compose(
        self, generator: np.random.Generator, params: SamplingParams, strikes_now: bool = False
    ) -> ComposerStep:
        """Write the next note; `strikes_now` allows no gap before it."""
        if self._melody and not self._planned_choices:
            self._plan_column(generator, params)
        self._reset_note_cost()
        note, choices = None, 0
        while note is None and not self._reader.ended:
            if self._planned_choices:
                choice, *others = self._planned_choices
                self._planned_choices = tuple(others)
                note = self._push_tokens((choice,))
                continue
            logits, choices = self._biased_logits(params), choices + 1
            if choices > MAX_CHOICES_PER_NOTE or (strikes_now and choices == 1):
                logits = self._restrict_to_completion(logits)
            choice = sample_token(logits, generator, params.temperature, params.top_p)
            note = self._push_tokens(self._codec.choice_tokens(choice))
        if note is None:
            return self._make_step(None, np.zeros(KEY_COUNT, np.float32))
        return self._make_step(note, self._next_key_probabilities(params))

    def harmonise_phrase(self, phrase: Tune) -> float | None:
        if not phrase.notes or not self._codec.settings().get("voices"):
            return None
        begin = phrase.notes[0].onset % phrase.meter.bar_beats
        melody = melody_to_harmonise(self._codec.fit_tune(phrase).notes, begin)
        if not melody:
            return None
        rows = [ensemble.likeliest_transposition for ensemble in self._ensembles]
        self.begin_tune(phrase.meter)
        for ensemble, row in zip(self._ensembles, rows, strict=True):
            ensemble.keep_transposition(row)
        self._melody = melody
        return begin

    def _plan_column(self, generator: np.random.Generator, params: SamplingParams) -> None:
        """Choose the tokens up to the next note of the melody; forget a melody that has ended."""
        start = self.snapshot()
        columns = []
        for _ in range(COLUMN_CANDIDATES):
            columns.append(self._draw_column(generator, params))
            self.restore(start)
        weights = np.array([weight for weight, _ in columns])
        chosen = sample_token(weights, generator)
        self._planned_choices = columns[chosen][1]
        if not self._planned_choices:
            self._melody = ()

    def _draw_column(
        self, generator: np.random.Generator, params: SamplingParams
    ) -> tuple[float, tuple[int, ...]]:
        """Tokens up to the next note of the melody, and the log of what the melody forced."""
        weight, tokens, note = 0.0, [], None
        while not self._reader.ended and len(tokens) < MAX_COLUMN_TOKENS:
            allowed = melody_mask(self._reader, self._melody)
            if allowed is None:
                break
            logits = self._biased_logits(params)
            possible = token_probabilities(logits)[allowed].sum()
            weight += float(np.log(possible + 1e-12))
            logits = np.where(allowed, np.maximum(logits, -MAX_BIAS_NATS), -np.inf)
            tokens.append(sample_token(logits, generator, params.temperature, params.top_p))
            note = self._push_tokens((tokens[-1],))
            if note is not None and is_melody_note(note, self._melody):
                break
        return weight, tuple(tokens)

    def _restrict_to_completion(self, logits: Array) -> Array:
        """The logits of choices that strike a key, complete a note, or lead to one that does."""
        allowed = np.full(self._codec.choice_count, -np.inf, np.float32)
        if self._reader.awaits_key:
            allowed[self._keys] = logits[self._keys]
        else:
            tokens = np.flatnonzero(_completing_tokens(self._reader))
            allowed[tokens] = logits[tokens]
        return allowed if np.isfinite(allowed).any() else logits

    def _reset_note_cost(self) -> None:
        """Count the surprise of a new note from here."""
        self._note_cost_nats = 0.0

    def _push_tokens(self, tokens: Iterable[int]) -> Note | None:
        """Push some tokens; returns the note the last one completes, if it does."""
        note = None
        for token in tokens:
            note = self._push_token(int(token))
        return note

    def _push_token(self, token: int) -> Note | None:
        self._unreported_tokens.append(token)
        self._note_cost_nats -= float(self._token_log_probabilities(self._ensembles)[token])
        return [ensemble.push(token) for ensemble in self._ensembles][0]

    def _keep_likeliest_key(self) -> None:
        for ensemble in self._ensembles:
            ensemble.keep_likeliest_key()

    def _token_log_probabilities(self, ensembles: Sequence[KeyEnsemble]) -> Array:
        """Log probabilities of the next token in the mixture, shape (V,)."""
        return mix_log_probabilities([each.log_probabilities for each in ensembles], self._weights)

    def _choice_log_probabilities(
        self, ensembles: Sequence[KeyEnsemble], allow_skippable: bool = False
    ) -> Array:
        """Log probabilities of the choices, whole keys among them, shape (choices,).

        With `allow_skippable`, a key counts as next even if a bar line comes before it.
        """
        codec, reader = self._codec, ensembles[0].reader
        logs = self._token_log_probabilities(ensembles)
        if codec.choice_count == codec.outputs:
            return logs
        choices = np.full(codec.choice_count, -np.inf, np.float32)
        choices[: codec.outputs] = np.where(reader.pitch_preserving_mask(), logs, -np.inf)
        if reader.awaits_key:
            choices[list(codec.key_tree.children[0])] = -np.inf
            lookaheads = [each.lookahead() for each in ensembles]
            keys = key_log_probabilities(lookaheads, self._weights, allow_skippable)
            choices[self._keys] = keys
        return choices

    def _biased_logits(self, params: SamplingParams, allow_skippable: bool = False) -> Array:
        choices = self._choice_log_probabilities(self._ensembles, allow_skippable)
        return bias_logits(choices, self._codec, self._reader, params)

    def _ensembles_past_length(self) -> list[KeyEnsemble]:
        """Forks past a struck note without a length, as if it had its likeliest length.

        A likeliest length without an end is ended.
        """
        forks = [ensemble.fork_likeliest_key() for ensemble in self._ensembles]
        for choices in range(2 * MAX_CHOICES_PER_NOTE):
            reader = forks[0].reader
            if not reader.awaits_length:
                break
            kept = reader.pitch_preserving_mask()
            if choices >= MAX_CHOICES_PER_NOTE:
                ends = kept & _completing_tokens(reader)
                kept = ends if ends.any() else kept
            token = int(np.where(kept, self._token_log_probabilities(forks), -np.inf).argmax())
            for fork in forks:
                fork.push(token)
        return forks

    def _next_key_probabilities(self, params: SamplingParams) -> Array:
        return _key_probabilities(self._biased_logits(params, True)[self._keys])

    def _make_step(
        self, note: Note | None, keys: Array, forks: Sequence[KeyEnsemble] | None = None
    ) -> ComposerStep:
        """The step just made; `forks` are the ensembles at the next note, where ours are not."""
        surprise = max(0.0, self._note_cost_nats / float(np.log(2)))
        text, self._unreported_tokens = self._codec.tokens_to_text(self._unreported_tokens), []
        activations, bits = self._lead_ensemble.activations, self._intervention_bits()
        deviation = 0.0
        if note is not None and not self._reader.awaits_length and self.writes_timing:
            deviation = self._reader.deviation
            tick = round((note.onset - deviation) * TICKS_PER_BEAT)
            units = round(note.end * UNITS_PER_BEAT) - tick * UNITS_PER_TICK
            note = replace(note, onset=tick / TICKS_PER_BEAT, duration=units / UNITS_PER_BEAT)
        return ComposerStep(note, surprise, activations, keys, bits, (), text, deviation)

    def _intervention_bits(self) -> float:
        if self._reader.ended or not any(each.interventions for each in self._ensembles):
            return 0.0
        unmodified = [each.unmodified_log_probabilities for each in self._ensembles]
        return kl_divergence_bits(
            self._token_log_probabilities(self._ensembles),
            mix_log_probabilities(unmodified, self._weights),
        )

    def set_interventions(self, interventions: Sequence[UnitIntervention]) -> None:
        self._lead_ensemble.set_interventions(interventions)

    def explain_last_note(self) -> Attribution | None:
        return self._lead_ensemble.explain_last_note()

    def snapshot(self) -> object:
        ensembles = tuple(ensemble.snapshot() for ensemble in self._ensembles)
        return _ImproviserSnapshot(
            ensembles,
            self._struck_key,
            tuple(self._unreported_tokens),
            self._melody,
            self._planned_choices,
        )

    def restore(self, snapshot: object) -> None:
        if not isinstance(snapshot, _ImproviserSnapshot) or len(snapshot.ensembles) != len(
            self._ensembles
        ):
            raise TypeError("not a snapshot of this improviser")
        for ensemble, kept in zip(self._ensembles, snapshot.ensembles, strict=True):
            ensemble.restore(kept)
        self._struck_key, self._unreported_tokens = snapshot.struck, list(snapshot.written)
        self._melody, self._planned_choices = snapshot.melody, snapshot.planned_choices


def _key_probabilities(logits: Array) -> NDArray[np.float32]:
    """Probability of each key among the keys, shape (88,)."""
    if not np.isfinite(logits).any():
        return np.zeros(KEY_COUNT, np.float32)
    return token_probabilities(logits).astype(np.float32)


def _completing_tokens(reader: TokenReader) -> NDArray[np.bool_]:
    """Tokens that complete a note, or lead to where a key can be struck, shape (outputs,)."""
    completing = np.zeros_like(reader.mask())
    for token in np.flatnonzero(reader.mask()).tolist():
        trial = reader.copy()
        completing[token] = trial.push(token) is not None or trial.awaits_key or trial.awaits_detail
    return completing
