"""Waves: hidden states as traces that run into a cell, which fires one note."""

__all__ = ["scene"]
