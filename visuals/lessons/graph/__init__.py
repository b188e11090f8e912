"""Lesson 3: a computational graph, forward and backward."""
