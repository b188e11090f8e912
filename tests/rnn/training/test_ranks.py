from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rnn.training.ranks import Ranks, RanksError, SingleRank, job_size, join_ranks
from tests.hang_guard import HANG_GUARD_S


def test_a_single_rank_has_all_lanes_and_its_sums_are_the_values():
    alone = SingleRank()
    array = np.ones(3, np.float32)
    alone.begin_sum([array])
    alone.finish_sums()
    assert alone.lanes(5) == slice(0, 5)
    assert array.tolist() == [1, 1, 1]
    assert alone.sum(2.0, 3.0).tolist() == [2, 3]
    assert alone.agree(1.5, True) == (1.5, True)
    assert alone.share("mine") == "mine"


def test_every_lane_belongs_to_one_rank():
    class OneOfThree(SingleRank):
        count = 3

    shares = []
    for index in range(3):
        rank: Ranks = OneOfThree()
        rank.index = index
        shares += list(range(5))[rank.lanes(5)]
    assert shares == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("environment", "size"),
    [
        ({}, 1),
        ({"PMI_SIZE": "4"}, 4),
        ({"OMPI_COMM_WORLD_SIZE": "3"}, 3),
        ({"SLURM_STEP_NUM_TASKS": "8"}, 8),
        ({"PMI_SIZE": "many"}, 1),
    ],
)
def test_the_size_of_the_job_is_read_from_the_launcher(environment, size):
    assert job_size(environment) == size


def test_outside_of_a_job_there_is_a_single_rank():
    assert isinstance(join_ranks({}), SingleRank)


def test_a_job_that_mpi_does_not_see_is_refused():
    words = "import sys; from rnn.training.ranks import *\ntry: join_ranks({'PMI_SIZE': '3'})\n"
    words += "except RanksError as error: sys.exit(str(error))"
    done = subprocess.run(
        [sys.executable, "-c", words],
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_GUARD_S,
    )
    assert "a job of 3 processes" in done.stderr or "the job has 3 processes" in done.stderr
    assert issubclass(RanksError, RuntimeError)


@pytest.fixture
def run_job(tmp_path) -> Callable[[str], subprocess.CompletedProcess]:
    """Runs a text of Python, which knows its `ranks`, as two processes."""
    mpiexec = Path(sys.executable).with_name("mpiexec")
    if not mpiexec.exists():
        pytest.skip("no mpiexec beside this Python: pip install mpich mpi4py")

    def run(text: str) -> subprocess.CompletedProcess:
        job = tmp_path / "job.py"
        job.write_text(f"from rnn.training.ranks import join_ranks\nranks = join_ranks()\n{text}\n")
        return subprocess.run(
            [mpiexec, "-n", "2", sys.executable, job],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True, text=True, check=False, timeout=HANG_GUARD_S,
        )  # fmt: skip

    return run


def test_an_error_of_one_rank_ends_the_job(run_job):
    done = run_job(
        "with ranks.end_together(KeyError):\n"
        "    if ranks.index:\n        raise ValueError('of one rank')\n"
        "    ranks.sum(1.0)"
    )
    assert done.returncode
    assert "of one rank" in done.stderr


def test_what_rank_0_shares_is_there_on_all_ranks(run_job):
    done = run_job(  # a line in one piece: those of two processes may interleave
        "shared = ranks.share([b'of', ranks.index])\n"
        "__import__('sys').stdout.write(f'{ranks.index} {shared}\\n')"
    )
    assert sorted(done.stdout.splitlines()) == ["0 [b'of', 0]", "1 [b'of', 0]"]


def test_it_is_imported_where_there_is_no_terminal_control():
    """As on Windows, where nobody trains by ranks but everybody imports this module."""
    words = (
        "import sys\nsys.modules['fcntl'] = sys.modules['termios'] = None\n"
        "from rnn.training.ranks import join_ranks\nassert join_ranks({}).count == 1"
    )
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
