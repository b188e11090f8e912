"""Coming: the network that plays already and is drawn as soon as its scenes are built."""

from __future__ import annotations

from dataclasses import dataclass, field

from messages.cues import BlendChange, ModelChange, StageMessage, TurnChange, VisitEndWarning
from visuals.network_summary import NetworkSummary
from visuals.scene_builder import SceneBuilder

SHARED_MESSAGE_TYPES = (ModelChange, TurnChange, VisitEndWarning, BlendChange)
"""Messages that are no network's own: they are shown whoever is drawn."""


@dataclass(frozen=True, slots=True)
class PendingNetworks:
    """Who is to be drawn next.

    Parameters
    ----------
    troupe : tuple of Anatomy
        The networks that play, the first of which is drawn.
    understudies : Understudies
        Its scenes, being built.
    messages : list of Message
        What was told of it meanwhile, in order.
    """

    networks: tuple[NetworkSummary, ...]
    scene_builder: SceneBuilder
    deferred_messages: list[StageMessage] = field(default_factory=list)

    def defer_message(self, message: StageMessage) -> bool:
        """Keep a message for later if it is of the coming network; whether it is."""
        if isinstance(message, SHARED_MESSAGE_TYPES):
            return False
        self.deferred_messages.append(message)
        return True
