"""How well a drummer predicts people's drumming, and how far its own can be told from theirs.

    python benchmarks/drumming.py CORPUS [MODEL] [--rows bits distributions auc humanise cost trip]
                                  [--split validation]

CORPUS is the folder of `hidden-state corpus build drums`, MODEL a drummer's model file (the
installed one by default). Figures are of the test split, or of the split asked for: a sampling is
chosen on the validation split.

bits           bits a hit (every token charged) beside unigram, 8-gram and 8-gram with a cache
distributions  velocity and micro-timing: overlap of the histograms, and KL(people || network)
auc            four bars of a take against four bars of the network, told the same genre, tempo and
               meter; cross-validated logistic regression; people against people beside it; mean
               and standard deviation over four playings. A groove that several drummers played, as
               those of Groove's evaluation sessions, is in one fold with all of them: what is told
               is people and network, not one groove and others
humanise       the task of Gillick et al. 2019 (ICML): of a take on the grid, find each hit's
               velocity and offset. Errors of the mean the network predicts, over eight rollouts
               that go on from its own draws, beside the grid itself, a linear regression and 20
               nearest bars; KL(people || guesses) of the histograms of timing and velocity. A mean
               is narrower than what is drawn, so the draws of one rollout are a row of their own
cost           processor time of a hit
trip           hits lost, and largest error of an onset, from take to tokens and back
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from telling_apart import cross_validated_auc

from midi_data.drums import GENRES, DrumPart, tune_genre
from midi_data.notes import Meter, Note, Tune
from midi_data.recipes.drum_corpus import load_drum_corpus
from rnn.codecs.drum_codec import DrumCodec
from rnn.codecs.drum_reader import (
    CELLS_PER_BEAT,
    FIRST_MICRO_TOKEN,
    FIRST_PART_TOKEN,
    FIRST_SHIFT_TOKEN,
    FIRST_VELOCITY_TOKEN,
    HOLD_TOKEN,
    MAX_SHIFT_CELLS,
    MICRO_STEPS,
    ON_GRID_STEP,
    VELOCITY_CLASSES,
    class_velocity,
)
from rnn.generation.drummer import DrumImproviser, DrumSampling
from rnn.model.checkpoint import Checkpoint, load_checkpoint
from rnn.styles import DRUMS_STYLE, style_path
from rnn.training.experiment import prepare_experiment, score_network

ROWS = ("bits", "distributions", "auc", "humanise", "cost", "trip")
EXCERPT_BARS, BAR_BEATS = 4, 4
BAR_CELLS = BAR_BEATS * CELLS_PER_BEAT
NEIGHBOURS = 20
PLAYINGS = 4  # times the network plays what is compared
ROLLOUTS = 8  # rollouts of the network whose mean is its guess
MIN_GENRE_TAKES = 8
PARTS = len(DrumPart)
Pairs = Sequence[tuple[Tune, Tune]]


def say(line: str) -> None:
    """Write a line of the report at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def excerpts(tunes: Sequence[Tune], first_bar: int = 0) -> list[Tune | None]:
    """Bars of each beat in 4/4 from a bar on; None where a take is shorter."""
    found = []
    for tune in tunes:
        start = first_bar * BAR_BEATS
        end = start + EXCERPT_BARS * BAR_BEATS
        hits = [hit for hit in tune.notes if start - 0.125 <= hit.onset < end - 0.125]
        whole = tune.meter.bar_beats == BAR_BEATS and tune.end >= end - 1 and len(hits) >= 16
        moved = (Note(h.pitch, h.onset - start, h.duration, h.velocity) for h in hits)
        found.append(Tune(tuple(moved), tune.meter, tune.tempo, tune.name) if whole else None)
    return found


def compose(drummer: DrumImproviser, like: Tune, seed: int) -> Tune:
    """Four bars of the network, told what it plays, after four bars to find its way."""
    drummer.begin(like.meter, tune_genre(like.name), like.tempo)
    beats = EXCERPT_BARS * BAR_BEATS
    hits = drummer.compose_beats(2 * beats, np.random.default_rng(seed), DrumSampling())
    return next(
        iter(excerpts([Tune(tuple(hits), like.meter, like.tempo, like.name)], EXCERPT_BARS))
    ) or Tune(tuple(hits[:16]), like.meter, like.tempo, like.name)


