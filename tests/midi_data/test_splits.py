from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.notes import Note, Tune
from midi_data.splits import normal_title, split_tunes, tune_fingerprint


def tune(seed: int, name: str = "", length: int = 24) -> Tune:
    generator = random.Random(seed)
    pitches = [generator.randrange(55, 80) for _ in range(length)]
    return Tune(
        tuple(Note(pitch, beat / 2, 0.5) for beat, pitch in enumerate(pitches)),
        name=name or f"song of {seed} nights",
    )


def side_of(tunes: list[Tune], wanted: Tune, seed: int = 0) -> str:
    parts = split_tunes(tunes, seed)
    (side,) = (name for name in ("train", "validation", "test") if wanted in getattr(parts, name))
    return side


@given(semitones=st.integers(-20, 20), seed=st.integers(0, 50))
def test_a_fingerprint_is_the_same_in_every_key(semitones: int, seed: int) -> None:
    assert tune_fingerprint(tune(seed)) == tune_fingerprint(tune(seed).transposed(semitones))


def test_a_fingerprint_depends_on_the_rhythm() -> None:
    one = Tune((Note(60, 0, 1), Note(62, 1, 1)))
    other = Tune((Note(60, 0, 1), Note(62, 1.5, 1)))
    assert tune_fingerprint(one) != tune_fingerprint(other)


def test_duplicates_in_another_key_are_removed() -> None:
    parts = split_tunes([tune(1), tune(1).transposed(3), tune(2)])
    assert parts.removed_duplicates == 1
    assert len(parts.train + parts.validation + parts.test) == 2


def test_tunes_without_notes_are_ignored() -> None:
    parts = split_tunes([Tune(), tune(1)])
    assert parts.removed_duplicates == 0
    assert parts.train + parts.validation + parts.test == (tune(1),)


def test_the_shares_are_about_90_5_5() -> None:
    parts = split_tunes([tune(seed, f"song {seed:04d} of many") for seed in range(1000)])
    assert len(parts.train) == pytest.approx(900, abs=40)
    assert len(parts.validation) == pytest.approx(50, abs=30)
    assert len(parts.test) == pytest.approx(50, abs=30)


@given(order=st.randoms(use_true_random=False))
def test_the_order_of_the_tunes_does_not_matter(order: random.Random) -> None:
    tunes = [tune(seed) for seed in range(30)] + [tune(3).transposed(2)]
    shuffled = list(tunes)
    order.shuffle(shuffled)
    assert split_tunes(tunes) == split_tunes(shuffled)


def test_another_seed_gives_another_split() -> None:
    tunes = [tune(seed) for seed in range(200)]
    assert split_tunes(tunes, 0).test != split_tunes(tunes, 1).test


def test_tunes_of_one_title_stay_together() -> None:
    tunes = [tune(seed) for seed in range(300)]
    for seed in range(20):
        one = tune(1000 + seed, f"The Maid, no. {seed}x")
        other = tune(2000 + seed, f"MAID NO {seed}X")
        everything = [*tunes, one, other]
        assert side_of(everything, one) == side_of(everything, other)


def test_tunes_of_one_opening_stay_together() -> None:
    tunes = [tune(seed) for seed in range(300)]
    for seed in range(1000, 1020):
        one = tune(seed)
        other = replace(tune(seed, length=40).transposed(5), name="quite another")
        everything = [*tunes, one, other]
        assert side_of(everything, one) == side_of(everything, other)


def test_a_common_title_does_not_keep_tunes_together() -> None:
    parts = split_tunes([tune(seed, "Untitled tune") for seed in range(300)])
    assert parts.train and parts.validation and parts.test


@pytest.mark.parametrize(
    "one, other",
    [
        ("The Maid Behind the Bar", "MAID BEHIND THE BAR."),
        ("Fair Maid of Cavan., The", "The Fair Maid of Cavan"),
        ("Planxty Irwin 2", "Planxty Irwin (2nd setting)"),
        ("Érin's Lovely Home", "Erins lovely home"),
    ],
)
def test_titles_alike(one: str, other: str) -> None:
    assert normal_title(one) == normal_title(other)


def test_titles_not_alike() -> None:
    assert normal_title("The Maid") != normal_title("The Maids")
