"""Touched sums: the sums behind the wires, squares and bars of lesson 5, as texts."""

from __future__ import annotations

import math

import numpy as np

from visuals.lessons.drawing.shapes import format_number, format_sum
from visuals.lessons.song.network_grid import format_share
from visuals.lessons.song.walkthrough import SongWalkthrough

_TIMES, _CHANGE_DIGITS = "\N{MULTIPLICATION SIGN}", 4
_EPSILON = float(np.finfo(np.float32).eps)
"""Distance from 0 and 1 at which a gate or a cell that is full open or shut counts as almost so."""


def wire_texts(walk: SongWalkthrough, unit: int) -> list[str]:
    """What each wire brings to a cell: an input that is there counts as 1, times its weight."""
    return [
        f"1 {_TIMES} " + format_sum([weights[0]], weights[0])
        if len(weights) == 1
        else format_sum(weights, sum(weights))
        for weights in walk.input_weights(unit)
    ]


def arriving_texts(walk: SongWalkthrough) -> list[str]:
    """All that the wires bring to each cell."""
    by_unit = walk.input_contributions[:, 3].T
    return [format_sum(terms.tolist(), float(terms.sum())) for terms in by_unit]


def changed_texts(walk: SongWalkthrough) -> list[str]:
    """What arrives at each cell before the slow step, plus its change."""
    after = walk.input_contributions[:, 3].sum(axis=0).tolist()
    changes = walk.input_contribution_change[:, 3].sum(axis=0).tolist()
    return [
        format_sum([now - change, change], now, _CHANGE_DIGITS)
        for now, change in zip(after, changes, strict=True)
    ]


def cell_texts(walk: SongWalkthrough) -> dict[str, list[str]]:
    """How each row of the first layer's squares comes about, by the row's name."""
    gates, cells, hidden = (array[0] for array in walk.activations)
    texts: dict[str, list[str]] = {}
    for name, values in zip(("gate.write", "gate.keep", "gate.say"), gates[:3], strict=True):
        inner = values.clip(_EPSILON, 1 - _EPSILON)
        texts[name] = [
            f"1 / (1 + e^{format_number(total)}) = {format_number(value)}"
            for value, total in zip(values.tolist(), np.log(1 / inner - 1).tolist(), strict=True)
        ]
    rows = np.stack([*gates, walk.cells_before[0], cells, hidden], axis=1).tolist()
    texts |= {"new": [], "holds": [], "says": []}
    for write, keep, say, new, before, held, said in rows:
        total = math.atanh(min(1 - _EPSILON, max(_EPSILON - 1, new)))
        texts["new"].append(f"tanh({format_number(total)}) = {format_number(new)}")
        kept = f"{format_number(keep)} {_TIMES} {format_number(before)}"
        written = f"{format_number(write)} {_TIMES} {format_sum([new], held)}"
        texts["holds"].append(f"{kept} + {written}")
        spoken = f"{format_number(say)} {_TIMES} tanh({format_number(held)})"
        texts["says"].append(f"{spoken} = {format_number(said)}")
    return texts


def chance_texts(walk: SongWalkthrough) -> list[str]:
    """The chance of each pitch: e to the power of its score, as a share of all keys' powers."""
    texts = []
    for score, share in zip(walk.scores.tolist(), walk.probabilities.tolist(), strict=True):
        powers = math.exp(score) / max(share, _EPSILON)
        power = f"e^{format_number(score)}"
        texts.append(f"{power} / {format_number(powers)} = {format_share(share)}")
    return texts
