"""The network's speed beside PyTorch's and onnxruntime's, on the same weights, in one run.

    python benchmarks/network.py [--threads 2] [--rounds 7] [--json]

A training step is forward, backward, clipping and Adam on 64 sequences of 64 steps: an embedding,
two LSTM layers, a readout of 130 tokens, float32. A live step is one token of one sequence at one
thread. The contestants take turns, some steps each, so that a busy moment hurts all; a ratio is
the median over rounds of what two of them took in the same round, with the lowest and highest.
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

from rnn.checkpoint import load
from rnn.lstm import LiveLayer
from rnn.network import Network, Sizes, cross_entropy
from rnn.optimiser import Adam, clip
from rnn.styles import names, path_of

TOKENS, EMBEDDING, BATCH, STEPS = 130, 128, 64, 64
UNITS = (128, 256, 512)
RATE, NORM = 1e-3, 1.0
WARM = 2
"""Steps of each turn that are not counted."""

Times = dict[str, list[float]]
Clock = Callable[[], int]


def a_network(units: int) -> Network:
    """A network that knows nothing, of the benchmark's sizes."""
    return Network.initial(Sizes(TOKENS, TOKENS, EMBEDDING, units, 2), np.random.default_rng(1))


def in_turns(
    contestants: dict[str, Callable[[], None]], rounds: int, steps: int, clock: Clock
) -> Times:
    """Seconds a step of each contestant, the median of each round."""
    taken: Times = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            for _ in range(WARM):
                run()
            turn = []
            for _ in range(steps):
                start = clock()
                run()
                turn.append((clock() - start) / 1e9)
            taken[name].append(float(np.median(turn)))
    return taken


# Training


def our_training(units: int, tokens: np.ndarray, targets: np.ndarray) -> Callable[[], None]:
    """A training step of ours."""
    network = a_network(units)
    adam = Adam(network.parameters)
    state = network.state(BATCH)
    asked = np.float32(targets.size)

    def run() -> None:
        logits, tape = network.forward(tokens[..., None], state)
        _, gradient = cross_entropy(logits, targets)
        gradient /= asked
        gradients = network.backward(gradient, tape)
        clip(gradients, NORM)
        adam.update(gradients, RATE)

    return run


def products_alone(units: int) -> Callable[[], None]:
    """The matrix products of such a step in the shapes we use, and nothing else."""
    generator = np.random.default_rng(2)
    many = STEPS * BATCH

    def room(*shape: int) -> np.ndarray:
        return generator.normal(0, 0.01, shape).astype(np.float32)

    tall, narrow, above = room(4 * units, many), room(4 * units, BATCH), room(units, many)
    hidden, by_state, weight = (
        room(units + 1, BATCH),
        room(4 * units, units + 1),
        room(units, 4 * units),
    )
    rows, embedding, readout = room(many, TOKENS), room(TOKENS, EMBEDDING), room(units, TOKENS)
    layers = [
        (room(width, many), room(width, 4 * units), room(4 * units, width))
        for width in (EMBEDDING, units)
    ]
    shown, logits = room(EMBEDDING, many), room(many, TOKENS)
    made = [np.empty_like(a) for a in (tall, narrow, hidden[1:], weight, above, readout, embedding)]
    m_tall, m_narrow, m_hidden, m_weight, m_above, m_readout, m_embedding = made
    widest = max(units, EMBEDDING)
    m_below, m_into = room(widest, many), room(widest, 4 * units)

    def run() -> None:
        np.matmul(embedding.T, rows.T, out=shown)
        for below, into, turned in layers:
            width = len(below)
            np.matmul(turned, below, out=m_tall)
            for _ in range(STEPS):
                np.matmul(by_state, hidden, out=m_narrow)
            for _ in range(STEPS):
                np.matmul(weight, narrow, out=m_hidden)
            np.matmul(below, tall.T, out=m_into[:width])
            np.matmul(above, tall.T, out=m_weight)
            np.matmul(into, tall, out=m_below[:width])
        np.matmul(above.T, readout, out=logits)
        np.matmul(above, logits, out=m_readout)
        np.matmul(readout, logits.T, out=m_above)
        np.matmul(rows.T, shown.T, out=m_embedding)

    return run


def torch_training(units: int, tokens: np.ndarray, targets: np.ndarray) -> Callable[[], None]:
    """A training step of PyTorch's, its Adam the fused one."""
    import torch

    from_ours = torch_model(a_network(units))
    adam = torch.optim.Adam(from_ours.parameters(), lr=RATE, fused=True)
    x, y = torch.from_numpy(tokens).long(), torch.from_numpy(targets).long().reshape(-1)
    zeros = torch.zeros(2, BATCH, units)
    state = [zeros, zeros]

    def run() -> None:
        logits, after = from_ours(x, (state[0], state[1]))
        state[0], state[1] = after[0].detach(), after[1].detach()
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, TOKENS), y)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(from_ours.parameters(), NORM)
        adam.step()

    return run


