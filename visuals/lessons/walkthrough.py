"""Walk: what a lesson does, step by step, without a picture or a clock.

The same presses give the same walk. A picture only shows what the walk says; tests read the walk.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from midi_data.notes import Note
from visuals.lessons.actions import Action
from visuals.lessons.audio import Song


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence and what there is to see with it.

    Parameters
    ----------
    name : str
        Key of its sentence among the lesson's words.
    seconds : float
        It stays this long when the lesson runs by itself.
    runs : bool
        While it is shown the walk ticks: something learns or sounds.
    turns : tuple of Action
        Arrows with which the visitor can turn something.
    """

    name: str
    seconds: float = 5.0
    runs: bool = False
    turns: tuple[Action, ...] = ()


class Walk(ABC):
    """Steps in order. A step that is left is silent from then on.

    Attributes
    ----------
    steps : tuple of Step
        At least one.
    position : int
        Place of the step shown.
    """

    steps: tuple[Step, ...]

    def __init__(self) -> None:
        self.position = 0
        self._asked: Song | None = None
        self.restart()

    @property
    def now(self) -> Step:
        """The step shown."""
        return self.steps[self.position]

    @property
    def at_end(self) -> bool:
        """Whether this is the last step."""
        return self.position == len(self.steps) - 1

    def place(self, name: str) -> int:
        """Place of the step of a name.

        Raises
        ------
        ValueError
            If there is none.
        """
        for place, step in enumerate(self.steps):
            if step.name == name:
                return place
        raise ValueError(f"no step {name!r}")

    def restart(self) -> None:
        """Back to the first step, all as at first."""
        self.position = 0
        self._asked = None
        self._begin()
        self._enter()

    def advance(self) -> bool:
        """One step on; False, and nothing done, at the end."""
        if self.at_end:
            return False
        self.position += 1
        self._enter()
        return True

    def tick(self) -> None:
        """The smallest thing that runs by itself, if the step has one."""
        if self.now.runs:
            self._tick()

    def turn(self, action: Action) -> None:
        """An arrow was pressed; does nothing where there is nothing to turn."""
        if action in self.now.turns:
            self._turn(action)

    def sing(self, notes: Iterable[Note], beat: float = 0.5, velocity: int = 56) -> None:
        """Ask for notes to be heard from now on, in place of those asked for before.

        Parameters
        ----------
        notes : iterable of Note
            Onsets in beats from now; none for silence.
        beat : float
            Seconds a beat lasts.
        velocity : int
            MIDI velocity; see `visuals.lessons.audio` for how loud and how long it may be.
        """
        self._asked = Song(tuple(notes), beat, velocity)

    def take_song(self) -> Song | None:
        """What was asked for since the last call; it is the player's to have it heard."""
        song, self._asked = self._asked, None
        return song

    @abstractmethod
    def _begin(self) -> None:
        """Make everything anew."""

    def _enter(self) -> None:
        """Do what the step just come to does: calls the method of its name, if there is one."""
        does: Callable[[], None] | None = getattr(self, f"_do_{self.now.name}", None)
        if does is not None:
            does()

    def _tick(self) -> None:  # noqa: B027  most walks have nothing that runs
        """Do the smallest thing that runs by itself."""

    def _turn(self, action: Action) -> None:  # noqa: B027  or nothing to turn
        """Turn what the arrows turn."""
