"""The model that a run plays."""

from __future__ import annotations

from pathlib import Path

from installation.config import StyleSettings
from rnn.model.checkpoint import Checkpoint, load_checkpoint
from rnn.styles import style_path


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
