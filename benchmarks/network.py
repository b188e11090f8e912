"""Speed of the network compared with PyTorch and onnxruntime, on the same weights, in one run.

    python benchmarks/network.py [--rounds 7] [--json]

A training step is forward, backward, clipping and Adam on 64 sequences of 64 steps: an embedding,
two LSTM layers, a readout of 130 tokens, float32, at one thread: `benchmarks/scaling.py` measures
several processes. With one active row a step, the first layer's projection is looked up; two rows a
step measure training without that. A live step is one token of one sequence.

The contestants take turns of some steps each, so that other load affects all of them. A ratio is
the median over rounds of two times in the same round, with the lowest and highest.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rivals import onnx_live, torch_live, torch_training

from rnn.model.checkpoint import load_checkpoint
from rnn.model.gemm import BlockedMatrices
from rnn.model.inference import InferenceLayer
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.styles import style_names, style_path
from rnn.training.data_parallel import DataParallel
from rnn.training.dataset import Batch
from rnn.training.optimiser import Adam, clip_gradients

TOKENS, EMBEDDING, BATCH, STEPS = 130, 128, 64, 64
UNITS = (128, 256, 512)
PEAK_MATRIX_SIZE = 1024
"""Rows and columns of the product that measures peak speed."""
LEARNING_RATE, MAX_NORM = 1e-3, 1.0
WARM_UP_STEPS = 2
"""Steps of each turn that are not measured."""

Times = dict[str, list[float]]
Clock = Callable[[], int]


def a_network(units: int) -> Network:
    """An untrained network of the benchmark's sizes."""
    return Network.initial(
        NetworkSizes(TOKENS, TOKENS, EMBEDDING, units, 2), np.random.default_rng(1)
    )


def in_turns(
    contestants: dict[str, Callable[[], None]], rounds: int, steps: int, clock: Clock
) -> Times:
    """Median seconds a step of each contestant in each round."""
    taken: Times = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            for _ in range(WARM_UP_STEPS):
                run()
            turn = []
            for _ in range(steps):
                start = clock()
                run()
                turn.append((clock() - start) / 1e9)
            taken[name].append(float(np.median(turn)))
    return taken


# Training


def a_batch(active: int = 1) -> Batch:
    """Random tokens; with several active rows a step, one is the token, the others the first."""
    generator = np.random.default_rng(0)
    tokens, targets = generator.integers(0, TOKENS, (2, STEPS, BATCH)).astype(np.int32)
    features = np.zeros((STEPS, BATCH, active), np.int32)
    features[..., 0] = tokens
    return Batch(features, targets, np.zeros((STEPS, BATCH), bool), 0)


def our_training(network: Network, batch: Batch) -> Callable[[], None]:
    """Our training step."""
    adam, parallel = Adam(network.parameters), DataParallel(network)
    state = network.initial_state(BATCH)

    def run() -> None:
        _, gradients = parallel.compute_gradients(batch, state)
        clip_gradients(gradients, MAX_NORM)
        adam.update(gradients, LEARNING_RATE)

    return run


def products_alone(units: int, lanes: int) -> Callable[[], None]:
    """The matrix products of such a step, for some sequences, and nothing else."""
    generator = np.random.default_rng(2)

    def room(*shape: int) -> np.ndarray:
        return generator.normal(0, 0.01, shape).astype(np.float32)

    many = STEPS * lanes
    hidden, dz = room(STEPS, lanes, units), room(STEPS, lanes, 4 * units)
    starts, flat = hidden.reshape(many, -1), dz.reshape(many, -1)
    inputs, d_inputs = room(STEPS, lanes, units), room(STEPS, lanes, units)
    top, d_top = inputs.reshape(many, -1), d_inputs.reshape(many, -1)
    gates, a_step, back = room(STEPS, 4, lanes, units), room(4, lanes, units), room(1, lanes, units)
    weights, into = room(units, 4 * units), room(units, 4 * units)
    by_state, by_input = (
        BlockedMatrices.from_gate_matrix(weights, lanes),
        BlockedMatrices.from_gate_matrix(into, lanes),
    )
    turned = BlockedMatrices.from_matrices(np.ascontiguousarray(into.T)[None], lanes)
    embedding, first = room(TOKENS, EMBEDDING), room(EMBEDDING, 4 * units)
    weight, logits = room(units, TOKENS), room(many, TOKENS)

    def run() -> None:
        table = embedding @ first
        for layer in range(2):
            if layer:
                by_input.multiply(inputs, gates)
            for start in hidden:
                by_state.multiply(start, a_step)
            for gradient in dz:
                turned.multiply(gradient, back)
            np.matmul(starts.T, flat, out=weights)
            if layer:
                np.matmul(top.T, flat, out=into)
                turned.multiply(dz, d_inputs[:, None])
        np.matmul(top, weight, out=logits)
        np.matmul(top.T, logits, out=weight)
        np.matmul(logits, weight.T, out=d_top)
        np.matmul(embedding.T, table, out=first)
        np.matmul(table, first.T, out=embedding)

    return run


