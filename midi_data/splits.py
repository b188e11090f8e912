"""Splits: training, validation and test tunes, without duplicates, variants kept together."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from midi_data.notes import TICKS_PER_BEAT, Tune, quantise_tune

OPENING_NOTES = 16  # opening notes of the melody by which variants of a tune are recognised
VALIDATION_SHARE = 0.05
TEST_SHARE = 0.05  # shares of the groups of tunes in the validation and the test set
MAX_TUNES_PER_TITLE = 12
"""A title of more tunes than this (and than 2 %) is ignored, such as "Untitled" or "Jig"."""


@dataclass(frozen=True, slots=True)
class TuneSplit:
    """Three sets of tunes.

    Parameters
    ----------
    train, validation, test : tuple of Tune
    removed_duplicates : int
        Tunes left out as copies of another one.
    """

    train: tuple[Tune, ...]
    validation: tuple[Tune, ...]
    test: tuple[Tune, ...]
    removed_duplicates: int


def tune_fingerprint(tune: Tune) -> str:
    """Hash of a tune's intervals and rhythm on the grid, the same in every key.

    Parameters
    ----------
    tune : Tune

    Returns
    -------
    str
        24 hexadecimal digits.
    """
    return tune_marks(tune)[0]


def split_tunes(tunes: Iterable[Tune], seed: int = 0) -> TuneSplit:
    """Split tunes into training, validation and test sets, about 90 : 5 : 5.

    Exact duplicates, in any key, are removed. Tunes with one title, or with the same
    `OPENING_NOTES` in any key, are put in the same set. The set depends on the tunes of the group
    and the seed, not on their order. A set of a small corpus may be empty.

    Parameters
    ----------
    tunes : iterable of Tune
        Tunes without notes are ignored.
    seed : int

    Returns
    -------
    TuneSplit
    """
    unique: dict[str, Tune] = {}
    traits: dict[str, tuple[str, str]] = {}
    count = 0
    for tune in tunes:
        if not tune.notes:
            continue
        count += 1
        key, marks = tune_marks(tune)
        if key not in unique or _rank(tune) < _rank(unique[key]):  # independent of the order
            unique[key], traits[key] = tune, marks
    parts = split_by_traits(traits, seed)
    train, validation, test = (tuple(unique[key] for key in part) for part in parts)
    return TuneSplit(train, validation, test, count - len(unique))


def tune_marks(tune: Tune) -> tuple[str, tuple[str, str]]:
    """Its `tune_fingerprint`, and its traits: the title and opening that its variants share.

    Parameters
    ----------
    tune : Tune

    Returns
    -------
    str
    tuple of (str, str)
        The normal title, and a hash of the opening intervals; empty for one it has not.
    """
    on_grid = quantise_tune(tune)
    opening = _opening(on_grid)
    traits = normal_title(tune.name), _digest(opening) if opening else ""
    return _digest(_intervals(on_grid)), traits


def split_by_traits(
    traits: Mapping[str, tuple[str, str]], seed: int = 0
) -> tuple[list[str], list[str], list[str]]:
    """Split tunes as `split_tunes` does, without their notes.

    Parameters
    ----------
    traits : mapping of str to tuple of (str, str)
        By `tune_fingerprint`: the traits, see `tune_marks`.
    seed : int

    Returns
    -------
    tuple of three lists of str
        Fingerprints of the training, validation and test tunes, in order.
    """
    keys = sorted(traits)
    sets: tuple[list[str], list[str], list[str]] = ([], [], [])
    for group in _related_groups([traits[key] for key in keys]):
        chosen = _choose_set(min(keys[index] for index in group), seed)
        sets[chosen].extend(keys[index] for index in group)
    train, validation, test = (sorted(each) for each in sets)
    return train, validation, test


def normal_title(name: str) -> str:
    """A title without case, accents, articles, punctuation, version numbers and brackets."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"\(.*?\)|\[.*?\]", " ", plain)
    plain = re.sub(r"[^a-z0-9 ]", " ", plain.replace("'", ""))
    words = [word for word in plain.split() if word not in ("the", "a", "an")]
    while len(words) > 2 and re.fullmatch(r"\d+|no|version|setting|[ivx]+", words[-1]):
        words.pop()
    return " ".join(words)


def _rank(tune: Tune) -> tuple[str, float, int]:
    return tune.name, tune.tempo, tune.notes[0].pitch


def _digest(value: Hashable) -> str:
    return hashlib.blake2b(repr(value).encode(), digest_size=12).hexdigest()


def _intervals(tune: Tune) -> tuple[tuple[int, int], ...]:
    """Semitones and ticks of each note from the first."""
    if not tune.notes:
        return ()
    first = tune.notes[0]
    return tuple(
        (note.pitch - first.pitch, round((note.onset - first.onset) * TICKS_PER_BEAT))
        for note in tune.notes
    )


def _opening(tune: Tune) -> tuple[int, ...]:
    """Intervals of the opening of the highest voice; empty if the tune is too short."""
    highest = {note.onset: note.pitch for note in tune.notes}  # the last of each
    melody = list(highest.values())[:OPENING_NOTES]
    if len(melody) < OPENING_NOTES:
        return ()
    return tuple(pitch - melody[0] for pitch in melody)


def _related_groups(traits: Sequence[tuple[str, str]]) -> list[list[int]]:
    """Indices of tunes with a common title or opening, by union-find."""
    parent = list(range(len(traits)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    seen: dict[tuple[str, str], int] = {}
    titles = Counter(title for title, _ in traits)
    common = max(MAX_TUNES_PER_TITLE, len(traits) // 50)
    for index, (title, opening) in enumerate(traits):
        named = title if titles[title] <= common else ""
        for kind, trait in (("title", named), ("opening", opening)):
            if trait:
                parent[root(index)] = root(seen.setdefault((kind, trait), index))
    groups: dict[int, list[int]] = {}
    for index in range(len(traits)):
        groups.setdefault(root(index), []).append(index)
    return list(groups.values())


def _choose_set(key: str, seed: int) -> int:
    """0 for training, 1 for validation, 2 for test."""
    draw = int(_digest((key, seed))[:12], 16) / 16**12
    if draw < TEST_SHARE:
        return 2
    return 1 if draw < TEST_SHARE + VALIDATION_SHARE else 0
