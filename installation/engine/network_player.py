"""The musician: the network at work - it hears keys, plays lines, and is steered.

Which network that is may change: a guest takes the place of the one of the house.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from installation.config import LiveSettings
from installation.engine import phrase_plans as plans
from installation.engine.guest_model import ComposerChange, GuestModelSlot
from installation.engine.heard_keys import ComposerInput
from installation.engine.key_input import KeyPressed, NoteStopped
from installation.engine.live_controls import LiveControlChange, LiveControls, UnitTouchesChange
from installation.engine.phrase import Phrase
from installation.engine.phrase_generator import BeatGrid, PhraseGenerator, PhrasePlan
from installation.engine.phrase_player import MIN_REACTION_NS, PhrasePlayer
from installation.engine.publisher import Publisher
from installation.engine.scheduler import Scheduler
from installation.engine.tempo_sync import SyncedTempo
from installation.io.drop_counter import DropCounter
from messages.clock import MILLISECOND
from rnn.generation.composer import Composer, SamplingParams

MAX_REPLAYED_NOTES = 24
"""Notes of a phrase the composer hears again before it answers: more would take too long."""
SIMULTANEITY_NS = 30 * MILLISECOND
"""Notes due this soon after a visitor's key still sound: they are with it, ns."""

log = logging.getLogger(__name__)


class NetworkPlayer:
    """Hears and plays, on beats of its own.

    Parameters
    ----------
    composer : Composer
        Of the house; owned from now on.
    scheduler : Scheduler
        Where notes go.
    announcer : Announcer
        Who tells stage and recorder of them.
    tempo : SyncedTempo
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
        announcer: Publisher,
        tempo: SyncedTempo,
        settings: LiveSettings,
        seed: int,
        start: int,
    ) -> None:
        self._publisher, self._tempo = announcer, tempo
        self._attract_velocity = settings.attract_level
        self._live_controls = LiveControls(composer, settings)
        self._phrase_player = PhrasePlayer(
            composer, scheduler, announcer, tempo, settings.look_ahead, seed
        )
        self._composer_input = ComposerInput(composer, BeatGrid(start, tempo.beat_ns))
        self._guest_slot = GuestModelSlot(composer)
        self._rejected_changes = DropCounter("steering")

    @property
    def beat_grid(self) -> BeatGrid:
        """Where our beats lie; may be asked from any thread."""
        line = self._phrase_player.phrase_generator
        return self._composer_input.beat_grid if line is None else line.beat_grid

    @property
    def phrase_generator(self) -> PhraseGenerator | None:
        """What is being played."""
        return self._phrase_player.phrase_generator

    @property
    def compose_at(self) -> int | None:
        """When the next note is to be composed, ns; None if the line has all its notes."""
        return self._phrase_player.compose_at

    @property
    def guest_expires_at(self) -> int | None:
        """When a guest goes if nobody plays with it, ns; None without a guest."""
        return self._guest_slot.guest_expires_at

    @property
    def taste(self) -> SamplingParams:
        """How notes are chosen now."""
        return self._live_controls.taste

    @property
    def postponements(self) -> int:
        """How often the music was put off to a later beat because the machine stalled."""
        return self._phrase_player.postponements

    def publish_model(self, at: int) -> None:
        """Tell the stage who plays, as of `at`, ns."""
        self._publisher.publish_model(self._guest_slot.model_path)
        self.publish_blend(at)

    def publish_blend(self, at: int) -> None:
        """Tell the stage how the styles are mixed, as of `at`, ns."""
        names, weights = self._live_controls.style_shares
        self._publisher.publish_blend(at, names, weights, self._live_controls.taste.temperature)

    # What it hears

    def reset(self, axis: BeatGrid) -> None:
        """Forget all that was heard, and count beats from here."""
        self._composer_input.reset(axis)

    def strike(self, pressed: KeyPressed) -> None:
        """A visitor's key went down."""
        self._publisher.publish_press(
            pressed, self._composer_input.strike(pressed.pitch, pressed.at)
        )

    def release(self, released: NoteStopped) -> None:
        """A visitor's note stopped."""
        self._composer_input.release(released.pitch, released.at)
        self._publisher.publish_release(released.pitch, released.at)

    def apply_control_change(self, steered: LiveControlChange) -> None:
        """Somebody changes how it plays; what it has composed stays as it is."""
        try:
            self._live_controls.apply_change(steered)
        except ValueError as error:  # meant for another network, that was adopted or left since
            log.debug("left alone: %s", error)
            self._rejected_changes.record_drop("changes meant for another network")
            return
        if not isinstance(steered.change, UnitTouchesChange):
            self.publish_blend(steered.at)
        if (line := self.phrase_generator) is not None:
            line.plan = replace(
                line.plan, taste=self._live_controls.with_current_sampling(line.plan.taste)
            )

    def switch_composer(self, adopted: ComposerChange, at: int) -> None:
        """Another network goes on; there is no line in the middle."""
        composer = self._guest_slot.switch_to(adopted)
        self._phrase_player.switch_composer(composer)
        self._live_controls.switch_composer(composer)
        self._composer_input.switch_composer(composer, BeatGrid(at, self._tempo.beat_ns))
        self.publish_model(at)

    # What it plays

    def postpone_missed(self, now: int) -> None:
        """Put off to a later beat what could not be played in time."""
        self._phrase_player.postpone_missed(now)

    def compose_note(self, at: int) -> None:
        """Compose a note of the line."""
        self._phrase_player.compose_note(at)

    def withdraw_pending(self, at: int) -> None:
        """Withdraw what has not sounded yet."""
        if (place := self._phrase_player.cut_phrase(at + SIMULTANEITY_NS)) is not None:
            self._composer_input.resume_from(place)
            self._composer_input.clear_held_keys()

    def finish_phrase(self) -> BeatGrid:
        """The last note of the line has sounded; returns its axis."""
        place = self._phrase_player.finish_phrase()
        self._composer_input.resume_from(place)
        return place.beat_grid

    def begin_answer(self, phrase: Phrase, at: int) -> None:
        """Hear a phrase as a whole, and go on from it."""
        recent = phrase.last_bars(MAX_REPLAYED_NOTES)
        self._composer_input.replay_phrase(recent.tune)
        plan = plans.plan_answer(phrase, self.taste)
        self._phrase_player.begin_phrase(plan, BeatGrid(recent.origin_ns, recent.beat_ns), at)

    def begin_play_along(self, plan: PhrasePlan, at: int) -> None:
        """Go on from what the visitor has just played, with them."""
        beat = self._tempo.beat_ns
        axis = BeatGrid(at - round(self._composer_input.beat_grid.beat_at_time(at) * beat), beat)
        self._phrase_player.begin_phrase(plan, axis, at, SIMULTANEITY_NS)

    def begin_continuation(self, plan: PhrasePlan, at: int) -> None:
        """Go on from what was heard last, nobody playing."""
        self._phrase_player.begin_phrase(plan, self._composer_input.beat_grid, at)

    def begin_farewell(self, phrase: Phrase | None, at: int) -> None:
        """Close with a phrase that comes home, in the key of the last one heard, if any."""
        self.begin_continuation(plans.plan_farewell(phrase, self.taste, self._attract_velocity), at)

    def begin_attract_tune(self, begin_at: int) -> None:
        """Play something of one's own, from `begin_at` on, ns."""
        axis = BeatGrid(begin_at, self._tempo.beat_ns)
        self.reset(axis)
        self._phrase_player.begin_phrase(
            plans.plan_attract_tune(self.taste, self._attract_velocity),
            axis,
            begin_at - MIN_REACTION_NS,
        )
