"""A network that writes details, among networks that do not.

A codec with details adds tokens of a note's part, velocity and timing to those of pitches and
lengths (`rnn.codecs.note_details`). In a blend with networks of plain notes, such a network reads
and writes plain tokens only; between them it takes the details that it finds likeliest.
"""

from __future__ import annotations

from dataclasses import replace

from midi_data.notes import Meter, Note
from rnn.codecs.codec import Codec, TokenReader
from rnn.codecs.note_codec import NoteCodec
from rnn.generation.key_ensemble import KeyEnsemble, KeyEnsembleSnapshot
from rnn.model.arrays import Array
from rnn.model.checkpoint import Checkpoint
from rnn.model.losses import log_softmax


class PlainKeyEnsemble(KeyEnsemble):
    """The key ensemble of a checkpoint with details, to be read by its plain tokens.

    Parameters
    ----------
    checkpoint : Checkpoint
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._plain_codec = without_details(checkpoint.codec)
        super().__init__(checkpoint)

    @property
    def reader(self) -> TokenReader:
        return self._plain_reader

    def begin_tune(self, meter: Meter) -> None:
        self._plain_reader = self._plain_codec.new_reader()
        super().begin_tune(meter)

    def push(self, token: int) -> Note | None:
        note = self._plain_reader.push(token)
        super().push(token)
        while self._reader.awaits_detail:
            super().push(int(super().log_probabilities.argmax()))
        return note

    @property
    def log_probabilities(self) -> Array:
        return self._plain(self._states.logits[self.likeliest_index])

    @property
    def unmodified_log_probabilities(self) -> Array:
        return self._plain(self._states.unmodified_logits[self.likeliest_index])

    def _plain(self, logits: Array) -> Array:
        """Log probabilities of the plain tokens alone, shape (V,)."""
        return log_softmax(logits[: self._plain_codec.outputs], self._plain_reader.mask())

    def fork_likeliest_key(self) -> PlainKeyEnsemble:
        fork = super().fork_likeliest_key()
        fork._plain_reader = self._plain_reader.copy()
        return fork

    def snapshot(self) -> KeyEnsembleSnapshot:
        return replace(super().snapshot(), plain_reader=self._plain_reader.copy())

    def restore(self, snapshot: KeyEnsembleSnapshot) -> None:
        super().restore(snapshot)
        self._plain_reader = snapshot.plain_reader.copy()


def without_details(codec: Codec) -> Codec:
    """The codec of the same tokens but those of details; itself if it has none.

    Parameters
    ----------
    codec : Codec

    Returns
    -------
    Codec
    """
    return codec.without_details() if isinstance(codec, NoteCodec) else codec
