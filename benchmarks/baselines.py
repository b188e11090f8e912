"""What a network must beat on a corpus: bits per note of the baselines on its test tunes.

python benchmarks/baselines.py CORPUS [--codec notes] [--card MODEL]

With `--card` they are written into the card of a model that was trained on the corpus.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from midi_data.atomic_files import replace_text
from midi_data.corpora import corpus_tunes
from rnn.codecs import CODECS
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, load, save
from rnn.model.model_card import card_text
from rnn.training.experiment import prepare


def main() -> None:
    """Count, and write a line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="a built corpus by name, or a folder of .mid")
    parser.add_argument("--codec", choices=CODECS, default=NoteCodec.kind)
    parser.add_argument("--card", type=Path, help="the model whose card is to have them")
    given = parser.parse_args()
    model = load(given.card) if given.card else None
    kind = given.codec if model is None else model.codec.kind
    study = prepare(corpus_tunes(given.corpus).tunes, kind)
    if model is not None and model.card.notes != study.notes:
        parser.error(f"{given.card} was not trained on {given.corpus} as it is here")
    found = study.baselines(study.test)
    if model is not None:
        keep(given.card, model, found)
    sys.stdout.write(json.dumps(found | study.notes) + "\n")


def keep(path: Path, model: Checkpoint, found: dict[str, float]) -> None:
    """Write a model again, and its card beside it, with these scores; nothing else changes."""
    card = replace(model.card, scores=model.card.scores | found)
    model = replace(model, card=card)
    save(path, model)
    replace_text(path.with_suffix(".md"), card_text(model))


if __name__ == "__main__":
    main()
