"""Unit probing: the music each unit responds to, found as the network reads its corpus.

Shapes: n notes, U units of all layers, T steps, B tunes side by side, F active input rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import TICKS_PER_BEAT, Note, Tune
from rnn.codecs.codec import Codec
from rnn.model.arrays import Array
from rnn.model.network import Network
from rnn.model.unit_atlas import CONTEXT_NOTES, CONTEXTS_PER_UNIT, TRAIT_CLASS_COUNTS, UnitAtlas
from rnn.training.dataset import EncodedTune, encode_tune

MAX_PROBED_NOTES = 40_000  # number of notes after which no further tune is read
MIN_NOTES_PER_CLASS = 30  # notes of a class below which its mean activation is left at 0
SHUFFLE_COUNT = 20  # random orders of the notes that a trait's explained variance is compared with
TUNES_PER_BATCH = 64
LENGTH_BOUNDS_TICKS = (2, 3, 4, 6, 12, 18, 24)  # bounds of the classes of length, ticks


@dataclass(frozen=True, slots=True, eq=False)
class _UnitReadings:
    """Activations after each of n notes, with the notes' places and traits."""

    activations: Array  # (n, U)
    tune_index: NDArray[np.int32]  # (n,)
    note_index: NDArray[np.int32]  # (n,), in its tune as the codec writes it
    traits: dict[str, NDArray[np.int32]]  # each (n,)


def probe_units(
    network: Network,
    codec: Codec,
    tunes: Sequence[Tune],
    seed: int = 0,
    notes: int = MAX_PROBED_NOTES,
) -> UnitAtlas:
    """Make an atlas of a network's units.

    Parameters
    ----------
    network : Network
    codec : Codec
    tunes : sequence of Tune
        Read in random order until there are `notes` notes.
    seed : int
    notes : int

    Returns
    -------
    UnitAtlas

    Raises
    ------
    ValueError
        If there are no notes.

    Notes
    -----
    A trait's share of a unit's variance is eta squared: variance between classes over total
    variance (Fisher, "Statistical Methods for Research Workers", 1925). It is compared with that
    of the same notes in `SHUFFLE_COUNT` random orders within their tunes. So the effect of a whole
    tune on a unit (its key, its register) is no evidence for the trait.
    """
    generator = np.random.default_rng(seed)
    chosen = _choose_tunes(codec, tunes, notes, generator)
    if not chosen:
        raise ValueError("no notes to make an atlas of")
    readings = _record_activations(network, codec, chosen)
    activations = readings.activations
    deviation = np.maximum(activations.std(axis=0), 1e-6)
    scores = (activations - activations.mean(axis=0)) / deviation  # (n, U), standard scores
    explained, certainty = _explained_variance(scores, readings, generator)
    polarity = np.where((scores**3).mean(axis=0) >= 0, 1, -1).astype(np.int8)
    strengths, places, rolls = _strongest_contexts(scores, polarity, readings, chosen, codec)
    used = sorted({int(tune) for tune in places[..., 0].flat if tune >= 0})
    index = np.full(len(chosen) + 1, -1, np.int32)
    index[used] = np.arange(len(used))
    places[..., 0] = index[places[..., 0]]
    profiles = {
        trait: _profile(scores, readings.traits[trait], count)
        for trait, count in TRAIT_CLASS_COUNTS.items()
    }
    layers, units, names = network.sizes.layers, network.sizes.units, [chosen[k].name for k in used]
    traits = profiles, explained, certainty, polarity
    return UnitAtlas(
        layers, units, *traits, strengths, places, rolls, tuple(names), notes=len(scores)
    )


def _choose_tunes(
    codec: Codec, tunes: Sequence[Tune], notes: int, generator: np.random.Generator
) -> list[Tune]:
    chosen, count = [], 0
    for k in generator.permutation(len(tunes)):
        if count >= notes:
            break
        if tunes[k].notes:
            chosen.append(codec.fit_tune(tunes[k]))
            count += len(tunes[k].notes)
    return chosen


