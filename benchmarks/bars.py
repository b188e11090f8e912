"""Share of full bars in the tunes a character model writes.

    python benchmarks/bars.py MODEL [--tunes 200] [--temperature 1.0] [--show 1]

Each tune is sampled from the valid characters, from its meter to its end; a bar line is valid
anywhere. A bar is the text between two bar lines, or from the beginning to the first. It is full if
its length is that of the meter. The text after the last bar line is not counted.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from rnn.codecs.bar_echoes import KNOWN_METERS
from rnn.codecs.character_reader import CHARACTER_TOKENS, CharacterReader
from rnn.generation.sampling import sample_token
from rnn.model.checkpoint import Checkpoint, load_checkpoint
from rnn.model.losses import log_softmax

MAX_TUNE_CHARACTERS = 3000
"""Characters after which a tune is abandoned."""
START_METERS = ((2, 2), (6, 8), (2, 4), (4, 4), (3, 4), (9, 8))
"""Meters of the tunes, in turn."""


def main() -> None:
    """Write tunes, count their bars, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--tunes", type=int, default=200)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="print so many of the tunes")
    given = parser.parse_args()
    model = load_checkpoint(given.model)
    if model.codec.kind != "characters":
        parser.error(f"{given.model} writes no characters")
    texts, bars, whole, ended = written(model, given.tunes, given.temperature, given.seed)
    for text in texts[: given.show]:
        sys.stdout.write(text + "\n")
    found = {
        "tunes": given.tunes,
        "ended": ended,
        "characters": sum(map(len, texts)),
        "bars": bars,
        "whole": whole,
        "share": round(whole / max(1, bars), 4),
    }
    sys.stdout.write(json.dumps(found) + "\n")


def written(
    model: Checkpoint, tunes: int, temperature: float, seed: int
) -> tuple[list[str], int, int, int]:
    """Texts of the tunes; numbers of bars, of full bars, and of complete tunes."""
    codec, network = model.codec, model.network
    generator = np.random.default_rng(seed)
    meters = [
        meter
        for pair in START_METERS
        for meter in KNOWN_METERS
        if (meter.beats, meter.unit) == pair
    ]
    readers: list[CharacterReader] = [codec.new_reader() for _ in range(tunes)]
    forced = [codec.meter_tokens(meters[k % len(meters)]).tolist() for k in range(tunes)]
    texts = [[] for _ in range(tunes)]
    barred = [0] * tunes  # time of the last bar line, ticks
    bars = whole = 0
    state = network.initial_state(tunes)
    for _ in range(MAX_TUNE_CHARACTERS):
        if all(reader.ended for reader in readers):
            break
        rows = np.stack([reader.features() for reader in readers])
        logits = network.step(rows, state)  # (tunes, V)
        for k, reader in enumerate(readers):
            if reader.ended:
                continue
            logs = log_softmax(logits[k], reader.mask())
            token = forced[k].pop(0) if forced[k] else sample_token(logs, generator, temperature)
            # the bar line within a tie comes after the first part of the note
            if token == CHARACTER_TOKENS["|"]:
                bars += 1
                whole += reader.cursor - barred[k] == reader.bar
                barred[k] = reader.cursor
            reader.push(token)
            texts[k].append(token)
    ended = sum(reader.ended for reader in readers)
    return [codec.tokens_to_text(tokens) for tokens in texts], bars, whole, ended


if __name__ == "__main__":
    main()
