"""Change of the network's state by the latest notes, which lights the cells that answer to them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from messages.clock import SECOND
from messages.cues import NoteCue, NoteSource
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats

CHANGE_ATTACK_S = 0.08  # rise time of a change, seconds
VISITOR_FADE_S = 2.4
"""Time in which the change by a visitor's note fades, seconds; long, so that a trill is steady."""


def recent_change(
    frame: Frame,
    state_of: Callable[[NoteCue], Floats | None],
    fade_s: float,
    by_visitor: bool = False,
) -> Floats | float:
    """Change of a state by the latest notes, fading, 0 to 1.

    Parameters
    ----------
    frame : Frame
    state_of : callable
        Returns the state after a cue, of any shape; None if it is not known.
    fade_s : float
        Time in which a change fades, seconds.
    by_visitor : bool
        Leave out the changes by the network's own notes.

    Returns
    -------
    ndarray
        In the shape of the state; 0 without a change.
    """
    total: Floats | float = 0.0
    before = None
    start = frame.time - round((fade_s + 3.0) * SECOND)
    for timed in frame.timeline.cues_between(start, frame.time + 1):
        age, own = frame.seconds_since(timed.due), timed.cue.source is NoteSource.VISITOR
        state = state_of(timed.cue)
        if state is None:
            continue
        if before is not None and age < fade_s and (own or not by_visitor):
            rise = min(1.0, age / CHANGE_ATTACK_S)
            total = total + np.abs(state - before) * (rise * (1 - age / fade_s) ** 2)
        before = state
    return np.minimum(total, 1.0)