def _record_activations(network: Network, codec: Codec, tunes: Sequence[Tune]) -> _UnitReadings:
    """Live steps through all tunes, those of similar length side by side."""
    encoded = [encode_tune(codec, tune) for tune in tunes]
    order = sorted(range(len(tunes)), key=lambda k: len(encoded[k].tokens))
    ends = [_note_end_steps(codec, tune) for tune in encoded]
    width = network.sizes.layers * network.sizes.units
    activations = [np.empty((len(steps), width), "f4") for steps in ends]
    for start in range(0, len(order), TUNES_PER_BATCH):
        batch = order[start : start + TUNES_PER_BATCH]
        longest = max(len(encoded[k].tokens) for k in batch)
        features = np.zeros((longest, len(batch), codec.width), np.int32)  # (T, B, F)
        for b, k in enumerate(batch):
            features[: len(encoded[k].tokens), b] = encoded[k].features
        notes_at = [{step: note for note, step in enumerate(ends[k])} for k in batch]
        state = network.initial_state(len(batch))
        for t in range(longest):
            network.step(features[t], state)
            for b, k in enumerate(batch):
                if (note := notes_at[b].get(t)) is not None:
                    activations[k][note] = state.h[:, b].reshape(-1)  # (layers, H) -> (U,)
    counts = [len(steps) for steps in ends]
    traits = [note_traits(tune, codec.order_notes(tune)) for tune in tunes]
    return _UnitReadings(
        np.concatenate(activations),
        np.repeat(np.arange(len(tunes), dtype=np.int32), counts),
        np.concatenate([np.arange(count, dtype=np.int32) for count in counts]),
        {trait: np.concatenate([row[trait] for row in traits]) for trait in TRAIT_CLASS_COUNTS},
    )


def _note_end_steps(codec: Codec, tune: EncodedTune) -> list[int]:
    """For each note the step whose input completes it."""
    reader = codec.new_reader()
    tokens = enumerate(tune.tokens.tolist())
    return [place + 1 for place, token in tokens if reader.push(token) is not None]


