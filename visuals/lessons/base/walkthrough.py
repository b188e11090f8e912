"""Walkthrough: what a lesson does, step by step, without a picture or a clock.

The same actions give the same walkthrough. A lesson's picture shows its state; tests read it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from midi_data.notes import Note
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.base.audio import NotesRequest
from visuals.lessons.base.shared_state import SharedLessonState


@dataclass(frozen=True, slots=True)
class LessonStep:
    """One sentence of a lesson and its picture.

    Parameters
    ----------
    name : str
        Key of the sentence among the lesson's words.
    seconds : float
        Time the step is shown when the lesson runs by itself.
    runs : bool
        Whether the walkthrough ticks during this step.
    arrows : tuple of LessonAction
        Arrow actions that have an effect in this step.
    """

    name: str
    seconds: float = 5.0
    runs: bool = False
    arrows: tuple[LessonAction, ...] = ()


class Walkthrough(ABC):
    """The steps of a lesson and the state they show.

    A subclass may have a method ``_do_<name>`` for a step: it is called as the step begins.

    Parameters
    ----------
    shared_state : SharedLessonState, optional
        State shared with the other lessons; by default a state of its own.
    """

    steps: tuple[LessonStep, ...]

    def __init__(self, shared_state: SharedLessonState | None = None) -> None:
        self._shared_state = shared_state or SharedLessonState()
        self.restart()

    @property
    def current_step(self) -> LessonStep:
        """The current step."""
        return self.steps[self.step_index]

    @property
    def at_end(self) -> bool:
        """Whether the current step is the last."""
        return self.step_index == len(self.steps) - 1

    def index_of_step(self, name: str) -> int:
        """Index of the step of that name; raises ValueError if there is none."""
        return [step.name for step in self.steps].index(name)

    def restart(self) -> None:
        """Go to the first step and reset all state."""
        self.step_index = 0
        self._requested_notes: NotesRequest | None = None
        self._reset()
        self._enter_step()

    def advance(self) -> bool:
        """Go to the next step; returns False, without any change, at the end."""
        if self.at_end:
            return False
        self.step_index += 1
        self._enter_step()
        return True

    def tick(self) -> None:
        """Do one unit of work if the current step runs."""
        if self.current_step.runs:
            self._on_tick()

    def handle_arrow(self, action: LessonAction) -> None:
        """Handle an arrow action if it has an effect in the current step."""
        if action in self.current_step.arrows:
            self._on_arrow(action)

    def release(self) -> None:  # noqa: B027  most walkthroughs have nothing to hold
        """The visitor lifted a finger or a key."""

    def request_notes(
        self, notes: Iterable[Note], seconds_per_beat: float = 0.5, velocity: int = 56
    ) -> None:
        """Ask for notes in place of those requested before; see `NotesRequest`."""
        self._requested_notes = NotesRequest(tuple(notes), seconds_per_beat, velocity)

    def pop_requested_notes(self) -> NotesRequest | None:
        """Return and forget the request made since the last call, if any."""
        request, self._requested_notes = self._requested_notes, None
        return request

    @abstractmethod
    def _reset(self) -> None:
        """Set all state to its initial value."""

    def _enter_step(self) -> None:
        """Call the method of the new step, if there is one."""
        method: Callable[[], None] | None = getattr(self, f"_do_{self.current_step.name}", None)
        if method is not None:
            method()

    def _on_tick(self) -> None:  # noqa: B027  most walkthroughs have no running step
        """Do one unit of work of the current step."""

    def _on_arrow(self, action: LessonAction) -> None:  # noqa: B027  or no arrows
        """Change what the arrows change in the current step."""
