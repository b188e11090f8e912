"""Sizes of a network, and the shapes of its parameters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NetworkSizes:
    """Sizes of a network.

    Parameters
    ----------
    inputs, embedding : int
        Rows and width of the embedding.
    outputs : int
        Tokens, V.
    units, layers : int
        Units of a layer, H; and layers.
    sums_layers : bool
        Whether the readout reads the sum of all layers' hidden states, not only the last one's.

    Raises
    ------
    ValueError
        If a size is below 1.
    """

    inputs: int
    outputs: int
    embedding: int = 128
    units: int = 256
    layers: int = 2
    sums_layers: bool = False

    def __post_init__(self) -> None:
        for name in ("inputs", "outputs", "embedding", "units", "layers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")


def parameter_shapes(sizes: NetworkSizes) -> dict[str, tuple[int, ...]]:
    """Shapes of all parameters of a network.

    Parameters
    ----------
    sizes : NetworkSizes

    Returns
    -------
    dict of str to tuple of int
        By parameter name, in the order of the forward pass (see `rnn.model.network.Network`).
    """
    shapes: dict[str, tuple[int, ...]] = {"embedding": (sizes.inputs, sizes.embedding)}
    for k in range(sizes.layers):
        width = sizes.units if k else sizes.embedding
        shapes[f"lstm{k}.input"] = (width, 4 * sizes.units)
        shapes[f"lstm{k}.hidden"] = (sizes.units, 4 * sizes.units)
        shapes[f"lstm{k}.bias"] = (4 * sizes.units,)
    shapes["readout.weight"] = (sizes.units, sizes.outputs)
    shapes["readout.bias"] = (sizes.outputs,)
    return shapes
