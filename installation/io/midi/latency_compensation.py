"""Latency compensation: notes are sent earlier by the delay of their sound."""

from __future__ import annotations

from mido import Message

from installation.io.midi.outputs import TimedOutput


class LatencyCompensatedOutput(TimedOutput):
    """Sends messages with a due time earlier, so that they are heard when they are due.

    Messages without a due time, such as a visitor's keys, are sent at once.

    Parameters
    ----------
    output : TimedOutput
        Closed with this one.
    latency_ns : int
        Delay of the output's sound, ns: of loudspeakers with a delay line of their own, wireless
        ones, slow synthesisers.

    Raises
    ------
    ValueError
        If the latency is below 0.
    """

    def __init__(self, output: TimedOutput, latency_ns: int) -> None:
        self._output, self._latency_ns = output, latency_ns
        super().__init__(output.name)
        if latency_ns < 0:
            raise ValueError(f"an output cannot be heard before it plays, so not {latency_ns} ns")
        self.lead_time_ns = output.lead_time_ns + latency_ns

    def send_at(self, message: Message, due: int) -> None:
        """Send a message so that it is heard at `due`, ns."""
        self._output.send_at(message, due - self._latency_ns)

    def withdraw_pending(self, at: int) -> None:
        """Withdraw the messages that would be heard after `at`, ns."""
        self._output.withdraw_pending(at - self._latency_ns)

    def silence(self) -> None:
        """Silence the output."""
        self._output.silence()

    def _deliver(self, message: Message) -> None:
        self._output.send(message)

    def _close(self) -> None:
        self._output.close()
