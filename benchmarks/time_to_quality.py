"""Time to quality: validation bits per note against processor seconds, for three trainings.

    OMP_NUM_THREADS=1 python benchmarks/time_to_quality.py irish --recipes old new torch -o rows.tsv
    python benchmarks/time_to_quality.py irish --plot docs/pictures/time-to-quality.svg -o rows.tsv

"Old" is the recipe of revision 05877c9: 64 lanes, a cosine, dropout 0.2, no match echo, and a
readout of the last layer. "New" is that of `train`. "Torch" is the new recipe with the passes of
PyTorch's nn.LSTM; tunes follow one another in its state, which nn.LSTM cannot clear within a
sequence. One thread each. Recipes with rows in the file are not measured again.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import rnn.training.trainer as training
from midi_data.recipes.corpora import DEFAULT_CORPORA_FOLDER, load_corpus
from rnn.codecs.note_codec import NoteCodec
from rnn.model.arrays import Array
from rnn.model.network import Network
from rnn.model.state import NetworkState
from rnn.training.dataset import Batch
from rnn.training.evaluation import score_tunes
from rnn.training.experiment import prepare_experiment
from rnn.training.ranks import Ranks
from rnn.training.settings import TrainingSettings

REPORTS = 10  # validations of a training
OLD_RECIPE = {"lanes": 64, "dropout": 0.2, "sums_layers": False}
RECIPES = ("old", "new", "torch")


class TorchPasses:
    """Gradients by PyTorch, in the place of `rnn.training.data_parallel.DataParallel`."""

    def __init__(self, network: Network, ranks: Ranks | None = None) -> None:
        import torch

        torch.set_num_threads(1)
        self._torch, self._network = torch, network
        sizes, units = network.sizes, network.sizes.units
        self._order = np.concatenate([np.arange(k * units, (k + 1) * units) for k in (0, 1, 3, 2)])
        """Our columns in the order of its gates: input, forget, candidate, output."""
        widths = [sizes.embedding, *[units] * (sizes.layers - 1)]
        self._layers = [torch.nn.LSTM(width, units) for width in widths]
        self._states: list = [None] * sizes.layers
        self._back = np.argsort(self._order)

    def compute_gradients(
        self, batch: Batch, state: NetworkState, dropout: float = 0.0, seed: tuple[int, ...] = ()
    ) -> tuple[float, dict[str, Array]]:
        """Loss, summed in nats, and gradients of the mean loss."""
        torch, functional = self._torch, self._torch.nn.functional
        ours = {name: torch.from_numpy(array) for name, array in self._network.parameters.items()}
        plain = {n: a.requires_grad_() for n, a in ours.items() if not n.startswith("lstm")}
        steps, lanes, active = batch.features.shape
        rows = torch.from_numpy(batch.features).long().reshape(-1, active)
        embedded = functional.embedding_bag(rows, plain["embedding"], mode="sum")
        said, read = embedded.reshape(steps, lanes, -1), 0.0
        for k, layer in enumerate(self._layers):
            with torch.no_grad():
                layer.weight_ih_l0.copy_(ours[f"lstm{k}.input"][:, self._order].T)
                layer.weight_hh_l0.copy_(ours[f"lstm{k}.hidden"][:, self._order].T)
                layer.bias_ih_l0.copy_(ours[f"lstm{k}.bias"][self._order])
                layer.bias_hh_l0.zero_()
            layer.zero_grad(set_to_none=True)
            said, after = layer(functional.dropout(said, dropout), self._states[k])
            self._states[k] = tuple(part.detach() for part in after)
            read = read + said
        logits = functional.dropout(read, dropout) @ plain["readout.weight"] + plain["readout.bias"]
        targets = torch.from_numpy(batch.targets).long().reshape(-1)
        loss = functional.cross_entropy(logits.flatten(0, 1), targets, ignore_index=-1)
        loss.backward()
        gradients = {name: array.grad.numpy() for name, array in plain.items()}
        for k, layer in enumerate(self._layers):
            for name, grad in (
                ("input", layer.weight_ih_l0.grad.T),
                ("hidden", layer.weight_hh_l0.grad.T),
                ("bias", layer.bias_ih_l0.grad),
            ):
                gradients[f"lstm{k}.{name}"] = grad.numpy()[..., self._back].copy()
        return loss.item() * int((batch.targets >= 0).sum()), gradients

    def collect_state(self, state: NetworkState) -> None:
        """There are no other ranks."""

    def report_ranks(self) -> tuple[()]:
        return ()


def main() -> None:
    """Train, a row a report, then draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="a built corpus of melodies by name, or a folder of .mid")
    parser.add_argument("--folder", type=Path, default=DEFAULT_CORPORA_FOLDER)
    parser.add_argument("--minutes", type=float, default=5.0, help="processor time of each")
    parser.add_argument("--recipes", nargs="*", choices=RECIPES, default=[])
    parser.add_argument("-o", "--rows", type=Path, required=True, help="recipe, seconds, bits")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    time.monotonic = time.process_time
    known = given.rows.read_text() if given.rows.exists() else ""
    for recipe in given.recipes:
        if f"{recipe}\t" not in known:
            with given.rows.open("a") as file:
                _train(recipe, given, lambda rows, file=file: file.write(rows + "\n"))
    if given.plot:
        _plot([line.split("\t") for line in given.rows.read_text().splitlines()], given.plot)


def _train(recipe: str, given: argparse.Namespace, say: Callable[[str], None]) -> None:
    codec = NoteCodec(match_echo=recipe != "old")
    whole = prepare_experiment(load_corpus(given.corpus, given.folder).tunes, codec=codec)
    settings = TrainingSettings(minutes=given.minutes, **(OLD_RECIPE if recipe == "old" else {}))
    if recipe == "old":
        training.rate_share = lambda done, flat: max(0.005, (1 + math.cos(math.pi * done)) / 2)
    if recipe == "torch":
        training.DataParallel = TorchPasses
    trainer = training.Trainer(codec, whole.train, whole.validation, settings)
    rows = []
    trainer.run(
        lambda now: rows.append(f"{recipe}\t{now.seconds:.0f}\t{now.validation_bits:.4f}"),
        every=given.minutes * 60 / REPORTS,
    )
    best = Network(trainer.network.sizes, trainer.best_parameters)
    test = score_tunes(best, whole.test).bits_per_note
    steps = trainer.training_state.step
    say("\n".join([*rows, f"{recipe}\ttest after {steps} steps\t{test:.4f}"]))


def _plot(rows: list[list[str]], path: Path) -> None:
    """A line for each recipe."""
    from matplotlib.figure import Figure

    axes = (figure := Figure(figsize=(8, 4.5))).add_subplot()
    for recipe, colour in zip(RECIPES, ("#999999", "#005a9c", "#d9822b"), strict=True):
        points = [(float(x), float(y)) for name, x, y in rows if name == recipe and x.isdigit()]
        if points:
            line = {"marker": "o", "markersize": 3, "color": colour, "label": recipe}
            axes.plot(*zip(*points, strict=True), **line)
    axes.legend(frameon=False)
    axes.set_xlabel("processor seconds")
    axes.set_ylabel("validation bits a note")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, bbox_inches="tight")


if __name__ == "__main__":
    main()
