"""How many threads a process started from here multiplies matrices with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

THREAD_COUNT_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""What tells a library of matrices so; it looks once, when it is loaded."""


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Processes started inside multiply with one thread each, unless the environment says more.

    A live step is too small to be shared out: on a busy machine threads that wait for each other
    made one thirty times as slow.
    """
    before = {name: os.environ.get(name) for name in THREAD_COUNT_VARIABLES}
    os.environ.update({name: "1" for name, value in before.items() if value is None})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
