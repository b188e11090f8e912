"""Rhythm: tempo, meter, bar line and swing of a phrase, found together."""

__all__ = ["filter_bank", "rhythm_inference"]
