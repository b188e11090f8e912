"""The performer: handles keys, pauses and the network's notes in order of their times.

It is a discrete-event simulation. Each event has a time of its own, and is handled in order of
those times, however late the thread that calls `advance` is. The music therefore depends only on
the seed and on the visitors' keys.

The real time counts only after a stall in which notes were missed: the music continues from the
missed note on a later beat, and nothing is played faster to catch up.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from installation.band.band import Band
from installation.config import LiveSettings
from installation.engine.attract_mode import AttractMode
from installation.engine.key_input import (
    ComposerChange,
    KeyInput,
    KeyPressed,
    ModeChange,
    NoteStopped,
    PerformerEvent,
    SilenceRequested,
    StageReady,
    TransportChange,
)
from installation.engine.lesson_playback import LessonPlayback
from installation.engine.live_controls import LiveControlChange
from installation.engine.phrases.phrase import MIN_REACTION_NS, GhostSource, Phrase, PhraseListener
from installation.engine.phrases.phrase_generator import PhrasePlan
from installation.engine.phrases.phrase_plans import PlayAlongPlanner
from installation.engine.player import Player
from installation.engine.publisher import Milestone, Publisher, Subscriber
from installation.engine.scheduler import Scheduler
from installation.engine.tempo_sync import DEFAULT_TEMPO_BPM, SyncedTempo
from installation.engine.turn_taking import TurnEvent, TurnTaking, TurnTakingMode
from installation.io.control.tempo_source import TempoSource
from messages.clock import SECOND
from messages.cues import RhythmBelief, Turn, TurnChange, VisitEndWarning
from messages.gestures import (
    ComparisonRequest,
    LessonOpenChange,
    LessonPlayRequest,
    LessonSilenceRequest,
    PlayAloneRequest,
)
from midi_data.beat_grid import BeatGrid
from rnn.generation.composer import Composer
from rnn.model.sampling_params import SamplingParams

FIRST_GHOST_PHRASE, PHRASES_PER_GHOST = 2, 4  # of a visit's phrases, those a ghost may answer
FLUSH_INTERVAL_NS = 10 * SECOND
"""Longest time between two moments at which recordings are written, ns."""
MAX_ACTIONS_PER_ADVANCE = 32
"""Largest number of actions before the caller gets control again, for its heartbeat."""
MAX_TIME_ALONE_NS = 600 * SECOND  # longest time without rests that a window may ask for, ns
LAUNCH_DELAY_NS = SECOND // 2  # after a start, in which the tempo of its clock is found, ns
STALL_THRESHOLD_NS = SECOND // 2  # lateness from which an action counts as of now, ns


class _Timer(NamedTuple):
    """An action at a time, ns."""

    at: int
    action: Callable[[int], None]


class Performer:
    """Plays with visitors, and alone in attract mode.

    Parameters
    ----------
    composer : Composer
        The network that plays; owned from now on.
    key_input : KeyInput
        Source of the visitors' keys.
    scheduler : Scheduler
        Plays the network's notes.
    subscribers : sequence of Subscriber
        Receive all messages, notes and milestones.
    settings : LiveSettings
    seed : int
        Seed of everything composed.
    start : int
        When the performance starts, ns.
    tempo_source : TempoSource, optional
        External beats to play on.
    band : Band, optional
        Drums and bass that play along; owned from now on.
    ghosts : GhostSource, optional
        Phrases of past visitors that may answer.
    """

    def __init__(
        self,
        composer: Composer,
        key_input: KeyInput,
        scheduler: Scheduler,
        subscribers: Sequence[Subscriber],
        settings: LiveSettings,
        seed: int,
        start: int,
        tempo_source: TempoSource | None = None,
        band: Band | None = None,
        ghosts: GhostSource | None = None,
    ) -> None:
        self.key_input = key_input
        self._scheduler, self._settings = scheduler, settings
        self._publisher = Publisher(subscribers)
        self._now = self._called_at = start
        self._events: list[PerformerEvent] = []
        self._turn_taking = TurnTaking(
            round(settings.farewell_after * SECOND),
            round(settings.warn_before * SECOND),
            TurnTakingMode(settings.mode),
        )
        self.mode = self._turn_taking.mode  # from the next visit on
        self._play_along_planner = PlayAlongPlanner()
        self._tempo = SyncedTempo(settings.tempo or DEFAULT_TEMPO_BPM, tempo_source)
        self._phrase_listener = PhraseListener(self._tempo, settings)
        self._player = Player(
            composer,
            scheduler,
            self._publisher,
            self._tempo,
            settings,
            seed,
            start,
            band or Band(),
        )
        self._ghosts, self._visit_phrases = ghosts or GhostSource(), 0
        self._lesson_playback = LessonPlayback(scheduler)
        self._attract_mode = AttractMode(settings, start)
        self._is_stopped = False  # by the transport of the device that leads
        self._launch_at = 0  # no tune of attract mode begins before, after a change of that, ns
        self._flush_at = start + FLUSH_INTERVAL_NS
        self._last_phrase: Phrase | None = None
        self._next_default: ComposerChange | None = None
        # cues that a performer before this one composed ahead will not sound
        self._publisher.publish_withdrawal(0, start)
        self._publisher.publish(TurnChange(start, self.turn, self._tempo.beat_ns))
        self._player.publish_blend(start)

    @property
    def turn(self) -> Turn:
        """Current turn."""
        return self._turn_taking.turn

    @property
    def in_lesson(self) -> bool:
        """Whether a lesson is open, for which the music waits; may be read from any thread."""
        return self._lesson_playback.is_open

    @property
    def _plays_along(self) -> bool:
        return self._turn_taking.plays_along

    @property
    def _plays_alone(self) -> bool:
        """Whether the network is to play tunes of its own."""
        return (
            self.turn is Turn.ATTRACT
            and self._attract_mode.is_on
            and not self._is_stopped
            and not self._lesson_playback.is_open
        )

    @property
    def beat_grid(self) -> BeatGrid:
        """Beat grid of the music; may be read from any thread."""
        return self._player.beat_grid

    @property
    def sampling(self) -> SamplingParams:
        """How the network is sampled now."""
        return self._player.sampling

    @property
    def postponements(self) -> int:
        """How often the music moved to a later beat because the machine stalled."""
        return self._player.postponements

    def advance(self, now: int) -> int:
        """Handle what is due by `now` (ns), up to `MAX_ACTIONS_PER_ADVANCE` actions.

        Returns
        -------
        int
            When the next action is due without further keys, ns; `now` if actions are left.
        """
        self._tempo.set_time(now)
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
        """End the performance at the time `at` (ns): silence all notes, finish recordings."""
        self._advance_to(at)
        self.key_input.release_all(at)
        self._advance_to(at)
        self._scheduler.pump(at)  # its own thread may be late by a moment
        self._scheduler.withdraw_pending(at)
        self._scheduler.silence()
        self._publisher.publish_milestone(Milestone.PERFORMANCE_ENDED, at)

    def _advance_to(self, at: int) -> None:
        while self.advance(at) <= at:
            pass

    # Timers and events; all times are ns

    def _timers(self) -> Iterator[_Timer]:
        yield _Timer(self._flush_at, self._flush)
        if self._events:
            yield _Timer(self._events[0].at, self._handle_event)
        if (compose_at := self._player.compose_at) is not None:
            yield _Timer(max(compose_at, self._now), self._player.compose_note)
        elif (phrase := self._player.phrase_generator) is not None:
            yield _Timer(phrase.end, self._finish_phrase)
        elif self._plays_alone:
            compose_at = self._attract_mode.next_tune_at - MIN_REACTION_NS
            yield _Timer(compose_at, self._begin_attract_tune)
        if self._plays_alone and (audition_at := self._player.audition_at) is not None:
            yield _Timer(max(audition_at, self._now), self._player.audition_note)
        if (band_at := self._player.compose_band_at) is not None:
            yield _Timer(band_at, self._player.compose_band)
        resting = self.turn is Turn.ATTRACT and self._player.phrase_generator is None
        if (expires_at := self._player.guest_expires_at) is not None and resting:
            yield _Timer(expires_at, self._remove_guest)
        over_at = self._phrase_listener.over_at
        if over_at is not None and (self._plays_along or self.turn is Turn.LISTEN):
            yield _Timer(over_at, self._consider_phrase)
        elif self._lesson_playback.is_open or self._player.is_comparing:
            return
        elif (silent_at := self._turn_taking.timeout_at) is not None:
            yield _Timer(silent_at, self._on_silence_timeout)
            if (warn_at := self._turn_taking.warn_at) is not None:
                yield _Timer(warn_at, self._warn_visitor)

    def _handle_event(self, at: int) -> None:
        match self._events.pop(0):
            case KeyPressed() as pressed:
                self._on_key_pressed(pressed)
            case NoteStopped() as stopped:
                self._end_visitor_note(stopped)
            case LiveControlChange() as change:
                self._player.apply_control_change(change)
            case ComposerChange(is_default=True) as change if self.turn is not Turn.ATTRACT:
                self._next_default = change
            case ComposerChange() as change:
                self._switch_composer(change, at)
            case ModeChange(mode):
                self.mode = TurnTakingMode(mode)
                if self.turn is Turn.ATTRACT:
                    self._turn_taking.mode = self.mode
            case StageReady():
                self._player.publish_model(at)
                self._publisher.publish(TurnChange(at, self.turn, self._tempo.beat_ns))
            case TransportChange(plays):
                self._follow_transport(plays, at)
            case SilenceRequested():
                self._silence(at)
            case LessonOpenChange(is_open=True):
                self._on_lesson_opened(at)
            case LessonOpenChange():
                self._on_lesson_closed(at)
            case LessonPlayRequest() as request:
                self._on_lesson_opened(at)  # perhaps it was, before this performer started
                self._lesson_playback.play_tones(request, self._called_at)
            case LessonSilenceRequest() if self._lesson_playback.is_open:
                self._lesson_playback.stop_tones(at)
                self._publisher.publish_milestone(Milestone.NOTES_CUT, at)
            case PlayAloneRequest(duration):
                self._play_alone(at + min(duration, MAX_TIME_ALONE_NS), at)
            case ComparisonRequest() as request:
                self._begin_comparison(request, at)

    def _flush(self, at: int) -> None:
        self._flush_at = at + FLUSH_INTERVAL_NS
        self._publisher.publish_milestone(Milestone.PHRASE_ENDED, at)

    # Visits

    def _on_key_pressed(self, pressed: KeyPressed) -> None:
        at, previous_turn = pressed.at, self.turn
        self._publisher.publish_key(pressed)  # its light waits for nothing that follows
        self._cancel_warning(at)
        answering = previous_turn is Turn.ANSWER and not self._plays_along
        if answering and self._player.is_beginning(at):
            self._phrase_listener.resume_phrase()
        is_playing = self._plays_along or self._player.is_comparing
        if self._update_turn(TurnEvent.PRESS, at) is not None or is_playing:
            self._player.withdraw_pending(at)
            if previous_turn is Turn.ATTRACT:
                self._begin_visit(at)
        self._phrase_listener.press(pressed.pitch, pressed.velocity, at)
        self._player.strike(pressed)
        if not self._plays_along and not self._lesson_playback.is_open:
            self._player.accompany(at)
        if self._plays_along:
            self._play_along_planner.add_key(pressed.pitch, pressed.velocity)
            if not self._lesson_playback.is_open:
                self._begin_play_along(at)

    def _begin_visit(self, at: int) -> None:
        self._tempo.reset()
        self._phrase_listener.begin_visit()
        self._play_along_planner.reset()
        self._last_phrase, self._visit_phrases = None, 0
        self._attract_mode.reset()
        if self._turn_taking.mode is not TurnTakingMode.CONTINUOUS:
            self._player.reset(BeatGrid(at, self._tempo.beat_ns))
        self._publisher.publish_milestone(Milestone.VISIT_BEGAN, at)

    def _end_visit(self, at: int) -> None:
        self._release_visitor(at)
        self._publisher.publish_milestone(Milestone.VISIT_ENDED, at)
        self._play_along_planner.reset()
        self._tempo.reset()
        self._remove_guest(at)
        if self._next_default is not None:
            change, self._next_default = self._next_default, None
            self._switch_composer(change, at)
        self._turn_taking.mode = self.mode
        self._attract_mode.schedule_after_rest(at, self._tempo.beat_ns)

    def _release_visitor(self, at: int) -> None:
        """End all that the visitor began: a pedal may never be lifted."""
        self.key_input.release_all(at)
        events, self._events = [*self._events, *self.key_input.drain()], []
        for event in events:
            if isinstance(event, NoteStopped) and event.at <= at:
                self._end_visitor_note(event)
            else:
                insort(self._events, event, key=lambda event: event.at)

    def _end_visitor_note(self, stopped: NoteStopped) -> None:
        self._phrase_listener.release(stopped.pitch, stopped.at)
        self._player.release(stopped)

    def _warn_visitor(self, at: int) -> None:
        self._turn_taking.warned = True
        self._publisher.publish(VisitEndWarning(at, self._turn_taking.timeout_at))

    def _cancel_warning(self, at: int) -> None:
        if self._turn_taking.warned:
            self._publisher.publish(VisitEndWarning(at, 0))

    def _on_silence_timeout(self, at: int) -> None:
        """End the visit: nobody plays any more."""
        self._player.withdraw_pending(at)
        if self._update_turn(TurnEvent.SILENCE, at) is Turn.ATTRACT:
            self._end_visit(at)
            self._player.begin_continuation(self._play_along_plan(), at)
        else:
            self._player.begin_farewell(self._last_phrase, at)

    def _update_turn(self, event: TurnEvent, at: int) -> Turn | None:
        turn = self._turn_taking.handle_event(event, at)
        if turn is not None:
            self._publisher.publish(TurnChange(at, turn, self._tempo.beat_ns))
        return turn

    def _silence(self, at: int) -> None:
        """End every note at once, on request; the music goes on after a rest."""
        self._player.withdraw_pending(at)
        self._release_visitor(at)
        self._scheduler.silence()
        self._publisher.publish_milestone(Milestone.NOTES_CUT, at)
        if self.turn in (Turn.ANSWER, Turn.FAREWELL):
            self._on_network_phrase_over(at)
        elif self.turn is Turn.ATTRACT:
            self._attract_mode.schedule_after_rest(at, self._tempo.beat_ns)

    def _play_alone(self, until: int, at: int) -> None:
        """Play without rests until a time, ns; a visit ends first, with a farewell."""
        if self.turn is Turn.ANSWER and not self._plays_along:
            self._player.withdraw_pending(at)
            self._update_turn(TurnEvent.NETWORK_PHRASE_OVER, at)
        if self.turn not in (Turn.ATTRACT, Turn.FAREWELL):
            self._on_silence_timeout(at)
        self._attract_mode.play_without_rests(until)
        if self._player.phrase_generator is None:
            self._attract_mode.schedule_soon(at)

    def _begin_comparison(self, request: ComparisonRequest, at: int) -> None:
        """Play the last phrase with and without a unit, in place of what the network plays now.

        A visitor's phrase that goes on is left to be answered.
        """
        is_visitors_turn = self.turn is Turn.LISTEN and self._phrase_listener.over_at is not None
        is_busy = is_visitors_turn or (self._plays_along and self.turn is not Turn.ATTRACT)
        if self._lesson_playback.is_open or is_busy or not self._player.can_compare(request):
            return
        self._player.withdraw_pending(at)
        self._cancel_warning(at)
        if self.turn in (Turn.ANSWER, Turn.FAREWELL):
            self._on_network_phrase_over(at)
        self._turn_taking.restart_timeout(at)
        self._player.begin_comparison(request, at)

    # Lessons

    def _on_lesson_opened(self, at: int) -> None:
        """Open a lesson: the network stops, and waits until it is closed."""
        if self._lesson_playback.is_open:
            return
        self._lesson_playback.open()
        self._player.withdraw_pending(at)
        self._cancel_warning(at)
        if self.turn in (Turn.ANSWER, Turn.FAREWELL):
            self._on_network_phrase_over(at)

    def _on_lesson_closed(self, at: int) -> None:
        """Close the lesson: the performance continues."""
        if not self._lesson_playback.is_open:
            return
        self._lesson_playback.close(at)
        self._publisher.publish_milestone(Milestone.NOTES_CUT, at)
        self._turn_taking.restart_timeout(at)
        if self.turn is Turn.ATTRACT:
            self._attract_mode.schedule_after_rest(at, self._tempo.beat_ns)
        elif self._plays_along:
            self._begin_play_along(at)

    # Guest models

    def _switch_composer(self, change: ComposerChange, at: int) -> None:
        """Withdraw pending notes, and continue with another composer."""
        self._player.withdraw_pending(at)
        if self.turn in (Turn.ANSWER, Turn.FAREWELL):
            self._on_network_phrase_over(at)
            self._player.withdraw_pending(at)  # a play-along phrase may have begun
        self._player.switch_composer(change, at)
        if self.turn is Turn.ATTRACT:
            self._attract_mode.schedule_soon(at)

    def _remove_guest(self, at: int) -> None:
        if self._player.guest_expires_at is not None:
            self._switch_composer(ComposerChange(None, "", at), at)

    # Phrases

    def _consider_phrase(self, at: int) -> None:
        """Answer the phrase if it is over; while the network plays along, it is only kept."""
        if not self._phrase_listener.consider(at):
            self._publish_rhythm(self._phrase_listener.heard, at, is_over=False)
            return
        self._last_phrase = self._phrase_listener.finish_phrase(at)
        self._publish_rhythm(self._last_phrase, at, is_over=True)
        if not (self._plays_along or self._lesson_playback.is_open):
            self._update_turn(TurnEvent.VISITOR_PHRASE_OVER, at)
            self._visit_phrases += 1
            is_ghosts = self._visit_phrases % PHRASES_PER_GHOST == FIRST_GHOST_PHRASE
            ghost = self._ghosts.find(self._last_phrase) if is_ghosts else None
            self._player.begin_answer(self._last_phrase, at, ghost)

    def _publish_rhythm(self, phrase: Phrase | None, at: int, is_over: bool) -> None:
        if phrase is not None:
            grid = self._tempo.align(BeatGrid(phrase.origin_ns, phrase.beat_ns), at)
            self._publisher.publish(
                RhythmBelief(
                    at,
                    grid.origin_ns,
                    grid.beat_ns,
                    str(phrase.tune.meter),
                    phrase.swing,
                    phrase.confidence,
                    self._tempo.is_external,
                    is_over,
                )
            )

    def _begin_play_along(self, at: int) -> None:
        self._player.begin_play_along(self._play_along_plan(), at)

    def _play_along_plan(self) -> PhrasePlan:
        return self._play_along_planner.plan(self._player.sampling, self._settings.attract_level)

    def _follow_transport(self, plays: bool, at: int) -> None:
        """End the tune of attract mode, or begin one, as the device that leads does.

        Until a tune begins there is nothing to end: of a flood of changes the last one counts.
        """
        self._is_stopped = not plays
        if self.turn is Turn.ATTRACT and at >= self._launch_at:
            self._player.withdraw_pending(at)
            self._publisher.publish_milestone(Milestone.NOTES_CUT, at)
        self._launch_at = at + LAUNCH_DELAY_NS
        self._attract_mode.schedule_soon(self._launch_at)

    def _begin_attract_tune(self, at: int) -> None:
        """Begin a tune, on a bar line of the device that leads where there is one."""
        bar_line = self._tempo.bar_line_after(at + MIN_REACTION_NS)
        if bar_line is not None:
            self._attract_mode.next_tune_at = bar_line
        self._player.begin_attract_tune(self._attract_mode.next_tune_at)

    def _finish_phrase(self, at: int) -> None:
        """Handle the end of the network's last note."""
        grid = self._player.finish_phrase()
        self._flush(at)
        if self._player.is_comparing:
            self._turn_taking.restart_timeout(at)
            self._player.continue_comparison(at)
            if self._player.is_comparing:
                return
        if self.turn is Turn.ATTRACT:
            self._attract_mode.finish_tune(at, grid.beat_ns)
        else:
            self._on_network_phrase_over(at)

    def _on_network_phrase_over(self, at: int) -> None:
        if self._update_turn(TurnEvent.NETWORK_PHRASE_OVER, at) is Turn.ATTRACT:
            self._end_visit(at)
        elif self._plays_along and not self._lesson_playback.is_open:
            self._begin_play_along(at)
