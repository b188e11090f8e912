"""The player: plays the network's lines - composes ahead, hands notes on, takes them back."""

from __future__ import annotations

import logging
from itertools import count

import numpy as np

from installation.engine.phrase_generator import Axis, Composed, Line, Place, Plan
from installation.engine.publisher import Announcer
from installation.engine.scheduler import TOO_LATE, Scheduler
from installation.engine.tempo_sync import LedTempo
from messages.clock import MILLISECOND, SECOND
from rnn.generation.composer import Composer

REACTION = 300 * MILLISECOND
"""From deciding to play to the first note, at the least: time to hear a phrase again, ns."""
SAY_EVERY = 60 * SECOND
"""The log is told of stalls no oftener than this, ns."""

log = logging.getLogger(__name__)


class Player:
    """Plays one line after another.

    Parameters
    ----------
    composer : Composer
    scheduler : Scheduler
        Where notes go.
    announcer : Announcer
        Who tells stage and recorder of them.
    tempo : LedTempo
        Whose beats lines lie on.
    look_ahead : float
        Beats by which a note is composed before it is due.
    seed : int
        Of everything composed.

    Attributes
    ----------
    line : Line or None
        What is being played.
    pushed : int
        How often the music was put off to a later beat because the machine stalled.
    """

    def __init__(
        self,
        composer: Composer,
        scheduler: Scheduler,
        announcer: Announcer,
        tempo: LedTempo,
        look_ahead: float,
        seed: int,
    ) -> None:
        self.line: Line | None = None
        self.pushed = 0
        self._composer, self._scheduler, self._announcer = composer, scheduler, announcer
        self._tempo, self._look_ahead, self._seed = tempo, look_ahead, seed
        self._lines = count()
        self._serial = 0  # of the line's first cue
        self._said_at: int | None = None

    @property
    def compose_at(self) -> int | None:
        """When the next note is to be composed, ns; None if the line has all its notes."""
        line = self.line
        if line is None or line.over:
            return None
        return line.last_due - round(self._look_ahead * line.axis.beat)

    def adopt(self, composer: Composer) -> None:
        """Another composer writes the lines from now on; there is none in the middle."""
        self._composer = composer

    def begin(self, plan: Plan, axis: Axis, at: int, reaction: int = REACTION) -> None:
        """Begin a line on an axis, its first note `reaction` (ns) after `at` or later."""
        generator = np.random.default_rng([self._seed, next(self._lines)])
        axis = self._tempo.align(axis, at + reaction)
        self.line = Line(self._composer, generator, plan, axis, at + reaction)
        self._serial = self._announcer.serial

    def compose(self, at: int) -> None:
        """Compose one note; the visitor is looked after between any two."""
        line = self.line
        line.axis = self._tempo.align(line.axis, line.last_due)
        composed = line.compose()
        if composed is None:
            return
        line.forget(at)
        self._play(composed)  # first of all: a reason takes longer to find than a note
        self._explain(line.explain())

    def cut(self, at: int) -> Place | None:
        """End the line, if any, at `at` (ns), what is due later withdrawn; how far it came."""
        line, self.line = self.line, None
        if line is None:
            return None
        self._withdraw(at)
        return line.cut(at)

    def finish(self) -> Place:
        """The line's last note has sounded; how far it came."""
        line, self.line = self.line, None
        return line.finish()

    def catch_up(self, now: int) -> None:
        """Put off to a later beat what could not be played in time."""
        line = self.line
        first = self._scheduler.missed_by(now)
        if first is None and line is not None and not line.over and line.last_due < now - TOO_LATE:
            first = line.last_due + 1  # all it composed has sounded, and it was not asked for more
        if first is None:
            return
        self._withdraw(first - 1)
        if line is None:
            return
        for composed in line.put_off(first, now + REACTION):
            self._play(composed)
            self._explain(composed)
        self.pushed += 1
        self._say(now, (now - first) / SECOND)

    def _say(self, now: int, late: float) -> None:
        if self._said_at is None or now - self._said_at >= SAY_EVERY:
            self._said_at = now
            log.warning("%.1f s late: the machine stalled; going on at the next beat", late)

    def _play(self, composed: Composed) -> None:
        self._scheduler.add(composed.note)
        self._announcer.compose(composed)

    def _explain(self, composed: Composed) -> None:
        if composed.shares is not None:
            self._announcer.explain(composed.shares)

    def _withdraw(self, at: int) -> None:
        self._scheduler.withdraw(at)
        self._announcer.withdraw(self._serial, at)
