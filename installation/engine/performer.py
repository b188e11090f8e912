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
from installation.engine.attract_mode import Solitude
from installation.engine.guest_model import Adopted, Present
from installation.engine.interfaces import CueSink, Recorder
from installation.engine.key_input import Pressed, Released, Visitor, VisitorEvent
from installation.engine.lesson_playback import Demonstration
from installation.engine.live_controls import Steered
from installation.engine.network_player import Musician
from installation.engine.phrase import Patience, Phrase, PhraseListener
from installation.engine.phrase_generator import Axis, Plan
from installation.engine.phrase_player import REACTION
from installation.engine.play_along_plan import Companion
from installation.engine.publisher import Announcer
from installation.engine.scheduler import Scheduler
from installation.engine.tempo import USUAL_TEMPO
from installation.engine.tempo_sync import LedTempo
from installation.engine.turn_taking import Conversation, Event, Mode
from installation.io.control.tempo_source import PulseSource
from messages.clock import SECOND
from messages.cues import Turn
from messages.gestures import Attend, Demonstrate, Hush
from rnn.generation.composer import Composer

FLUSH_EVERY = 10 * SECOND
"""How often the recorder is told of a good moment to write, whatever else happens, ns."""
MOST_AT_ONCE = 32
"""Things done before whoever calls has a look at the clock, and gives a sign of life."""
STALL = SECOND // 2
"""What should have been done longer ago than this is done as of now, ns."""