def torch_model(network: Network):  # noqa: ANN201 - torch is imported only here
    """The same network in PyTorch."""
    import torch

    units = network.sizes.units
    by_name = network.parameters

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = torch.nn.Embedding(TOKENS, EMBEDDING)
            self.lstm = torch.nn.LSTM(EMBEDDING, units, network.sizes.layers)
            self.readout = torch.nn.Linear(units, TOKENS)

        def forward(self, x, state):  # noqa: ANN001, ANN202
            said, after = self.lstm(self.embedding(x), state)
            return self.readout(said), after

    order = np.concatenate([np.arange(k * units, (k + 1) * units) for k in (0, 1, 3, 2)])
    weights = {
        "embedding.weight": by_name["embedding"],
        "readout.weight": by_name["readout.weight"].T,
        "readout.bias": by_name["readout.bias"],
    }
    for k in range(network.sizes.layers):  # its gates: input, forget, candidate, output
        weights[f"lstm.weight_ih_l{k}"] = by_name[f"lstm{k}.input"][:, order].T
        weights[f"lstm.weight_hh_l{k}"] = by_name[f"lstm{k}.hidden"][:, order].T
        weights[f"lstm.bias_ih_l{k}"] = by_name[f"lstm{k}.bias"][order]
        weights[f"lstm.bias_hh_l{k}"] = np.zeros(4 * units, np.float32)
    model = Model()
    model.load_state_dict(
        {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in weights.items()}
    )
    return model


# Live


def our_live(network: Network) -> Callable[[int], np.ndarray]:
    """One token in, logits out."""
    state = network.state()

    def run(token: int) -> np.ndarray:
        return network.step(np.array([[token]]), state)[0]

    return run


def torch_live(network: Network) -> Callable[[int], np.ndarray]:
    """The same in PyTorch."""
    import torch

    model = torch_model(network).eval()
    zeros = torch.zeros(network.sizes.layers, 1, network.sizes.units)
    state = [(zeros, zeros)]

    def run(token: int) -> np.ndarray:
        with torch.inference_mode():
            logits, state[0] = model(torch.tensor([[token]]), state[0])
            return logits.numpy()[0, 0]

    return run


def onnx_live(network: Network) -> Callable[[int], np.ndarray]:
    """The same in onnxruntime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(onnx_model(network), options)
    zeros = np.zeros((1, 1, network.sizes.units), np.float32)
    state = {f"{part}{k}": zeros for k in range(network.sizes.layers) for part in "hc"}
    names = [f"{name}_after" for name in state]

    def run(token: int) -> np.ndarray:
        said = session.run(["logits", *names], {"token": np.array([[token]]), **state})
        for name, after in zip(state, said[1:], strict=True):
            state[name] = after
        return said[0].reshape(-1)

    return run


def onnx_model(network: Network) -> bytes:
    """The same network as an ONNX file: Gather, an LSTM node a layer, MatMul, Add."""
    from onnx import TensorProto, helper, numpy_helper

    units, by_name = network.sizes.units, network.parameters
    order = np.concatenate([np.arange(k * units, (k + 1) * units) for k in (0, 2, 1, 3)])
    constants = {
        "embedding": by_name["embedding"],
        "readout": by_name["readout.weight"],
        "bias": by_name["readout.bias"],
    }
    nodes = [helper.make_node("Gather", ["embedding", "token"], ["x0"])]
    shape = [1, 1, units]
    inputs = [helper.make_tensor_value_info("token", TensorProto.INT64, [1, 1])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)]
    for k in range(network.sizes.layers):  # its gates: input, output, forget, candidate
        constants[f"w{k}"] = by_name[f"lstm{k}.input"][:, order].T[None]
        constants[f"r{k}"] = by_name[f"lstm{k}.hidden"][:, order].T[None]
        bias = by_name[f"lstm{k}.bias"][order]
        constants[f"b{k}"] = np.concatenate([bias, np.zeros_like(bias)])[None]
        given = [f"x{k}", f"w{k}", f"r{k}", f"b{k}", "", f"h{k}", f"c{k}"]
        made = [f"y{k}", f"h{k}_after", f"c{k}_after"]
        nodes.append(helper.make_node("LSTM", given, made, hidden_size=units))
        nodes.append(helper.make_node("Squeeze", [f"y{k}", "one"], [f"x{k + 1}"]))
        for part in "hc":
            name = f"{part}{k}"
            inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
            outputs.append(helper.make_tensor_value_info(f"{name}_after", TensorProto.FLOAT, shape))
    constants["one"] = np.array([1], np.int64)
    last = f"x{network.sizes.layers}"
    nodes.append(helper.make_node("MatMul", [last, "readout"], ["product"]))
    nodes.append(helper.make_node("Add", ["product", "bias"], ["logits"]))
    stored = [numpy_helper.from_array(np.ascontiguousarray(a), n) for n, a in constants.items()]
    graph = helper.make_graph(nodes, "network", inputs, outputs, stored)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


# Parts, each in a process of its own, for the number of BLAS threads is settled at its start


def train_part(rounds: int, clock: Clock) -> dict[str, dict[str, Times]]:
    """Times of a training step by units."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    generator = np.random.default_rng(0)
    tokens, targets = generator.integers(0, TOKENS, (2, STEPS, BATCH)).astype(np.int32)
    found = {}
    for units in UNITS:
        contestants = {
            "ours": our_training(units, tokens, targets),
            "products": products_alone(units),
            "torch": torch_training(units, tokens, targets),
        }
        found[str(units)] = in_turns(contestants, rounds, 6 if units < 512 else 3, clock)
    return {"train": found}


