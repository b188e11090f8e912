from __future__ import annotations

import numpy as np
import pytest

from rnn.model.gemm import BlockedMatrices


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
