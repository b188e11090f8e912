"""Finds the leanings of a style: what its solos do too often or too rarely beside the corpus.

    python benchmarks/leanings.py CORPUS MODEL [--rounds 6] [--count 40] [--sampling JSON] [--save]

Counted at each note of the training tunes, and of solos: the size of its step (of each voice's
where there are four), the class of its length, and whether it repeats the note 1, 2, 4 or 8 bars
before, alone, as part of a longer repeat or of a second one. After each round of solos the nats
move by the logarithm of the ratio of odds, from those in `--sampling` or from none. With `--save`
they are written into the model's card, with the other sampling of `--sampling`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from musicality import compose_solo
from numpy.typing import NDArray

from midi_data.atomic_files import write_text_atomically
from midi_data.notes import LOWEST_PITCH, Meter, Tune
from midi_data.recipes.corpora import load_corpus
from midi_data.splits import split_tunes
from rnn.codecs.bar_echoes import ECHO_DELAYS_BARS
from rnn.codecs.codec import Codec, TokenReader
from rnn.generation.improviser import Improviser
from rnn.generation.leanings import (
    ECHO_NAMES,
    INTERVAL_CLASSES,
    VOICES,
    echo_kinds,
)
from rnn.model.checkpoint import load_checkpoint, save_checkpoint
from rnn.model.sampling_params import INTERVAL_BOUNDS, LENGTH_BOUNDS, SamplingParams
from rnn.styles import style_names, style_path

PERIOD_BARS = 8  # bars of a period, in each of which a tune repeats itself in its own way
TRAINING_TUNES = 600  # training tunes that are counted
DAMPING = 0.7  # share of the logarithm by which the nats move in a round
PRIOR_NOTES = 30.0  # notes of a solo that are counted as people's, against chance in rare cases
MAX_NATS = 2.5  # bound of each leaning


class LeaningCounts:
    """Steps by voice and size, lengths by class, and notes by echo, kind of repeat and success."""

    def __init__(self, voices: int) -> None:
        self.steps = np.ones((voices, len(INTERVAL_BOUNDS) + 1))
        self.lengths = np.ones(len(LENGTH_BOUNDS) + 1)
        self.echoes = np.ones((len(ECHO_NAMES), PERIOD_BARS, len(ECHO_DELAYS_BARS), 2))

    def add_all(self, codec: Codec, tunes: Iterable[Tune]) -> LeaningCounts:
        """Count the notes of some tunes."""
        for tune in tunes:
            reader = codec.new_reader()
            for token in codec.meter_tokens(tune.meter).tolist():
                reader.push(token)
            for note in codec.order_notes(codec.fit_tune(tune)):
                onset = codec.spell_onset(
                    reader, note.pitch, note.onset, note.velocity, note.part
                ).tolist()
                spelled = list(codec.key_tree.spellings[note.pitch - LOWEST_PITCH])
                place = next(  # of the key, after which come its details
                    at for at in range(len(onset), -1, -1) if onset[at:][: len(spelled)] == spelled
                )
                for token in onset[:place]:
                    reader.push(token)
                self.lengths[np.searchsorted(LENGTH_BOUNDS, note.duration, side="right")] += 1
                if reader.pitch:
                    self._count(reader, note.pitch)
                for token in onset[place:]:
                    reader.push(token)
                for token in codec.spell_length(reader, note.duration).tolist():
                    reader.push(token)
        return self

    def _count(self, reader: TokenReader, pitch: int) -> None:
        before, now = reader.voices()
        if len(before) == VOICES:
            rank = min(VOICES - 1, sum(other < pitch for other, _ in now))
            step, rank = abs(pitch - before[rank]), min(rank, len(self.steps) - 1)
            self.steps[rank, INTERVAL_CLASSES[step]] += 1
        elif len(self.steps) == 1:
            self.steps[0, INTERVAL_CLASSES[abs(pitch - reader.pitch)]] += 1
        for place, (echo, _, kind) in enumerate(echo_kinds(reader)):
            if echo:
                bar = reader.full_bar % PERIOD_BARS
                self.echoes[kind, bar, place, int(echo == pitch)] += 1

    def add_prior(self, people: LeaningCounts) -> LeaningCounts:
        """Count some notes more that are as people's are."""
        for name, counts in vars(self).items():
            shares = vars(people)[name] / vars(people)[name].sum(axis=-1, keepdims=True)
            counts += PRIOR_NOTES * shares
        return self

    def log_shares(self) -> dict[str, NDArray]:
        """Logarithms of the shares of steps and lengths and of the odds of echoes, by leaning."""
        by_bar, pooled = (np.log(x[..., 1] / x[..., 0]) for x in (self.echoes, self.echoes.sum(1)))
        return {
            "interval_nats": np.log(self.steps / self.steps.sum(axis=1, keepdims=True)),
            "length_nats": np.log(self.lengths / self.lengths.sum()),
            **dict(zip(ECHO_NAMES, (by_bar[0], *pooled[1:]), strict=True)),
        }


