"""Player: takes a walk through its steps, at the visitor's pace or at its own."""

from __future__ import annotations

from visuals.lessons.actions import ARROWS, LessonAction
from visuals.lessons.audio import LEAD_TIME_NS, DummyLessonAudio, LessonAudio
from visuals.lessons.walkthrough import Walkthrough
from visuals.timeline import SECOND

TICK_NS = SECOND // 30
"""Time between two ticks of what runs by itself, ns."""
MAX_TICKS_PER_FRAME = 6
"""In one frame; a machine that is slower learns more slowly rather than halting the picture."""
LAST_STEP_EXTRA_S = 4.0
"""Seconds the last step stays longer before a lesson that runs by itself begins again."""


class LessonPlayer:
    """Play, pause, step and start over.

    Time is what it is told: ns, never backwards.

    Parameters
    ----------
    walk : Walk
    voice : Voice, optional
        Sings what the walk asks for.

    Attributes
    ----------
    playing : bool
        Whether it runs by itself.
    """

    def __init__(self, walk: Walkthrough, voice: LessonAudio | None = None) -> None:
        self.walkthrough = walk
        self._audio = voice or DummyLessonAudio()
        self.playing = False
        self._step_start_ns: int | None = None
        self._auto_advance_start_ns = 0
        self._last_tick_ns: int | None = None

    def handle_action(self, action: LessonAction, now: int) -> None:
        """A visitor did something."""
        if action is LessonAction.RESTART:
            self.restart()
            self._play_requested_notes(now)
        elif action is LessonAction.PLAY:
            self._toggle_playing(now)
        elif action is LessonAction.STEP or (
            action is LessonAction.RIGHT and not self.walkthrough.current_step.arrows
        ):
            self.playing = False
            self._advance(now)
        elif action in ARROWS:
            self.walkthrough.handle_arrow(action)
            self._play_requested_notes(now)

    def restart(self) -> None:
        """From the first step, at the visitor's pace, as if never touched."""
        self._restart_walkthrough()
        self.playing, self._step_start_ns, self._last_tick_ns = False, None, None

    def update(self, now: int) -> None:
        """Let time pass until `now`."""
        if self._step_start_ns is None or self._last_tick_ns is None:
            self._step_start_ns = self._auto_advance_start_ns = self._last_tick_ns = now
        self._play_requested_notes(now)
        ticks = min(MAX_TICKS_PER_FRAME, (now - self._last_tick_ns) // TICK_NS)
        for tick in range(ticks):
            self.walkthrough.tick()
            self._play_requested_notes(self._last_tick_ns + (tick + 1) * TICK_NS)
        self._last_tick_ns = (
            now if ticks == MAX_TICKS_PER_FRAME else self._last_tick_ns + ticks * TICK_NS
        )
        if self.playing and now - self._auto_advance_start_ns >= self._step_duration_s() * SECOND:
            if self.walkthrough.at_end:
                self._restart_walkthrough()
                self._step_start_ns = self._auto_advance_start_ns = now
                self._play_requested_notes(now)
            else:
                self._advance(now)

    def step_age_s(self, now: int) -> float:
        """Seconds since the step shown began."""
        return 0.0 if self._step_start_ns is None else max(0, now - self._step_start_ns) / SECOND

    def _toggle_playing(self, now: int) -> None:
        self.playing = not self.playing
        if self.playing and self.walkthrough.at_end:
            self._restart_walkthrough()
            self._step_start_ns = now
        if self.playing:  # from now on it stays its time; what is shown does not appear anew
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
        """Have heard what the walk asked for at `now`, ns."""
        song = self.walkthrough.pop_requested_notes()
        if song is None:
            return
        if song.notes:
            self._audio.play_tones(song.to_tones(now + LEAD_TIME_NS))
        else:
            self._audio.stop()

    def _step_duration_s(self) -> float:
        return self.walkthrough.current_step.seconds + (
            LAST_STEP_EXTRA_S if self.walkthrough.at_end else 0.0
        )
