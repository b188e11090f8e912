"""Codecs: tunes as the tokens a network reads and writes."""

from __future__ import annotations

from collections.abc import Mapping

from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.codec import SequenceCodec
from rnn.codecs.drum_codec import DrumCodec
from rnn.codecs.note_codec import NoteCodec

__all__ = [
    "bar_echoes",
    "codec",
    "drum_codec",
    "drum_reader",
    "note_codec",
    "note_details",
    "note_reader",
    "note_tokens",
    "codec_named",
]


CODECS: Mapping[str, type[SequenceCodec]] = {
    codec.kind: codec for codec in (NoteCodec, CharacterCodec, DrumCodec)
}
"""Codecs by their kind, the name in a model file."""


def codec_named(kind: str) -> type[SequenceCodec]:
    """The codec of a kind.

    Parameters
    ----------
    kind : str
        A key of `CODECS`.

    Returns
    -------
    type of SequenceCodec

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    if kind not in CODECS:
        raise ValueError(f"no codec named {kind!r}; there are {', '.join(CODECS)}")
    return CODECS[kind]
