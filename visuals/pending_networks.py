"""Coming: the network that plays already and is drawn as soon as its scenes are built."""

from __future__ import annotations

from dataclasses import dataclass, field

from messages.cues import Blending, Message, StyleChange, TurnChange, Waning
from visuals.network_summary import Anatomy
from visuals.scene_builder import Understudies

OF_ANYBODY = (StyleChange, TurnChange, Waning, Blending)
"""Messages that are no network's own: they are shown whoever is drawn."""


@dataclass(frozen=True, slots=True)
class Coming:
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

    troupe: tuple[Anatomy, ...]
    understudies: Understudies
    messages: list[Message] = field(default_factory=list)

    def keep(self, message: Message) -> bool:
        """Keep a message for later if it is of the coming network; whether it is."""
        if isinstance(message, OF_ANYBODY):
            return False
        self.messages.append(message)
        return True
