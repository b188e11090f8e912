"""Aside: work on a thread of its own, so that nobody who plays ever waits for a disk."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Condition, Thread
from typing import Generic, TypeVar

MOST = 1000
"""So many things may wait: a disk that never answers must not fill the memory."""

Thing = TypeVar("Thing")


class Aside(Generic[Thing]):
    """Does one thing after another, in the order they were asked for.

    Parameters
    ----------
    do : callable
        Does a thing; must not raise.
    name : str
        Of the thread.

    Attributes
    ----------
    left_out : int
        Things never done, since too many waited.
    """

    def __init__(self, do: Callable[[Thing], None], name: str) -> None:
        self.left_out = 0
        self._do = do
        self._waiting: dict[Hashable, Thing] = {}
        self._asked = 0
        self._busy = self._closing = False
        self._news = Condition()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ask(self, thing: Thing, key: Hashable = None) -> None:
        """Have a thing done, in place of one with the same key (not None) that still waits."""
        with self._news:
            self._asked += 1
            key = ("unkeyed", self._asked) if key is None else key
            if key not in self._waiting and len(self._waiting) >= MOST:
                self.left_out += 1
                return
            self._waiting[key] = thing
            self._news.notify_all()

    def flush(self, patience: float) -> bool:
        """Wait until all is done, `patience` seconds at the most; whether it is."""
        with self._news:
            return self._news.wait_for(lambda: not self._waiting and not self._busy, patience)

    def close(self, patience: float) -> bool:
        """Let the thread end once all is done; whether it has, within `patience` seconds."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._news:
                self._busy = False
                self._news.notify_all()
                self._news.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                thing = self._waiting.pop(next(iter(self._waiting)))
                self._busy = True
            self._do(thing)
