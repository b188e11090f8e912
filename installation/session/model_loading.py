"""The model that a run plays."""

from __future__ import annotations

import logging
from pathlib import Path

from installation.band.band import Band
from installation.config import Config, LiveSettings, StyleSettings
from rnn.evolution.generation_store import GenerationStore
from rnn.generation.drummer import DrumImproviser
from rnn.model.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from rnn.styles import DRUMS_STYLE, style_path

log = logging.getLogger(__name__)


def model_path(style: StyleSettings) -> Path:
    """File of the model that the settings name.

    Parameters
    ----------
    style : StyleSettings

    Returns
    -------
    Path

    Raises
    ------
    UnknownStyleError
        If there is no style of that name.
    """
    return Path(style.model) if style.model else style_path(style.name)


def load_model(style: StyleSettings) -> Checkpoint:
    """Load the model that the settings name.

    Parameters
    ----------
    style : StyleSettings

    Returns
    -------
    Checkpoint

    Raises
    ------
    UnknownStyleError
        If there is no style of that name.
    CheckpointError
        If the file is no model.
    """
    return load_checkpoint(model_path(style))


def open_generations(config: Config) -> GenerationStore:
    """The generations of the style that the settings name.

    Parameters
    ----------
    config : Config

    Returns
    -------
    GenerationStore

    Raises
    ------
    UnknownStyleError
        If there is no style of that name.
    """
    origin = model_path(config.style)
    return GenerationStore(Path(config.evolution.folder) / origin.stem, origin.stem, origin)


def played_model_path(config: Config) -> Path:
    """File of the network that the piece plays with some settings.

    Parameters
    ----------
    config : Config

    Returns
    -------
    Path

    Raises
    ------
    UnknownStyleError
        If there is no style of that name.
    """
    if not config.evolution.enabled:
        return model_path(config.style)
    store = open_generations(config)
    return store.path(store.current_number)


def create_band(live: LiveSettings, seed: int) -> Band:
    """The band that the settings ask for; without a drummer's model it is silent, and says so.

    Parameters
    ----------
    live : LiveSettings
    seed : int

    Returns
    -------
    Band
    """
    if live.band == "off":
        return Band()
    try:
        drummer = DrumImproviser(load_checkpoint(style_path(DRUMS_STYLE), drums=True))
    except CheckpointError as error:
        log.warning("no band: %s", error)
        return Band()
    return Band(drummer, live.band, seed, live.genre)
