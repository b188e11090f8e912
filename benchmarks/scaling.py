"""Scaling of a training over MPI ranks: time of a step, and what the sums of gradients cost.

    python benchmarks/scaling.py [--ranks 1 2] [--lanes 16] [--steps 30] [--rounds 3] [--crews DIR]
    python benchmarks/scaling.py --threads 1 2
    python benchmarks/scaling.py --model 2 4 8 16 32

Weak scaling gives each rank so many sequences, strong scaling divides them. Each job runs once a
round, in turn, so that other load affects all of them; a figure is the median over the rounds with
the lowest and highest. Efficiency is one rank's time by that of several, for the same sequences a
rank. Network: two layers of 256 units, 64 steps of back-propagation, float32, one BLAS thread.

DIR is a checkout of a revision whose processes were crews (05877c9): two of them take the same
steps in turn with two ranks, and the ratio of their times is printed below the table.

`--threads` compares numbers of BLAS threads of one process. `--model` measures one process with
numbers of sequences, fits the time of a step to them, and tells what it expects of more ranks whose
machines are joined by a network of so many gigabits a second and microseconds of latency.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from dataclasses import astuple

import numpy as np

from installation.cli.training.mpi_job import find_mpiexec
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes, parameter_shapes
from rnn.training.data_parallel import DataParallel
from rnn.training.dataset import Batch
from rnn.training.optimiser import Adam, clip_gradients
from rnn.training.ranks import SingleRank, join_ranks

SIZES = NetworkSizes(inputs=300, outputs=140, embedding=128, units=256, layers=2)
LENGTH, ACTIVE = 64, 3  # steps of back-propagation, active input rows a step
UNMEASURED_STEPS = 5
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
EXPECTED_RANKS = (1, 2, 4, 8, 16, 64, 256, 1024)
EXPECTED_LANES = 512  # sequences in all, for strong scaling
CREWS_PROGRAM = """
import sys, time
import numpy as np
from rnn.crews import Crews
from rnn.network import Network
from rnn.optimiser import Adam, clip
from rnn.sequences import Batch
from rnn.sizes import Sizes

length, active, unmeasured, lanes, steps, *sizes = map(int, sys.argv[1:])
sizes, generator = Sizes(*sizes), np.random.default_rng(1)
features = generator.integers(0, sizes.inputs, (length, lanes, active)).astype(np.int32)
targets = generator.integers(0, sizes.outputs, (length, lanes)).astype(np.int32)
batch = Batch(features, targets, np.zeros((length, lanes), np.bool_), 0)
network = Network.initial(sizes, np.random.default_rng(0))
adam, state, taken = Adam(network.parameters), network.state(lanes), []
with Crews(network, 2) as crews:
    for step in range(unmeasured + steps):
        begun = time.perf_counter()
        gradients = crews.learn(batch, state, 0.1, (1, step))[1]
        clip(gradients, 1.0)
        adam.update(gradients, 1e-4)
        taken.append(time.perf_counter() - begun)
