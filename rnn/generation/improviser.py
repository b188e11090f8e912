"""The improviser: a trained network that hears notes and writes the next one.

While it hears, its follower tries the music in every key (`rnn.generation.key_ensemble`), so a
melody in any key is continued in its key, with no key estimate but the network's. What it writes is
drawn from the shares the network gives, leaned as a taste would have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import TICKS_PER_BEAT, Meter, Note, Tune, fold_pitch
from rnn.analysis.attribution import Attribution
from rnn.codecs.codec import TokenReader
from rnn.generation.composer import KEY_COUNT, Composer, ComposerStep, SamplingParams
from rnn.generation.key_ensemble import KeyEnsemble, KeyEnsembleSnapshot
from rnn.generation.logit_bias import bias_logits
from rnn.generation.lookahead import key_log_probabilities
from rnn.generation.sampling import mix_log_probabilities, sample_token, token_probabilities
from rnn.generation.unit_intervention import UnitIntervention, kl_divergence_bits
from rnn.model.checkpoint import Checkpoint
from rnn.model.lstm import Array

TICK_BEATS = 1 / TICKS_PER_BEAT
DEFAULT_SAMPLING = SamplingParams()
MAX_CHOICES_PER_NOTE = 20
"""Choices after which a note is brought to its end: no taste may make it last for ever."""


@dataclass(frozen=True, slots=True)
class _StruckKey:
    """A key that went down; its `length` in beats is known once it came up."""

    pitch: int
    onset: float
    length: float | None = None


@dataclass(frozen=True, slots=True)
class _ImproviserSnapshot:
    ensembles: tuple[KeyEnsembleSnapshot, ...]
    struck: _StruckKey | None
    written: tuple[int, ...]


class Improviser(Composer):
    """A composer with a trained network.

    Parameters
    ----------
    checkpoint : Checkpoint
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._create_ensembles([checkpoint])

    def _create_ensembles(self, checkpoints: Sequence[Checkpoint]) -> None:
        self._ensembles = tuple(KeyEnsemble(checkpoint) for checkpoint in checkpoints)
        self._weights = np.ones(len(checkpoints)) / len(checkpoints)
        self.styles = tuple(checkpoint.card.style for checkpoint in checkpoints)
        self._codec = checkpoints[0].codec
        self._meter = Meter.parse(checkpoints[0].card.meter)
        self.layers = self._ensembles[0].layers
        self.units = self._ensembles[0].units
        self.begin_tune()

    @property
    def _lead_ensemble(self) -> KeyEnsemble:
        """The follower whose activations are shown."""
        return self._ensembles[0]

    # Hearing

    def begin_tune(self, meter: Meter | None = None) -> None:
        self._struck_key: _StruckKey | None = None
        self._reset_note_cost()
        self._unreported_tokens = self._codec.meter_tokens(meter or self._meter).tolist()
        for follower in self._ensembles:
            follower.begin_tune(meter or self._meter)

    def strike(self, pitch: int, onset: float) -> ComposerStep:
        onset = self._finish_struck_note(onset)
        self._reset_note_cost()
        tokens, struck = self._spell_strike(fold_pitch(pitch), onset)
        for token in tokens:
            self._push_token(int(token))
        self._struck_key = struck
        alone = self._ensembles_past_length()
        ahead = self._key_probabilities(self._choice_log_probabilities(alone, passing=True))
        return self._make_step(Note(pitch, struck.onset, TICK_BEATS), ahead, alone)

    def release(self, pitch: int, at: float) -> None:
        struck = self._struck_key
        if struck is not None and struck.length is None and fold_pitch(pitch) == struck.pitch:
            self._struck_key = _StruckKey(
                struck.pitch, struck.onset, max(TICK_BEATS, at - struck.onset)
            )

    def restart_with_phrase(self, phrase: Tune) -> ComposerStep:
        if not phrase.notes:
            raise ValueError("a phrase needs at least one note")
        phrase = self._codec.fit_tune(phrase)
        self.begin_tune(phrase.meter)
        for note in phrase.notes:
            self._reset_note_cost()
            for token in self._codec.spell_onset(
                self._lead_ensemble.reader, note.pitch, note.onset
            ):
                self._push_token(int(token))
            self._unreported_tokens.clear()  # what was written when the key was struck, if it was
            for token in self._codec.spell_length(self._lead_ensemble.reader, note.duration):
                self._push_token(int(token))
        self._keep_likeliest_key()
        length, step = (
            self._unreported_tokens,
            self._make_step(note, self._next_key_probabilities(DEFAULT_SAMPLING)),
        )
        self._unreported_tokens = (
            length  # it goes with the next note: the last one is in sight already
        )
        return replace(step, text="")

    def _finish_struck_note(self, now: float) -> float:
        """Give the struck note its length; returns when the next one is taken to be struck."""
        struck, self._struck_key = self._struck_key, None
        if struck is None:
            return now
        until = now - struck.onset
        length = until if struck.length is None else struck.length
        length, after = self._codec.quantise_timing(length, until)
        for token in self._codec.spell_length(self._lead_ensemble.reader, length):
            self._push_token(int(token))
        return now if after == until else struck.onset + after

    def _spell_strike(self, pitch: int, onset: float) -> tuple[NDArray[np.int32], _StruckKey]:
        """How to say that a key goes down.

        Some ticks later where the codec cannot say it now; right after the last note where it
        cannot say that either: after too long a silence, or in too long a note.
        """
        reader = self._lead_ensemble.reader
        later = (onset + ticks * TICK_BEATS for ticks in range(12 * TICKS_PER_BEAT))
        for place in chain(later, [reader.cursor * TICK_BEATS]):
            try:
                return self._codec.spell_onset(reader, pitch, place), _StruckKey(pitch, place)
            except ValueError:
                continue
        raise ValueError(f"pitch {pitch} cannot be struck at beat {onset}")

    # Writing

    def compose_note(self, generator: np.random.Generator, taste: SamplingParams) -> ComposerStep:
        if self._struck_key is not None:
            self._finish_struck_note(self._struck_key.onset + (self._struck_key.length or 0.5))
        self._keep_likeliest_key()
        self._reset_note_cost()
        note, made = None, 0
        while note is None and not self._lead_ensemble.reader.ended:
            logits, made = self._biased_logits(taste), made + 1
            if made > MAX_CHOICES_PER_NOTE:
                logits = self._restrict_to_completion(logits)
            choice = sample_token(logits, generator, taste.temperature, taste.top_p)
            for token in self._codec.choice_tokens(choice):
                note = self._push_token(token)
        return self._make_step(
            note,
            np.zeros(KEY_COUNT, np.float32)
            if note is None
            else self._next_key_probabilities(taste),
        )

    def _restrict_to_completion(self, logits: Array) -> Array:
        """Only what strikes a key, completes a note, or leads to where one of them can be done."""
        codec, reader = self._codec, self._lead_ensemble.reader
        wanted = np.full(codec.choice_count, -np.inf, np.float32)
        if reader.awaits_key:
            wanted[codec.key_choices] = logits[codec.key_choices]
        else:
            tokens = np.flatnonzero(_completing_tokens(reader))
            wanted[tokens] = logits[tokens]
        return wanted if np.isfinite(wanted).any() else logits

    # Thinking

    def _reset_note_cost(self) -> None:
        """Another note begins: what it takes is counted from here."""
        self._note_cost_nats = 0.0

    def _push_token(self, token: int) -> Note | None:
        self._unreported_tokens.append(token)
        self._note_cost_nats -= float(self._token_log_probabilities(self._ensembles)[token])
        notes = [follower.push(token) for follower in self._ensembles]
        return notes[0]

    def _keep_likeliest_key(self) -> None:
        """Go on in the best key alone."""
        for follower in self._ensembles:
            follower.keep_likeliest_key()

    def _token_log_probabilities(
        self, followers: Sequence[KeyEnsemble], untouched: bool = False
    ) -> Array:
        """Log probabilities of the next token, all networks asked, shape (V,)."""
        rows = []
        for follower in followers:
            plain = follower.unmodified_log_probabilities if untouched else None
            rows.append(follower.log_probabilities if plain is None else plain)
        return mix_log_probabilities(rows, self._weights)

    def _choice_log_probabilities(
        self, followers: Sequence[KeyEnsemble], passing: bool = False
    ) -> Array:
        """Log probabilities of what may be drawn, keys in one piece, shape (choices,).

        With `passing`, a key counts as next even if a bar line comes before it.
        """
        logs, codec, reader = (
            self._token_log_probabilities(followers),
            self._codec,
            followers[0].reader,
        )
        if codec.choice_count == codec.outputs:
            return logs
        offered = np.full(codec.choice_count, -np.inf, np.float32)
        offered[: codec.outputs] = np.where(reader.pitch_preserving_mask(), logs, -np.inf)
        if reader.awaits_key:
            offered[list(codec.key_tree.children[0])] = -np.inf
            offered[codec.key_choices] = self._key_log_probabilities(
                followers, self._weights, passing
            )
        return offered

    def _key_log_probabilities(
        self, followers: Sequence[KeyEnsemble], weights: NDArray[np.float64], passing: bool
    ) -> Array:
        """Log probabilities of the keys, shape (88,)."""
        if self._codec.choice_count == self._codec.outputs:
            return mix_log_probabilities([one.log_probabilities for one in followers], weights)[
                self._codec.key_choices
            ]
        return key_log_probabilities(
            [follower.lookahead() for follower in followers], weights, passing
        )

    def _biased_logits(self, taste: SamplingParams, passing: bool = False) -> Array:
        offered = self._choice_log_probabilities(self._ensembles, passing)
        return bias_logits(offered, self._codec, self._lead_ensemble.reader, taste)

    def _ensembles_past_length(self) -> list[KeyEnsemble]:
        """Followers past a struck note that has no length yet, as if it had its likeliest.

        Where what is likeliest would make it last on and on, it is brought to its end.
        """
        alone = [follower.fork_likeliest_key() for follower in self._ensembles]
        for made in range(2 * MAX_CHOICES_PER_NOTE):
            reader = alone[0].reader
            if not reader.awaits_length:
                break
            kept = reader.pitch_preserving_mask()
            if made >= MAX_CHOICES_PER_NOTE and (ends := kept & _completing_tokens(reader)).any():
                kept = ends
            token = int(np.where(kept, self._token_log_probabilities(alone), -np.inf).argmax())
            for follower in alone:
                follower.push(token)
        return alone

    def _next_key_probabilities(self, taste: SamplingParams) -> Array:
        return self._key_probabilities(self._biased_logits(taste, passing=True))

    def _key_probabilities(self, logits: Array) -> Array:
        """Probability of each key among the keys, shape (88,)."""
        keys = logits[self._codec.key_choices]
        if not np.isfinite(keys).any():
            return np.zeros(KEY_COUNT, np.float32)
        return token_probabilities(keys).astype(np.float32)

    def _make_step(
        self, note: Note | None, ahead: Array, heads: Sequence[KeyEnsemble] | None = None
    ) -> ComposerStep:
        """The step just made; `heads` know what is next where our own followers do not yet."""
        surprise = max(0.0, self._note_cost_nats / float(np.log(2)))
        text, self._unreported_tokens = self._codec.tokens_to_text(self._unreported_tokens), []
        return ComposerStep(
            note,
            surprise,
            self._lead_ensemble.activations,
            ahead,
            self._intervention_bits(),
            text=text,
        )

    def _intervention_bits(self) -> float:
        if self._lead_ensemble.reader.ended or not any(
            f.has_interventions for f in self._ensembles
        ):
            return 0.0
        return kl_divergence_bits(
            self._token_log_probabilities(self._ensembles),
            self._token_log_probabilities(self._ensembles, True),
        )

    # UnitTouchesChange, and saying why

    def set_interventions(self, touches: Sequence[UnitIntervention]) -> None:
        self._lead_ensemble.set_interventions(touches)

    def explain_last_note(self) -> Attribution | None:
        return self._lead_ensemble.explain_last_note()

    # Remembering

    def snapshot(self) -> object:
        places = tuple(follower.snapshot() for follower in self._ensembles)
        return _ImproviserSnapshot(places, self._struck_key, tuple(self._unreported_tokens))

    def restore(self, snapshot: object) -> None:
        if not isinstance(snapshot, _ImproviserSnapshot) or len(snapshot.ensembles) != len(
            self._ensembles
        ):
            raise TypeError("not a snapshot of this improviser")
        for follower, place in zip(self._ensembles, snapshot.ensembles, strict=True):
            follower.restore(place)
        self._struck_key, self._unreported_tokens = snapshot.struck, list(snapshot.written)


def _completing_tokens(reader: TokenReader) -> NDArray[np.bool_]:
    """Which tokens complete a note, or lead to where a key can be struck, shape (outputs,)."""
    allowed = reader.mask()
    leads = np.zeros_like(allowed)
    for token in np.flatnonzero(allowed).tolist():
        trial = reader.copy()
        leads[token] = trial.push(token) is not None or trial.awaits_key
    return leads
