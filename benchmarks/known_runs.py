"""Bits of the notes of held-out tunes that lie in a run known from training, and of the others.

    python benchmarks/known_runs.py CORPUS MODEL... [--split test] [--notes 12]

A run is known if its intervals and the times between its onsets occur in one training tune, in any
key (`rnn.generation.novelty`). All tokens of a note are charged to it, those of the meter to the
first note and END to the last. So both rows together are the score of the model's card.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Tune, quantise_tune
from midi_data.recipes.corpora import DEFAULT_CORPORA_FOLDER, load_corpus
from midi_data.splits import split_tunes
from rnn.codecs.codec import Codec
from rnn.generation.novelty import RunIndex
from rnn.model.checkpoint import Checkpoint, load_checkpoint
from rnn.model.losses import log_softmax
from rnn.styles import style_names, style_path
from rnn.training.dataset import encode_tunes
from rnn.training.evaluation import unpack_masks


def note_bits(model: Checkpoint, tune: Tune) -> NDArray[np.float64]:
    """Bits of each note of a tune, in the order in which the codec writes them."""
    (encoded,) = encode_tunes(model.codec, [tune])
    logits, _ = model.network.forward(encoded.features[:, None], model.network.initial_state(1))
    logs = log_softmax(logits[:, 0], unpack_masks(encoded.masks, model.codec.outputs))
    nats = -np.take_along_axis(logs, encoded.tokens[:, None], 1)[:, 0]
    reader, owners = model.codec.new_reader(), []
    for token in encoded.tokens.tolist():
        owners.append(min(reader.note_index, encoded.notes - 1))
        reader.push(token)
    return np.bincount(np.maximum(owners, 0), nats, encoded.notes) / np.log(2)


def known_notes(codec: Codec, index: RunIndex, tune: Tune, length: int) -> NDArray[np.bool_]:
    """Which notes of a tune, in the codec's order, lie in a known run of so many notes."""
    fitted = codec.fit_tune(tune)
    notes = quantise_tune(fitted).notes
    found = {
        (note.onset, note.pitch)
        for start in range(len(notes) - length + 1)
        if index.longest_run(notes[start : start + length]) == length
        for note in notes[start : start + length]
    }
    return np.array([(note.onset, note.pitch) in found for note in codec.order_notes(fitted)])


def main() -> None:
    """Print a row a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="a built corpus by name, or a folder of .mid")
    parser.add_argument("models", nargs="+", help="styles, or model files trained on the corpus")
    parser.add_argument("--folder", type=Path, default=DEFAULT_CORPORA_FOLDER)
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    parser.add_argument("--notes", type=int, default=12, help="length of a run")
    given = parser.parse_args()
    tunes = split_tunes(load_corpus(given.corpus, given.folder).tunes)
    index = RunIndex([quantise_tune(tune) for tune in tunes.train])
    held_out = getattr(tunes, given.split)
    sys.stdout.write("| model | notes in known runs | their bits | bits of the others | all |\n")
    sys.stdout.write("|---|---|---|---|---|\n")
    for name in given.models:
        model = load_checkpoint(style_path(name) if name in style_names() else Path(name))
        bits = np.concatenate([note_bits(model, tune) for tune in held_out])
        known = np.concatenate([known_notes(model.codec, index, t, given.notes) for t in held_out])
        in_runs, others = bits[known].mean(), bits[~known].mean()
        row = f"{name} | {known.sum():,} of {len(bits):,} | {in_runs:.3f} | {others:.3f}"
        sys.stdout.write(f"| {row} | {bits.mean():.3f} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
