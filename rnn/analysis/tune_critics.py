"""Critics: what tells a network's tunes from people's, learned from tunes of both.

A critic chooses among the tunes that a network could play. Drawn in proportion to the odds that
the critic gives, they come nearer to people's (Azadi et al. 2019, "Discriminator rejection
sampling", ICLR; of a fixed number of candidates it is sampling importance resampling: Rubin 1988).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Tune
from rnn.analysis.tune_features import ending_features, features, melody
from rnn.model.tune_critic import MAX_DEVIATION, SoloCritic, TuneCritic

MIN_MELODY_NOTES = 6  # tunes with a shorter melody are not judged
RIDGE = 3.0  # weight of half the squared coefficients of a critic against the summed log loss
MAX_NEWTON_STEPS = 30


def judged_features(tune: Tune, is_whole: bool) -> dict[str, float] | None:
    """What a critic reads of a tune.

    Parameters
    ----------
    tune : Tune
    is_whole : bool
        Whether it has ended, and its ending counts.

    Returns
    -------
    dict of str to float, or None
        None where there is too little to judge.
    """
    if len(melody(tune.notes)) < MIN_MELODY_NOTES:
        return None
    return features(tune) | (ending_features(tune) if is_whole else {})


def fit_solo_critic(
    people: Sequence[Tune], solos: Sequence[Tune], candidates: int, section_bars: int = 0
) -> SoloCritic:
    """Learn what tells solos of a network from people's tunes.

    Parameters
    ----------
    people : sequence of Tune
        From the training tunes: no held-out tune may be among them.
    solos : sequence of Tune
        Of the network, without a critic.
    candidates : int
        Of which the critic is to draw one.
    section_bars : int
        Bars of a candidate; 0 for whole tunes.

    Returns
    -------
    SoloCritic

    Raises
    ------
    ValueError
        If there are no tunes to judge of one kind.
    """
    whole = fit_critic(people, solos, is_whole=True)
    if not section_bars:
        return SoloCritic(candidates, whole)
    begun = [
        [part for tune in tunes for part in beginnings(tune, section_bars)]
        for tunes in (people, solos)
    ]
    return SoloCritic(candidates, whole, section_bars, fit_critic(*begun, is_whole=False))


def beginnings(tune: Tune, section_bars: int) -> list[Tune]:
    """A tune as far as it goes after each section but the last.

    As where a tune grows: up to the first note at or after the end of the section.

    Parameters
    ----------
    tune : Tune
    section_bars : int

    Returns
    -------
    list of Tune
    """
    section, found = section_bars * tune.meter.bar_beats, []
    end = section
    for count, note in enumerate(tune.notes, 1):
        if note.onset >= end and count < len(tune.notes):
            found.append(replace(tune, notes=tune.notes[:count]))
            end = (note.onset // section + 1) * section
    return found


def fit_critic(people: Sequence[Tune], solos: Sequence[Tune], is_whole: bool) -> TuneCritic:
    """Learn to judge tunes that are whole, or such that go on.

    Parameters
    ----------
    people, solos : sequence of Tune
    is_whole : bool
        Whether they have ended.

    Returns
    -------
    TuneCritic
        Each kind is as likely as the other before anything is heard.

    Raises
    ------
    ValueError
        If there are no tunes to judge of one kind.
    """
    judged = [[judged_features(tune, is_whole) for tune in tunes] for tunes in (people, solos)]
    rows = [[each for each in found if each is not None] for found in judged]
    if not all(rows):
        raise ValueError("a critic needs tunes of people and of a network, none of them short")
    names = [name for name in rows[0][0] if all(name in each for found in rows for each in found)]
    values = np.array([[each[name] for name in names] for found in rows for each in found])
    is_people = np.arange(len(values)) < len(rows[0])
    means, scales = values.mean(axis=0), _spread(values)
    deviations = np.clip((values - means) / scales, -MAX_DEVIATION, MAX_DEVIATION)
    columns = np.hstack([deviations, deviations**2])  # (tunes, 2 * features)
    middle, spread = columns.mean(axis=0), _spread(columns)
    offset, *weights = fit_logistic((columns - middle) / spread, is_people, RIDGE)
    weights = np.array(weights) / spread
    offset -= weights @ middle + np.log(len(rows[0]) / len(rows[1]))
    terms = np.stack([means, scales, *weights.reshape(2, -1)], axis=1)  # (features, 4)
    return TuneCritic(dict(zip(names, map(tuple, terms.tolist()), strict=True)), float(offset))


def _spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviation of each column; 1 of one that does not vary."""
    scales = values.std(axis=0)
    return np.where(scales > 1e-9, scales, 1.0)


def fit_logistic(
    x: NDArray[np.float64], labels: NDArray[np.bool_], ridge: float
) -> NDArray[np.float64]:
    """Fit a logistic regression, by Newton's method with halved steps where one overshoots.

    Parameters
    ----------
    x : ndarray of float, shape (n, features)
    labels : ndarray of bool, shape (n,)
    ridge : float
        Weight of half the squared coefficients against the summed log loss; above 0.

    Returns
    -------
    ndarray of float, shape (1 + features,)
        Intercept, which is not shrunk, and coefficients.
    """
    x = np.hstack([np.ones((len(x), 1)), x])
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = 1e-6
    weights = np.zeros(x.shape[1])

    def loss(w: NDArray) -> float:
        margins = x @ w
        return float((np.logaddexp(0, margins) - labels * margins).sum() + penalty @ w**2 / 2)

    for _ in range(MAX_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (p - labels) + penalty * weights
        hessian = (x.T * (p * (1 - p))) @ x + np.diag(penalty)
        step, size = np.linalg.solve(hessian, gradient), 1.0
        while loss(weights - size * step) > loss(weights) and size > 1e-3:
            size /= 2
        weights -= size * step
        if np.abs(size * step).max() < 1e-5:
            break
    return weights
