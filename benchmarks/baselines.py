"""Bits per note of the baselines on the test tunes of a corpus.

python benchmarks/baselines.py CORPUS [--codec notes] [--card MODEL]

With `--card` they are written into the card of a model trained on the corpus.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from midi_data.atomic_files import write_text_atomically
from midi_data.corpora import load_corpus
from rnn.codecs import CODECS
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from rnn.training.experiment import prepare_experiment


def main() -> None:
    """Score the baselines, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="a built corpus by name, or a folder of .mid")
    parser.add_argument("--codec", choices=CODECS, default=NoteCodec.kind)
    parser.add_argument("--card", type=Path, help="a model to write them into")
    given = parser.parse_args()
    model = load_checkpoint(given.card) if given.card else None
    kind = given.codec if model is None else model.codec.kind
    study = prepare_experiment(load_corpus(given.corpus).tunes, kind)
    if model is not None and model.card.notes != study.note_counts:
        parser.error(f"{given.card} was not trained on {given.corpus} as it is here")
    found = study.score_baselines(study.test)
    if model is not None:
        keep(given.card, model, found)
    sys.stdout.write(json.dumps(found | study.note_counts) + "\n")


def keep(path: Path, model: Checkpoint, found: dict[str, float]) -> None:
    """Write a model and its page again with these scores added."""
    card = replace(model.card, scores=model.card.scores | found)
    model = replace(model, card=card)
    save_checkpoint(path, model)
    write_text_atomically(
        path.with_suffix(".md"), model.card.to_markdown(model.network.sizes, model.codec.kind)
    )


if __name__ == "__main__":
    main()
