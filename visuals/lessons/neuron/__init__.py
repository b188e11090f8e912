"""Lesson 1: a single neuron."""
