"""Lesson player: takes a walkthrough through its steps, by the visitor's actions or by itself."""

from __future__ import annotations

from messages.clock import SECOND
from visuals.input.lesson_actions import ARROWS, LessonAction
from visuals.lessons.base.audio import LEAD_TIME_NS, DummyLessonAudio, GestureLessonAudio
from visuals.lessons.base.walkthrough import Walkthrough

TICK_NS = SECOND // 30  # time between two ticks of a running step, ns
MAX_TICKS_PER_FRAME = 6
"""Most ticks of one update; a slow machine learns more slowly instead of dropping frames."""
LAST_STEP_EXTRA_S = 4.0
"""Extra time of the last step before a lesson that runs by itself restarts, s."""


class LessonPlayer:
    """Plays, pauses, steps and restarts a walkthrough; all times are in ns and never decrease."""

    def __init__(self, walkthrough: Walkthrough, audio: GestureLessonAudio | None = None) -> None:
        self.walkthrough = walkthrough
        self._audio = audio or DummyLessonAudio()
        self.playing = False
        self._step_start_ns: int | None = None
        self._auto_advance_start_ns = 0
        self._last_tick_ns: int | None = None

    def handle_action(self, action: LessonAction, now: int) -> None:
        """Handle an action within the lesson."""
        step = self.walkthrough.current_step
        if action is LessonAction.RESTART:
            self.restart()
            self._play_requested_notes(now)
        elif action is LessonAction.PLAY:
            self._toggle_playing(now)
        elif action is LessonAction.STEP or (action is LessonAction.RIGHT and not step.arrows):
            self.playing = False
            self._advance(now)
        elif action is LessonAction.BACK or (action is LessonAction.LEFT and not step.arrows):
            self.go_to_step(max(0, self.walkthrough.step_index - 1), now)
        elif action in ARROWS:
            self.walkthrough.handle_arrow(action)
            self._play_requested_notes(now)

    def go_to_step(self, index: int, now: int) -> None:
        """Go to a step, paused; from the first one on, if it lies before the current step."""
        self._audio.stop()
        self.playing = False
        if index < self.walkthrough.step_index:
            self.walkthrough.restart()
        while self.walkthrough.step_index < index and self.walkthrough.advance():
            pass
        self._step_start_ns = self._auto_advance_start_ns = self._last_tick_ns = now
        self._play_requested_notes(now)

    def pause(self) -> None:
        """End the sound, and leave the step to the visitor."""
        self.playing = False
        self._audio.stop()
        self.walkthrough.pop_requested_notes()

    def restart(self) -> None:
        """Reset everything to the first step, paused."""
        self._restart_walkthrough()
        self.playing, self._step_start_ns, self._last_tick_ns = False, None, None

    def update(self, now: int) -> None:
        """Do the ticks due by `now`; go to the next step if it is time."""
        if self._step_start_ns is None or self._last_tick_ns is None:
            self._step_start_ns = self._auto_advance_start_ns = self._last_tick_ns = now
        self._play_requested_notes(now)
        ticks = min(MAX_TICKS_PER_FRAME, (now - self._last_tick_ns) // TICK_NS)
        for _ in range(ticks):
            self._last_tick_ns += TICK_NS
            self.walkthrough.tick()
            self._play_requested_notes(self._last_tick_ns)
        if ticks == MAX_TICKS_PER_FRAME:
            self._last_tick_ns = now
        at_end, duration_s = self.walkthrough.at_end, self.walkthrough.current_step.seconds
        duration_s += LAST_STEP_EXTRA_S if at_end else 0.0
        if self.playing and now - self._auto_advance_start_ns >= duration_s * SECOND:
            if at_end:
                self._restart_walkthrough()
                self._step_start_ns = self._auto_advance_start_ns = now
                self._play_requested_notes(now)
            else:
                self._advance(now)

    def step_age_s(self, now: int) -> float:
        """Time since the current step began, s."""
        return 0.0 if self._step_start_ns is None else max(0, now - self._step_start_ns) / SECOND

    def _toggle_playing(self, now: int) -> None:
        self.playing = not self.playing
        if self.playing and self.walkthrough.at_end:
            self._restart_walkthrough()
            self._step_start_ns = now
        if self.playing:  # the step gets its full time from now, without fading in again
            self._auto_advance_start_ns = now

    def _restart_walkthrough(self) -> None:
        self._audio.stop()
        self.walkthrough.restart()

    def _advance(self, now: int) -> None:
        if self.walkthrough.at_end:
            return
        self._audio.stop()
        self.walkthrough.advance()
        self._step_start_ns = self._auto_advance_start_ns = self._last_tick_ns = now
        self._play_requested_notes(now)

    def _play_requested_notes(self, now: int) -> None:
        """Play what the walkthrough requested at `now`."""
        request = self.walkthrough.pop_requested_notes()
        if request is None:
            return
        if request.notes:
            self._audio.play_tones(request.to_tones(now + LEAD_TIME_NS))
        else:
            self._audio.stop()