def a_product() -> Callable[[], None]:
    """A product of two large square matrices, at the peak speed of BLAS."""
    one, other = (
        np.random.default_rng(3)
        .normal(size=(2, PEAK_MATRIX_SIZE, PEAK_MATRIX_SIZE))
        .astype(np.float32)
    )
    made = np.empty_like(one)
    return lambda: np.matmul(one, other, out=made)


def steps_products(units: int, lanes: int, cut: bool) -> Callable[[], None]:
    """The products of a layer's steps by its weights, whole or cut into blocks."""
    generator = np.random.default_rng(4)
    starts = generator.normal(size=(STEPS, lanes, units)).astype(np.float32)
    weights = generator.normal(size=(units, 4 * units)).astype(np.float32)
    whole, gates = np.empty((lanes, 4 * units), "f4"), np.empty((4, lanes, units), "f4")
    blocks = BlockedMatrices.from_gate_matrix(weights, lanes)

    def run() -> None:
        for start in starts:
            if cut:
                blocks.multiply(start, gates)
            else:
                np.matmul(start, weights, out=whole)

    return run


def operations(units: int) -> float:
    """Multiplications and additions in the products of our training step."""
    many, gates = STEPS * BATCH, 4 * units
    recurrent = 2 * units * gates  # of two layers, for one token
    between = units * gates
    table = TOKENS * EMBEDDING * gates
    return 2 * 3 * (many * (recurrent + between + units * TOKENS) + table)


# Live


def our_live(network: Network) -> Callable[[int], np.ndarray]:
    """Our live step: the logits after a token."""
    state = network.initial_state()

    def run(token: int) -> np.ndarray:
        return network.step(np.array([[token]]), state)[0]

    return run


def reading(network: Network) -> Callable[[int], None]:
    """The products of such a step and nothing else; they read all weights once."""
    first, *others = [InferenceLayer.from_layer(layer).weights for layer in network.layers]
    matrices = [first[len(network.layers[0].input) :], *others]  # the rest is in the table
    matrices.append(network.parameters["readout.weight"])
    pairs = [(np.ones((1, len(each)), np.float32), each) for each in matrices]
    made = [np.empty((1, each.shape[1]), np.float32) for each in matrices]

    def run(token: int) -> None:
        for (row, matrix), out in zip(pairs, made, strict=True):
            np.dot(row, matrix, out=out)

    return run


# Parts, each in a process of its own, because BLAS reads its number of threads at the start


def train_part(rounds: int, clock: Clock) -> dict[str, dict]:
    """Times of a training step, by number of units."""
    import torch

    torch.set_num_threads(1)
    found, floor = {}, {}
    one, several = a_batch(), a_batch(active=2)
    for units in UNITS:
        tokens, targets = one.features[..., 0], one.targets
        contestants = {
            "ours": our_training(a_network(units), one),
            "ours, two rows a step": our_training(a_network(units), several),
            "products": products_alone(units, BATCH),
            "peak": a_product(),
            "whole": steps_products(units, BATCH, cut=False),
            "in blocks": steps_products(units, BATCH, cut=True),
            "torch": torch_training(a_network(units), tokens, targets, LEARNING_RATE, MAX_NORM),
        }
        times = in_turns(contestants, rounds, 6 if units < 512 else 3, clock)
        speed = [2 * PEAK_MATRIX_SIZE**3 / taken for taken in times.pop("peak")]
        found[str(units)] = times
        floor[str(units)] = {
            "peak, GFLOP/s": [each / 1e9 for each in speed],
            "at the peak": [operations(units) / each for each in speed],
            "steps' products whole": times.pop("whole"),
            "steps' products in blocks": times.pop("in blocks"),
        }
    return {"train": found, "floor": floor}


def live_part(rounds: int, clock: Clock) -> dict[str, dict]:
    """Times of a live step, by number of units, and differences of the contestants' logits."""
    import torch

    torch.set_num_threads(1)
    found, apart = {}, {}
    token = 7
    for units in UNITS:
        network = a_network(units)
        players = {
            "ours": our_live(network),
            "torch": torch_live(network),
            "onnxruntime": onnx_live(network),
        }
        tokens = np.random.default_rng(3).integers(0, TOKENS, 50).tolist()
        logits = {name: np.array([run(at) for at in tokens]) for name, run in players.items()}
        sequence, _ = network.forward(
            np.array(tokens, np.int32)[:, None, None], network.initial_state()
        )
        logits["sequence"] = sequence[:, 0]
        apart[str(units)] = {
            name: float(np.abs(own - logits["ours"]).max()) for name, own in logits.items()
        }
        players["products"] = reading(network)
        runs = {name: (lambda run=run: run(token)) for name, run in players.items()}
        found[str(units)] = in_turns(runs, rounds, 200, clock)
    return {"live": found, "apart": apart}


