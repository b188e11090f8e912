from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.training.data_parallel import DataParallel
from rnn.training.dataset import Batch
from rnn.training.ranks import SingleRank
from tests.hang_guard import HANG_GUARD_S

SIZES = NetworkSizes(inputs=20, outputs=7, embedding=5, units=6, layers=2)
T, B = 6, 5
MPIEXEC = Path(sys.executable).with_name("mpiexec")

JOB = """
import sys
import numpy as np
from rnn.training.data_parallel import DataParallel
from rnn.training.ranks import join_ranks
from tests.rnn.training.test_data_parallel import make_batch, make_network

ranks, network, batch = join_ranks(), make_network(), make_batch()
state = network.initial_state(batch.targets.shape[1])
parallel = DataParallel(network, ranks)
for step in range(2):
    loss, gradients = parallel.compute_gradients(batch, state, float(sys.argv[2]), (1, step))
norms = [report.gradient_norm for report in parallel.report_ranks()]
parallel.collect_state(state)
np.savez(f"{sys.argv[1]}.{ranks.index}", loss=loss, h=state.h, c=state.c, norms=norms, **gradients)
"""


def make_network() -> Network:
    return Network.initial(SIZES, np.random.default_rng(1))


def make_batch() -> Batch:
    generator = np.random.default_rng(2)
    features = generator.integers(0, SIZES.inputs, (T, B, 3)).astype(np.int32)
    targets = generator.integers(-1, SIZES.outputs, (T, B)).astype(np.int32)
    return Batch(features, targets, generator.random((T, B)) < 0.2, 0)


def run_job(folder: Path, ranks: int, dropout: float = 0.0) -> list[dict[str, np.ndarray]]:
    """Results of each rank of a job."""
    if not MPIEXEC.exists():
        pytest.skip("no mpiexec beside this Python: pip install mpich mpi4py")
    job, output = folder / "job.py", folder / f"of_{ranks}"
    job.write_text(JOB, encoding="utf-8")
    root = Path(__file__).parents[3]
    words = [MPIEXEC, "-n", str(ranks), sys.executable, job, output, str(dropout)]
    environment = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
    subprocess.run(words, env=environment, check=True, timeout=HANG_GUARD_S)
    results = []
    for index in range(ranks):
        with np.load(f"{output}.{index}.npz") as arrays:
            results.append(dict(arrays))
    return results


def test_one_rank_advances_the_state_and_computes_the_networks_own_gradients():
    network, batch = make_network(), make_batch()
    state, own = network.initial_state(B), network.initial_state(B)
    parallel = DataParallel(network)
    loss, gradients = parallel.compute_gradients(batch, state)
    (report,) = parallel.report_ranks()
    norm = np.sqrt(sum(np.vdot(array, array) for array in gradients.values()))
    assert report.gradient_norm == pytest.approx(norm, rel=1e-5)
    gradients = {name: array.copy() for name, array in gradients.items()}
    logits, buffers = network.forward(batch.features, own, batch.tune_starts)
    assert np.isfinite(loss)
    np.testing.assert_array_equal(state.h, own.h)
    assert gradients.keys() == network.backward(np.zeros_like(logits), buffers).keys()
    assert any(array.any() for array in gradients.values())


@pytest.mark.parametrize("ranks", [2, 4, 7, 16])  # more ranks than 5 sequences: some have none
def test_ranks_compute_the_gradients_of_one_up_to_rounding(tmp_path, ranks):
    (one,) = run_job(tmp_path, 1)
    results = run_job(tmp_path, ranks)
    (total,) = one.pop("norms")
    for result in results:
        norms = result.pop("norms")
        assert len(norms) == ranks and norms.sum() >= total * (1 - 1e-5)
        assert (norms == 0).sum() == max(0, ranks - B)
    for name, array in one.items():
        np.testing.assert_allclose(results[0][name], array, rtol=1e-5, atol=1e-6)
        for other in results[1:]:
            np.testing.assert_array_equal(other[name], results[0][name])


def test_threads_of_one_rank_compute_its_gradients_up_to_rounding():
    found = []
    for threads in (1, 2):
        network, batch = make_network(), make_batch()
        parallel = DataParallel(network, SingleRank(threads))
        _, gradients = parallel.compute_gradients(batch, network.initial_state(B))
        found.append({name: array.copy() for name, array in gradients.items()})
    for name, array in found[0].items():
        np.testing.assert_allclose(found[1][name], array, rtol=1e-5, atol=1e-6)


def test_the_same_ranks_and_seed_give_the_same_bits(tmp_path):
    first, second = run_job(tmp_path, 2, 0.5)[0], run_job(tmp_path, 2, 0.5)[0]
    for name, array in first.items():
        np.testing.assert_array_equal(second[name], array)


def test_a_rank_without_sequences_leaves_the_batch_as_it_is():
    class First(SingleRank):
        index, count = 0, 9  # its share of 5 sequences is none

    network, batch = make_network(), make_batch()
    targets = batch.targets.copy()
    state = network.initial_state(B)
    loss, gradients = DataParallel(network, First()).compute_gradients(batch, state)
    assert loss == 0
    assert not any(array.any() for array in gradients.values())
    assert not state.h.any()
    np.testing.assert_array_equal(batch.targets, targets)
