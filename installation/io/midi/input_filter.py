"""Guard: what an input lets through, so that no cable, loop or broken key can spoil the piece."""

from __future__ import annotations

from collections import deque

from mido import Message

from installation.io.drop_counter import DropCounter
from installation.io.midi.active_notes import SUSTAIN_CONTROLLER, ends_note, starts_note

ECHO_WINDOW_NS = 30_000_000
"""What we sent and comes back within this long is our own, ns."""
STUCK_KEY_TIMEOUT_NS = 11_000_000_000
"""A key held for longer is stuck, ns: no answer would ever come."""
MAX_NOTES_PER_SECOND = 60.0
"""Note-ons a second that are let through for long; two fast hands strike some thirty."""
MAX_NOTE_BURST = 64
"""Note-ons let through at once: more than two arms cover."""
MAX_CONTROLS_PER_SECOND = 500.0
"""Wheel, pressure and controller messages a second that are let through for long."""
MAX_CONTROL_BURST = 250

MessageKey = tuple[str, int, int]


def message_key(message: Message) -> MessageKey:
    """What a message is about: its kind, its channel, and its key or controller, if any."""
    if starts_note(message):
        return "on", message.channel, message.note
    if ends_note(message):
        return "off", message.channel, message.note
    if message.type == "control_change":
        return "control", message.channel, message.control
    return message.type, getattr(message, "channel", 0), getattr(message, "note", 0)


class EchoDetector:
    """Remembers what was sent a moment ago; outputs write, inputs ask, from any thread."""

    def __init__(self) -> None:
        self._sent: deque[tuple[int, MessageKey]] = deque(maxlen=512)

    def record_sent(self, message: Message, at: int) -> None:
        """A message goes out at `at`, ns."""
        self._sent.append((at, message_key(message)))

    def is_echo(self, message: Message, at: int) -> bool:
        """Whether a message that comes in at `at` (ns) is one that has just gone out."""
        key = message_key(message)
        return any(
            0 <= at - sent <= ECHO_WINDOW_NS and key == known for sent, known in tuple(self._sent)
        )


class TokenBucket:
    """So many a second for long, and a number at once (a token bucket)."""

    def __init__(self, rate: float, at_once: int) -> None:
        self._rate, self._capacity = rate, float(at_once)
        self._tokens, self._refilled_at = float(at_once), 0

    def try_consume(self, at: int) -> bool:
        """Whether one more is allowed at `at`, ns."""
        grown = self._tokens + max(0, at - self._refilled_at) * self._rate / 1e9
        self._tokens, self._refilled_at = min(self._capacity, grown), max(at, self._refilled_at)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class MidiInputFilter:
    """Decides about each message of one input, and knows which keys it holds.

    A note-on that echoes is dropped; one too many is dropped; the note-off of a key that is held
    always passes. Of controllers that come too fast the last value of each is kept and owed.

    Parameters
    ----------
    tally : Tally
    echo : Echo, optional
        What our outputs have sent.
    """

    def __init__(self, tally: DropCounter, echo: EchoDetector | None = None) -> None:
        self.drop_counter = tally
        self._echo_detector = echo or EchoDetector()
        self._held: dict[tuple[int, int], int] = {}
        self._last_sent_values: dict[MessageKey, Message] = {}
        self._deferred: dict[MessageKey, Message] = {}
        self._note_bucket = TokenBucket(MAX_NOTES_PER_SECOND, MAX_NOTE_BURST)
        self._control_bucket = TokenBucket(MAX_CONTROLS_PER_SECOND, MAX_CONTROL_BURST)

    def admit(self, message: Message, at: int) -> bool:
        """Whether to pass on a message that came at `at`, ns."""
        if ends_note(message):
            held = self._held.pop((message.channel, message.note), None)
            return held is not None or not self._echo_detector.is_echo(message, at)
        if self._echo_detector.is_echo(message, at):
            self.drop_counter.record_drop("echoes of what was sent")
            return False
        if starts_note(message):
            return self._admit_note_on(message, at)
        return self._admit_control(message, at)

    def drain_deferred(self) -> list[Message]:
        """The last value of each controller that was held back, once."""
        messages = list(self._deferred.values())
        self._deferred.clear()
        self._last_sent_values.update((message_key(message), message) for message in messages)
        return messages

    def release_stuck_keys(self, at: int) -> list[Message]:
        """Note-offs for the keys held for too long; they are held no more."""
        keys = [key for key, since in self._held.items() if at - since > STUCK_KEY_TIMEOUT_NS]
        for _ in keys:
            self.drop_counter.record_drop("stuck keys")
        return [self._release(key) for key in sorted(keys)]

    def release_all(self) -> list[Message]:
        """What brings everything this input moved back to rest."""
        offs = [self._release(key) for key in sorted(self._held)]
        rests = [
            rest
            for message in self._last_sent_values.values()
            if (rest := _reset_message(message)) is not None
        ]
        self._last_sent_values.clear()
        self._deferred.clear()
        return offs + rests

    def _admit_note_on(self, message: Message, at: int) -> bool:
        if not self._note_bucket.try_consume(at):
            self.drop_counter.record_drop("notes too many")
            return False
        self._held[message.channel, message.note] = at
        return True

    def _admit_control(self, message: Message, at: int) -> bool:
        key = message_key(message)
        if message.is_cc(SUSTAIN_CONTROLLER) or self._control_bucket.try_consume(at):
            self._last_sent_values[key] = message
            self._deferred.pop(key, None)
            return True
        self._deferred[key] = message
        self.drop_counter.record_drop("controls too many")
        return False

    def _release(self, key: tuple[int, int]) -> Message:
        del self._held[key]
        return Message("note_off", channel=key[0], note=key[1])


def _reset_message(message: Message) -> Message | None:
    """What undoes a pedal, a wheel or pressure; None where nothing needs undoing."""
    if message.is_cc(SUSTAIN_CONTROLLER) and message.value >= 64:
        return message.copy(value=0)
    if message.type == "pitchwheel" and message.pitch:
        return message.copy(pitch=0)
    if message.type in ("aftertouch", "polytouch") and message.value:
        return message.copy(value=0)
    return None
