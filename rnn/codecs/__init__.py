"""Codecs: tunes as the tokens a network reads and writes."""

from __future__ import annotations

from collections.abc import Mapping

from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.codec import Codec
from rnn.codecs.note_codec import NoteCodec

__all__ = ["codec", "note_codec", "codec_named"]


CODECS: Mapping[str, type[Codec]] = {codec.kind: codec for codec in (NoteCodec, CharacterCodec)}
"""Codecs by their kind, the name in a model file."""


def codec_named(kind: str) -> type[Codec]:
    """The codec of a kind.

    Parameters
    ----------
    kind : str
        A key of `CODECS`.

    Returns
    -------
    type of Codec

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    if kind not in CODECS:
        raise ValueError(f"no codec named {kind!r}; there are {', '.join(CODECS)}")
    return CODECS[kind]
