"""Codecs: how music becomes the tokens a network reads and writes."""
