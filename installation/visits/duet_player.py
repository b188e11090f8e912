"""Duet player: the network that answers in a duet, as the messages for the stage tell it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from messages.cues import BlendChange, ModelChange, StageMessage

MIN_LONE_SHARE = 0.95  # share of a mixture from which its leader counts as playing alone
MIXTURE_SIGN = "+"  # between the names of networks that answer together


@dataclass(frozen=True, slots=True, order=True)
class DuetPlayer:
    """The network that answers in a duet.

    Parameters
    ----------
    style : str
        Name of the style, or of the model file; of networks that play together, all their names.
    generation : int
        Generation of the style.
    """

    style: str
    generation: int = 0


class DuetPlayerFollower:
    """Follows which network plays.

    The name of the piece's own style stands for it alone: another network of that name gets a mark.

    Parameters
    ----------
    style : str
        Name of the piece's own style.
    generation : int
        That with which the performer began.

    Attributes
    ----------
    player : DuetPlayer
        The network that plays now.
    """

    def __init__(self, style: str, generation: int = 0) -> None:
        self._style = style
        self._generations = {"": generation}  # of the piece's own style, by path of the model
        self._path = ""
        self.player = self._lone_player()

    def add_generation(self, path: str, number: int) -> None:
        """Learn the model path of a generation of the piece's own style; on any thread."""
        self._generations[path] = number

    def handle_message(self, message: StageMessage) -> None:
        """Learn of a change of the network or of the mixture."""
        match message:
            case ModelChange(path):
                self._path = path
                self.player = self._lone_player()
            case BlendChange(names=names, weights=weights) if names:
                leader = max(range(len(names)), key=weights.__getitem__)
                if weights[leader] < MIN_LONE_SHARE:
                    shares = zip(names, weights, strict=True)
                    self.player = DuetPlayer(
                        MIXTURE_SIGN.join(name for name, share in shares if share > 0)
                    )
                elif leader == 0:
                    self.player = self._lone_player()
                else:
                    self.player = self._other_player(names[leader])

    def _lone_player(self) -> DuetPlayer:
        """The network of the current path, without others."""
        number = self._generations.get(self._path)
        if number is None:
            return self._other_player(Path(self._path).stem)
        return DuetPlayer(self._style, number)

    def _other_player(self, name: str) -> DuetPlayer:
        return DuetPlayer(f"another {name}" if name == self._style else name)


def join_players(players: Collection[DuetPlayer]) -> DuetPlayer:
    """The player of a duet in which several have answered, one after the other.

    Parameters
    ----------
    players : collection of DuetPlayer
        At least one.

    Returns
    -------
    DuetPlayer
        With all their names, if there are several.
    """
    first, *others = sorted(players)
    if not others:
        return first
    return DuetPlayer(MIXTURE_SIGN.join(player.style for player in (first, *others)))
