"""Recipes: scores in abc and MusicXML converted to tunes."""
