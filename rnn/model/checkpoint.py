"""Checkpoints: a trained model in one self-describing file.

The file is safetensors: arrays, and one JSON text in its metadata with the codec, the sizes and
the card. Nothing in it is ever executed.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from midi_data.notes import Meter
from rnn.codecs import codec_named
from rnn.codecs.codec import Codec
from rnn.model import unit_atlas as atlases
from rnn.model.lstm import Array
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.model.unit_atlas import UnitAtlas

FORMAT = "hidden-state 1"


class CheckpointError(ValueError):
    """A file that is no model of ours; the message says which and why, in one line."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Where a model comes from and how good it is.

    Parameters
    ----------
    style : str
        Short name.
    title : str
        Name for people.
    command : str
        What trained it.
    seed : int
    minutes : float
        Time of training.
    corpus, source, terms : str
    tunes, notes : dict of str to int
        By split: train, validation, test.
    scores : dict of str to float
        Bits per note: validation, test, unigram, ngram.
    meter : str
        The commonest, as 6/8.
    tempo : float
        Median quarter notes a minute.
    history : list of list of float
        Seconds, training bits, validation bits.

    Raises
    ------
    ValueError
        If the meter or the tempo is none.
    """

    style: str = ""
    title: str = ""
    command: str = ""
    seed: int = 0
    minutes: float = 0.0
    corpus: str = ""
    source: str = ""
    terms: str = ""
    tunes: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    meter: str = "4/4"
    tempo: float = 120.0
    history: list[list[float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        Meter.parse(self.meter)
        if not isinstance(self.tempo, int | float) or not 0 < self.tempo < math.inf:
            raise ValueError(f"a tempo is quarter notes a minute, not {self.tempo!r}")


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A trained model.

    Parameters
    ----------
    network : Network
    codec : Codec
    card : Card
    preference : ndarray, shape (layers, 12, H)
        See `rnn.training.evaluation.preference`.
    atlas : Atlas or None
        What each unit likes, if it was surveyed.
    """

    network: Network
    codec: Codec
    card: ModelCard
    preference: Array
    atlas: UnitAtlas | None = None


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a model; the file appears whole or not at all."""
    about = {
        "format": FORMAT,
        "codec": {"kind": checkpoint.codec.kind, **checkpoint.codec.settings()},
        "sizes": asdict(checkpoint.network.sizes),
        "card": asdict(checkpoint.card),
    }
    arrays = {f"network.{name}": a for name, a in checkpoint.network.parameters.items()}
    arrays["preference"] = checkpoint.preference
    if checkpoint.atlas is not None:
        kept, about["atlas"] = atlases.atlas_to_arrays(checkpoint.atlas)
        arrays |= {f"atlas.{name}": array for name, array in kept.items()}
    write_arrays(path, arrays, about)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a model.

    Raises
    ------
    CheckpointError
        If the file is missing, foreign, truncated, or does not hold what it says.
    """
    arrays, about = read_arrays(path)
    if about.get("format") != FORMAT:
        raise CheckpointError(f"{path}: not a Hidden State model")
    try:
        codec_settings = dict(about["codec"])
        codec = codec_named(codec_settings.pop("kind"))(**codec_settings)
        sizes = NetworkSizes(**about["sizes"])
        card = ModelCard(**about["card"])
        network = Network(sizes, _validated_weights(arrays))
        if (sizes.inputs, sizes.outputs) != (codec.inputs, codec.outputs):
            raise ValueError("its vocabulary does not match its codec")
        preference = arrays["preference"]
        if preference.shape != (sizes.layers, 12, sizes.units):
            raise ValueError(f"its preference has shape {preference.shape}")
        atlas = _atlas(arrays, about.get("atlas"), sizes)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: a damaged Hidden State model ({error})") from error
    return Checkpoint(network, codec, card, preference, atlas)


def _validated_weights(arrays: dict[str, Array]) -> dict[str, Array]:
    weights = _strip_prefix(arrays, "network.")
    for name, array in weights.items():
        if array.dtype != np.float32 or not np.isfinite(array).all():
            raise ValueError(f"{name} does not hold finite float32 numbers")
    return weights


def _strip_prefix(arrays: dict[str, Array], prefix: str) -> dict[str, Array]:
    """Those whose names begin so, by what is left of their names."""
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _atlas(arrays: dict[str, Array], about: dict | None, sizes: NetworkSizes) -> UnitAtlas | None:
    if about is None:
        return None
    found = atlases.atlas_from_arrays(_strip_prefix(arrays, "atlas."), about)
    if (found.layers, found.units) != (sizes.layers, sizes.units):
        raise ValueError("its atlas is of another network")
    return found


def write_arrays(path: Path, arrays: dict[str, Array], about: dict) -> None:
    """Write arrays and a JSON text beside them, atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    try:
        save_file(whole, beside, metadata={"hidden_state": json.dumps(about)})
        beside.chmod(0o644)  # safetensors writes for its owner alone
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_arrays(path: Path) -> tuple[dict[str, Array], dict]:
    """Read what `write_arrays` wrote.

    Raises
    ------
    CheckpointError
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file")
    try:
        with safe_open(path, framework="np") as file:
            text = (file.metadata() or {}).get("hidden_state")
            if text is None:
                raise CheckpointError(f"{path}: not a Hidden State model")
            return {name: file.get_tensor(name) for name in file.keys()}, json.loads(text)  # noqa: SIM118
    except (SafetensorError, OSError, json.JSONDecodeError) as error:
        raise CheckpointError(f"{path}: not a readable model file ({error})") from error
