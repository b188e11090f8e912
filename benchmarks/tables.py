"""Piano-roll tables: our network beside the published ones, scored exactly.

    python benchmarks/tables.py --data jsb_chorales.npz --minutes 12 --order both --seeds 3

A frame (the keys that sound in it, of all 88) is spelled as its notes in one fixed order and END,
so the sum over those tokens, each renormalised over what may still come, is the exact negative log
likelihood of the frame in nats. Nothing is fed or masked that the notes so far do not say.
The file holds the classic splits: `train`, `valid`, `test`, bit-packed 88-key rows, and
`train_lengths` and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from rnn.codecs.base import LOWEST_SHIFT, SHIFTS
from rnn.evaluation import unpacked
from rnn.lstm import Array
from rnn.network import Network, log_softmax
from rnn.sequences import EncodedTune
from rnn.training import Progress, Settings, Trainer

KEYS, LOWEST = 88, 21
END, START = KEYS, KEYS + 1
PERIODS = (4, 8, 16, 32)
"""Frames after which something may come again."""

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


class Order(Enum):
    """Which notes of a frame come first."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


class Spelling:
    """Frames as tokens, 0..87 the keys and 88 END: as much of a codec as training asks for.

    Parameters
    ----------
    order : Order
        UP from the lowest note, DOWN from the highest.
    most : int
        Notes of a frame the network is shown.
    """

    outputs = KEYS + 1

    def __init__(self, order: Order, most: int) -> None:
        self._down = order is Order.DOWN
        self._most = most
        self._last = 1  # row 0 is a filler; then the last token, END and START among them
        self._before = self._last + START + 1  # notes of the frame before
        self._now = self._before + KEYS  # notes of this frame so far
        self._shift = self._now + KEYS
        self._place = self._shift + SHIFTS
        self.width = 2 + 2 * most + len(PERIODS)
        self.inputs = self._place + sum(PERIODS)

    def transposed(self, semitones: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Where each input row and each token goes when the music is moved by `semitones`."""
        moved = np.clip(np.arange(KEYS) + semitones, 0, KEYS - 1)
        tokens = np.append(moved, END).astype(np.int32)
        rows = np.arange(self.inputs, dtype=np.int32)
        for first in (self._last, self._before, self._now):
            rows[first : first + KEYS] = first + moved
        rows[self._shift - LOWEST_SHIFT] += semitones
        return rows, tokens

    def encode(self, roll: NDArray[np.bool_]) -> EncodedTune:
        """One piece, shape (frames, 88); its frames are counted as its notes."""
        frames = [np.flatnonzero(frame)[:: -1 if self._down else 1].tolist() for frame in roll]
        tokens, features, masks = [], [], []
        last, before = START, []
        for place, frame in enumerate(frames):
            for count, token in enumerate([*frame, END]):
                so_far = frame[:count]
                features.append(self._features(last, before, so_far, place))
                masks.append(self._mask(so_far))
                tokens.append(token)
                last = token
            before = frame
        heard = np.flatnonzero(roll.any(axis=0)) + LOWEST
        lowest, highest = (int(heard[0]), int(heard[-1])) if len(heard) else (60, 60)
        return EncodedTune(
            np.array(tokens, np.int32),
            np.array(features, np.int16),
            np.packbits(np.array(masks), axis=1),
            lowest,
            highest,
            len(roll),
        )

    def _features(self, last: int, before: list[int], so_far: list[int], place: int) -> list[int]:
        rows = [self._last + last, self._shift - LOWEST_SHIFT]
        for first, notes in ((self._before, before), (self._now, so_far)):
            shown = [first + note for note in notes[: self._most]]
            rows += shown + [0] * (self._most - len(shown))
        first = self._place
        for period in PERIODS:
            rows.append(first + place % period)
            first += period
        return rows

    def _mask(self, so_far: list[int]) -> NDArray[np.bool_]:
        mask = np.ones(KEYS + 1, bool)
        if so_far:
            note = so_far[-1]
            mask[slice(note, KEYS) if self._down else slice(0, note + 1)] = False
        return mask


@dataclass(frozen=True, slots=True)
class Rolls:
    """A data set: its name and its pieces by split, (frames, 88) each."""

    name: str
    train: list[NDArray[np.bool_]]
    valid: list[NDArray[np.bool_]]
    test: list[NDArray[np.bool_]]

    @classmethod
    def read(cls, path: Path) -> Rolls:
        """Read the classic splits."""
        with np.load(path) as data:
            return cls(path.stem, *(cls._pieces(data, s) for s in ("train", "valid", "test")))

    @staticmethod
    def _pieces(data: np.lib.npyio.NpzFile, split: str) -> list[NDArray[np.bool_]]:
        rows = np.unpackbits(data[split], axis=1)[:, :KEYS].astype(bool)
        return np.split(rows, np.cumsum(data[f"{split}_lengths"])[:-1])


@dataclass(frozen=True, slots=True)
class Scored:
    """Negative log likelihood of each frame in nats, by piece."""

    pieces: list[NDArray[np.float64]]

    @property
    def micro(self) -> float:
        """The mean over all frames."""
        return float(np.concatenate(self.pieces).mean())

    @property
    def without_first(self) -> float:
        """The same without each piece's first frame, as Bai's code has it."""
        return float(np.concatenate([piece[1:] for piece in self.pieces]).mean())

    @property
    def macro(self) -> float:
        """The mean of the pieces' means."""
        return float(np.mean([piece.mean() for piece in self.pieces]))

    def mixed(self, other: Scored) -> Scored:
        """An even mixture with another model, in probability, frame by frame."""
        pairs = zip(self.pieces, other.pieces, strict=True)
        return Scored([np.log(2) - np.logaddexp(-a, -b) for a, b in pairs])


def scored(network: Network, pieces: list[EncodedTune]) -> Scored:
    """Score pieces one by one as they stand."""
    return Scored([_frame_nats(network, piece) for piece in pieces])


def _frame_nats(network: Network, piece: EncodedTune) -> NDArray[np.float64]:
    logits, _ = network.forward(piece.features[:, None].astype(np.int32), network.state())
    logs: Array = log_softmax(logits[:, 0], unpacked(piece.masks, KEYS + 1))  # (n, 89)
    spent = -np.take_along_axis(logs, piece.tokens[:, None], 1)[:, 0].astype(np.float64)
    ends = np.flatnonzero(piece.tokens == END)
    return np.add.reduceat(spent, np.append(0, ends[:-1] + 1))  # (frames,)


def trained(rolls: Rolls, order: Order, settings: Settings) -> tuple[Scored, Scored]:
    """Train one network; the scores of the validation and the test pieces."""
    most = max(int(piece.sum(axis=1).max()) for piece in rolls.train)
    spelling = Spelling(order, most)
    train, valid, test = (
        [spelling.encode(piece) for piece in side]
        for side in (rolls.train, rolls.valid, rolls.test)
    )
    trainer = Trainer(spelling, train, valid, settings)

    def report(progress: Progress) -> None:
        console.log(
            f"{order.value} seed {settings.seed}: {progress.seconds / 60:.1f} min, "
            f"epoch {progress.epoch}, step {progress.step}, nats a frame: "
            f"train {progress.train * np.log(2):.3f}, "
            f"validation {progress.validation * np.log(2):.3f}, "
            f"best {progress.best * np.log(2):.3f}",
            highlight=False,
        )

    trainer.run(report, every=20.0)
    best = Network(trainer.network.sizes, trainer.best)
    return scored(best, valid), scored(best, test)


def table(rolls: Rolls, results: dict[str, Scored]) -> Table:
    """Our rows beside the published ones."""
    made = Table("", "micro", "without first frame", "macro", title=f"{rolls.name}, test nats")
    for name, nats in PUBLISHED.get(rolls.name, {}).items():
        made.add_row(name, f"{nats:.2f}", "", "")
    made.add_section()
    for name, of in results.items():
        made.add_row(name, f"{of.micro:.3f}", f"{of.without_first:.3f}", f"{of.macro:.3f}")
    made.add_section()
    for kind in {name.split(",")[0] for name in results}:
        micro = [of.micro for name, of in results.items() if name.startswith(kind)]
        if len(micro) > 1:
            spread = f"{np.mean(micro):.3f} sd {np.std(micro, ddof=1):.3f}"
            made.add_row(f"{kind}, {len(micro)} seeds", spread, "", "")
    return made


def main(
    data: Annotated[Path, typer.Option(help="The classic splits, .npz.")],
    minutes: Annotated[float, typer.Option(help="To train each network.")] = 12.0,
    steps: Annotated[int, typer.Option(help="Updates to train for, not minutes.")] = 0,
    order: Annotated[Order, typer.Option(help="Of the notes in a frame.")] = Order.UP,
    seed: Annotated[int, typer.Option(help="The first.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="How many.")] = 1,
    units: Annotated[int, typer.Option(help="Cells in a layer.")] = 256,
    layers: Annotated[int, typer.Option(help="Layers.")] = 1,
    dropout: Annotated[float, typer.Option(help="Share dropped.")] = 0.3,
    rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 4e-3,
    keep: Annotated[
        Path | None, typer.Option(help="Folder for scores; what is there counts as done.")
    ] = None,
) -> None:
    """Train on a piano-roll data set and score it beside the published tables."""
    rolls = Rolls.read(data)
    orders = [Order.UP, Order.DOWN] if order is Order.BOTH else [order]
    results: dict[str, Scored] = {}
    for number in range(seed, seed + seeds):
        settings = Settings(
            seed=number,
            minutes=minutes,
            steps=steps,
            units=units,
            layers=layers,
            dropout=dropout,
            rate=rate,
        )
        made = [_kept(rolls, each, settings, keep) for each in orders]
        for each, of in zip(orders, made, strict=True):
            results[f"this network {each.value}, seed {number}"] = of
        if len(made) == 2:
            results[f"both orders mixed, seed {number}"] = made[0].mixed(made[1])
    console.print(table(rolls, results))


def _kept(rolls: Rolls, order: Order, settings: Settings, folder: Path | None) -> Scored:
    """Test scores of a network trained now, or kept from before."""
    if folder is None:
        return trained(rolls, order, settings)[1]
    path = folder / f"{rolls.name}-{order.value}-{settings.seed}.npz"
    if not path.exists():
        valid, test = trained(rolls, order, settings)
        console.log(f"validation {valid.micro:.3f}, test {test.micro:.3f}")
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(path, *test.pieces)
    with np.load(path) as found:
        return Scored([found[name] for name in found.files])


if __name__ == "__main__":
    typer.run(main)
