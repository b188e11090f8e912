"""The performer: hears the visitor, plays the network, and tells stage and recorder of both.

It is a simulation of discrete events. Whatever happens - a key, a pause long enough, a note that
should be composed now - has a time of its own, and is dealt with in order of those times, however
late the thread that calls `advance`. So what is composed depends on the seed and on what visitors
did, and on nothing else.

Only when the machine stalled for so long that notes were missed does the clock on the wall count:
the music goes on from the note at which it stopped, on a later beat, and no time is caught up with.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from installation.config import LiveSettings
from installation.engine.attract_mode import AttractMode
from installation.engine.guest_model import ComposerChange, StageReady
from installation.engine.interfaces import CueSink, Recorder
from installation.engine.key_input import KeyInput, KeyPressed, NoteStopped, PerformerEvent
from installation.engine.lesson_playback import LessonPlayback
from installation.engine.live_controls import LiveControlChange
from installation.engine.network_player import NetworkPlayer
from installation.engine.phrase import Phrase, PhraseListener, PhraseTimeouts
from installation.engine.phrase_generator import BeatGrid, PhrasePlan
from installation.engine.phrase_player import MIN_REACTION_NS
from installation.engine.play_along_plan import PlayAlongPlanner
from installation.engine.publisher import Publisher
from installation.engine.scheduler import Scheduler
from installation.engine.tempo import DEFAULT_TEMPO_BPM
from installation.engine.tempo_sync import SyncedTempo
from installation.engine.turn_taking import TurnEvent, TurnTaking, TurnTakingMode
from installation.io.control.tempo_source import TempoSource
from messages.clock import SECOND
from messages.cues import Turn
from messages.gestures import LessonOpenChange, LessonPlayRequest, LessonSilenceRequest
from rnn.generation.composer import Composer

FLUSH_INTERVAL_NS = 10 * SECOND
"""How often the recorder is told of a good moment to write, whatever else happens, ns."""
MAX_ACTIONS_PER_ADVANCE = 32
"""Things done before whoever calls has a look at the clock, and gives a sign of life."""
STALL_THRESHOLD_NS = SECOND // 2
"""What should have been done longer ago than this is done as of now, ns."""


@dataclass(frozen=True, slots=True)
class _Timer:
    """Something to be done at a time, ns."""

    at: int
    action: Callable[[int], None]


class Performer:
    """Plays.

    Parameters
    ----------
    composer : Composer
        Owned from now on.
    visitor : Visitor
        Where keys come from.
    scheduler : Scheduler
        Where the network's notes go.
    recorder : Recorder
    cues : CueSink
    settings : LiveSettings
    seed : int
        Of everything composed.
    start : int
        When the performance starts, ns.
    pulse : TempoSource, optional
        Whose beats to play on while they lead.
    """

    def __init__(
        self,
        composer: Composer,
        visitor: KeyInput,
        scheduler: Scheduler,
        recorder: Recorder,
        cues: CueSink,
        settings: LiveSettings,
        seed: int,
        start: int,
        pulse: TempoSource | None = None,
    ) -> None:
        self.key_input = visitor
        self._scheduler, self._settings = scheduler, settings
        self._publisher = Publisher(recorder, cues)
        self._now = self._called_at = start
        self._events: list[PerformerEvent] = []
        self._turn_taking = TurnTaking(
            round(settings.farewell_after * SECOND),
            round(settings.warn_before * SECOND),
            TurnTakingMode(settings.mode),
        )
        self._plays_along = self._turn_taking.mode is not TurnTakingMode.ANSWER
        self._play_along_planner = PlayAlongPlanner()
        tempo = SyncedTempo(settings.tempo or DEFAULT_TEMPO_BPM, pulse)
        self._phrase_listener = PhraseListener(
            tempo,
            PhraseTimeouts(
                round(settings.pause * SECOND),
                settings.pause_beats,
                round(settings.hold_limit * SECOND),
            ),
        )
        self._player = NetworkPlayer(
            composer, scheduler, self._publisher, tempo, settings, seed, start
        )
        self._lesson_playback = LessonPlayback(scheduler)
        self._attract_mode = AttractMode(settings, start)
        self._flush_at = start + FLUSH_INTERVAL_NS
        self._last_phrase: Phrase | None = None
        self._publisher.publish_turn(self.turn, start, tempo.beat_ns)
        self._player.publish_blend(start)

    @property
    def turn(self) -> Turn:
        """Whose turn it is."""
        return self._turn_taking.turn

    @property
    def beat_grid(self) -> BeatGrid:
        """Where our beats lie; may be asked from any thread."""
        return self._player.beat_grid

    @property
    def postponements(self) -> int:
        """How often the music was put off to a later beat because the machine stalled."""
        return self._player.postponements

    def advance(self, now: int) -> int:
        """Do what is due by `now`, but no more than a flood of keys may ask for at once.

        Returns
        -------
        int
            When there will be more to do, ns, keys left aside; `now` if some is left already.
        """
        self._phrase_listener.tempo.set_time(now)
        self._called_at = now
        for _ in range(MAX_ACTIONS_PER_ADVANCE):
            self._player.postpone_missed(now)
            for event in self.key_input.drain():
                insort(self._events, event, key=lambda event: event.at)
            timer = min(self._timers(), key=lambda timer: timer.at)
            if timer.at > now:
                return timer.at
            self._now = max(self._now, timer.at if now - timer.at <= STALL_THRESHOLD_NS else now)
            timer.action(self._now)
        return now

    def close(self, at: int) -> None:
        """Stop everything at `at`, ns: nothing sounds after, and the recording is closed."""
        self._advance_to(at)
        self.key_input.release_all(at)
        self._advance_to(at)
        self._scheduler.withdraw_pending(at)
        self._scheduler.silence()
        self._publisher.recorder.close(at)

    def _advance_to(self, at: int) -> None:
        while self.advance(at) <= at:
            pass

    # What is to be done, and when

    def _timers(self) -> Iterator[_Timer]:
        yield _Timer(self._flush_at, self._flush)
        if self._events:
            yield _Timer(self._events[0].at, self._handle_event)
        if (compose_at := self._player.compose_at) is not None:
            yield _Timer(compose_at, self._player.compose_note)
        elif (line := self._player.phrase_generator) is not None:
            yield _Timer(line.end, self._finish_phrase)
        elif (
            self.turn is Turn.ATTRACT
            and self._settings.attract
            and not self._lesson_playback.is_open
        ):
            yield _Timer(
                self._attract_mode.next_tune_at - MIN_REACTION_NS, self._begin_attract_tune
            )
        alone = self.turn is Turn.ATTRACT and self._player.phrase_generator is None
        if (leaves_at := self._player.guest_expires_at) is not None and alone:
            yield _Timer(leaves_at, self._dismiss_guest)
        over_at = self._phrase_listener.over_at
        if over_at is not None and (self._plays_along or self.turn is Turn.LISTEN):
            noted = self._plays_along or self._lesson_playback.is_open
            yield _Timer(over_at, self._store_phrase if noted else self._begin_answer)
        elif self._lesson_playback.is_open:
            return
        elif (silent_at := self._turn_taking.timeout_at) is not None:
            yield _Timer(silent_at, self._on_silence_timeout)
            if (warn_at := self._turn_taking.warn_at) is not None:
                yield _Timer(warn_at, self._warn_visitor)

    def _handle_event(self, at: int) -> None:
        match self._events.pop(0):
            case KeyPressed() as pressed:
                self._on_key_pressed(pressed)
            case NoteStopped() as released:
                self._on_note_stopped(released)
            case LiveControlChange() as steered:
                self._player.apply_control_change(steered)
            case ComposerChange() as adopted:
                self._switch_composer(adopted, at)
            case StageReady():
                self._player.publish_model(at)
            case LessonOpenChange(is_open=True):
                self._on_lesson_opened(at)
            case LessonOpenChange():
                self._on_lesson_closed(at)
            case LessonPlayRequest() as asked:
                self._on_lesson_opened(
                    at
                )  # it may have been opened before this performer was there
                self._lesson_playback.play_tones(asked, self._called_at)
            case LessonSilenceRequest():
                self._lesson_playback.stop_tones(at)

    def _flush(self, at: int) -> None:
        self._flush_at = at + FLUSH_INTERVAL_NS
        self._publisher.recorder.flush(at)

    # The visitor plays

    def _on_key_pressed(self, pressed: KeyPressed) -> None:
        at, was = pressed.at, self.turn
        if self._turn_taking.warned:
            self._publisher.publish_visit_end(at, 0)
        if self._update_turn(TurnEvent.PRESS, at) is not None or self._plays_along:
            self._player.withdraw_pending(at)
            if was is Turn.ATTRACT:
                self._begin_visit(at)
        self._phrase_listener.press(pressed.pitch, pressed.velocity, at)
        self._player.strike(pressed)
        if self._plays_along:
            self._play_along_planner.add_key(pressed.pitch, pressed.velocity)
            if not self._lesson_playback.is_open:
                self._begin_play_along(at)

    def _on_note_stopped(self, released: NoteStopped) -> None:
        self._phrase_listener.release(released.pitch, released.at)
        self._player.release(released)

    def _begin_visit(self, at: int) -> None:
        self._phrase_listener.tempo.reset()
        self._play_along_planner.reset()
        self._last_phrase = None
        self._attract_mode.reset()
        if self._turn_taking.mode is not TurnTakingMode.CONTINUOUS:
            self._player.reset(BeatGrid(at, self._phrase_listener.tempo.beat_ns))
        self._publisher.recorder.begin_visit(at)

    # The visitor is at a lesson

    def _on_lesson_opened(self, at: int) -> None:
        """A lesson is opened: the network breaks off, and waits while the visitor is at it."""
        if self._lesson_playback.is_open:
            return
        self._lesson_playback.open()
        self._player.withdraw_pending(at)
        if self._turn_taking.warned:
            self._publisher.publish_visit_end(at, 0)
        if self.turn in (Turn.ANSWER, Turn.FAREWELL):
            self._on_network_phrase_over(at)

    def _on_lesson_closed(self, at: int) -> None:
        """The lesson is closed: all goes on from where it was."""
        if not self._lesson_playback.is_open:
            return
        self._lesson_playback.close(at)
        self._turn_taking.restart_timeout(at)
        if self.turn is Turn.ATTRACT:
            self._attract_mode.schedule_after_rest(at, self._phrase_listener.tempo.beat_ns)
        elif self._plays_along:
            self._begin_play_along(at)

    # Another network is adopted

    def _switch_composer(self, adopted: ComposerChange, at: int) -> None:
        """What has not sounded is withdrawn, and another composer goes on."""
        self._player.withdraw_pending(at)
        if self.turn in (Turn.ANSWER, Turn.FAREWELL):
            self._on_network_phrase_over(at)
            self._player.withdraw_pending(at)  # it may have begun to play along
        self._player.switch_composer(adopted, at)
        if self.turn is Turn.ATTRACT:
            self._attract_mode.schedule_soon(at)

    def _dismiss_guest(self, at: int) -> None:
        """A guest that nobody plays with any more makes room for the composer of the house."""
        if self._player.guest_expires_at is not None:
            self._switch_composer(ComposerChange(None, "", at), at)

    # The network plays

    def _begin_answer(self, at: int) -> None:
        """The phrase is over: hear it as a whole, and go on from it."""
        self._last_phrase = self._phrase_listener.finish_phrase(at)
        self._update_turn(TurnEvent.VISITOR_PHRASE_OVER, at)
        self._player.begin_answer(self._last_phrase, at)

    def _store_phrase(self, at: int) -> None:
        """A phrase of a visitor who is played along with is over: it is remembered, no more."""
        self._last_phrase = self._phrase_listener.finish_phrase(at)

    def _begin_play_along(self, at: int) -> None:
        """Go on from what the visitor has just played, with them."""
        self._player.begin_play_along(self._play_along_plan(), at)

    def _play_along_plan(self) -> PhrasePlan:
        return self._play_along_planner.plan(self._player.taste, self._settings.attract_level)

    def _warn_visitor(self, at: int) -> None:
        """The visit is about to end."""
        self._turn_taking.warned = True
        self._publisher.publish_visit_end(at, self._turn_taking.timeout_at)

    def _on_silence_timeout(self, at: int) -> None:
        """Nobody plays any more: the visit ends."""
        self._player.withdraw_pending(at)
        if self._update_turn(TurnEvent.SILENCE, at) is Turn.ATTRACT:
            self._end_visit(at)
            self._player.begin_continuation(self._play_along_plan(), at)
        else:
            self._player.begin_farewell(self._last_phrase, at)

    def _begin_attract_tune(self, at: int) -> None:
        """Nobody is there: play something of one's own."""
        self._player.begin_attract_tune(self._attract_mode.next_tune_at)

    def _finish_phrase(self, at: int) -> None:
        """The last note has sounded."""
        axis = self._player.finish_phrase()
        self._flush(at)
        if self.turn is Turn.ATTRACT:
            self._attract_mode.finish_tune(at, axis.beat_ns)
        else:
            self._on_network_phrase_over(at)

    def _on_network_phrase_over(self, at: int) -> None:
        """The network has said what it had to say to a visitor."""
        if self._update_turn(TurnEvent.NETWORK_PHRASE_OVER, at) is Turn.ATTRACT:
            self._end_visit(at)
        elif self._plays_along and not self._lesson_playback.is_open:
            self._begin_play_along(at)

    def _end_visit(self, at: int) -> None:
        self._publisher.recorder.end_visit(at)
        self._play_along_planner.reset()
        self._phrase_listener.tempo.reset()
        self._dismiss_guest(at)
        self._attract_mode.schedule_after_rest(at, self._phrase_listener.tempo.beat_ns)

    def _update_turn(self, event: TurnEvent, at: int) -> Turn | None:
        turn = self._turn_taking.handle_event(event, at)
        if turn is not None:
            self._publisher.publish_turn(turn, at, self._phrase_listener.tempo.beat_ns)
        return turn
