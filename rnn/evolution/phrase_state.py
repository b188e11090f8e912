"""Phrase state: where a phrase leaves a network, by which like phrases are found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Tune
from rnn.codecs.codec import Codec
from rnn.model.checkpoint import Checkpoint
from rnn.training.dataset import encode_tune


def phrase_state(checkpoint: Checkpoint, phrase: Tune) -> NDArray[np.float32]:
    """Hidden state of the last layer after a phrase, of length 1.

    Parameters
    ----------
    checkpoint : Checkpoint
    phrase : Tune

    Returns
    -------
    ndarray of float32, shape (units,)

    Raises
    ------
    ValueError
        If the network reads no melodies, or the phrase has no notes that it knows.
    """
    if not isinstance(checkpoint.codec, Codec):
        raise ValueError(f"a network of {checkpoint.codec.kind} reads no melody")
    encoded = encode_tune(checkpoint.codec, phrase, with_masks=False)
    state = checkpoint.network.initial_state(1)
    checkpoint.network.forward(encoded.features[:, None], state)
    hidden = state.h[-1, 0]
    return hidden / max(1e-9, float(np.linalg.norm(hidden)))
