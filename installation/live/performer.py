"""The performer: hears the visitor, plays the network, and tells stage and recorder of both.

It is a simulation of discrete events. Whatever happens - a key, a pause long enough, a note that
should be composed now - has a time of its own, and is dealt with in order of those times, however
late the thread that calls `advance`. So what is composed depends on the seed and on what visitors
did, and on nothing else.

Only when the machine stalled for so long that notes were missed does the clock on the wall count:
the music goes on from the note at which it stopped, on a later beat, and no time is caught up with.
"""

from __future__ import annotations

import logging
from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from installation.config import LiveSettings
from installation.gear.pulse import PulseSource
from installation.live.announcer import Announcer
from installation.live.clock import MILLISECOND, SECOND
from installation.live.companion import Companion
from installation.live.conversation import Conversation, Event, Mode
from installation.live.key import Key
from installation.live.leading import LedTempo
from installation.live.line import Axis, Composed, Line, Plan
from installation.live.phrase import BAR, Patience, Phrase, PhraseListener
from installation.live.scheduler import TOO_LATE, Scheduler
from installation.live.sinks import CueSink, Recorder
from installation.live.steering import Steered, Steering
from installation.live.visitor import Pressed, Released, Visitor, VisitorEvent
from midi_data.notes import Tune, fold_pitch
from rnn.composer import Composer
from visuals.cues import Turn

REACTION = 300 * MILLISECOND
"""From deciding to play to the first note, at the least: time to hear a phrase again, ns."""
HEARD_AGAIN = 24
"""Notes of a phrase the composer hears again before it answers: more would take too long."""
TOGETHER = 30 * MILLISECOND
"""Notes due this soon after a visitor's key still sound: they are with it, ns."""
LONGEST_GAP = 4.0
"""The composer does not hear more silence than this between two phrases, beats."""
NARROWEST = 4.0
"""An answer has at least this spread about its centre, semitones."""
USUAL_TEMPO = 100.0
"""Beats a minute where the settings leave it open."""
TUNE_BEATS = 16.0
"""A tune of the network's own has at least this length, beats..."""
LONGEST_TUNE = 96.0
"""...and no more than this."""
FAREWELL_BEATS = 4.0
"""Length of the closing phrase, beats."""
FLUSH_EVERY = 10 * SECOND
"""How often the recorder is told of a good moment to write, whatever else happens, ns."""
IDLE = SECOND // 4
"""How long to sleep when nothing is to be done, ns."""
STALL = SECOND // 2
"""What should have been done longer ago than this is done as of now, ns."""
SAY_EVERY = 60 * SECOND
"""The log is told of stalls no oftener than this, ns."""

