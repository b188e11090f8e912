"""Lesson 2: why a single neuron fails, and what a hidden layer does."""
