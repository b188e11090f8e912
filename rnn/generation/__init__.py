"""Composing with trained networks: key ensembles, sampling, logit bias, improvisers and blends."""