log = logging.getLogger(__name__)


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

    Attributes
    ----------
    pushed : int
        How often the music was put off to a later beat because the machine stalled.
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
        self.pushed = 0
        self._said_at = start - SAY_EVERY
        self._composer, self._scheduler = composer, scheduler
        self._announcer = Announcer(recorder, cues)
        self._settings, self._seed = settings, seed
        self._steering = Steering(composer, settings)
        self._now = start
        self._events: list[VisitorEvent] = []
        self._conversation = Conversation(
            round(settings.farewell_after * SECOND),
            round(settings.warn_before * SECOND),
            Mode(settings.mode),
        )
        self._along = self._conversation.mode is not Mode.ANSWER
        self._companion = Companion()
        self._listener = PhraseListener(
            LedTempo(settings.tempo or USUAL_TEMPO, pulse),
            Patience(
                round(settings.pause * SECOND),
                settings.pause_beats,
                round(settings.hold_limit * SECOND),
            ),
        )
        self._lines = count()
        self._line: Line | None = None
        self._line_serial = 0
        self._begin_at = start + REACTION
        self._flush_at = start + FLUSH_EVERY
        self._axis = Axis(start, self._listener.tempo.beat)
        self._heard_to = 0.0
        self._phrase: Phrase | None = None
        self._struck: set[int] = set()
        self._announcer.turn(self.turn, start, self._listener.tempo.beat)

    @property
    def turn(self) -> Turn:
        """Whose turn it is."""
        return self._conversation.turn

    @property
    def axis(self) -> Axis:
        """Where our beats lie; may be asked from any thread."""
        line = self._line
        return self._axis if line is None else line.axis

    def advance(self, now: int) -> int:
        """Do all that is due by `now`; returns when to be called again at the latest, ns."""
        self._listener.tempo.look(now)
        while True:
            self._catch_up(now)
            for event in self.visitor.drain():
                insort(self._events, event, key=lambda event: event.at)
            timer = min(self._timers(), key=lambda timer: timer.at)
            if timer.at > now:
                return min(timer.at, now + IDLE)
            self._now = max(self._now, timer.at if now - timer.at <= STALL else now)
            timer.act(self._now)

    def _catch_up(self, now: int) -> None:
        """Put off to a later beat what could not be played in time."""
        line = self._line
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
        self.pushed += 1
        if now - self._said_at >= SAY_EVERY:
            self._said_at = now
            late = (now - first) / SECOND
            log.warning("%.1f s late: the machine stalled; going on at the next beat", late)

    def close(self, at: int) -> None:
        """Stop everything at `at`, ns: nothing sounds after, and the recording is closed."""
        self.advance(at)
        self.visitor.release_all(at)
        self.advance(at)
        self._scheduler.withdraw(at)
        self._scheduler.silence()
        self._announcer.recorder.close(at)

    # What is to be done, and when

    def _timers(self) -> Iterator[_Timer]:
        yield _Timer(self._flush_at, self._flush)
        if self._events:
            yield _Timer(self._events[0].at, self._take_event)
        line = self._line
        if line is not None and not line.over:
            ahead = round(self._settings.look_ahead * line.axis.beat)
            yield _Timer(line.last_due - ahead, self._compose)
        elif line is not None:
            yield _Timer(line.end, self._finish_line)
        elif self.turn is Turn.ATTRACT and self._settings.attract:
            yield _Timer(self._begin_at - REACTION, self._begin_tune)
        over_at = self._listener.over_at
        if over_at is not None and (self._along or self.turn is Turn.LISTEN):
            yield _Timer(over_at, self._note_phrase if self._along else self._answer)
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
                self._take_steered(steered)

    def _take_steered(self, steered: Steered) -> None:
        self._steering.take(steered)
        if (line := self._line) is not None:  # what it has composed stays as it is
            line.plan = replace(line.plan, taste=self._steering.season(line.plan.taste))

    def _flush(self, at: int) -> None:
        self._flush_at = at + FLUSH_EVERY
        self._announcer.recorder.flush(at)

    # The visitor plays

    def _take_press(self, pressed: Pressed) -> None:
        at, was = pressed.at, self.turn
        if self._conversation.warned:
            self._announcer.wane(at, 0)
        if self._take_turn(Event.PRESS, at) is not None or self._along:
            self._interrupt(at)
            if was is Turn.ATTRACT:
                self._begin_visit(at)
        self._listener.press(pressed.pitch, pressed.velocity, at)
        step = self._composer.strike(fold_pitch(pressed.pitch), self._hearing(at))
        self._struck.add(pressed.pitch)
        self._announcer.press(pressed, step)
        if self._along:
            self._companion.hear(pressed.pitch, pressed.velocity)
            self._play_along(at)

    def _take_release(self, released: Released) -> None:
        self._listener.release(released.pitch, released.at)
        if released.pitch in self._struck:  # else the composer has forgotten it since
            self._struck.discard(released.pitch)
            self._composer.release(fold_pitch(released.pitch), self._hearing(released.at))
        self._announcer.release(released.pitch, released.at)

    def _hearing(self, at: int) -> float:
        """The composer's beat of a moment: never back, and long silences cut short."""
        gap = self._axis.beats(at) - self._heard_to
        if gap > LONGEST_GAP:
            self._axis = self._axis.moved(int(gap // BAR.bar * BAR.bar))
        self._heard_to = max(self._heard_to, self._axis.beats(at))
        return self._heard_to

    def _interrupt(self, at: int) -> None:
        """Withdraw what the network has not sounded yet."""
        if self._line is None:
            return
        cut = at + TOGETHER
        self._withdraw(cut)
        self._line.cut(cut)
        self._struck.clear()
        self._axis = self._line.axis
        self._heard_to = max(0.0, self._axis.beats(cut))
        self._line = None

    def _begin_visit(self, at: int) -> None:
        self._listener.tempo.forget()
        self._companion.forget()
        self._phrase = None
        if self._conversation.mode is not Mode.CONTINUOUS:
            self._struck.clear()
            self._composer.begin()
            self._axis = Axis(at, self._listener.tempo.beat)
            self._heard_to = 0.0
        self._announcer.recorder.begin_visit(at)

    # The network plays

    def _answer(self, at: int) -> None:
        """The phrase is over: hear it as a whole, and go on from it."""
        phrase = self._listener.take(at)
        self._phrase = phrase
        self._struck.clear()
        recent = phrase.recent(HEARD_AGAIN)
        self._composer.rehear(_folded(recent.tune))
        self._take_turn(Event.PHRASE_OVER, at)
        taste = replace(
            self._steering.taste,
            scale=phrase.key.scale,
            centre=phrase.centre,
            spread=max(NARROWEST, phrase.spread),
        )
        plan = Plan(phrase.length, taste, phrase.velocity, phrase.key)
        self._begin_line(plan, Axis(recent.origin, recent.beat), at)

    def _note_phrase(self, at: int) -> None:
        """A phrase of a visitor who is played along with is over: it is remembered, no more."""
        self._phrase = self._listener.take(at)

    def _play_along(self, at: int) -> None:
        """Go on from what the visitor has just played, with them."""
        plan = self._companion.plan(self._steering.taste, self._settings.attract_level)
        beat = self._listener.tempo.beat
        axis = Axis(at - round(self._axis.beats(at) * beat), beat)
        self._begin_line(plan, axis, at, TOGETHER)

    def _warn(self, at: int) -> None:
        """The visit is about to end."""
        self._conversation.warned = True
        self._announcer.wane(at, self._conversation.silent_at)

    def _part(self, at: int) -> None:
        """Nobody plays any more: the visit ends."""
        self._interrupt(at)
        if self._take_turn(Event.SILENCE, at) is Turn.ATTRACT:
            self._end_visit(at)
            self._begin_line(
                self._companion.plan(self._steering.taste, self._settings.attract_level),
                self._axis,
                at,
            )
        else:
            self._say_farewell(at)

    def _say_farewell(self, at: int) -> None:
        """Close with a phrase that comes home."""
        key = self._phrase.key if self._phrase is not None else Key(0)
        taste = replace(self._steering.taste, scale=key.scale)
        plan = Plan(FAREWELL_BEATS, taste, self._settings.attract_level, key, fewest=3)
        self._begin_line(plan, self._axis, at)

    def _begin_tune(self, at: int) -> None:
        """Nobody is there: play something of one's own."""
        self._composer.begin()
        plan = Plan(
            LONGEST_TUNE, self._steering.taste, self._settings.attract_level, own_end=TUNE_BEATS
        )
        axis = Axis(self._begin_at, self._listener.tempo.beat)
        self._begin_line(plan, axis, self._begin_at - REACTION)

    def _begin_line(self, plan: Plan, axis: Axis, at: int, reaction: int = REACTION) -> None:
        generator = np.random.default_rng([self._seed, next(self._lines)])
        axis = self._listener.tempo.align(axis, at + reaction)
        self._line = Line(self._composer, generator, plan, axis, at + reaction)
        self._line_serial = self._announcer.serial

    def _compose(self, at: int) -> None:
        """Compose one note; the visitor is looked after between any two."""
        line = self._line
        line.axis = self._listener.tempo.align(line.axis, line.last_due)
        composed = line.compose()
        if composed is None:
            return
        line.forget(at)
        self._play(composed)
        why = self._composer.explain()
        if why is not None:
            self._announcer.explain(why.shares)

    def _play(self, composed: Composed) -> None:
        self._scheduler.add(composed.note)
        self._announcer.compose(composed)

    def _withdraw(self, at: int) -> None:
        self._scheduler.withdraw(at)
        self._announcer.withdraw(self._line_serial, at)

    def _finish_line(self, at: int) -> None:
        """The last note has sounded."""
        line, self._line = self._line, None
        self._axis, self._heard_to = line.axis, line.axis.beats(at)
        self._flush(at)
        if self.turn is Turn.ATTRACT:
            rest = round(self._settings.attract_rest * BAR.bar * line.axis.beat)
            self._begin_at = at + max(rest, REACTION)
        elif self._take_turn(Event.LINE_OVER, at) is Turn.ATTRACT:
            self._end_visit(at)
        elif self._along:
            self._play_along(at)

    def _end_visit(self, at: int) -> None:
        self._announcer.recorder.end_visit(at)
        self._companion.forget()
        self._listener.tempo.forget()
        rest = round(self._settings.attract_rest * BAR.bar * self._listener.tempo.beat)
        self._begin_at = at + max(rest, REACTION)

    def _take_turn(self, event: Event, at: int) -> Turn | None:
        turn = self._conversation.take(event, at)
        if turn is not None:
            self._announcer.turn(turn, at, self._listener.tempo.beat)
        return turn


def _folded(tune: Tune) -> Tune:
    """A tune on the 88 keys the network knows."""
    notes = (replace(note, pitch=fold_pitch(note.pitch)) for note in tune.notes)
    return replace(tune, notes=tuple(notes))
