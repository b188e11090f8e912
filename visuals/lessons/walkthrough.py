"""Walk: what a lesson does, step by step, without a picture or a clock.

The same presses give the same walk. A picture only shows what the walk says; tests read the walk.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from midi_data.notes import Note
from visuals.lessons.actions import LessonAction
from visuals.lessons.audio import NotesRequest


@dataclass(frozen=True, slots=True)
class LessonStep:
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
    arrows: tuple[LessonAction, ...] = ()


class Walkthrough(ABC):
    """Steps in order. A step that is left is silent from then on.

    Attributes
    ----------
    steps : tuple of Step
        At least one.
    position : int
        Place of the step shown.
    """

    steps: tuple[LessonStep, ...]

    def __init__(self) -> None:
        self.step_index = 0
        self._requested_notes: NotesRequest | None = None
        self.restart()

    @property
    def current_step(self) -> LessonStep:
        """The step shown."""
        return self.steps[self.step_index]

    @property
    def at_end(self) -> bool:
        """Whether this is the last step."""
        return self.step_index == len(self.steps) - 1

    def index_of_step(self, name: str) -> int:
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
        self.step_index = 0
        self._requested_notes = None
        self._reset()
        self._enter_step()

    def advance(self) -> bool:
        """One step on; False, and nothing done, at the end."""
        if self.at_end:
            return False
        self.step_index += 1
        self._enter_step()
        return True

    def tick(self) -> None:
        """The smallest thing that runs by itself, if the step has one."""
        if self.current_step.runs:
            self._on_tick()

    def handle_arrow(self, action: LessonAction) -> None:
        """An arrow was pressed; does nothing where there is nothing to turn."""
        if action in self.current_step.arrows:
            self._on_arrow(action)

    def request_notes(self, notes: Iterable[Note], beat: float = 0.5, velocity: int = 56) -> None:
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
        self._requested_notes = NotesRequest(tuple(notes), beat, velocity)

    def pop_requested_notes(self) -> NotesRequest | None:
        """What was asked for since the last call; it is the player's to have it heard."""
        song, self._requested_notes = self._requested_notes, None
        return song

    @abstractmethod
    def _reset(self) -> None:
        """Make everything anew."""

    def _enter_step(self) -> None:
        """Do what the step just come to does: calls the method of its name, if there is one."""
        does: Callable[[], None] | None = getattr(self, f"_do_{self.current_step.name}", None)
        if does is not None:
            does()

    def _on_tick(self) -> None:  # noqa: B027  most walks have nothing that runs
        """Do the smallest thing that runs by itself."""

    def _on_arrow(self, action: LessonAction) -> None:  # noqa: B027  or nothing to turn
        """Turn what the arrows turn."""
