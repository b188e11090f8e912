"""Recipes: scores in abc and MusicXML converted to tunes."""

__all__ = ["conversion", "corpora", "drum_corpus", "worker_processes"]
