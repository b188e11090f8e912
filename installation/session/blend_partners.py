"""The troupe: the network that plays, and the styles that may be blended into what it plays."""

from __future__ import annotations

import logging

from installation.config import StyleSettings
from rnn import styles
from rnn.generation.ensemble import Blend, misfit
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint, CheckpointError, load

EVERY = "*"
"""In `style.blend`: every style that comes with the instrument and fits the one that plays."""
MOST_STYLES = 6
"""Styles that may play together, the first included."""

log = logging.getLogger(__name__)


def open_partners(style: StyleSettings, first: Checkpoint) -> list[Checkpoint]:
    """The networks that may be blended into the first, in order; it is not among them.

    Raises
    ------
    UnknownStyleError, CheckpointError
        If one that is named is not to be had, does not fit, or is one too many.
    """
    asked = [name for name in dict.fromkeys(style.blend) if name != EVERY]
    found = [load(styles.path_of(name)) for name in asked]
    for partner in found:
        if reason := misfit(first, partner):
            raise CheckpointError(f"{', '.join(asked)}: {reason}")
    if EVERY in style.blend:
        rest = [load(styles.path_of(name)) for name in styles.names() if name not in asked]
        found += [partner for partner in rest if not misfit(first, partner)]
    known = {first.card.style: first}
    partners = [one for one in found if known.setdefault(one.card.style, one) is one]
    if len(partners) >= MOST_STYLES and EVERY not in style.blend:
        raise CheckpointError(f"{', '.join(asked)}: no more than {MOST_STYLES} styles blend")
    return partners[: MOST_STYLES - 1]


def blended(first: Checkpoint, partners: list[Checkpoint]) -> Improviser:
    """The networks ready to play, the first with the whole share.

    Raises
    ------
    TypeError, ValueError
        If one does not speak notes, or does not fit.
    """
    if not partners:
        return Improviser(first)
    return Blend([first, *partners], [1.0] + [0.0] * len(partners))