def note_traits(tune: Tune, ordered: Sequence[Note] | None = None) -> dict[str, NDArray[np.int32]]:
    """The class of each note of a tune by each trait, each of shape (notes,)."""
    notes = tune.notes if ordered is None else ordered
    pitch = np.array([note.pitch for note in notes])
    onset = np.array([round(note.onset * TICKS_PER_BEAT) for note in notes])
    length = np.array([round(note.duration * TICKS_PER_BEAT) for note in notes])
    bar = round(tune.meter.bar_beats * TICKS_PER_BEAT)
    home = min(note.pitch for note in notes if note.onset == notes[-1].onset)
    classes = {
        "pitch_class": pitch % 12,
        "degree": (pitch - home) % 12,
        "register": np.clip(pitch // 12 - 1, 0, 7),
        "interval": np.clip(_intervals(notes), -12, 12) + 12,
        "length": np.searchsorted(LENGTH_BOUNDS_TICKS, length),
        "beat": np.minimum(onset % bar * 2 // TICKS_PER_BEAT, TRAIT_CLASS_COUNTS["beat"] - 1),
        "phrase": onset // bar % 8,
    }
    return {trait: row.astype(np.int32) for trait, row in classes.items()}


def _intervals(notes: Iterable[Note]) -> NDArray[np.int64]:
    """Semitones from the nearest pitch of the onset before; 0 for the first notes."""
    found, last, now = [], [], []
    onset = None
    for note in notes:
        if note.onset != onset:
            last, now, onset = now, [], note.onset
        now.append(note.pitch)
        near = min(last, key=lambda pitch: abs(pitch - note.pitch), default=note.pitch)
        found.append(note.pitch - near)
    return np.array(found)


def _explained_variance(
    scores: Array, readings: _UnitReadings, generator: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Share of variance, and its distance from chance in deviations, each of shape (U, traits)."""
    found = _eta_squared_by_trait(scores, readings.traits, np.arange(len(scores)))
    chance = []
    for _ in range(SHUFFLE_COUNT):
        order = np.lexsort((generator.random(len(scores)), readings.tune_index))
        chance.append(_eta_squared_by_trait(scores, readings.traits, order))
    distance = (found - np.mean(chance, axis=0)) / np.maximum(np.std(chance, axis=0), 1e-9)
    return found.T.astype(np.float32), distance.T.astype(np.float32)


def _eta_squared_by_trait(
    scores: Array, traits: dict[str, NDArray[np.int32]], order: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Eta squared of standard scores by the classes of reordered notes, shape (traits, U)."""
    found = []
    for trait, count in TRAIT_CLASS_COUNTS.items():
        totals, sizes = _class_totals(scores, traits[trait][order], count)
        between = (totals**2 / np.maximum(sizes, 1)[:, None]).sum(axis=0)  # (U,)
        found.append(between / len(scores))
    return np.stack(found)


def _profile(scores: Array, classes: NDArray[np.int32], count: int) -> NDArray[np.float16]:
    """Mean standard score in each class, shape (U, classes)."""
    totals, sizes = _class_totals(scores, classes, count)
    means = totals / np.maximum(sizes, 1)[:, None]
    means[sizes < min(MIN_NOTES_PER_CLASS, len(scores) // count)] = 0.0
    return means.T.astype(np.float16)


def _class_totals(
    scores: Array, classes: NDArray[np.int32], count: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Sum of the scores in each class, shape (classes, U), and its number of notes."""
    member = np.zeros((count, len(scores)), np.float32)
    member[classes, np.arange(len(scores))] = 1.0
    return (member @ scores).astype(np.float64), np.bincount(classes, minlength=count)


def _strongest_contexts(
    scores: Array,
    polarity: NDArray[np.int8],
    readings: _UnitReadings,
    tunes: Sequence[Tune],
    codec: Codec,
) -> tuple[NDArray[np.float16], NDArray[np.int32], NDArray[np.int16]]:
    """Scores, places and piano rolls of the notes that move each unit most, one a tune."""
    units = scores.shape[1]
    strengths = np.zeros((units, CONTEXTS_PER_UNIT), np.float16)
    places = np.full((units, CONTEXTS_PER_UNIT, 2), -1, np.int32)
    rolls = np.zeros((units, CONTEXTS_PER_UNIT, CONTEXT_NOTES, 3), np.int16)
    starts = np.flatnonzero(np.diff(readings.tune_index, prepend=-1))
    stops = np.append(starts[1:], len(scores))
    written = [codec.order_notes(tune) for tune in tunes]
    moved = scores * polarity  # (n, U)
    peaks = np.maximum.reduceat(moved, starts, axis=0)  # (tunes, U)
    for unit in range(units):
        for rank, tune in enumerate(np.argsort(-peaks[:, unit], kind="stable")[:CONTEXTS_PER_UNIT]):
            n = starts[tune] + int(np.argmax(moved[starts[tune] : stops[tune], unit]))
            notes, last = written[tune], int(readings.note_index[n])
            strengths[unit, rank] = scores[n, unit]
            places[unit, rank] = tune, int(notes[last].onset / tunes[tune].meter.bar_beats)
            rolls[unit, rank] = _piano_roll(notes[max(0, last - CONTEXT_NOTES + 1) : last + 1])
    return strengths, places, rolls


def _piano_roll(notes: Sequence[Note]) -> NDArray[np.int16]:
    """Pitch, onset and duration (ticks) of some notes, shape (CONTEXT_NOTES, 3)."""
    roll = np.zeros((CONTEXT_NOTES, 3), np.int16)
    for row, note in zip(roll, notes, strict=False):
        onset = round((note.onset - notes[0].onset) * TICKS_PER_BEAT)
        row[:] = note.pitch, min(onset, 32767), min(round(note.duration * TICKS_PER_BEAT), 32767)
    return roll
