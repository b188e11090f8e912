"""Small matrices are quicker on one thread, and two cores are shared by all that is tested."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before anything imports numpy
