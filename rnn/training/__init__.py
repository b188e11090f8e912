"""Training: tunes as batches, gradients in parallel, the optimiser, scores and baselines."""

__all__ = [
    "data_parallel",
    "dataset",
    "evaluation",
    "experiment",
    "fine_tuning",
    "optimiser",
    "ranks",
    "settings",
    "shards",
    "starts",
    "trainer",
]
