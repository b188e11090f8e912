"""Codecs: how music becomes the tokens a network reads and writes."""

from __future__ import annotations

from collections.abc import Mapping

from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.codec import Codec
from rnn.codecs.note_codec import NoteCodec

CODECS: Mapping[str, type[Codec]] = {codec.kind: codec for codec in (NoteCodec, CharacterCodec)}
"""By the name a model file gives them."""


def codec_named(kind: str) -> type[Codec]:
    """The codec of that name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if kind not in CODECS:
        raise ValueError(f"no codec named {kind!r}; there are {', '.join(CODECS)}")
    return CODECS[kind]
