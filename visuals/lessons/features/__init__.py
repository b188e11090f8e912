"""Lesson 6: which music moves the units of the network that plays."""
