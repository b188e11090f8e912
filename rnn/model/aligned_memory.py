"""Memory: room for arrays that begins at a cache line, and how much there is at all."""

from __future__ import annotations

import math
import os

import numpy as np
from numpy.typing import DTypeLike

from rnn.model.gemm import Array

CACHE_LINE_BYTES = 64
"""Bytes in a cache line."""


def aligned_empty(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Room that begins at a cache line: what a live step reads but once a step is read faster."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    room = np.empty(size + CACHE_LINE_BYTES, np.uint8)
    start = -room.ctypes.data % CACHE_LINE_BYTES
    return room[start : start + size].view(dtype).reshape(shape)


def physical_memory_bytes() -> float:
    """Bytes this machine has; infinite where it does not say."""
    if not hasattr(os, "sysconf"):
        return math.inf
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
