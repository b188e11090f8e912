"""Sizes: how large a network is, and the shape of everything it learns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NetworkSizes:
    """How large a network is.

    Parameters
    ----------
    inputs : int
        Rows of the input matrix.
    outputs : int
        Tokens, V.
    embedding : int
        E, numbers an active row stands for.
    units : int
        H, cells in a layer.
    layers : int

    Raises
    ------
    ValueError
        If one of them is below 1.
    """

    inputs: int
    outputs: int
    embedding: int = 128
    units: int = 256
    layers: int = 2

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")


def parameter_shapes(sizes: NetworkSizes) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter, by name."""
    shapes: dict[str, tuple[int, ...]] = {"embedding": (sizes.inputs, sizes.embedding)}
    for k in range(sizes.layers):
        width = sizes.units if k else sizes.embedding
        shapes[f"lstm{k}.input"] = (width, 4 * sizes.units)
        shapes[f"lstm{k}.hidden"] = (sizes.units, 4 * sizes.units)
        shapes[f"lstm{k}.bias"] = (4 * sizes.units,)
    shapes["readout.weight"] = (sizes.units, sizes.outputs)
    shapes["readout.bias"] = (sizes.outputs,)
    return shapes