@dataclass(frozen=True, slots=True)
class _Timer:
    """Something to be done at a time, ns."""

    at: int
    act: Callable[[int], None]


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
    pulse : PulseSource, optional
        Whose beats to play on while they lead.
    """

    def __init__(
        self,
        composer: Composer,
        visitor: Visitor,
        scheduler: Scheduler,
        recorder: Recorder,
        cues: CueSink,
        settings: LiveSettings,
        seed: int,
        start: int,
        pulse: PulseSource | None = None,
    ) -> None:
        self.visitor = visitor
        self._scheduler, self._settings = scheduler, settings
        self._announcer = Announcer(recorder, cues)
        self._now = self._called_at = start
        self._events: list[VisitorEvent] = []
        self._conversation = Conversation(
            round(settings.farewell_after * SECOND),
            round(settings.warn_before * SECOND),
            Mode(settings.mode),
        )
        self._along = self._conversation.mode is not Mode.ANSWER
        self._companion = Companion()
        tempo = LedTempo(settings.tempo or USUAL_TEMPO, pulse)
        self._listener = PhraseListener(
            tempo,
            Patience(
                round(settings.pause * SECOND),
                settings.pause_beats,
                round(settings.hold_limit * SECOND),
            ),
        )
        self._musician = Musician(
            composer, scheduler, self._announcer, tempo, settings, seed, start
        )
        self._lesson = Demonstration(scheduler)
        self._solitude = Solitude(settings, start)
        self._flush_at = start + FLUSH_EVERY
        self._phrase: Phrase | None = None
        self._announcer.turn(self.turn, start, tempo.beat)
        self._musician.tell_blend(start)

    @property
    def turn(self) -> Turn:
        """Whose turn it is."""
        return self._conversation.turn

    @property
    def axis(self) -> Axis:
        """Where our beats lie; may be asked from any thread."""
        return self._musician.axis

    @property
    def pushed(self) -> int:
        """How often the music was put off to a later beat because the machine stalled."""
        return self._musician.pushed

    def advance(self, now: int) -> int:
        """Do what is due by `now`, but no more than a flood of keys may ask for at once.

        Returns
        -------
        int
            When there will be more to do, ns, keys left aside; `now` if some is left already.
        """
        self._listener.tempo.look(now)
        self._called_at = now
        for _ in range(MOST_AT_ONCE):
            self._musician.catch_up(now)
            for event in self.visitor.drain():
                insort(self._events, event, key=lambda event: event.at)
            timer = min(self._timers(), key=lambda timer: timer.at)
            if timer.at > now:
                return timer.at
            self._now = max(self._now, timer.at if now - timer.at <= STALL else now)
            timer.act(self._now)
        return now

    def close(self, at: int) -> None:
        """Stop everything at `at`, ns: nothing sounds after, and the recording is closed."""
        self._advance_to(at)
        self.visitor.release_all(at)
        self._advance_to(at)
        self._scheduler.withdraw(at)
        self._scheduler.silence()
        self._announcer.recorder.close(at)

    def _advance_to(self, at: int) -> None:
        while self.advance(at) <= at:
            pass

    # What is to be done, and when

    def _timers(self) -> Iterator[_Timer]:
        yield _Timer(self._flush_at, self._flush)
        if self._events:
            yield _Timer(self._events[0].at, self._take_event)
        if (compose_at := self._musician.compose_at) is not None:
            yield _Timer(compose_at, self._musician.compose)
        elif (line := self._musician.line) is not None:
            yield _Timer(line.end, self._finish_line)
        elif self.turn is Turn.ATTRACT and self._settings.attract and not self._lesson.is_open:
            yield _Timer(self._solitude.begin_at - REACTION, self._begin_tune)
        alone = self.turn is Turn.ATTRACT and self._musician.line is None
        if (leaves_at := self._musician.leaves_at) is not None and alone:
            yield _Timer(leaves_at, self._go_home)
        over_at = self._listener.over_at
        if over_at is not None and (self._along or self.turn is Turn.LISTEN):
            noted = self._along or self._lesson.is_open
            yield _Timer(over_at, self._note_phrase if noted else self._answer)
        elif self._lesson.is_open:
            return
        elif (silent_at := self._conversation.silent_at) is not None:
            yield _Timer(silent_at, self._part)
            if (warn_at := self._conversation.warn_at) is not None:
                yield _Timer(warn_at, self._warn)

    def _take_event(self, at: int) -> None:
        match self._events.pop(0):
            case Pressed() as pressed:
                self._take_press(pressed)
            case Released() as released:
                self._take_release(released)
            case Steered() as steered:
                self._musician.steer(steered)
            case Adopted() as adopted:
                self._adopt(adopted, at)
            case Present():
                self._musician.introduce(at)
            case Attend(open=True):
                self._make_room(at)
            case Attend():
                self._come_back(at)
            case Demonstrate() as asked:
                self._make_room(at)  # it may have been opened before this performer was there
                self._lesson.play(asked, self._called_at)
            case Hush():
                self._lesson.hush(at)

    def _flush(self, at: int) -> None:
        self._flush_at = at + FLUSH_EVERY
        self._announcer.recorder.flush(at)

    # The visitor plays

    def _take_press(self, pressed: Pressed) -> None:
        at, was = pressed.at, self.turn
        if self._conversation.warned:
            self._announcer.wane(at, 0)
        if self._take_turn(Event.PRESS, at) is not None or self._along:
            self._musician.interrupt(at)
            if was is Turn.ATTRACT:
                self._begin_visit(at)
        self._listener.press(pressed.pitch, pressed.velocity, at)
        self._musician.press(pressed)
        if self._along:
            self._companion.hear(pressed.pitch, pressed.velocity)
            if not self._lesson.is_open:
                self._play_along(at)

    def _take_release(self, released: Released) -> None:
        self._listener.release(released.pitch, released.at)
        self._musician.release(released)

    def _begin_visit(self, at: int) -> None:
        self._listener.tempo.forget()
        self._companion.forget()
        self._phrase = None
        self._solitude.end()
        if self._conversation.mode is not Mode.CONTINUOUS:
            self._musician.forget(Axis(at, self._listener.tempo.beat))
        self._announcer.recorder.begin_visit(at)

    # The visitor is at a lesson

    def _make_room(self, at: int) -> None:
        """A lesson is opened: the network breaks off, and waits while the visitor is at it."""
        if self._lesson.is_open:
            return
        self._lesson.open()
        self._musician.interrupt(at)
        if self._conversation.warned:
            self._announcer.wane(at, 0)
        if self.turn in (Turn.ANSWER, Turn.FAREWELL):
            self._line_over(at)

    def _come_back(self, at: int) -> None:
        """The lesson is closed: all goes on from where it was."""
        if not self._lesson.is_open:
            return
        self._lesson.close(at)
        self._conversation.wait(at)
        if self.turn is Turn.ATTRACT:
            self._solitude.rest(at, self._listener.tempo.beat)
        elif self._along:
            self._play_along(at)

    # Another network is adopted

    def _adopt(self, adopted: Adopted, at: int) -> None:
        """What has not sounded is withdrawn, and another composer goes on."""
        self._musician.interrupt(at)
        if self.turn in (Turn.ANSWER, Turn.FAREWELL):
            self._line_over(at)
            self._musician.interrupt(at)  # it may have begun to play along
        self._musician.adopt(adopted, at)
        if self.turn is Turn.ATTRACT:
            self._solitude.play_soon(at)

    def _go_home(self, at: int) -> None:
        """A guest that nobody plays with any more makes room for the composer of the house."""
        if self._musician.leaves_at is not None:
            self._adopt(Adopted(None, "", at), at)

    # The network plays

    def _answer(self, at: int) -> None:
        """The phrase is over: hear it as a whole, and go on from it."""
        self._phrase = self._listener.take(at)
        self._take_turn(Event.PHRASE_OVER, at)
        self._musician.answer(self._phrase, at)

    def _note_phrase(self, at: int) -> None:
        """A phrase of a visitor who is played along with is over: it is remembered, no more."""
        self._phrase = self._listener.take(at)

    def _play_along(self, at: int) -> None:
        """Go on from what the visitor has just played, with them."""
        self._musician.play_along(self._along_plan(), at)

    def _along_plan(self) -> Plan:
        return self._companion.plan(self._musician.taste, self._settings.attract_level)

    def _warn(self, at: int) -> None:
        """The visit is about to end."""
        self._conversation.warned = True
        self._announcer.wane(at, self._conversation.silent_at)

    def _part(self, at: int) -> None:
        """Nobody plays any more: the visit ends."""
        self._musician.interrupt(at)
        if self._take_turn(Event.SILENCE, at) is Turn.ATTRACT:
            self._end_visit(at)
            self._musician.go_on(self._along_plan(), at)
        else:
            self._musician.say_farewell(self._phrase, at)

    def _begin_tune(self, at: int) -> None:
        """Nobody is there: play something of one's own."""
        self._musician.begin_tune(self._solitude.begin_at)

    def _finish_line(self, at: int) -> None:
        """The last note has sounded."""
        axis = self._musician.finish()
        self._flush(at)
        if self.turn is Turn.ATTRACT:
            self._solitude.finish_tune(at, axis.beat)
        else:
            self._line_over(at)

    def _line_over(self, at: int) -> None:
        """The network has said what it had to say to a visitor."""
        if self._take_turn(Event.LINE_OVER, at) is Turn.ATTRACT:
            self._end_visit(at)
        elif self._along and not self._lesson.is_open:
            self._play_along(at)

    def _end_visit(self, at: int) -> None:
        self._announcer.recorder.end_visit(at)
        self._companion.forget()
        self._listener.tempo.forget()
        self._go_home(at)
        self._solitude.rest(at, self._listener.tempo.beat)

    def _take_turn(self, event: Event, at: int) -> Turn | None:
        turn = self._conversation.take(event, at)
        if turn is not None:
            self._announcer.turn(turn, at, self._listener.tempo.beat)
        return turn
