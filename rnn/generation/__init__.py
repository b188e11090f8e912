"""Composing with trained networks: key ensembles, sampling, logit bias, improvisers and blends."""

__all__ = [
    "composer",
    "drummer",
    "ensemble",
    "improviser",
    "novelty",
    "sampling",
    "unit_intervention",
]
