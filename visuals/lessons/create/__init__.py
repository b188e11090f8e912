"""Lesson 7: choose a network and play with it."""
