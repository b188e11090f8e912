"""How far two sets of music can be told apart, and how far their features overlap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnn.analysis.tune_critics import fit_logistic


def cross_validated_auc(
    values: NDArray,
    labels: NDArray,
    groups: NDArray,
    folds: int = 5,
    repeats: int = 10,
    ridge: float = 1.0,
) -> float:
    """Area under the ROC curve of a logistic regression, mean over held-out folds.

    Parameters
    ----------
    values : ndarray, shape (n, features)
    labels, groups : ndarray, shape (n,)
        Rows of one group are in one fold.
    folds, repeats : int
    ridge : float
        Weight of half the squared coefficients against the summed log loss.

    Returns
    -------
    float
        0.5 if the labels cannot be told apart.
    """
    generator, found = np.random.default_rng(0), []
    for _ in range(repeats):
        fold = (generator.permutation(groups.max() + 1) % folds)[groups]
        for each in range(folds):
            train, test = fold != each, fold == each
            mean, sd = values[train].mean(axis=0), values[train].std(axis=0)
            scaled = (values - mean) / np.where(sd > 1e-9, sd, 1.0)
            weights = fit_logistic(scaled[train], labels[train], ridge)
            scores = scaled[test] @ weights[1:]
            found.append(_auc(scores[~labels[test]], scores[labels[test]]))
    return float(np.mean(found))


def _auc(negatives: NDArray, positives: NDArray) -> float:
    above = (positives[:, None] > negatives).mean()
    return float(above + (positives[:, None] == negatives).mean() / 2)


def overlap_and_divergence(people: NDArray, others: NDArray) -> tuple[float, float]:
    """Overlap area and KL divergence (nats) of one feature, by Yang and Lerch.

    Compared are the distances between people's tunes and those from people's tunes to the others.
    """
    rows, columns = np.triu_indices(len(people), 1)
    within = np.abs(people[rows] - people[columns])
    between = np.abs(people[:, None] - others).ravel()
    top = max(within.max(), between.max())
    if not top:
        return 1.0, 0.0
    grid = np.linspace(0, top, 200)
    p, q = _density(within, grid), _density(between, grid)
    return float(np.minimum(p, q).sum()), float((p * np.log(p / q)).sum())


def _density(values: NDArray, grid: NDArray) -> NDArray:
    """Gaussian kernel density by Scott's rule, as shares of the grid."""
    width = max(values.std() * len(values) ** -0.2, (grid[1] - grid[0]))
    heights = np.exp(-(((grid[:, None] - values) / width) ** 2) / 2).sum(axis=1) + 1e-12
    return heights / heights.sum()
