"""Matrices laid out for BLAS: cut into blocks that it need not pack.

OpenBLAS first packs its operands into an order of its own. On processors with AVX-512 it skips this
for products of at most a million multiplications, which is 25 to 50 % faster for the few rows of
one network step. So matrices are cut into blocks of 64 columns (four vectors), and the rows they
multiply into groups. On other processors this costs little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnn.model.arrays import Array

MAX_UNPACKED_MULTIPLIES = 1_000_000  # multiplications up to which OpenBLAS uses an operand unpacked


def gate_scales(units: int) -> Array:
    """Factors of the weights' columns, (4H,): 0.5 for the sigmoids, which are computed by tanh."""
    return np.repeat(np.array([0.5, 0.5, 0.5, 1.0], np.float32), units)


@dataclass(frozen=True, slots=True)
class BlockedMatrices:
    """Matrices cut into blocks of columns, for products with many rows."""

    blocks: Array  # (G, 1, N / n, K, n): G matrices of K by N, in blocks of n columns
    rows_per_group: int  # rows multiplied at a time, r

    @classmethod
    def from_matrices(cls, matrices: Array, batch: int) -> BlockedMatrices:
        """Cut `matrices`, (G, K, N), for products with `batch` rows."""
        groups, deep, columns = matrices.shape
        width = next((n for n in (64, 32, 16) if columns % n == 0), columns)
        most = MAX_UNPACKED_MULTIPLIES // (deep * width)
        fitting = [r for r in range(4, batch + 1) if batch % r == 0 and r <= most]
        blocks = matrices.reshape(groups, 1, deep, columns // width, width).swapaxes(2, 3)
        return cls(np.ascontiguousarray(blocks), max(fitting, default=batch))

    @classmethod
    def from_gate_matrix(cls, matrix: Array, batch: int) -> BlockedMatrices:
        """Scale a matrix, (K, 4H), by `gate_scales` and cut it into one per gate, (4, K, H)."""
        scaled = matrix * gate_scales(matrix.shape[1] // 4).astype(matrix.dtype)
        return cls.from_matrices(scaled.reshape(len(matrix), 4, -1).swapaxes(0, 1), batch)

    def left_operand_view(self, rows: Array) -> Array:
        """A view of the rows to multiply: (..., B, K) -> (..., 1, B / r, 1, r, K)."""
        *more, batch, deep = rows.shape
        return rows.reshape(*more, 1, batch // self.rows_per_group, 1, self.rows_per_group, deep)

    def product_view(self, products: Array) -> Array:
        """A view of the products: (..., G, B, N) -> (..., G, B / r, N / n, r, n)."""
        *more, batch, columns = products.shape
        r, width = self.rows_per_group, self.blocks.shape[-1]
        return products.reshape(*more, batch // r, r, columns // width, width).swapaxes(-3, -2)

    def multiply(self, rows: Array, products: Array) -> None:
        """Multiply all rows by all matrices: (..., B, K) -> (..., G, B, N)."""
        np.matmul(self.left_operand_view(rows), self.blocks, out=self.product_view(products))
