"""Blend partners: the styles that may be blended with the network that plays."""

from __future__ import annotations

from installation.config import StyleSettings
from rnn.generation.ensemble import EnsembleImproviser, describe_mismatch
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from rnn.styles import style_names, style_path

ALL_STYLES = "*"  # word in `style.blend` for every built-in style that fits the network that plays
MAX_STYLES = 6  # largest number of styles that play together, the first included


def load_blend_partners(style: StyleSettings, first: Checkpoint) -> list[Checkpoint]:
    """Load the networks that may be blended with the first.

    Parameters
    ----------
    style : StyleSettings
        Names the styles.
    first : Checkpoint
        The network that plays.

    Returns
    -------
    list of Checkpoint
        In the order of the settings, without the first.

    Raises
    ------
    UnknownStyleError, CheckpointError
        If a named style does not exist, does not fit, or is one too many.
    """
    asked = [name for name in dict.fromkeys(style.blend) if name != ALL_STYLES]
    found = [load_checkpoint(style_path(name)) for name in asked]
    for partner in found:
        if reason := describe_mismatch(first, partner):
            raise CheckpointError(f"{', '.join(asked)}: {reason}")
    if ALL_STYLES in style.blend:
        rest = [load_checkpoint(style_path(name)) for name in style_names() if name not in asked]
        found += [partner for partner in rest if not describe_mismatch(first, partner)]
    known = {first.card.style: first}
    partners = [one for one in found if known.setdefault(one.card.style, one) is one]
    if len(partners) >= MAX_STYLES and ALL_STYLES not in style.blend:
        raise CheckpointError(f"{', '.join(asked)}: no more than {MAX_STYLES} styles blend")
    return partners[: MAX_STYLES - 1]


def create_blend(first: Checkpoint, partners: list[Checkpoint]) -> Improviser:
    """Make an improviser of one or several networks.

    Parameters
    ----------
    first : Checkpoint
        It has the whole share at first.
    partners : list of Checkpoint

    Returns
    -------
    Improviser

    Raises
    ------
    TypeError
        If a network writes text instead of notes.
    ValueError
        If a partner does not fit.
    """
    if not partners:
        return Improviser(first)
    return EnsembleImproviser([first, *partners], [1.0] + [0.0] * len(partners))
