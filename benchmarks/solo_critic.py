"""Learns a style's critic: what tells its solos from people's tunes.

    python benchmarks/solo_critic.py CORPUS MODEL [--candidates 12] [--section-bars 4] [--save]

People's tunes are the training tunes; of many, evenly over the corpus. With `--save` the critic is
written into the model's card, and the tunes of attract mode are drawn by it. `musicality.py` judges
it on held-out tunes.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from musicality import compose_solo

from midi_data.atomic_files import write_text_atomically
from midi_data.notes import Meter
from midi_data.recipes.corpora import load_corpus
from midi_data.splits import split_tunes
from rnn.analysis.tune_critics import fit_solo_critic
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import load_checkpoint, save_checkpoint
from rnn.styles import style_names, style_path

FIRST_SEED = 1_000_000  # the seeds below are those of the solos that are judged
MAX_TRAINING_TUNES = 2_000


def main() -> None:
    """Compose solos, learn the critic, and print its terms as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="a built corpus by name, or a folder of .mid")
    parser.add_argument("model", help="a style, or a model file trained on the corpus")
    parser.add_argument("--solos", type=int, default=600)
    parser.add_argument("--candidates", type=int, default=12)
    parser.add_argument("--section-bars", type=int, default=0, help="0: whole tunes")
    parser.add_argument("--save", action="store_true", help="write it into the model's card")
    given = parser.parse_args()
    path = style_path(given.model) if given.model in style_names() else Path(given.model)
    model = load_checkpoint(path)
    train = split_tunes(load_corpus(given.corpus).tunes).train
    people = [model.codec.fit_tune(t) for t in train[:: -(-len(train) // MAX_TRAINING_TUNES)]]
    composer, meter = Improviser(model), Meter.parse(model.card.meter)
    seeds = range(FIRST_SEED, FIRST_SEED + given.solos)
    solos = [compose_solo(composer, meter, composer.own_sampling, seed) for seed in seeds]
    critic = fit_solo_critic(people, solos, given.candidates, given.section_bars).to_json()
    sys.stdout.write(json.dumps(critic) + "\n")
    if given.save:
        card = replace(model.card, critic=critic)
        save_checkpoint(path, replace(model, card=card))
        page = card.to_markdown(model.network.sizes, model.codec.kind)
        write_text_atomically(path.with_suffix(".md"), page)


if __name__ == "__main__":
    main()
