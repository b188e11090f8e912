"""Showing: the stage with what the house knows put in - cues from a wire, gestures to a pipe."""

from __future__ import annotations

from collections.abc import Callable

from installation.config import StageSettings
from rnn.checkpoint import Checkpoint
from visuals.anatomy import Anatomy
from visuals.cues import Message
from visuals.gestures import Gesture
from visuals.stage import CueSource, NoDisplay, Stage

__all__ = ["NoDisplay", "open_stage"]


class PolledCues(CueSource):
    """Cues from wherever `poll` finds them."""

    def __init__(self, poll: Callable[[], list[Message]]) -> None:
        self._poll = poll

    def poll(self) -> list[Message]:
        return self._poll()


def open_stage(
    settings: StageSettings,
    checkpoint: Checkpoint,
    poll: Callable[[], list[Message]],
    sink: Callable[[Gesture], None],
    offscreen: bool = False,
) -> Stage:
    """The stage of a network.

    Parameters
    ----------
    settings : StageSettings
    checkpoint : Checkpoint
        The network to be drawn.
    poll : callable
        Gives the messages that came since the last call.
    sink : callable
        Gets what a visitor does at the window.
    offscreen : bool
        Draw without a window.

    Raises
    ------
    NoDisplay
        If a window was wanted and there is no display.
    """
    stage = Stage(
        settings,
        PolledCues(poll),
        sink,
        anatomy=Anatomy.of(checkpoint),
        offscreen=offscreen,
    )
    stage.open()
    return stage