print(1e3 * float(np.median(taken[unmeasured:])))
"""


def run_rank(lanes: int, steps: int, threads: int = 1) -> None:
    """Train with random tokens; rank 0 prints the median times of a step and of its sums, ms."""
    ranks = SingleRank(threads) if threads > 1 else join_ranks()
    generator = np.random.default_rng(1)
    batch = Batch(
        generator.integers(0, SIZES.inputs, (LENGTH, lanes, ACTIVE)).astype(np.int32),
        generator.integers(0, SIZES.outputs, (LENGTH, lanes)).astype(np.int32),
        np.zeros((LENGTH, lanes), np.bool_),
        0,
    )
    network = Network.initial(SIZES, np.random.default_rng(0))
    parallel, adam = DataParallel(network, ranks), Adam(network.parameters)
    state, taken, sums = network.initial_state(lanes), [], []
    for step in range(UNMEASURED_STEPS + steps):
        begun = time.perf_counter()
        _, gradients = parallel.compute_gradients(batch, state, 0.1, (1, step))
        clip_gradients(gradients, 1.0)
        adam.update(gradients, 1e-4)
        taken.append(time.perf_counter() - begun)
        ranks.sum(0.0)
        begun = time.perf_counter()
        ranks.begin_sum(gradients.values())
        ranks.finish_sums()
        sums.append(time.perf_counter() - begun)
    if ranks.index == 0:
        step_ms, sum_ms = (1e3 * float(np.median(t[UNMEASURED_STEPS:])) for t in (taken, sums))
        sys.stdout.write(json.dumps({"step": step_ms, "sum": sum_ms}) + "\n")


def run_job(ranks: int, lanes: int, steps: int, threads: int = 1) -> dict[str, float]:
    """Times of a job, ms."""
    command = [sys.executable, __file__, "--as-rank", "--lanes", str(lanes), "--steps", str(steps)]
    command += ["--threads", str(threads)]
    if ranks > 1:
        command = [find_mpiexec() or "mpiexec", "-n", str(ranks), *command]
    environment = os.environ | {name: str(threads) for name in THREAD_VARIABLES}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def compare_with_crews(folder: str, lanes: int, steps: int, rounds: int) -> str:
    """Time of a step of two crews of another checkout by that of two ranks, in turn."""
    numbers = (LENGTH, ACTIVE, UNMEASURED_STEPS, lanes, steps, *astuple(SIZES)[:5])
    command = [sys.executable, "-c", CREWS_PROGRAM, *map(str, numbers)]
    environment = os.environ | {"PYTHONPATH": folder, "OPENBLAS_NUM_THREADS": "1"}
    ratios = []
    for _ in range(rounds):
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=True, cwd=folder
        )
        ratios.append(float(done.stdout) / run_job(2, lanes, steps)["step"])
    return f"two crews by two ranks: {np.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})"


def compare_threads(threads: list[int], lanes: int, steps: int, rounds: int) -> list[str]:
    """Rows of the time of a step of one process by its BLAS threads, in turn."""
    taken: dict[int, list[float]] = {count: [] for count in threads}
    for _ in range(rounds):
        for count in threads:
            taken[count].append(run_job(1, lanes, steps, count)["step"])
    ones = np.array(taken[threads[0]])
    lines = ["| BLAS threads | step, ms | gain |", "|---|---|---|"]
    for count, found in taken.items():
        ms, gain = np.array(found), ones / found
        lines.append(
            f"| {count} | {np.median(ms):.1f} ({ms.min():.1f}..{ms.max():.1f}) "
            f"| {np.median(gain):.2f} ({gain.min():.2f}..{gain.max():.2f}) |"
        )
    return lines


def expect_ranks(given: argparse.Namespace) -> list[str]:
    """Rows of the time of a step by ranks, from the times of one process.

    A step takes a fixed time and one for each sequence. A sum takes 2 (N - 1) / N of the
    gradients' bytes through the network, and 2 log2 N times its latency (Thakur et al. 2005,
    "Optimization of collective communication operations in MPICH"); none of it is hidden behind
    the backward pass.
    """
    lanes = np.array(given.model)
    times = [
        np.median([run_job(1, count, given.steps)["step"] for _ in range(given.rounds)])
        for count in given.model
    ]
    each, fixed = np.polyfit(lanes, times, 1)
    numbers = sum(math.prod(shape) for shape in parameter_shapes(SIZES).values())
    lines = [
        "measured: " + ", ".join(f"{n} {ms:.1f} ms" for n, ms in zip(lanes, times, strict=True)),
        f"a step takes {fixed:.1f} ms and {each:.2f} ms a sequence; {numbers:,} weights",
        "",
        f"| ranks | sum, ms | {given.lanes} sequences a rank, ms | efficiency "
        f"| {EXPECTED_LANES} in all, ms | efficiency |",
        "|---|---|---|---|---|---|",
    ]
    alone = fixed + each * EXPECTED_LANES
    for ranks in EXPECTED_RANKS:
        sent = 8 * 4 * numbers * 2 * (ranks - 1) / ranks  # bits of float32
        summing = sent / (given.gigabits * 1e6) + 2e-3 * math.log2(ranks) * given.latency  # ms
        weak = fixed + each * given.lanes + summing
        strong = fixed + each * max(1.0, EXPECTED_LANES / ranks) + summing
        lines.append(
            f"| {ranks} | {summing:.1f} | {weak:.1f} | {(weak - summing) / weak:.2f} "
            f"| {strong:.1f} | {alone / ranks / strong:.2f} |"
        )
    return lines


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ranks", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--lanes", type=int, default=16, help="of one rank")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--crews", metavar="DIR", help="checkout to compare with")
    parser.add_argument("--threads", nargs="+", type=int, help="BLAS threads of one process")
    parser.add_argument("--model", nargs="+", type=int, metavar="LANES", help="of one process")
    parser.add_argument("--gigabits", type=float, default=10.0, help="of the network, a second")
    parser.add_argument("--latency", type=float, default=20.0, help="of the network, microseconds")
    parser.add_argument("--as-rank", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.as_rank:
        run_rank(given.lanes, given.steps, given.threads[0])
        return
    if given.threads or given.model:
        lines = expect_ranks(given) if given.model else []
        if given.threads:
            lines += compare_threads(given.threads, given.lanes, given.steps, given.rounds)
        sys.stdout.write("\n".join(lines) + "\n")
        return
    jobs = [(count, kind) for count in given.ranks for kind in ("weak", "strong")]
    found: dict[tuple[int, str], list[dict[str, float]]] = {job: [] for job in jobs}
    for _ in range(given.rounds):
        for count, kind in jobs:
            lanes = given.lanes * (count if kind == "weak" else 1)
            found[count, kind].append(run_job(count, lanes, given.steps))
    first = given.ranks[0]
    lines = ["| ranks | scaling | step, ms | sum alone, ms | efficiency |", "|---|---|---|---|---|"]
    for count, kind in jobs:
        steps = np.array([each["step"] for each in found[count, kind]])
        ones = np.array([each["step"] for each in found[first, kind]])
        work = 1 if kind == "weak" else first / count
        share = work * ones / steps
        sums = np.median([each["sum"] for each in found[count, kind]])
        lines.append(
            f"| {count} | {kind} | {np.median(steps):.1f} ({steps.min():.1f}..{steps.max():.1f}) "
            f"| {sums:.1f} | {np.median(share):.2f} ({share.min():.2f}..{share.max():.2f}) |"
        )
    if given.crews:
        lines += ["", compare_with_crews(given.crews, given.lanes, given.steps, given.rounds)]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