def live_part(rounds: int, clock: Clock) -> dict[str, dict]:
    """Times of a live step by units, and how far the contestants are from one another."""
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
        told = np.random.default_rng(3).integers(0, TOKENS, 50).tolist()
        heard = {name: np.array([run(at) for at in told]) for name, run in players.items()}
        sequence, _ = network.forward(np.array(told, np.int32)[:, None, None], network.state())
        heard["sequence"] = sequence[:, 0]
        apart[str(units)] = {
            name: float(np.abs(said - heard["ours"]).max()) for name, said in heard.items()
        }
        runs = {name: (lambda run=run: run(token)) for name, run in players.items()}
        found[str(units)] = in_turns(runs, rounds, 200, clock)
    return {"live": found, "apart": apart}


def memory_part(rounds: int, clock: Clock) -> dict[str, dict[str, float]]:
    """What training at 256 units takes, and how long a style takes to load; no rival loaded."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    network = a_network(256)
    generator = np.random.default_rng(0)
    tokens, targets = generator.integers(0, TOKENS, (2, STEPS, BATCH)).astype(np.int32)
    step = our_training(256, tokens, targets)
    for _ in range(rounds):
        step()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _, tape = network.forward(tokens[..., None], network.state(BATCH))
    weights = sum(array.nbytes for array in network.parameters.values())
    megabytes = {"process grows by": (after - before) / 1024, "tape": tape.bytes / 2**20}
    megabytes |= {"weights": weights / 2**20, "gradients and Adam": 3 * weights / 2**20}
    return {"megabytes": megabytes, "loading": _loading(rounds)}


def _loading(rounds: int) -> dict[str, float]:
    """Seconds from a style's file to a network that can step, its file in the page cache."""
    taken = {}
    for name in names():
        turn = []
        for _ in range(rounds):
            start = time.perf_counter_ns()
            found = load(path_of(name))
            for layer in found.network.layers:
                LiveLayer.of(layer)
            turn.append((time.perf_counter_ns() - start) / 1e9)
        taken[name] = float(np.median(turn))
    return taken


PARTS = {"train": train_part, "live": live_part, "memory": memory_part}


def in_process(part: str, threads: int, rounds: int, cpu: bool) -> dict:
    """Run a part by itself with some BLAS threads."""
    settings = {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, __file__, "--rounds", str(rounds), "--part", part]
    command += ["--cpu"] * cpu
    done = subprocess.run(
        command, env=os.environ | settings, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


def ratio(times: Times, above: str, below: str) -> list[float]:
    """Median, lowest and highest over rounds of one's time by another's."""
    each = np.array(times[above]) / np.array(times[below])
    return [float(np.median(each)), float(each.min()), float(each.max())]


def summary(found: dict) -> Table:
    """What was found, to be read."""
    made = Table("", *map(str, UNITS), title=f"{found['threads']} threads to train, 1 to play")

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
    row("train: torch / ours", ratios("train", "torch", "ours"))
    row("train: ours / its products", ratios("train", "ours", "products"))
    row("live: torch / ours", ratios("live", "torch", "ours"))
    row("live: onnxruntime / ours", ratios("live", "onnxruntime", "ours"))
    row("live: furthest from ours", lambda units: f"{max(found['apart'][units].values()):.1e}")
    return made


def main(
    threads: Annotated[int, typer.Option(min=1, help="BLAS threads to train with.")] = 2,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each contestant.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="Figures for machines.")] = False,
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
    found: dict = {"threads": threads}
    for name in PARTS:
        found |= in_process(name, threads if name == "train" else 1, rounds, cpu)
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
