"""Composing with trained networks: key ensembles, sampling, logit bias, improvisers and blends."""

__all__ = [
    "composer",
    "drummer",
    "ensemble",
    "improviser",
    "leanings",
    "novelty",
    "performance_rules",
    "sampling",
    "unit_intervention",
]