def calibrate(
    composer: Improviser, meter: Meter, people: LeaningCounts, codec: Codec, rounds: int, count: int
) -> SamplingParams:
    """The composer's sampling with leanings that bring its solos' shares to people's."""
    wanted, sampling = people.log_shares(), composer.own_sampling
    nats = {name: np.array(getattr(sampling, name) or 0 * each) for name, each in wanted.items()}
    for each in range(rounds):
        solos = [
            compose_solo(composer, meter, sampling, 10_000 + each * count + k) for k in range(count)
        ]
        counts = LeaningCounts(len(people.steps)).add_all(codec, solos)
        found = counts.add_prior(people).log_shares()
        damping = DAMPING / (1 + each / 3)
        for name in nats:
            difference = wanted[name] - found[name]
            sys.stderr.write(f"{each} {name}: {difference.round(2).tolist()}\n")
            nats[name] = np.clip(nats[name] + damping * difference, -MAX_NATS, MAX_NATS)
        sampling = replace(sampling, **{name: _rounded(each) for name, each in nats.items()})
    return sampling


def _rounded(nats: NDArray) -> tuple:
    return tuple(map(_rounded, nats)) if nats.ndim > 1 else tuple(nats.round(1).tolist())


def main() -> None:
    """Calibrate a style, and print its sampling as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="a built corpus by name, or a folder of .mid")
    parser.add_argument("model", help="a style, or a model file trained on the corpus")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--count", type=int, default=40, help="solos of each round")
    parser.add_argument("--sampling", type=json.loads, default={}, help="the other sampling")
    parser.add_argument("--save", action="store_true", help="write it into the model's card")
    given = parser.parse_args()
    path = style_path(given.model) if given.model in style_names() else Path(given.model)
    model = load_checkpoint(path)
    train = split_tunes(load_corpus(given.corpus).tunes).train
    kept = {name: model.card.sampling[name] for name in ("temperature", "top_p")}
    model = replace(model, card=replace(model.card, sampling=kept | given.sampling))
    composer, codec = Improviser(model), model.codec
    people = LeaningCounts(VOICES if codec.settings().get("voices") else 1)
    people.add_all(codec, train[:: -(-len(train) // TRAINING_TUNES)])  # of every book
    meter = Meter.parse(model.card.meter)
    sampling = calibrate(composer, meter, people, codec, given.rounds, given.count)
    names = dict.fromkeys((*model.card.sampling, *people.log_shares()))
    values = {name: getattr(sampling, name) for name in names}
    sys.stdout.write(json.dumps(values) + "\n")
    if given.save:
        meters = Counter(str(tune.meter) for tune in train)
        card = replace(model.card, sampling=values, meters=dict(meters.most_common()))
        save_checkpoint(path, replace(model, card=card))
        page = card.to_markdown(model.network.sizes, codec.kind)
        write_text_atomically(path.with_suffix(".md"), page)


if __name__ == "__main__":
    main()
