"""Lesson 3: a computational graph, forward and backward."""

__all__ = ["lesson"]
