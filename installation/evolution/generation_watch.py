"""Generation watch: notices that another generation was chosen, and loads it beside the music."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from rnn.evolution.generation import GenerationError
from rnn.evolution.generation_store import GenerationStore
from rnn.model.checkpoint import Checkpoint, CheckpointError
from rnn.styles import UnknownStyleError

CHECK_INTERVAL_S = 5.0  # time between two looks at the store, seconds

log = logging.getLogger(__name__)


class GenerationWatch:
    """Watches a store on a thread of its own.

    Parameters
    ----------
    store : GenerationStore
    take_over : callable
        Gets the number of a generation and its model; the first time soon after the start, unless
        generation 0 plays. It may refuse it by `CheckpointError` or `UnknownStyleError`.

    Attributes
    ----------
    number : int
        Generation that was taken over last.
    """

    def __init__(
        self, store: GenerationStore, take_over: Callable[[int, Checkpoint], None]
    ) -> None:
        self.number = 0
        self._store, self._take_over = store, take_over
        self._seen: int | None = None
        self._stop = Event()

    def check(self) -> None:
        """Look once; generations that cannot be used are said once, and skipped."""
        changed_at = self._store.current_changed_at
        if changed_at == self._seen:
            return
        self._seen = changed_at
        faults, before = list[str](), self.number
        for number in self._store.candidates():
            if number == before:
                break
            try:
                self._take_over(number, self._store.load(number))
            except (GenerationError, CheckpointError, UnknownStyleError) as error:
                faults.append(str(error))
                continue
            self.number = number
            log.info("generation %d plays from the next visit on", number)
            break
        if faults:
            plays = "goes on playing" if self.number == before else "plays instead"
            log.warning("generation %d %s: %s", self.number, plays, "; ".join(faults))

    def start(self) -> None:
        """Begin to watch."""
        Thread(target=self._run, name="generations", daemon=True).start()

    def close(self) -> None:
        """End the watch; does not wait for it."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.check()
            self._stop.wait(CHECK_INTERVAL_S)
