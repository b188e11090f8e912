"""Walkthrough of lesson 7: choose a network, and play with it."""

from __future__ import annotations

from rnn.teaching.tune_learner import LEARNED_STYLE, TuneLearnerSnapshot
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.base.shared_state import NetworkOption
from visuals.lessons.base.walkthrough import LessonStep, Walkthrough

MAX_OPTIONS = 5  # most networks to choose from, the trained one included
TICKS_PER_SECOND = 30
HANDOVER_DELAY_S = 5.0  # time from the start of the last step to the live scenes, s


class CreateWalkthrough(Walkthrough):
    """Networks to choose from, and the chosen one."""

    steps = (
        LessonStep("choose", 8.0, arrows=(LessonAction.LEFT, LessonAction.RIGHT)),
        LessonStep("play", 4.0, runs=True),
    )

    def _reset(self) -> None:
        self.option_index = self._ticks = 0
        self._learned_option: tuple[TuneLearnerSnapshot, NetworkOption] | None = None

    @property
    def options(self) -> tuple[NetworkOption, ...]:
        """The network trained in this visit, if any, and those of the installation."""
        learned = self._shared_state.learned_snapshot
        styles = tuple(self._shared_state.network_options())[: MAX_OPTIONS - 1]
        if learned is None:
            return styles
        if self._learned_option is None or self._learned_option[0] is not learned:
            option = NetworkOption.from_checkpoint(LEARNED_STYLE, learned, learned.checkpoint())
            self._learned_option = learned, option
        return (self._learned_option[1], *styles)

    @property
    def selected_option(self) -> NetworkOption | None:
        """The chosen network; None if there is none to choose from."""
        options = self.options
        return options[self.option_index % len(options)] if options else None

    @property
    def handover_in_s(self) -> float:
        """Time until the network plays, s."""
        return max(0.0, HANDOVER_DELAY_S - self._ticks / TICKS_PER_SECOND)

    def select_option(self, index: int) -> None:
        """Choose another network, in the step for that."""
        if self.current_step.name == "choose":
            self.option_index = index

    def _on_arrow(self, action: LessonAction) -> None:
        self.select_option(self.option_index + action.direction)

    def _do_play(self) -> None:
        self._ticks = 0

    def _on_tick(self) -> None:
        self._ticks += 1
        option = self.selected_option
        if self.handover_in_s == 0.0 and option is not None:
            self._shared_state.chosen_network = option.network
