"""The base network: one network over several corpora, to start a training from.

    python benchmarks/base_network.py irish fife chorales -o base.safetensors --start FILE

It is told the style by a row of its input, in three tunes of four. A third of the training tunes is
learned a second time, played by the performance rules with velocities and timing, so that the
tokens of these details are known to a folder of performances. `--start` is a network of one of the
corpora. The corpora keep their own splits: test tunes are not seen.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from midi_data.notes import Tune
from midi_data.recipes.corpora import DEFAULT_CORPORA_FOLDER, load_corpus, recipe_named
from midi_data.splits import split_tunes
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import MAX_PARTS, UNITS_PER_TICK, NoteDetails, details_of
from rnn.generation.performance_rules import PerformanceRules
from rnn.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.training.dataset import EncodedTune, encode_tune
from rnn.training.evaluation import pitch_class_preference, score_tunes
from rnn.training.settings import TrainingSettings
from rnn.training.starts import with_codec
from rnn.training.trainer import Trainer, TrainingProgress

VOICES = 4  # rows of sounding notes in the input
STYLELESS, PLAYED = 4, 3  # one tune in so many has no style; one in so many is learned as played
VALIDATION_TUNES = 40  # validation tunes of each corpus
ALL_DETAILS = NoteDetails(MAX_PARTS, velocities=True, timing=UNITS_PER_TICK)
GENERATOR_SEED = 7

Encoded = list[EncodedTune]


def main() -> None:
    """Train the network, report the score of each corpus, and write the model file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", nargs="+", help="built corpora by name, at most seven")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="model file of one of the corpora")
    parser.add_argument("--minutes", type=float, default=35.0)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--folder", type=Path, default=DEFAULT_CORPORA_FOLDER)
    given = parser.parse_args()
    generator = np.random.default_rng(GENERATOR_SEED)
    train: Encoded = []
    validation: dict[str, Encoded] = {}
    for style, name in enumerate(given.corpora, 1):
        tunes = load_corpus(name, given.folder).tunes
        split, details = split_tunes(tunes), details_of(tunes) or NoteDetails()
        train += encode_corpus(split.train, details, style, generator)
        held = split.validation[:VALIDATION_TUNES]
        validation[name] = [encode_tune(_codec(replace(details, style=style)), t) for t in held]
        played = [play(tune, generator) for tune in held[: VALIDATION_TUNES // PLAYED]]
        validation[f"{name}, played"] = [encode_tune(_codec(_played(details)), t) for t in played]
    codec = _codec(ALL_DETAILS)
    settings = TrainingSettings(minutes=given.minutes, rate=given.rate)
    every = [tune for tunes in validation.values() for tune in tunes]
    trainer = Trainer(codec, train, every, settings)
    if given.start:
        start = with_codec(load_checkpoint(given.start), codec).network
        for name, array in trainer.network.parameters.items():
            array[...] = start.parameters[name]

    def report(progress: TrainingProgress) -> None:
        _say(f"{progress.seconds:.0f} s, step {progress.step}: {progress.validation_bits:.4f}")
        network = Network(trainer.network.sizes, trainer.best_parameters)
        save_checkpoint(given.output, _checkpoint(network, codec, given, train, every))

    trainer.run(report, every=60.0)
    best = Network(trainer.network.sizes, trainer.best_parameters)
    for name, tunes in validation.items():
        _say(f"{name}: {score_tunes(best, tunes).bits_per_note:.3f} validation bits a note")


def encode_corpus(
    tunes: tuple[Tune, ...], details: NoteDetails, style: int, generator: np.random.Generator
) -> Encoded:
    """Training tunes as written, and some of them as played."""
    own, free = _codec(replace(details, style=style)), _codec(details)
    encoded = [encode_tune(own if k % STYLELESS else free, t) for k, t in enumerate(tunes)]
    played = _codec(_played(details))
    return encoded + [encode_tune(played, play(tune, generator)) for tune in tunes[::PLAYED]]


def play(tune: Tune, generator: np.random.Generator) -> Tune:
    """A tune as the performance rules play it, with a mean loudness and amount drawn for it."""
    amount, mean = generator.uniform(0.4, 1.0), generator.uniform(45, 90)
    spread, first = generator.uniform(6, 18), tune.notes[0].onset
    rules = PerformanceRules(generator, amount, mean, spread, tune.meter, first, tune.end - first)
    notes = []
    for note in tune.notes:
        done = rules.perform(note)
        onset = max(0.0, done.onset)
        notes.append(replace(note, onset=onset, duration=done.end - onset, velocity=done.velocity))
    return replace(tune, notes=tuple(notes))


def _played(details: NoteDetails) -> NoteDetails:
    return replace(details, velocities=True, timing=UNITS_PER_TICK)


def _codec(details: NoteDetails) -> NoteCodec:
    return NoteCodec(VOICES, details=details)


def _checkpoint(
    network: Network, codec: NoteCodec, given: argparse.Namespace, train: Encoded, held: Encoded
) -> Checkpoint:
    recipes = [recipe_named(name) for name in given.corpora]
    card = ModelCard(
        style=given.output.name.split(".")[0],
        title="A start for any folder",
        command=f"python benchmarks/base_network.py {' '.join(sys.argv[1:])}",
        seed=1,
        minutes=given.minutes,
        corpus=", ".join(given.corpora),
        source="; ".join(recipe.source for recipe in recipes),
        terms="; ".join(recipe.terms for recipe in recipes),
        tunes={"train": len(train), "validation": len(held)},
        notes={"train": sum(t.notes for t in train), "validation": sum(t.notes for t in held)},
        meter="4/4",
    )
    return Checkpoint(network, codec, card, pitch_class_preference(network, held[:20], codec))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
