"""Arrays of the network: their type, and memory that begins at a cache line for faster reading."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[np.float32]  # an array of float32; float64 in the tests of gradients
CACHE_LINE_BYTES = 64  # bytes in a cache line


def aligned_empty(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """An uninitialised array that begins at a cache line."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    memory = np.empty(size + CACHE_LINE_BYTES, np.uint8)
    start = -memory.ctypes.data % CACHE_LINE_BYTES
    return memory[start : start + size].view(dtype).reshape(shape)
