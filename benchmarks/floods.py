"""What 2000 messages a second at one input cost, and what of them reaches the performer.

python benchmarks/floods.py
"""

from __future__ import annotations

import sys
import time
from threading import Event

from mido import Message

from installation.engine.key_input import KeyInput
from installation.io.midi.input_filter import EchoDetector
from installation.io.midi.inputs import TimedInput
from installation.io.midi.outputs import DummyOutput
from messages.clock import SECOND, VirtualClock

SECONDS, MESSAGES_PER_SECOND = 10, 2000
FLOODS = {
    "notes": lambda i: Message("note_on" if i % 2 else "note_off", note=i // 2 % 100).bytes(),
    "pitch wheel": lambda i: Message("pitchwheel", pitch=i % 8000).bytes(),
    "active sensing": lambda i: [0xFE],
    "malformed": lambda i: [0x90, 200, 3],
}


def main() -> None:
    """Flood an input on a clock of our own; tell processor time a second, and what came through."""
    for name, make in FLOODS.items():
        clock = VirtualClock()
        visitor = KeyInput([DummyOutput()])
        keys = TimedInput(
            lambda received, visitor=visitor: visitor.receive_midi(received.message, received.at),
            now=clock.now,
            echo=EchoDetector(),
        )
        messages = [make(index) for index in range(SECONDS * MESSAGES_PER_SECOND)]
        began = time.process_time()
        for index, message in enumerate(messages):
            clock.wait_until(index * SECOND // MESSAGES_PER_SECOND, Event())
            keys.on_bytes(message)
        share = (time.process_time() - began) / SECONDS
        events = len(visitor.drain())
        dropped = keys.drop_counter.counts.total() / len(messages)
        sys.stdout.write(
            f"{name}: {share:.1%} of a core at {MESSAGES_PER_SECOND}/s, {events / SECONDS:.0f} key "
            f"events a second reach the performer, {dropped:.0%} dropped\n"
        )


if __name__ == "__main__":
    main()
