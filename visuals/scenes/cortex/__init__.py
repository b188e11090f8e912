"""Cortex: the layers as hemispheres of a brain, each cell at the pitch class it prefers."""

__all__ = ["scene"]
