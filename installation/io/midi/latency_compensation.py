"""Early: an output that is told of each note before its time, because it is heard after it."""

from __future__ import annotations

from mido import Message

from installation.io.midi.outputs import TimedOutput


class LatencyCompensatedOutput(TimedOutput):
    """Sends what has a due time earlier, so that it is heard when it is due.

    What is sent at once, as a visitor's key is, goes out at once.

    Parameters
    ----------
    output : TimedOutput
        Closed with this one.
    by : int
        How late the output is heard, ns: loudspeakers and screens with a delay line of their own,
        wireless ones, slow synthesisers.
    """

    def __init__(self, output: TimedOutput, by: int) -> None:
        self._output, self._latency_ns = output, by
        super().__init__(output.name)
        if by < 0:
            raise ValueError(f"an output cannot be heard before it plays, so not {by} ns")
        self.lead_time_ns = output.lead_time_ns + by

    def send_at(self, message: Message, due: int) -> None:
        """Have a message heard at `due`, ns."""
        self._output.send_at(message, due - self._latency_ns)

    def withdraw_pending(self, at: int) -> None:
        """Forget what would be heard after `at`, ns."""
        self._output.withdraw_pending(at - self._latency_ns)

    def silence(self) -> None:
        """Silence the output."""
        self._output.silence()

    def _deliver(self, message: Message) -> None:
        self._output.send(message)

    def _close(self) -> None:
        self._output.close()
