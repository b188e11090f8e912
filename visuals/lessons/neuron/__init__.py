"""Lesson 1: a single neuron."""

__all__ = ["lesson"]
