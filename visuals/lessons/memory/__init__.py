"""Lesson 4: an LSTM cell at work on a tune."""
