"""The musician: the network at work - it hears keys, plays lines, and is steered.

Which network that is may change: a guest takes the place of the one of the house.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from installation.config import LiveSettings
from installation.engine import phrase_plans as plans
from installation.engine.guest_model import Adopted, Stand
from installation.engine.heard_keys import Hearing
from installation.engine.key_input import Pressed, Released
from installation.engine.live_controls import Steered, Steering, Touching
from installation.engine.phrase import Phrase
from installation.engine.phrase_generator import Axis, Line, Plan
from installation.engine.phrase_player import REACTION, Player
from installation.engine.publisher import Announcer
from installation.engine.scheduler import Scheduler
from installation.engine.tempo_sync import LedTempo
from installation.io.drop_counter import Tally
from messages.clock import MILLISECOND
from rnn.generation.composer import Composer, Taste

HEARD_AGAIN = 24
"""Notes of a phrase the composer hears again before it answers: more would take too long."""
TOGETHER = 30 * MILLISECOND
"""Notes due this soon after a visitor's key still sound: they are with it, ns."""

log = logging.getLogger(__name__)


class Musician:
    """Hears and plays, on beats of its own.

    Parameters
    ----------
    composer : Composer
        Of the house; owned from now on.
    scheduler : Scheduler
        Where notes go.
    announcer : Announcer
        Who tells stage and recorder of them.
    tempo : LedTempo
        Whose beats it plays on.
    settings : LiveSettings
    seed : int
        Of everything composed.
    start : int
        When the performance starts, ns.
    """

    def __init__(
        self,
        composer: Composer,
        scheduler: Scheduler,
        announcer: Announcer,
        tempo: LedTempo,
        settings: LiveSettings,
        seed: int,
        start: int,
    ) -> None:
        self._announcer, self._tempo = announcer, tempo
        self._quiet = settings.attract_level
        self._steering = Steering(composer, settings)
        self._player = Player(composer, scheduler, announcer, tempo, settings.look_ahead, seed)
        self._hearing = Hearing(composer, Axis(start, tempo.beat))
        self._stand = Stand(composer)
        self._left_alone = Tally("steering")

    @property
    def axis(self) -> Axis:
        """Where our beats lie; may be asked from any thread."""
        line = self._player.line
        return self._hearing.axis if line is None else line.axis

    @property
    def line(self) -> Line | None:
        """What is being played."""
        return self._player.line

    @property
    def compose_at(self) -> int | None:
        """When the next note is to be composed, ns; None if the line has all its notes."""
        return self._player.compose_at

    @property
    def leaves_at(self) -> int | None:
        """When a guest goes if nobody plays with it, ns; None without a guest."""
        return self._stand.leaves_at

    @property
    def taste(self) -> Taste:
        """How notes are chosen now."""
        return self._steering.taste

    @property
    def pushed(self) -> int:
        """How often the music was put off to a later beat because the machine stalled."""
        return self._player.pushed

    def introduce(self, at: int) -> None:
        """Tell the stage who plays, as of `at`, ns."""
        self._announcer.style(self._stand.path)
        self.tell_blend(at)

    def tell_blend(self, at: int) -> None:
        """Tell the stage how the styles are mixed, as of `at`, ns."""
        names, weights = self._steering.blend
        self._announcer.blend(at, names, weights, self._steering.taste.temperature)

    # What it hears

    def forget(self, axis: Axis) -> None:
        """Forget all that was heard, and count beats from here."""
        self._hearing.begin(axis)

    def press(self, pressed: Pressed) -> None:
        """A visitor's key went down."""
        self._announcer.press(pressed, self._hearing.strike(pressed.pitch, pressed.at))

    def release(self, released: Released) -> None:
        """A visitor's note stopped."""
        self._hearing.release(released.pitch, released.at)
        self._announcer.release(released.pitch, released.at)

    def steer(self, steered: Steered) -> None:
        """Somebody changes how it plays; what it has composed stays as it is."""
        try:
            self._steering.take(steered)
        except ValueError as error:  # meant for another network, that was adopted or left since
            log.debug("left alone: %s", error)
            self._left_alone.drop("changes meant for another network")
            return
        if not isinstance(steered.change, Touching):
            self.tell_blend(steered.at)
        if (line := self.line) is not None:
            line.plan = replace(line.plan, taste=self._steering.season(line.plan.taste))

    def adopt(self, adopted: Adopted, at: int) -> None:
        """Another network goes on; there is no line in the middle."""
        composer = self._stand.take(adopted)
        self._player.adopt(composer)
        self._steering.adopt(composer)
        self._hearing.adopt(composer, Axis(at, self._tempo.beat))
        self.introduce(at)

    # What it plays

    def catch_up(self, now: int) -> None:
        """Put off to a later beat what could not be played in time."""
        self._player.catch_up(now)

    def compose(self, at: int) -> None:
        """Compose a note of the line."""
        self._player.compose(at)

    def interrupt(self, at: int) -> None:
        """Withdraw what has not sounded yet."""
        if (place := self._player.cut(at + TOGETHER)) is not None:
            self._hearing.go_on(place)
            self._hearing.lift()

    def finish(self) -> Axis:
        """The last note of the line has sounded; returns its axis."""
        place = self._player.finish()
        self._hearing.go_on(place)
        return place.axis

    def answer(self, phrase: Phrase, at: int) -> None:
        """Hear a phrase as a whole, and go on from it."""
        recent = phrase.recent(HEARD_AGAIN)
        self._hearing.rehear(recent.tune)
        plan = plans.answer(phrase, self.taste)
        self._player.begin(plan, Axis(recent.origin, recent.beat), at)

    def play_along(self, plan: Plan, at: int) -> None:
        """Go on from what the visitor has just played, with them."""
        beat = self._tempo.beat
        axis = Axis(at - round(self._hearing.axis.beats(at) * beat), beat)
        self._player.begin(plan, axis, at, TOGETHER)

    def go_on(self, plan: Plan, at: int) -> None:
        """Go on from what was heard last, nobody playing."""
        self._player.begin(plan, self._hearing.axis, at)

    def say_farewell(self, phrase: Phrase | None, at: int) -> None:
        """Close with a phrase that comes home, in the key of the last one heard, if any."""
        self.go_on(plans.farewell(phrase, self.taste, self._quiet), at)

    def begin_tune(self, begin_at: int) -> None:
        """Play something of one's own, from `begin_at` on, ns."""
        axis = Axis(begin_at, self._tempo.beat)
        self.forget(axis)
        self._player.begin(plans.own_tune(self.taste, self._quiet), axis, begin_at - REACTION)