def hit_rows(tune: Tune) -> NDArray[np.int64]:
    """Cell, part, velocity class and place in the cell of each hit, shape (n, 4)."""
    tokens, cell, part, velocity, rows = DrumCodec().encode(tune), -1, 0, 0, []
    held = 0
    for token in tokens.tolist():
        if token >= FIRST_MICRO_TOKEN:
            rows.append((cell, part, velocity, token - FIRST_MICRO_TOKEN))
        elif token >= FIRST_VELOCITY_TOKEN:
            velocity = token - FIRST_VELOCITY_TOKEN
        elif token >= FIRST_PART_TOKEN:
            part = token - FIRST_PART_TOKEN
        elif token >= FIRST_SHIFT_TOKEN:
            cell, held = cell + held + token - FIRST_SHIFT_TOKEN + 1, 0
        elif token == HOLD_TOKEN:
            held += MAX_SHIFT_CELLS
    return np.array(rows, np.int64)


def features(tune: Tune) -> NDArray[np.float64]:
    """What four bars are told apart by: density, loudness and timing by part, and repetition."""
    cell, part, velocity, micro = hit_rows(tune).T
    ms = (micro - ON_GRID_STEP) / MICRO_STEPS / CELLS_PER_BEAT * 60_000 / tune.tempo
    grid = np.zeros((EXCERPT_BARS * BAR_CELLS + 1, PARTS))
    grid[np.clip(cell, 0, len(grid) - 1), part] = 1
    found = [len(cell), len(np.unique(cell)), velocity.mean(), velocity.std(), ms.mean(), ms.std()]
    for parts in ((0,), (1,), (2, 3, 4), (5, 6, 7), (8,), (9,)):
        own = np.isin(part, parts)
        found += [
            own.sum(),
            *(
                (velocity[own].mean(), velocity[own].std(), ms[own].mean(), ms[own].std())
                if own.any()
                else (0, 0, 0, 0)
            ),
        ]
    on_beat = cell % CELLS_PER_BEAT == 0
    found.append(
        velocity[on_beat].mean() - velocity[~on_beat].mean()
        if 0 < on_beat.sum() < len(cell)
        else 0.0
    )
    for bars in (1, 2):
        late, early = grid[bars * BAR_CELLS :], grid[: -bars * BAR_CELLS]
        found.append((late * early).sum() / max(1.0, np.maximum(late, early).sum()))
    return np.array(found, float)


def show_bits(corpus: Path, model: Checkpoint) -> None:
    """Bits a hit."""
    split = load_drum_corpus(corpus)
    experiment = prepare_experiment(split.train, codec=DrumCodec(), split=split)
    for name, bits in score_network(experiment, model.network).items():
        say(f"bits a hit  {name:10s} {bits:.3f}")


def histograms(people: NDArray, others: NDArray, count: int) -> tuple[NDArray, NDArray]:
    """Shares of each class in two sets of classes, half a hit added to each class."""
    p, q = (np.bincount(each, minlength=count) + 0.5 for each in (people, others))
    return p / p.sum(), q / q.sum()


def divergence(people: NDArray, others: NDArray, count: int) -> float:
    """KL divergence of others' classes from people's, bits."""
    p, q = histograms(people, others, count)
    return float((p * np.log2(p / q)).sum())


def compare_histograms(people: NDArray, others: NDArray, count: int) -> str:
    """Overlap and KL divergence (bits) of two sets of classes."""
    overlap = np.minimum(*histograms(people, others, count)).sum()
    return f"overlap {overlap:.3f}  KL {divergence(people, others, count):.3f} bits"


