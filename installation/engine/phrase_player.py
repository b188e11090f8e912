"""The player: plays the network's lines - composes ahead, hands notes on, takes them back."""

from __future__ import annotations

import logging
from itertools import count

import numpy as np

from installation.engine.phrase_generator import (
    BeatGrid,
    BeatPosition,
    ComposedNote,
    PhraseGenerator,
    PhrasePlan,
)
from installation.engine.publisher import Publisher
from installation.engine.scheduler import MAX_LATENESS_NS, Scheduler
from installation.engine.tempo_sync import SyncedTempo
from messages.clock import MILLISECOND, SECOND
from rnn.generation.composer import Composer

MIN_REACTION_NS = 300 * MILLISECOND
"""From deciding to play to the first note, at the least: time to hear a phrase again, ns."""
STALL_LOG_INTERVAL_NS = 60 * SECOND
"""The log is told of stalls no oftener than this, ns."""

log = logging.getLogger(__name__)


class PhrasePlayer:
    """Plays one line after another.

    Parameters
    ----------
    composer : Composer
    scheduler : Scheduler
        Where notes go.
    announcer : Announcer
        Who tells stage and recorder of them.
    tempo : SyncedTempo
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
        announcer: Publisher,
        tempo: SyncedTempo,
        look_ahead: float,
        seed: int,
    ) -> None:
        self.phrase_generator: PhraseGenerator | None = None
        self.postponements = 0
        self._composer, self._scheduler, self._publisher = composer, scheduler, announcer
        self._tempo, self._look_ahead, self._seed = tempo, look_ahead, seed
        self._phrase_numbers = count()
        self._first_serial = 0  # of the line's first cue
        self._logged_at: int | None = None

    @property
    def compose_at(self) -> int | None:
        """When the next note is to be composed, ns; None if the line has all its notes."""
        line = self.phrase_generator
        if line is None or line.is_over:
            return None
        return line.last_due - round(self._look_ahead * line.beat_grid.beat_ns)

    def switch_composer(self, composer: Composer) -> None:
        """Another composer writes the lines from now on; there is none in the middle."""
        self._composer = composer

    def begin_phrase(
        self, plan: PhrasePlan, axis: BeatGrid, at: int, reaction: int = MIN_REACTION_NS
    ) -> None:
        """Begin a line on an axis, its first note `reaction` (ns) after `at` or later."""
        generator = np.random.default_rng([self._seed, next(self._phrase_numbers)])
        axis = self._tempo.align(axis, at + reaction)
        self.phrase_generator = PhraseGenerator(
            self._composer, generator, plan, axis, at + reaction
        )
        self._first_serial = self._publisher.next_serial

    def compose_note(self, at: int) -> None:
        """Compose one note; the visitor is looked after between any two."""
        line = self.phrase_generator
        line.beat_grid = self._tempo.align(line.beat_grid, line.last_due)
        composed = line.compose_note()
        if composed is None:
            return
        line.discard_snapshots(at)
        self._schedule_note(composed)  # first of all: a reason takes longer to find than a note
        self._publish_attribution(line.explain_last_note())

    def cut_phrase(self, at: int) -> BeatPosition | None:
        """End the line, if any, at `at` (ns), what is due later withdrawn; how far it came."""
        line, self.phrase_generator = self.phrase_generator, None
        if line is None:
            return None
        self._withdraw_after(at)
        return line.rewind_to(at)

    def finish_phrase(self) -> BeatPosition:
        """The line's last note has sounded; how far it came."""
        line, self.phrase_generator = self.phrase_generator, None
        return line.finish()

    def postpone_missed(self, now: int) -> None:
        """Put off to a later beat what could not be played in time."""
        line = self.phrase_generator
        first = self._scheduler.first_missed_due(now)
        if (
            first is None
            and line is not None
            and not line.is_over
            and line.last_due < now - MAX_LATENESS_NS
        ):
            first = line.last_due + 1  # all it composed has sounded, and it was not asked for more
        if first is None:
            return
        self._withdraw_after(first - 1)
        if line is None:
            return
        for composed in line.postpone(first, now + MIN_REACTION_NS):
            self._schedule_note(composed)
            self._publish_attribution(composed)
        self.postponements += 1
        self._log_stall(now, (now - first) / SECOND)

    def _log_stall(self, now: int, late: float) -> None:
        if self._logged_at is None or now - self._logged_at >= STALL_LOG_INTERVAL_NS:
            self._logged_at = now
            log.warning("%.1f s late: the machine stalled; going on at the next beat", late)

    def _schedule_note(self, composed: ComposedNote) -> None:
        self._scheduler.schedule_note(composed.note)
        self._publisher.publish_composed_note(composed)

    def _publish_attribution(self, composed: ComposedNote) -> None:
        if composed.contributions is not None:
            self._publisher.publish_attribution(composed.contributions)

    def _withdraw_after(self, at: int) -> None:
        self._scheduler.withdraw_pending(at)
        self._publisher.publish_withdrawal(self._first_serial, at)
