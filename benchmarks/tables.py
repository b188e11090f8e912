"""Piano-roll tables: exact scores of our network and of published ones.

    python benchmarks/tables.py --data jsb_chorales.npz --steps 7000 --order both --seeds 3

The file holds the classic splits: `train`, `valid`, `test`, bit-packed 88-key rows, and
the lengths `train_lengths` and so on. Spelling and scoring of frames: `piano_rolls.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from piano_rolls import Order, Rolls, Scored, Scores, Spelling, frame_nats
from rich.console import Console
from rich.table import Table

from rnn.codecs.codec import MIN_TRANSPOSE_SEMITONES, TRANSPOSITION_COUNT
from rnn.model.network import Network
from rnn.training.settings import TrainingSettings
from rnn.training.trainer import Trainer, TrainingProgress

SPLIT_NAMES = ("valid", "test", "valid_keys", "test_keys")

PUBLISHED = {
    "jsb_chorales": {
        "LSTM (Chung 2014)": 8.67,
        "GRU (Chung 2014)": 8.54,
        "LSTM (Bai 2018)": 8.45,
        "GRU (Bai 2018)": 8.43,
        "TCN (Bai 2018)": 8.10,
        "RNN-RBM (Boulanger-Lewandowski 2012)": 6.27,
        "RNN-NADE (Boulanger-Lewandowski 2012)": 5.56,
    },
    "nottingham": {
        "GRU (Bai 2018)": 3.46,
        "LSTM (Bai 2018)": 3.29,
        "GRU (Chung 2014)": 3.23,
        "LSTM (Chung 2014)": 3.20,
        "TCN (Bai 2018)": 3.07,
        "RNN-RBM (Boulanger-Lewandowski 2012)": 2.39,
        "RNN-NADE (Boulanger-Lewandowski 2012)": 2.31,
    },
}

console = Console()


def trained(
    rolls: Rolls, order: Order, echo: bool, settings: TrainingSettings
) -> tuple[Scores, Scores]:
    """Train one network; returns its scores, and those of the mixture of its twelve keys."""
    most = max(int(piece.sum(axis=1).max()) for piece in rolls.train)
    spelling = Spelling(order, most, echo)
    train, valid, test = (
        [spelling.encode(piece) for piece in side]
        for side in (rolls.train, rolls.valid, rolls.test)
    )
    trainer = Trainer(spelling, train, valid, settings)

    def report(progress: TrainingProgress) -> None:
        console.log(
            f"{order.value} seed {settings.seed}: {progress.seconds / 60:.1f} min, "
            f"epoch {progress.epoch}, step {progress.step}, nats a frame: "
            f"train {progress.train_bits * np.log(2):.3f}, "
            f"validation {progress.validation_bits * np.log(2):.3f}, "
            f"best {progress.best_bits * np.log(2):.3f}",
            highlight=False,
        )

    trainer.run(report, every=60.0)
    best = Network(trainer.network.sizes, trainer.best_parameters)

    def scores(shifts: Sequence[int]) -> Scores:
        sides = ([frame_nats(best, spelling, p, shifts) for p in side] for side in (valid, test))
        return Scores(*(Scored(side) for side in sides))

    return scores((0,)), scores(
        range(MIN_TRANSPOSE_SEMITONES, MIN_TRANSPOSE_SEMITONES + TRANSPOSITION_COUNT)
    )


def table(rolls: Rolls, models: dict[str, list[Scores]]) -> Table:
    """Published scores, and ours with mean and standard deviation over the seeds."""
    columns = ("seeds", "validation", "micro", "without first frame", "macro")
    made = Table("", *columns, title=f"{rolls.name}, test nats a frame")
    for name, nats in PUBLISHED.get(rolls.name, {}).items():
        made.add_row(name, "", "", f"{nats:.2f}", "", "")
    made.add_section()
    for name, seeds in models.items():
        figures = [
            (of.valid.micro, of.test.micro, of.test.without_first, of.test.macro) for of in seeds
        ]
        cells = [spread(list(column)) for column in zip(*figures, strict=True)]
        made.add_row(name, str(len(seeds)), *cells)
    return made


def spread(figures: Sequence[float]) -> str:
    """The mean and, of several figures, the standard deviation."""
    mean = f"{np.mean(figures):.3f}"
    return mean if len(figures) == 1 else f"{mean} sd {np.std(figures, ddof=1):.3f}"


def rows(found: dict[tuple[Order, int], tuple[Scores, Scores]]) -> dict[str, list[Scores]]:
    """Rows of the table: each order, and mixtures of the networks."""
    made: dict[str, list[Scores]] = {}
    for order in (Order.UP, Order.DOWN):
        here = [scores for (each, _), scores in found.items() if each is order]
        if here:
            made[f"one network, notes {order.value}"] = [plain for plain, _ in here]
            made[f"the same, its twelve keys mixed, {order.value}"] = [keys for _, keys in here]
    seeds = [seed for each, seed in found if each is Order.UP and (Order.DOWN, seed) in found]
    pairs = [(found[Order.UP, seed], found[Order.DOWN, seed]) for seed in seeds]
    if pairs:
        made["both orders mixed"] = [Scores.mixed([up[0], down[0]]) for up, down in pairs]
        made["both orders, their keys mixed"] = [
            Scores.mixed([up[1], down[1]]) for up, down in pairs
        ]
    if len(found) > 2:
        made[f"all {len(found)} networks mixed"] = [Scores.mixed([of[0] for of in found.values()])]
        made[f"all {len(found)}, their keys mixed"] = [
            Scores.mixed([of[1] for of in found.values()])
        ]
    return made


def main(
    data: Annotated[Path, typer.Option(help="The classic splits, .npz.")],
    minutes: Annotated[float, typer.Option(help="To train each network.")] = 12.0,
    steps: Annotated[int, typer.Option(help="Updates to train for, not minutes.")] = 0,
    order: Annotated[Order, typer.Option(help="Order of the notes in a frame.")] = Order.UP,
    seed: Annotated[int, typer.Option(help="The first seed.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds.")] = 1,
    units: Annotated[int, typer.Option(help="Units in a layer.")] = 256,
    layers: Annotated[int, typer.Option(help="Layers.")] = 1,
    lanes: Annotated[int, typer.Option(help="Pieces side by side.")] = 24,
    dropout: Annotated[float, typer.Option(help="Share dropped.")] = 0.3,
    rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 4e-3,
    echo: Annotated[bool, typer.Option(help="Whether the input has the echo.")] = True,
    keep: Annotated[
        Path | None, typer.Option(help="Folder of scores; those in it are not computed again.")
    ] = None,
) -> None:
    """Train on a piano-roll data set and score it beside the published tables."""
    rolls = Rolls.read(data)
    orders = [Order.UP, Order.DOWN] if order is Order.BOTH else [order]
    found: dict[tuple[Order, int], tuple[Scores, Scores]] = {}
    for number in range(seed, seed + seeds):
        settings = TrainingSettings(
            seed=number,
            minutes=minutes,
            steps=steps,
            units=units,
            layers=layers,
            lanes=lanes,
            dropout=dropout,
            rate=rate,
        )
        for each in orders:
            found[each, number] = _kept(rolls, each, echo, settings, keep)
    console.print(table(rolls, rows(found)))


def _kept(
    rolls: Rolls, order: Order, echo: bool, settings: TrainingSettings, folder: Path | None
) -> tuple[Scores, Scores]:
    """Scores of a network, read from the folder if they are there."""
    if folder is None:
        return trained(rolls, order, echo, settings)
    name = "-".join([rolls.name, order.value, *([] if echo else ["deaf"]), str(settings.seed)])
    path = folder / f"{name}.npz"
    if not path.exists():
        plain, keys = trained(rolls, order, echo, settings)
        console.log(f"validation {plain.valid.micro:.3f}, test {plain.test.micro:.3f}")
        write_scores(path, plain, keys)
    return read_scores(path)


def write_scores(path: Path, plain: Scores, keys: Scores) -> None:
    """Write the scores of one network."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nats = {}
    for name, of in zip(SPLIT_NAMES, (plain.valid, plain.test, keys.valid, keys.test), strict=True):
        nats[name] = np.concatenate(of.pieces)
        nats[f"{name}_lengths"] = np.array([len(piece) for piece in of.pieces])
    np.savez(path, **nats)


def read_scores(path: Path) -> tuple[Scores, Scores]:
    """Read the scores of `write_scores`."""
    with np.load(path) as found:
        parts = [
            Scored(np.split(found[name], np.cumsum(found[f"{name}_lengths"])[:-1]))
            for name in SPLIT_NAMES
        ]
    return Scores(*parts[:2]), Scores(*parts[2:])


if __name__ == "__main__":
    typer.run(main)
