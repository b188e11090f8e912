from __future__ import annotations

import numpy as np
import pytest

from rnn.model.gemm import CACHE_LINE_BYTES, BlockedMatrices, aligned_empty


@pytest.mark.parametrize(
    ("groups", "deep", "columns", "batch"),
    [(4, 5, 6, 3), (1, 513, 128, 32), (4, 33, 80, 7), (1, 2000, 64, 5), (2, 17, 64, 1)],
)
def test_blocks_have_the_products_of_the_matrices_they_were_cut_from(groups, deep, columns, batch):
    generator = np.random.default_rng(3)
    matrices = generator.normal(size=(groups, deep, columns))
    rows = generator.normal(size=(2, batch, deep))
    products = np.empty((2, groups, batch, columns))
    BlockedMatrices.from_matrices(matrices, batch).multiply(rows, products)
    np.testing.assert_allclose(products, rows[:, None] @ matrices, atol=1e-10)


@pytest.mark.parametrize("shape", [(3,), (2, 5, 7)])
def test_an_aligned_array_begins_at_a_cache_line(shape):
    array = aligned_empty(shape, np.float32)
    assert array.shape == shape and array.dtype == np.float32
    assert array.ctypes.data % CACHE_LINE_BYTES == 0
