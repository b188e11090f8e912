"""Ctrl-C: stopping where nothing is lost, and stopping at once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType


class InterruptHandler:
    """Ctrl-C within a `with`: the first asks to stop, the second breaks off.

    Parameters
    ----------
    stop : callable
        Told of the first. The second is a KeyboardInterrupt.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self.interrupted = False

    def __enter__(self) -> InterruptHandler:
        self._before = signal.signal(signal.SIGINT, self._on_first_interrupt)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _on_first_interrupt(self, number: int, frame: FrameType | None) -> None:
        self.interrupted = True
        self._stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)
