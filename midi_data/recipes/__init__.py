"""Recipes: scores in abc and MusicXML converted to tunes."""

__all__ = ["corpora", "drum_corpus", "worker_processes"]
