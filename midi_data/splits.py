"""Splits: tunes for training, validation and test, no tune twice, no variant on both sides."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from midi_data.notes import TICKS_PER_BEAT, Tune, quantise_tune

OPENING_NOTES = 16
"""Notes of the melody that two variants of one tune share."""
VALIDATION_SHARE = 0.05
TEST_SHARE = 0.05
MAX_TUNES_PER_TITLE = 12
"""A title shared by more tunes than this (and than 2 %) names none of them: "Untitled", "Jig"."""


@dataclass(frozen=True, slots=True)
class TuneSplit:
    """Three sets of tunes, and how many doubles were removed before."""

    train: tuple[Tune, ...]
    validation: tuple[Tune, ...]
    test: tuple[Tune, ...]
    removed_duplicates: int


def tune_fingerprint(tune: Tune) -> str:
    """Hexadecimal name of a tune's intervals and rhythm on the grid, the same in every key."""
    return _digest(_intervals(quantise_tune(tune)))


def split_tunes(tunes: Iterable[Tune], seed: int = 0) -> TuneSplit:
    """Part tunes into training, validation and test sets, about 90 to 5 to 5.

    Exact doubles, in any key, are removed. Tunes of one title, or with the same opening of
    `OPENING_NOTES` melody notes in any key, go to the same side. A group's side follows from its
    tunes and the seed alone, not from the order they come in. A small corpus may leave a side
    empty.

    Parameters
    ----------
    tunes : iterable of Tune
        Those without notes are passed over.
    seed : int

    Returns
    -------
    Split
        Each set in order of fingerprint.
    """
    unique: dict[str, Tune] = {}
    count = 0
    for tune in tunes:
        if not tune.notes:
            continue
        count += 1
        mark = tune_fingerprint(tune)
        # of doubles the same one stays whatever the order
        if mark not in unique or _rank(tune) < _rank(unique[mark]):
            unique[mark] = tune
    sides: tuple[list[str], list[str], list[str]] = ([], [], [])
    marks = sorted(unique)
    for group in _related_groups([unique[mark] for mark in marks]):
        side = _choose_side(min(marks[index] for index in group), seed)
        sides[side].extend(marks[index] for index in group)
    train, validation, test = (tuple(unique[mark] for mark in sorted(side)) for side in sides)
    return TuneSplit(train, validation, test, count - len(unique))


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
    if not tune.notes:
        return ()
    first = tune.notes[0]
    return tuple(
        (note.pitch - first.pitch, round((note.onset - first.onset) * TICKS_PER_BEAT))
        for note in tune.notes
    )


def _melody(tune: Tune) -> list[int]:
    """The highest pitch at each onset."""
    highest: dict[float, int] = {}
    for note in tune.notes:
        highest[note.onset] = max(note.pitch, highest.get(note.onset, 0))
    return [highest[onset] for onset in sorted(highest)]


def _opening(tune: Tune) -> tuple[int, ...] | None:
    melody = _melody(quantise_tune(tune))[:OPENING_NOTES]
    if len(melody) < OPENING_NOTES:
        return None
    return tuple(pitch - melody[0] for pitch in melody)


def _related_groups(tunes: Sequence[Tune]) -> list[list[int]]:
    """Indices of tunes that belong together: union-find over titles and openings."""
    parent = list(range(len(tunes)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    seen: dict[Hashable, int] = {}
    titles = Counter(normal_title(tune.name) for tune in tunes)
    common = max(MAX_TUNES_PER_TITLE, len(tunes) // 50)
    for index, tune in enumerate(tunes):
        title = normal_title(tune.name)
        for trait in (title if titles[title] <= common else "", _opening(tune)):
            if not trait:
                continue
            other = seen.setdefault(trait, index)
            parent[root(index)] = root(other)
    groups: dict[int, list[int]] = {}
    for index in range(len(tunes)):
        groups.setdefault(root(index), []).append(index)
    return list(groups.values())


def _choose_side(mark: str, seed: int) -> int:
    """0 for training, 1 for validation, 2 for test."""
    draw = int(_digest((mark, seed))[:12], 16) / 16**12
    if draw < TEST_SHARE:
        return 2
    return 1 if draw < TEST_SHARE + VALIDATION_SHARE else 0
