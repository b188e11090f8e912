"""Training: tunes as batches, gradients in parallel, the optimiser, scores and baselines."""
