from __future__ import annotations

import numpy as np
import pytest

from rnn.model.arrays import CACHE_LINE_BYTES, aligned_empty


@pytest.mark.parametrize("shape", [(3,), (2, 5, 7)])
def test_an_aligned_array_begins_at_a_cache_line(shape):
    array = aligned_empty(shape, np.float32)
    assert array.shape == shape and array.dtype == np.float32
    assert array.ctypes.data % CACHE_LINE_BYTES == 0
