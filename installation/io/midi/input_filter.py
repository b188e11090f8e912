"""Guard: what an input lets through, so that no cable, loop or broken key can spoil the piece."""

from __future__ import annotations

from collections import deque

from mido import Message

from installation.io.drop_counter import Tally
from installation.io.midi.active_notes import SUSTAIN, ends_note, starts_note

ECHO = 30_000_000
"""What we sent and comes back within this long is our own, ns."""
LONGEST_NOTE = 11_000_000_000
"""A key held for longer is stuck, ns: no answer would ever come."""
STRIKES = 60.0
"""Note-ons a second that are let through for long; two fast hands strike some thirty."""
FIRST_STRIKES = 64
"""Note-ons let through at once: more than two arms cover."""
TURNS = 500.0
"""Wheel, pressure and controller messages a second that are let through for long."""
FIRST_TURNS = 250

Key = tuple[str, int, int]


def key_of(message: Message) -> Key:
    """What a message is about: its kind, its channel, and its key or controller, if any."""
    if starts_note(message):
        return "on", message.channel, message.note
    if ends_note(message):
        return "off", message.channel, message.note
    if message.type == "control_change":
        return "control", message.channel, message.control
    return message.type, getattr(message, "channel", 0), getattr(message, "note", 0)


class Echo:
    """Remembers what was sent a moment ago; outputs write, inputs ask, from any thread."""

    def __init__(self) -> None:
        self._sent: deque[tuple[int, Key]] = deque(maxlen=512)

    def send(self, message: Message, at: int) -> None:
        """A message goes out at `at`, ns."""
        self._sent.append((at, key_of(message)))

    def returns(self, message: Message, at: int) -> bool:
        """Whether a message that comes in at `at` (ns) is one that has just gone out."""
        key = key_of(message)
        return any(0 <= at - sent <= ECHO and key == known for sent, known in tuple(self._sent))


class Allowance:
    """So many a second for long, and a number at once (a token bucket)."""

    def __init__(self, rate: float, at_once: int) -> None:
        self._rate, self._at_once = rate, float(at_once)
        self._left, self._seen = float(at_once), 0

    def take(self, at: int) -> bool:
        """Whether one more is allowed at `at`, ns."""
        grown = self._left + max(0, at - self._seen) * self._rate / 1e9
        self._left, self._seen = min(self._at_once, grown), max(at, self._seen)
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Guard:
    """Decides about each message of one input, and knows which keys it holds.

    A note-on that echoes is dropped; one too many is dropped; the note-off of a key that is held
    always passes. Of controllers that come too fast the last value of each is kept and owed.

    Parameters
    ----------
    tally : Tally
    echo : Echo, optional
        What our outputs have sent.
    """

    def __init__(self, tally: Tally, echo: Echo | None = None) -> None:
        self.tally = tally
        self._echo = echo or Echo()
        self._held: dict[tuple[int, int], int] = {}
        self._set: dict[Key, Message] = {}
        self._owed: dict[Key, Message] = {}
        self._strikes = Allowance(STRIKES, FIRST_STRIKES)
        self._turns = Allowance(TURNS, FIRST_TURNS)

    def admit(self, message: Message, at: int) -> bool:
        """Whether to pass on a message that came at `at`, ns."""
        if ends_note(message):
            held = self._held.pop((message.channel, message.note), None)
            return held is not None or not self._echo.returns(message, at)
        if self._echo.returns(message, at):
            self.tally.drop("echoes of what was sent")
            return False
        if starts_note(message):
            return self._strike(message, at)
        return self._turn(message, at)

    def owed(self) -> list[Message]:
        """The last value of each controller that was held back, once."""
        messages = list(self._owed.values())
        self._owed.clear()
        self._set.update((key_of(message), message) for message in messages)
        return messages

    def stuck(self, at: int) -> list[Message]:
        """Note-offs for the keys held for too long; they are held no more."""
        keys = [key for key, since in self._held.items() if at - since > LONGEST_NOTE]
        for _ in keys:
            self.tally.drop("stuck keys")
        return [self._release(key) for key in sorted(keys)]

    def let_go(self) -> list[Message]:
        """What brings everything this input moved back to rest."""
        offs = [self._release(key) for key in sorted(self._held)]
        rests = [rest for message in self._set.values() if (rest := _rest_of(message)) is not None]
        self._set.clear()
        self._owed.clear()
        return offs + rests

    def _strike(self, message: Message, at: int) -> bool:
        if not self._strikes.take(at):
            self.tally.drop("notes too many")
            return False
        self._held[message.channel, message.note] = at
        return True

    def _turn(self, message: Message, at: int) -> bool:
        key = key_of(message)
        if message.is_cc(SUSTAIN) or self._turns.take(at):
            self._set[key] = message
            self._owed.pop(key, None)
            return True
        self._owed[key] = message
        self.tally.drop("controls too many")
        return False

    def _release(self, key: tuple[int, int]) -> Message:
        del self._held[key]
        return Message("note_off", channel=key[0], note=key[1])


def _rest_of(message: Message) -> Message | None:
    """What undoes a pedal, a wheel or pressure; None where nothing needs undoing."""
    if message.is_cc(SUSTAIN) and message.value >= 64:
        return message.copy(value=0)
    if message.type == "pitchwheel" and message.pitch:
        return message.copy(pitch=0)
    if message.type in ("aftertouch", "polytouch") and message.value:
        return message.copy(value=0)
    return None