def memory_part(rounds: int, clock: Clock) -> dict[str, dict[str, float]]:
    """Memory of training at 256 units, and times to load a style, without a rival loaded."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    network, batch = a_network(256), a_batch()
    step = our_training(network, batch)
    for _ in range(rounds):
        step()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _, buffers = network.forward(batch.features, network.initial_state(BATCH))
    weights = sum(array.nbytes for array in network.parameters.values())
    megabytes = {
        "process grows by": (after - before) / 1024,
        "buffers": buffers.memory_bytes / 2**20,
    }
    megabytes |= {"weights": weights / 2**20, "gradients and Adam": 3 * weights / 2**20}
    return {"megabytes": megabytes, "loading": _loading(rounds)}


def _loading(rounds: int) -> dict[str, float]:
    """Seconds to load a style for live steps, its file in the page cache."""
    taken = {}
    for name in style_names():
        turn = []
        for _ in range(rounds):
            start = time.perf_counter_ns()
            found = load_checkpoint(style_path(name))
            for layer in found.network.layers:
                InferenceLayer.from_layer(layer)
            turn.append((time.perf_counter_ns() - start) / 1e9)
        taken[name] = float(np.median(turn))
    return taken


PARTS = {"train": train_part, "live": live_part, "memory": memory_part}


def in_process(part: str, rounds: int, cpu: bool) -> dict:
    """Run a part in a process with one thread."""
    settings = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--rounds", str(rounds), "--part", part]
    command += ["--cpu"] * cpu
    done = subprocess.run(
        command, env=os.environ | settings, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


def ratio(times: Times, above: str, below: str) -> list[float]:
    """Median, lowest and highest ratio of two contestants' times over the rounds."""
    each = np.array(times[above]) / np.array(times[below])
    return [float(np.median(each)), float(each.min()), float(each.max())]


def summary(found: dict) -> Table:
    """The results as a table."""
    made = Table("", *map(str, UNITS), title="one thread")

    def row(name: str, text: Callable[[str], str]) -> None:
        made.add_row(name, *(text(str(units)) for units in UNITS))

    def ratios(kind: str, above: str, below: str) -> Callable[[str], str]:
        def text(units: str) -> str:
            middle, low, high = ratio(found[kind][units], above, below)
            return f"{middle:.2f}x ({low:.2f}..{high:.2f})"

        return text

    for kind, unit, scale in (("train", "ms", 1e3), ("live", "us", 1e6)):
        for name in next(iter(found[kind].values())):
            row(
                f"{kind}: {name}, {unit}",
                lambda units, kind=kind, name=name, scale=scale: (
                    f"{scale * np.median(found[kind][units][name]):.1f}"
                ),
            )
    row("peak of a large product, GFLOP/s", lambda units: _median(found, units, "peak, GFLOP/s"))
    row(
        "train: our products at that peak, ms",
        lambda units: _median(found, units, "at the peak", 1e3),
    )
    row(
        "a step's product: whole / in blocks",
        lambda units: "{:.2f}x ({:.2f}..{:.2f})".format(
            *ratio(found["floor"][units], "steps' products whole", "steps' products in blocks")
        ),
    )
    row("train: torch / ours", ratios("train", "torch", "ours"))
    row("train: torch / ours, two rows", ratios("train", "torch", "ours, two rows a step"))
    row("train: ours / its products", ratios("train", "ours", "products"))
    row("live: torch / ours", ratios("live", "torch", "ours"))
    row("live: onnxruntime / ours", ratios("live", "onnxruntime", "ours"))
    row("live: ours / its products", ratios("live", "ours", "products"))
    row("live: furthest from ours", lambda units: f"{max(found['apart'][units].values()):.1e}")
    return made


def _median(found: dict, units: str, name: str, scale: float = 1.0) -> str:
    return f"{scale * np.median(found['floor'][units][name]):.1f}"


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each contestant.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    cpu: Annotated[
        bool, typer.Option(help="Processor time: for a busy machine, one thread.")
    ] = False,
    part: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Measure a training step and a live step beside PyTorch and onnxruntime."""
    if part:
        sys.stdout.write(
            json.dumps(PARTS[part](rounds, time.process_time_ns if cpu else time.perf_counter_ns))
        )
        return
    found: dict = {}
    for name in PARTS:
        found |= in_process(name, rounds, cpu)
    if as_json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
        return
    console = Console()
    console.print(summary(found))
    megabytes = "  ".join(f"{name} {size:.0f}" for name, size in found["megabytes"].items())
    console.print(f"training at 256 units, MB: {megabytes}", highlight=False)
    loads = "  ".join(f"{name} {1e3 * taken:.1f}" for name, taken in found["loading"].items())
    console.print(f"loading a style, ms: {loads}", highlight=False)


if __name__ == "__main__":
    typer.run(main)
