"""Matrices cut so small that OpenBLAS need not pack them each time anew.

OpenBLAS first packs what it multiplies into an order of its own. On processors with AVX-512 it
leaves that out for products of at most a million multiplications, which for the few rows of one
step of a network is a quarter to a half faster. So matrices are cut into blocks of 64 columns,
four vectors, and the rows that are multiplied by them into groups few enough. Elsewhere this
costs little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
MAX_UNPACKED_MULTIPLIES = 1_000_000
"""Multiplications up to which OpenBLAS takes a product as it lies, unpacked, where it can."""


def gate_scales(units: int) -> Array:
    """What the columns of the weights are multiplied by so that tanh serves all gates: (4H,)."""
    return np.repeat(np.array([0.5, 0.5, 0.5, 1.0], np.float32), units)


@dataclass(frozen=True, slots=True)
class BlockedMatrices:
    """Matrices cut for many rows to be multiplied by.

    Parameters
    ----------
    cut : ndarray, shape (G, 1, N / n, K, n)
        G matrices of K by N.
    rows : int
        Of a group, r.
    """

    blocks: Array
    rows_per_group: int

    @classmethod
    def from_matrices(cls, matrices: Array, batch: int) -> BlockedMatrices:
        """Cut matrices, (G, K, N), for rows that come `batch` at a time."""
        groups, deep, columns = matrices.shape
        width = next((n for n in (64, 32, 16) if columns % n == 0), columns)
        few = [
            r
            for r in range(4, batch + 1)
            if batch % r == 0 and r * deep * width <= MAX_UNPACKED_MULTIPLIES
        ]
        blocks = matrices.reshape(groups, 1, deep, columns // width, width).swapaxes(2, 3)
        return cls(np.ascontiguousarray(blocks), max(few, default=batch))

    @classmethod
    def from_gate_matrix(cls, matrix: Array, batch: int) -> BlockedMatrices:
        """Cut a matrix, (K, 4H), into those of the gates, (4, K, H), halved as the gates are."""
        halved = matrix * gate_scales(matrix.shape[1] // 4).astype(matrix.dtype)
        return cls.from_matrices(halved.reshape(len(matrix), 4, -1).swapaxes(0, 1), batch)

    def left_operand_view(self, rows: Array) -> Array:
        """A view of what is to be multiplied: (..., B, K) -> (..., 1, B / r, 1, r, K)."""
        *more, batch, deep = rows.shape
        return rows.reshape(*more, 1, batch // self.rows_per_group, 1, self.rows_per_group, deep)

    def product_view(self, products: Array) -> Array:
        """A view of where products go: (..., G, B, N) -> (..., G, B / r, N / n, r, n)."""
        *more, batch, columns = products.shape
        width = self.blocks.shape[-1]
        cut = products.reshape(
            *more, batch // self.rows_per_group, self.rows_per_group, columns // width, width
        )
        return cut.swapaxes(-3, -2)

    def multiply(self, rows: Array, products: Array) -> None:
        """All rows by all matrices: (..., B, K) -> (..., G, B, N)."""
        np.matmul(self.left_operand_view(rows), self.blocks, out=self.product_view(products))
