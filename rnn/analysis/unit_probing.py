"""Survey: how an atlas is made, by having a network read its corpus and asking what moved it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import TICKS_PER_BEAT, Note, Tune
from rnn.codecs.codec import Codec
from rnn.model.lstm import Array
from rnn.model.network import Network
from rnn.model.unit_atlas import CONTEXT_NOTES, CONTEXTS_PER_UNIT, TRAIT_CLASS_COUNTS, UnitAtlas
from rnn.training.dataset import EncodedTune, encode_tune

MAX_PROBED_NOTES = 40_000
"""How many notes are looked at, at most."""
MIN_NOTES_PER_CLASS = 30
"""Notes of a class below which nothing is said of it."""
SHUFFLE_COUNT = 20
LENGTH_BOUNDS_TICKS = (2, 3, 4, 6, 12, 18, 24)
"""Bounds of the classes of length, ticks."""


@dataclass(frozen=True, slots=True, eq=False)
class _UnitReadings:
    """What a network said after each of n notes, and where those were."""

    activations: Array  # (n, U)
    tune_index: NDArray[np.int32]  # (n,)
    note_index: NDArray[np.int32]  # (n,), in its tune
    traits: dict[str, NDArray[np.int32]]  # each (n,)


def probe_units(
    network: Network,
    codec: Codec,
    tunes: Sequence[Tune],
    seed: int = 0,
    notes: int = MAX_PROBED_NOTES,
) -> UnitAtlas:
    """Make an atlas of a network over some tunes.

    Parameters
    ----------
    tunes : sequence of Tune
        Drawn from, until there are `notes` notes.
    seed : int

    Raises
    ------
    ValueError
        If there are no notes.

    Notes
    -----
    A trait's share of a unit's variance is eta squared, between classes over total. It is compared
    with the same notes in `SHUFFLE_COUNT` random orders within their tunes, so that what a tune as
    a whole does to a unit (its key, its register) is no evidence for the trait.
    """
    generator = np.random.default_rng(seed)
    chosen = _chosen(codec, tunes, notes, generator)
    if not chosen:
        raise ValueError("no notes to make an atlas of")
    reading = _record_activations(network, codec, chosen)
    mean, spread = (
        reading.activations.mean(axis=0),
        np.maximum(reading.activations.std(axis=0), 1e-6),
    )
    standing = (reading.activations - mean) / spread  # (n, U)
    explained, certainty = _explained_variance(standing, reading, generator)
    polarity = np.where((standing**3).mean(axis=0) >= 0, 1, -1).astype(np.int8)
    strengths, places, rolls = _contexts(standing, polarity, reading, chosen)
    met = sorted({int(tune) for tune in places[..., 0].flat if tune >= 0})
    index = np.full(len(chosen) + 1, -1, np.int32)
    index[met] = np.arange(len(met))
    places[..., 0] = index[places[..., 0]]
    return UnitAtlas(
        network.sizes.layers,
        network.sizes.units,
        {
            trait: _profile(standing, reading.traits[trait], TRAIT_CLASS_COUNTS[trait])
            for trait in TRAIT_CLASS_COUNTS
        },
        explained,
        certainty,
        polarity,
        strengths,
        places,
        rolls,
        tuple(chosen[k].name for k in met),
        len(standing),
    )


def _chosen(
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


def _record_activations(
    network: Network, codec: Codec, tunes: Sequence[Tune], lanes: int = 64
) -> _UnitReadings:
    """Live steps through all tunes, those of like length together."""
    encoded = [encode_tune(codec, tune) for tune in tunes]
    order = sorted(range(len(tunes)), key=lambda k: len(encoded[k].tokens))
    ends = [_note_ends(codec, tune) for tune in encoded]
    said = [
        np.empty((len(rows), network.sizes.layers * network.sizes.units), "f4") for rows in ends
    ]
    for at in range(0, len(order), lanes):
        group = order[at : at + lanes]
        longest = max(len(encoded[k].tokens) for k in group)
        features = np.zeros((longest, len(group), codec.width), np.int32)
        for lane, k in enumerate(group):
            features[: len(encoded[k].tokens), lane] = encoded[k].features
        after = [dict(zip(ends[k].tolist(), range(len(ends[k])), strict=True)) for k in group]
        state = network.initial_state(len(group))
        for t in range(longest):
            network.step(features[t], state)
            for lane, k in enumerate(group):
                note = after[lane].get(t)
                if note is not None:
                    said[k][note] = state.h[:, lane].reshape(-1)
    counts = [len(rows) for rows in ends]
    traits = [note_traits(tune) for tune in tunes]
    return _UnitReadings(
        np.concatenate(said),
        np.repeat(np.arange(len(tunes), dtype=np.int32), counts),
        np.concatenate([np.arange(count, dtype=np.int32) for count in counts]),
        {trait: np.concatenate([row[trait] for row in traits]) for trait in TRAIT_CLASS_COUNTS},
    )


def _note_ends(codec: Codec, tune: EncodedTune) -> NDArray[np.int64]:
    """The steps at which the network has just been shown the end of a note, shape (notes,)."""
    reader, ends = codec.new_reader(), []
    for place, token in enumerate(tune.tokens.tolist()):
        if reader.push(token) is not None:
            ends.append(place + 1)
    return np.array(ends)


def note_traits(tune: Tune) -> dict[str, NDArray[np.int32]]:
    """The class of each note of a tune by each trait, each of shape (notes,)."""
    notes = tune.notes
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


def _intervals(notes: Sequence[Note]) -> NDArray[np.int64]:
    """From the nearest pitch among those struck together last before; 0 for the first."""
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
    standing: Array, reading: _UnitReadings, generator: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Share of variance and its distance from chance, each of shape (U, traits)."""
    found = [
        _eta_squared(standing, reading.traits[trait], TRAIT_CLASS_COUNTS[trait])
        for trait in TRAIT_CLASS_COUNTS
    ]
    chance = np.empty((SHUFFLE_COUNT, len(TRAIT_CLASS_COUNTS), standing.shape[1]))
    for turn in range(SHUFFLE_COUNT):
        order = np.lexsort((generator.random(len(standing)), reading.tune_index))
        for place, trait in enumerate(TRAIT_CLASS_COUNTS):
            chance[turn, place] = _eta_squared(
                standing, reading.traits[trait][order], TRAIT_CLASS_COUNTS[trait]
            )
    true = np.stack(found)  # (traits, U)
    distance = (true - chance.mean(axis=0)) / np.maximum(chance.std(axis=0), 1e-9)
    return true.T.astype(np.float32), distance.T.astype(np.float32)


