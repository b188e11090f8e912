"""Lesson 5: a small network learns a tune."""