def nearest_classes(guesses: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """The class nearest to each guess."""
    return np.clip(np.rint(guesses), 0, count - 1).astype(np.int64)


def show_distributions(pairs: Pairs) -> None:
    """Velocity and micro-timing of network and people, and of two halves of the people."""
    people = [hit_rows(own) for own, _ in pairs]
    network = np.concatenate([hit_rows(made) for _, made in pairs])
    halves = np.concatenate(people[::2]), np.concatenate(people[1::2])
    for name, column, count in (("velocity", 2, VELOCITY_CLASSES), ("micro", 3, MICRO_STEPS)):
        told = compare_histograms(np.concatenate(people)[:, column], network[:, column], count)
        say(f"{name:9s} network {told}")
        told = compare_histograms(halves[0][:, column], halves[1][:, column], count)
        say(f"{name:9s} people  {told}")


def groove_groups(names: Sequence[str]) -> NDArray[np.int64]:
    """Number of the group of each take: one for all takes of a numbered groove.

    Parameters
    ----------
    names : sequence of str
        Of takes; Groove's evaluation sessions name a groove as `funk-groove1`.

    Returns
    -------
    ndarray of int, shape (n,)
    """
    numbered = [re.search(r"[a-z]+-groove\d+", name) for name in names]
    keys = [found[0] if found else str(k) for k, found in enumerate(numbered)]
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    return np.array([places[key] for key in keys], np.int64)


def show_auc(playings: Sequence[Pairs], later: Pairs) -> None:
    """AUC of people against the network, of a take's beginning against its end; by genre."""

    def auc(rows: Pairs) -> float:
        values = np.stack([features(tune) for pair in rows for tune in pair])
        labels = np.tile([False, True], len(rows))
        groups = groove_groups([pair[0].name for pair in rows])
        return cross_validated_auc(values, labels, np.repeat(groups, 2))

    for genre in ("", *GENRES):
        chosen = [
            [pair for pair in rows if genre in ("", tune_genre(pair[0].name))]
            for rows in (*playings, later)
        ]
        if min(map(len, chosen)) >= MIN_GENRE_TAKES:
            *found, people = map(auc, chosen)
            say(
                f"AUC {genre:10s} network against people {np.mean(found):.3f} +- "
                f"{np.std(found):.3f} ({len(chosen[0])} takes); people against people "
                f"{people:.3f} ({len(chosen[-1])} takes)"
            )


def score_of(tune: Tune) -> NDArray[np.int64]:
    """The hits of a take, the first of each part and cell."""
    rows = hit_rows(tune)
    _, first = np.unique(rows[:, 0] * PARTS + rows[:, 1], return_index=True)
    return rows[np.sort(first)]


def network_guesses(
    model: Checkpoint, tune: Tune, rows: NDArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Velocity class and place the network expects of each hit, and one rollout's draws, (n, 2).

    The mean over rollouts that each go on from guesses drawn from the network's own shares.
    """
    codec, network = DrumCodec(), model.network
    readers = [codec.new_reader() for _ in range(ROLLOUTS)]
    state, generator = network.initial_state(ROLLOUTS), np.random.default_rng(1)

    def step() -> NDArray[np.float64]:
        logits = network.step(np.stack([reader.features() for reader in readers]), state)
        masks = np.stack([reader.mask() for reader in readers])
        return np.where(masks, logits, -np.inf).astype(float)

    def read(token: int) -> None:
        step()
        for reader in readers:
            reader.push(token)

    def expect(first: int, count: int) -> tuple[float, int]:
        logits = step()[:, first : first + count]
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        drawn = [int(generator.choice(count, p=own)) for own in shares]
        for reader, place in zip(readers, drawn, strict=True):
            reader.push(first + place)
        return float((shares @ np.arange(count)).mean()), drawn[0]

    for token in codec.condition_tokens(tune):
        read(token)
    expected, drawn = np.empty((len(rows), 2)), np.empty((len(rows), 2))
    for k, (cell, part, _, _) in enumerate(rows.tolist()):
        if cell > readers[0].cell:
            held, rest = divmod(cell - readers[0].cell - 1, MAX_SHIFT_CELLS)
            for token in [HOLD_TOKEN] * held + [FIRST_SHIFT_TOKEN + rest]:
                read(token)
        read(FIRST_PART_TOKEN + part)
        expected[k, 0], drawn[k, 0] = expect(FIRST_VELOCITY_TOKEN, VELOCITY_CLASSES)
        expected[k, 1], drawn[k, 1] = expect(FIRST_MICRO_TOKEN, MICRO_STEPS)
    return expected, drawn


def score_inputs(tune: Tune, rows: NDArray) -> NDArray[np.float64]:
    """What a linear regression sees of each hit: part and place in the bar, its neighbours."""
    present = {(int(cell), int(part)) for cell, part in rows[:, :2]}
    found = np.zeros((len(rows), PARTS * BAR_CELLS + 5 * PARTS + len(GENRES) + 1))
    for k, (cell, part) in enumerate(rows[:, :2].tolist()):
        found[k, part * BAR_CELLS + cell % BAR_CELLS] = 1
        for place, ahead in enumerate((-2, -1, 0, 1, 2)):
            for other in range(PARTS):
                found[k, PARTS * (BAR_CELLS + place) + other] = (cell + ahead, other) in present
    found[:, PARTS * (BAR_CELLS + 5) + GENRES.index(tune_genre(tune.name))] = 1
    found[:, -1] = tune.tempo / 100
    return found


def bar_table(rows: NDArray) -> tuple[NDArray[np.float32], NDArray, NDArray]:
    """Bars as hit or not, (bars, cells * parts); with their velocities and places."""
    bars = int(rows[:, 0].max()) // BAR_CELLS + 1
    hit, velocity, micro = (np.zeros((bars, BAR_CELLS * PARTS), np.float32) for _ in range(3))
    bar, column = rows[:, 0] // BAR_CELLS, rows[:, 0] % BAR_CELLS * PARTS + rows[:, 1]
    hit[bar, column], velocity[bar, column], micro[bar, column] = 1, rows[:, 2], rows[:, 3]
    return hit, velocity, micro


def neighbour_guesses(known: tuple, rows: NDArray) -> NDArray[np.float64]:
    """Mean velocity class and place of the same hit in the most similar bars, (n, 2)."""
    hit, velocity, micro = known
    own, _, _ = bar_table(rows)
    distance = hit.sum(1)[None] - 2 * own @ hit.T  # Hamming, up to a constant a row
    near = np.argpartition(distance, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    found = np.empty((len(rows), 2))
    for k, (cell, part) in enumerate(rows[:, :2].tolist()):
        column = cell % BAR_CELLS * PARTS + part
        bars = near[cell // BAR_CELLS]
        bars = bars[hit[bars, column] > 0]
        found[k] = (
            (velocity[bars, column].mean(), micro[bars, column].mean())
            if len(bars)
            else (VELOCITY_CLASSES / 2, ON_GRID_STEP)
        )
    return found


def show_humanising(train: Sequence[Tune], test: Sequence[Tune], model: Checkpoint) -> None:
    """Errors of timing and velocity of each way to humanise a take on the grid."""
    learned = [(tune, score_of(tune)) for tune in train]
    x = np.concatenate([score_inputs(*each) for each in learned]).astype(np.float32)
    y = np.concatenate([rows[:, 2:] for _, rows in learned]).astype(np.float32)
    mean = y.mean(axis=0)
    weights = np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ (y - mean))
    tables = [bar_table(rows) for _, rows in learned]
    known = tuple(np.concatenate(parts) for parts in zip(*tables, strict=True))
    guesses: dict[str, list[NDArray]] = {}
    truths, ms_a_step = [], []
    for tune in test:
        rows = score_of(tune)
        truths.append(rows[:, 2:])
        ms_a_step.append(np.full(len(rows), 60_000 / tune.tempo / CELLS_PER_BEAT / MICRO_STEPS))
        quantised = np.tile([mean[0], ON_GRID_STEP], (len(rows), 1))
        expected, drawn = network_guesses(model, tune, rows)
        for name, guess in (
            ("quantised", quantised),
            ("linear", score_inputs(tune, rows) @ weights + mean),
            ("neighbours", neighbour_guesses(known, rows)),
            ("network", expected),
            ("drawn", drawn),
        ):
            guesses.setdefault(name, []).append(guess)
    truth, step = np.concatenate(truths), np.concatenate(ms_a_step)
    say(f"humanise: {len(truth)} hits of {len(test)} takes; timing MAE ms, MSE in 16ths; velocity")
    for name, parts in guesses.items():
        guess = np.concatenate(parts)
        error = guess - truth
        kl = [
            divergence(truth[:, column], nearest_classes(guess[:, column], count), count)
            for column, count in ((1, MICRO_STEPS), (0, VELOCITY_CLASSES))
        ]
        velocity = error[:, 0] * (class_velocity(1) - class_velocity(0)) / 127
        timing = error[:, 1]
        say(
            f"{name:10s} MAE {np.abs(timing * step).mean():6.2f} ms  "
            f"MSE {np.square(timing / MICRO_STEPS).mean():.4f}  "
            f"velocity MSE {np.square(velocity).mean():.4f}  "
            f"KL of timing {kl[0]:.3f}, of velocity {kl[1]:.3f} bits"
        )


def show_trip(test: Sequence[Tune]) -> None:
    """What a take loses as tokens."""
    codec, lost, worst = DrumCodec(), 0, 0.0
    for tune in test:
        again = codec.decode(codec.encode(tune)).notes
        lost += len(tune.notes) - len(again)
        onsets = np.array([hit.onset for hit in again])
        errors = [np.abs(onsets - hit.onset).min() for hit in tune.notes]
        worst = max(worst, max(errors) * 60_000 / tune.tempo)
    say(f"trip: {lost} hits lost of {sum(len(t.notes) for t in test)}, {worst:.2f} ms at most")


def show_cost(model: Checkpoint) -> None:
    """Processor time of hits, beat by beat as the band composes them."""
    drummer, generator, spent, hits = DrumImproviser(model), np.random.default_rng(1), [], 0
    drummer.begin(Meter(), "rock", 120.0)
    for beat in range(400):
        begin = time.thread_time_ns()
        drummer.snapshot()
        hits += len(drummer.compose_beats(beat + 1, generator, DrumSampling()))
        spent.append((time.thread_time_ns() - begin) / 1e6)
    say(
        f"cost: {sum(spent) / hits:.3f} ms a hit, {np.median(spent):.3f} ms a beat at p50, "
        f"{np.percentile(spent, 99):.3f} at p99; {hits / len(spent):.1f} hits a beat"
    )


def main() -> None:
    """Print the rows asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("model", type=Path, nargs="?", default=style_path(DRUMS_STYLE))
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--split", choices=("validation", "test"), default="test")
    asked = parser.parse_args()
    model = load_checkpoint(asked.model, drums=True)
    split = load_drum_corpus(asked.corpus)
    if "bits" in asked.rows:
        show_bits(asked.corpus, model)
    if {"distributions", "auc"} & set(asked.rows):
        drummer, takes = DrumImproviser(model), getattr(split, asked.split)
        own = [tune for tune in excerpts(takes) if tune is not None]
        playings = [
            [(tune, compose(drummer, tune, seed)) for seed, tune in enumerate(own, k * len(own))]
            for k in range(PLAYINGS)
        ]
        again = zip(excerpts(takes), excerpts(takes, 2 * EXCERPT_BARS), strict=True)
        later = [(a, b) for a, b in again if a is not None and b is not None]
        if "distributions" in asked.rows:
            show_distributions(playings[0])
        if "auc" in asked.rows:
            show_auc(playings, later)
    if "trip" in asked.rows:
        show_trip(getattr(split, asked.split))
    if "cost" in asked.rows:
        show_cost(model)
    if "humanise" in asked.rows:
        kept = (
            [t for t in part if t.meter.bar_beats == BAR_BEATS]
            for part in (split.train, getattr(split, asked.split))
        )
        show_humanising(*kept, model)


if __name__ == "__main__":
    main()
