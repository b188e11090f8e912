"""Checkpoints: a trained model in one self-describing file.

The file is in the safetensors format: arrays, and one JSON text in the metadata with the codec, the
sizes and the card. Loading it executes nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from midi_data.atomic_files import atomic_file
from rnn.codecs import codec_named
from rnn.codecs.codec import SequenceCodec
from rnn.model.arrays import Array
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.model.unit_atlas import UnitAtlas

FORMAT = "hidden-state 1"  # format name in a model file


class CheckpointError(ValueError):
    """A file that is no valid model; the message names it and the reason, in one line."""


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A trained model.

    Parameters
    ----------
    network : Network
    codec : SequenceCodec
        A `Codec`, unless the model is a drummer.
    card : ModelCard
    preference : ndarray of float32, shape (layers, 12, H)
        Mean hidden state of each unit after notes of each pitch class, less its overall mean, in
        its standard deviations (`rnn.training.evaluation.pitch_class_preference`).
    atlas : UnitAtlas or None
        Traits of music each unit responds to, if the units were probed.
    """

    network: Network
    codec: SequenceCodec
    card: ModelCard
    preference: Array
    atlas: UnitAtlas | None = None


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a model file atomically, and its folder if absent.

    Parameters
    ----------
    path : Path
    checkpoint : Checkpoint

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    about = {
        "format": FORMAT,
        "codec": {"kind": checkpoint.codec.kind, **checkpoint.codec.settings()},
        "sizes": asdict(checkpoint.network.sizes),
        "card": asdict(checkpoint.card),
    }
    arrays = {f"network.{name}": a for name, a in checkpoint.network.parameters.items()}
    arrays["preference"] = checkpoint.preference
    if checkpoint.atlas is not None:
        kept, about["atlas"] = checkpoint.atlas.to_arrays()
        arrays |= {f"atlas.{name}": array for name, array in kept.items()}
    write_arrays(path, arrays, about)


def load_checkpoint(path: Path, drums: bool = False) -> Checkpoint:
    """Read a model file.

    Parameters
    ----------
    path : Path
    drums : bool
        Whether a drummer is wanted, or a network that composes melodies.

    Returns
    -------
    Checkpoint

    Raises
    ------
    CheckpointError
        If the file is missing, of another format, truncated or inconsistent, or of the other kind.
    """
    arrays, about = read_arrays(path)
    if about.get("format") != FORMAT:
        raise CheckpointError(f"{path}: not a Hidden State model")
    try:
        codec_settings = dict(about["codec"])
        codec = codec_named(codec_settings.pop("kind"))(**codec_settings)
        sizes, card = NetworkSizes(**about["sizes"]), ModelCard(**about["card"])
        weights = _strip_prefix(arrays, "network.")
        for name, array in weights.items():
            if array.dtype != np.float32 or not np.isfinite(array).all():
                raise ValueError(f"{name} does not hold finite float32 numbers")
        network = Network(sizes, weights)
        if (sizes.inputs, sizes.outputs) != (codec.inputs, codec.outputs):
            raise ValueError("its vocabulary does not match its codec")
        preference = arrays["preference"]
        if preference.shape != (sizes.layers, 12, sizes.units):
            raise ValueError(f"its preference has shape {preference.shape}")
        atlas = None
        if about.get("atlas") is not None:
            atlas = UnitAtlas.from_arrays(_strip_prefix(arrays, "atlas."), about["atlas"])
            if (atlas.layers, atlas.units) != (sizes.layers, sizes.units):
                raise ValueError("its atlas is of another network")
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: a damaged Hidden State model ({error})") from error
    if codec.is_pitched is drums:
        raise CheckpointError(f"{path}: {_KINDS[codec.is_pitched]}, not {_KINDS[not drums]}")
    return Checkpoint(network, codec, card, preference, atlas)


_KINDS = {True: "a network that composes melodies", False: "a drummer of the band"}


def _strip_prefix(arrays: dict[str, Array], prefix: str) -> dict[str, Array]:
    """Arrays whose key starts with `prefix`, the prefix removed."""
    named = (name for name in arrays if name.startswith(prefix))
    return {name.removeprefix(prefix): arrays[name] for name in named}


def write_arrays(path: Path, arrays: dict[str, Array], about: dict) -> None:
    """Write a safetensors file atomically, and its folder if absent.

    Parameters
    ----------
    path : Path
    arrays : dict of str to ndarray
    about : dict
        Kept as JSON text in the metadata.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with atomic_file(path) as file:
        file.write(save(contiguous, metadata={"hidden_state": json.dumps(about)}))


def read_arrays(path: Path) -> tuple[dict[str, Array], dict]:
    """Read a file of `write_arrays`.

    Parameters
    ----------
    path : Path

    Returns
    -------
    arrays : dict of str to ndarray
    about : dict

    Raises
    ------
    CheckpointError
        If the file is missing, unreadable, or was not written by `write_arrays`.
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file")
    try:
        with safe_open(path, framework="np") as file:
            text = (file.metadata() or {}).get("hidden_state")
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = dict(json.loads(text or "{}"))
    except (SafetensorError, OSError, ValueError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{path}: not a readable model file ({error})") from error
    if text is None:
        raise CheckpointError(f"{path}: not a Hidden State model")
    return arrays, about
