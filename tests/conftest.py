"""Small matrices are quicker on one thread, and two cores are shared by all that is tested."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before anything imports numpy

from hypothesis import settings  # noqa: E402 - after the environment is set

settings.register_profile("unhurried", deadline=None)  # a starved machine is no failure
settings.load_profile("unhurried")


def pytest_addoption(parser) -> None:
    parser.addoption("--redraw", action="store_true", help="draw the golden pictures anew")
