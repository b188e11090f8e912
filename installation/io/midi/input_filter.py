"""The filter of an input: echoes, floods, stuck keys and broken cables cannot spoil the piece."""

from __future__ import annotations

from collections import deque

from mido import Message

from installation.io.drop_counter import DropCounter
from installation.io.midi.active_notes import (
    MIN_PEDAL_DOWN,
    SUSTAIN_CONTROLLER,
    ends_note,
    starts_note,
)

ECHO_WINDOW_NS = 30_000_000
"""Time after which a message that equals a sent one is no echo of it, ns."""
STUCK_KEY_TIMEOUT_NS = 11_000_000_000
"""Time after which a held key counts as stuck, ns: it would hold up the answer for ever."""
MAX_NOTES_PER_SECOND = 60.0
"""Sustained rate of note-ons, per second; two fast hands play some thirty."""
MAX_NOTE_BURST = 64  # note-ons admitted at once: more keys than two arms cover
MAX_CONTROLS_PER_SECOND = 500.0
"""Sustained rate of wheel, pressure, controller and program messages, per second."""
MAX_CONTROL_BURST = 250  # of these messages admitted at once

MessageKey = tuple[str, int, int]
SentKey = tuple[MessageKey, tuple[int, ...]]


def message_key(message: Message) -> MessageKey:
    """Kind, channel, and key or controller number of a message."""
    if starts_note(message):
        return "on", message.channel, message.note
    if ends_note(message):
        return "off", message.channel, message.note
    if message.type == "control_change":
        return "control", message.channel, message.control
    return message.type, getattr(message, "channel", 0), getattr(message, "note", 0)


def _echo_key(message: Message) -> SentKey:
    """What an echo has in common with the message that was sent; of a wheel its value, too.

    A wheel in motion is passed on, so its next value comes soon after a message like itself.
    """
    key = message_key(message)
    return key, () if key[0] in ("on", "off") else tuple(message.bytes()[1:])


class EchoDetector:
    """The messages sent last; outputs write and inputs ask, from any thread."""

    def __init__(self) -> None:
        self._sent: deque[tuple[int, SentKey]] = deque(maxlen=512)

    def record_sent(self, message: Message, now: int) -> None:
        """Remember a message sent at `now`, ns."""
        self._sent.append((now, _echo_key(message)))

    def is_echo(self, message: Message, now: int) -> bool:
        """Whether a message received at `now` (ns) equals one sent within `ECHO_WINDOW_NS`."""
        key = _echo_key(message)
        return any(
            0 <= now - sent <= ECHO_WINDOW_NS and key == known for sent, known in tuple(self._sent)
        )


class TokenBucket:
    """A token bucket: at most `rate` events a second in the long run, `burst` at once."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._capacity = rate, float(burst)
        self._tokens, self._refilled_at = float(burst), 0

    def try_consume(self, now: int) -> bool:
        """Whether one more event is allowed at `now`, ns."""
        tokens = self._tokens + max(0, now - self._refilled_at) * self._rate / 1e9
        self._tokens, self._refilled_at = min(self._capacity, tokens), max(now, self._refilled_at)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class MidiInputFilter:
    """Admits or drops each message of one input, and knows the keys it holds.

    Echoes and note-ons above the rate limit are dropped; the end of a held key or pedal always
    passes. Of controllers and programs above the rate limit the last value is deferred.
    """

    def __init__(self, drop_counter: DropCounter, echo: EchoDetector | None = None) -> None:
        self.drop_counter = drop_counter
        self._echo_detector = echo or EchoDetector()
        self._held: dict[tuple[int, int], int] = {}
        self._last_values: dict[MessageKey, Message] = {}
        self._deferred: dict[MessageKey, Message] = {}
        self._note_bucket = TokenBucket(MAX_NOTES_PER_SECOND, MAX_NOTE_BURST)
        self._control_bucket = TokenBucket(MAX_CONTROLS_PER_SECOND, MAX_CONTROL_BURST)

    def admit(self, message: Message, now: int) -> bool:
        """Whether to pass on a message received at `now`, ns."""
        if ends_note(message):
            held = self._held.pop((message.channel, message.note), None)
            return held is not None or not self._echo_detector.is_echo(message, now)
        if not self._lifts_pedal(message) and self._echo_detector.is_echo(message, now):
            self.drop_counter.record_drop("echoes of sent messages")
            return False
        if starts_note(message):
            return self._admit_note_on(message, now)
        return self._admit_control(message, now)

    def drain_deferred(self) -> list[Message]:
        """The deferred value of each controller and program, once."""
        messages = list(self._deferred.values())
        self._last_values |= self._deferred
        self._deferred.clear()
        return messages

    def release_stuck_keys(self, now: int) -> list[Message]:
        """Note-offs for the keys held longer than `STUCK_KEY_TIMEOUT_NS`."""
        keys = [key for key, since in self._held.items() if now - since > STUCK_KEY_TIMEOUT_NS]
        for _ in keys:
            self.drop_counter.record_drop("stuck keys")
        return [self._release(key) for key in sorted(keys)]

    def release_all(self) -> list[Message]:
        """The messages that bring all keys, pedals and wheels of this input back to rest."""
        messages = [self._release(key) for key in sorted(self._held)]
        resets = map(_reset_message, self._last_values.values())
        messages += [message for message in resets if message is not None]
        self._last_values.clear()
        self._deferred.clear()
        return messages

    def _lifts_pedal(self, message: Message) -> bool:
        """Whether a message ends a pedal that this input holds down."""
        last = self._last_values.get(message_key(message))
        return (
            message.is_cc(SUSTAIN_CONTROLLER)
            and message.value < MIN_PEDAL_DOWN
            and last is not None
            and last.value >= MIN_PEDAL_DOWN
        )

    def _admit_note_on(self, message: Message, now: int) -> bool:
        if not self._note_bucket.try_consume(now):
            self.drop_counter.record_drop("notes above the rate limit")
            return False
        self._held[message.channel, message.note] = now
        return True

    def _admit_control(self, message: Message, now: int) -> bool:
        key = message_key(message)
        if message.is_cc(SUSTAIN_CONTROLLER) or self._control_bucket.try_consume(now):
            self._last_values[key] = message
            self._deferred.pop(key, None)
            return True
        self._deferred[key] = message
        self.drop_counter.record_drop("controls above the rate limit")
        return False

    def _release(self, key: tuple[int, int]) -> Message:
        del self._held[key]
        return Message("note_off", channel=key[0], note=key[1])


def _reset_message(message: Message) -> Message | None:
    """The message that undoes a pedal, wheel or pressure; None where nothing needs undoing."""
    if message.is_cc(SUSTAIN_CONTROLLER) and message.value >= MIN_PEDAL_DOWN:
        return message.copy(value=0)
    if message.type == "pitchwheel" and message.pitch:
        return message.copy(pitch=0)
    if message.type in ("aftertouch", "polytouch") and message.value:
        return message.copy(value=0)
    return None
