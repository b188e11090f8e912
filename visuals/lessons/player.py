"""Player: takes a walk through its steps, at the visitor's pace or at its own."""

from __future__ import annotations

from visuals.lessons.actions import ARROWS, Action
from visuals.lessons.audio import SOON, DummyVoice, Voice
from visuals.lessons.walkthrough import Walk
from visuals.timeline import SECOND

TICK = SECOND // 30
"""Time between two ticks of what runs by itself, ns."""
MOST_TICKS = 6
"""In one frame; a machine that is slower learns more slowly rather than halting the picture."""
REST = 4.0
"""Seconds the last step stays longer before a lesson that runs by itself begins again."""


class Player:
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

    def __init__(self, walk: Walk, voice: Voice | None = None) -> None:
        self.walk = walk
        self._voice = voice or DummyVoice()
        self.playing = False
        self._since: int | None = None
        self._stays_since = 0
        self._ticked: int | None = None

    def press(self, action: Action, now: int) -> None:
        """A visitor did something."""
        if action is Action.RESTART:
            self.restart()
            self._sing(now)
        elif action is Action.PLAY:
            self._play(now)
        elif action is Action.STEP or (action is Action.RIGHT and not self.walk.now.turns):
            self.playing = False
            self._advance(now)
        elif action in ARROWS:
            self.walk.turn(action)
            self._sing(now)

    def restart(self) -> None:
        """From the first step, at the visitor's pace, as if never touched."""
        self._begin_again()
        self.playing, self._since, self._ticked = False, None, None

    def run(self, now: int) -> None:
        """Let time pass until `now`."""
        if self._since is None or self._ticked is None:
            self._since = self._stays_since = self._ticked = now
        self._sing(now)
        ticks = min(MOST_TICKS, (now - self._ticked) // TICK)
        for tick in range(ticks):
            self.walk.tick()
            self._sing(self._ticked + (tick + 1) * TICK)
        self._ticked = now if ticks == MOST_TICKS else self._ticked + ticks * TICK
        if self.playing and now - self._stays_since >= self._stay() * SECOND:
            if self.walk.at_end:
                self._begin_again()
                self._since = self._stays_since = now
                self._sing(now)
            else:
                self._advance(now)

    def age(self, now: int) -> float:
        """Seconds since the step shown began."""
        return 0.0 if self._since is None else max(0, now - self._since) / SECOND

    def _play(self, now: int) -> None:
        self.playing = not self.playing
        if self.playing and self.walk.at_end:
            self._begin_again()
            self._since = now
        if self.playing:  # from now on it stays its time; what is shown does not appear anew
            self._stays_since = now

    def _begin_again(self) -> None:
        self._voice.hush()
        self.walk.restart()

    def _advance(self, now: int) -> None:
        if self.walk.at_end:
            return
        self._voice.hush()
        self.walk.advance()
        self._since = self._stays_since = self._ticked = now
        self._sing(now)

    def _sing(self, now: int) -> None:
        """Have heard what the walk asked for at `now`, ns."""
        song = self.walk.take_song()
        if song is None:
            return
        if song.notes:
            self._voice.sing(song.tones(now + SOON))
        else:
            self._voice.hush()

    def _stay(self) -> float:
        return self.walk.now.seconds + (REST if self.walk.at_end else 0.0)
