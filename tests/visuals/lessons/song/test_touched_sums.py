from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from rnn.teaching.tune_learner import UNITS_PER_LAYER
from visuals.lessons.song.touched_sums import (
    arriving_texts,
    cell_texts,
    chance_texts,
    changed_texts,
    wire_texts,
)
from visuals.lessons.song.walkthrough import SongWalkthrough

_EDGES = (-1.0, 0.0, 1.0)  # of a cell that is full, or empty
ROUNDING = 0.005
"""Most that a number written with two digits is off."""


@pytest.fixture(scope="module")
def changed() -> SongWalkthrough:
    """A walkthrough after its slow step."""
    walk = SongWalkthrough()
    while walk.current_step.name != "change":
        walk.advance()
    return walk


def results(texts: list[str]) -> list[float]:
    """What each text says behind its sign of equality."""
    return [
        float(text.split(" = ")[1].removesuffix(" %").replace("\N{MINUS SIGN}", "-"))
        for text in texts
    ]


def test_every_wire_brings_its_part_of_what_arrives(changed):
    for unit in range(UNITS_PER_LAYER):
        brought = changed.input_contributions[:, 3, unit].tolist()
        assert results(wire_texts(changed, unit)) == pytest.approx(brought, abs=ROUNDING)


def test_what_arrives_is_the_same_before_and_after_it_says_what_changed(changed):
    arriving = results(arriving_texts(changed))
    assert results(changed_texts(changed)) == pytest.approx(arriving, abs=ROUNDING)
    assert any(text.split()[2] != "0.0000" for text in changed_texts(changed))


def test_every_square_of_a_cell_says_what_the_network_computed(changed):
    gates, cells, hidden = (array[0] for array in changed.activations)
    shown = dict(zip(("gate.write", "gate.keep", "gate.say", "new"), gates, strict=True))
    texts = cell_texts(changed)
    for name, values in (shown | {"holds": cells, "says": hidden}).items():
        assert np.allclose(results(texts[name]), values, atol=ROUNDING), name


def test_the_score_of_each_key_leads_to_its_chance(changed):
    powers = np.exp(changed.scores)
    assert np.allclose(powers / powers[0], changed.probabilities / changed.probabilities[0])
    shares = 100 * changed.probabilities
    assert results(chance_texts(changed)) == pytest.approx(shares.tolist(), abs=0.5)


def test_gates_that_are_full_open_or_shut_and_a_chance_of_nothing_are_said(changed):
    parts, keys = len(_EDGES), len(changed.scores)
    full = SimpleNamespace(
        activations=(np.array([[_EDGES] * 4], np.float32), *np.ones((2, 1, parts), np.float32)),
        cells_before=np.ones((1, parts), np.float32),
        scores=np.zeros(keys, np.float32),
        probabilities=np.zeros(keys, np.float32),
    )
    full.activations[0][0, :3] = np.abs(_EDGES)
    texts = cell_texts(full)
    assert results(texts["new"]) == list(_EDGES)
    assert results(texts["gate.keep"]) == [1.0, 0.0, 1.0]
    assert results(chance_texts(full)) == [0.0] * keys
    assert max(map(len, chance_texts(full))) < 30