def _eta_squared(standing: Array, classes: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """Eta squared of standard scores by class, shape (U,)."""
    totals, sizes = _totals(standing, classes, count)
    return (totals**2 / np.maximum(sizes, 1)[:, None]).sum(axis=0) / len(standing)


def _profile(standing: Array, classes: NDArray[np.int32], count: int) -> NDArray[np.float16]:
    totals, sizes = _totals(standing, classes, count)
    means = totals / np.maximum(sizes, 1)[:, None]
    means[sizes < min(MIN_NOTES_PER_CLASS, len(standing) // count)] = 0.0
    return means.T.astype(np.float16)  # (U, classes)


def _totals(
    standing: Array, classes: NDArray[np.int32], count: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Sums by class, shape (classes, U), and how many there are of each."""
    member = np.zeros((count, len(standing)), np.float32)
    member[classes, np.arange(len(standing))] = 1.0
    return (member @ standing).astype(np.float64), np.bincount(classes, minlength=count)


def _contexts(
    standing: Array, polarity: NDArray[np.int8], reading: _UnitReadings, tunes: Sequence[Tune]
) -> tuple[NDArray[np.float16], NDArray[np.int32], NDArray[np.int16]]:
    """The notes that move each unit most, one a tune."""
    units = standing.shape[1]
    strengths = np.zeros((units, CONTEXTS_PER_UNIT), np.float16)
    places = np.full((units, CONTEXTS_PER_UNIT, 2), -1, np.int32)
    rolls = np.zeros((units, CONTEXTS_PER_UNIT, CONTEXT_NOTES, 3), np.int16)
    starts = np.flatnonzero(np.diff(reading.tune_index, prepend=-1))
    stops = np.append(starts[1:], len(standing))
    moved = standing * polarity  # (n, U)
    peaks = np.maximum.reduceat(moved, starts, axis=0)  # (tunes, U)
    for unit in range(units):
        for rank, tune in enumerate(np.argsort(-peaks[:, unit], kind="stable")[:CONTEXTS_PER_UNIT]):
            at = starts[tune] + int(np.argmax(moved[starts[tune] : stops[tune], unit]))
            note = tunes[tune].notes[reading.note_index[at]]
            strengths[unit, rank] = standing[at, unit]
            places[unit, rank] = tune, int(note.onset / tunes[tune].meter.bar_beats)
            rolls[unit, rank] = _roll(tunes[tune].notes, int(reading.note_index[at]))
    return strengths, places, rolls


def _roll(notes: Sequence[Note], last: int) -> NDArray[np.int16]:
    window = notes[max(0, last - CONTEXT_NOTES + 1) : last + 1]
    roll = np.zeros((CONTEXT_NOTES, 3), np.int16)
    for row, note in zip(roll, window, strict=False):
        onset = round((note.onset - window[0].onset) * TICKS_PER_BEAT)
        row[:] = note.pitch, min(onset, 32767), min(round(note.duration * TICKS_PER_BEAT), 32767)
    return roll
