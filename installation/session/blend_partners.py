"""The troupe: the network that plays, and the styles that may be blended into what it plays."""

from __future__ import annotations

import logging

from installation.config import StyleSettings
from rnn import styles
from rnn.generation.ensemble import EnsembleImproviser, describe_mismatch
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint, CheckpointError, load_checkpoint

ALL_STYLES = "*"
"""In `style.blend`: every style that comes with the instrument and fits the one that plays."""
MAX_STYLES = 6
"""Styles that may play together, the first included."""

log = logging.getLogger(__name__)


def load_blend_partners(style: StyleSettings, first: Checkpoint) -> list[Checkpoint]:
    """The networks that may be blended into the first, in order; it is not among them.

    Raises
    ------
    UnknownStyleError, CheckpointError
        If one that is named is not to be had, does not fit, or is one too many.
    """
    asked = [name for name in dict.fromkeys(style.blend) if name != ALL_STYLES]
    found = [load_checkpoint(styles.style_path(name)) for name in asked]
    for partner in found:
        if reason := describe_mismatch(first, partner):
            raise CheckpointError(f"{', '.join(asked)}: {reason}")
    if ALL_STYLES in style.blend:
        rest = [
            load_checkpoint(styles.style_path(name))
            for name in styles.style_names()
            if name not in asked
        ]
        found += [partner for partner in rest if not describe_mismatch(first, partner)]
    known = {first.card.style: first}
    partners = [one for one in found if known.setdefault(one.card.style, one) is one]
    if len(partners) >= MAX_STYLES and ALL_STYLES not in style.blend:
        raise CheckpointError(f"{', '.join(asked)}: no more than {MAX_STYLES} styles blend")
    return partners[: MAX_STYLES - 1]


def create_blend(first: Checkpoint, partners: list[Checkpoint]) -> Improviser:
    """The networks ready to play, the first with the whole share.

    Raises
    ------
    TypeError, ValueError
        If one does not speak notes, or does not fit.
    """
    if not partners:
        return Improviser(first)
    return EnsembleImproviser([first, *partners], [1.0] + [0.0] * len(partners))
