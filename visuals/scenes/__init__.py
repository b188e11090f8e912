"""Scenes: each one way to look at the network."""
