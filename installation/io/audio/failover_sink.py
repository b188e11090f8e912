"""Mending: a sound card that goes while the piece plays, and comes back.

No card tells that it was pulled out, or that its sound server is gone: it just asks for no more
samples. Then another sink takes over, which keeps time without a card, so that notes go on on the
clock and nothing piles up; and a card is looked for until one opens.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event, Lock, Thread

import numpy as np
from numpy.typing import NDArray

from installation.io.audio.sample_clock import SECOND, Anchor
from installation.io.audio.sinks import AudioSink, AudioUnavailable, Render

LOOK_EVERY = 0.5
"""Seconds between two looks at whether the card asks for samples."""
SILENT_FOR = 2 * SECOND
"""A card that asks for none for so long is gone, ns; counted in looks, so that a machine that slept
finds no card guilty."""
LOOKS_APART = 10
"""Every so many looks a card is looked for."""
CLOSING_TIME = 1.0
"""Seconds to wait for a card to close: it may be gone."""

_log = logging.getLogger(__name__)


class ShiftedAnchor(Anchor):
    """Another anchor, `frames` frames later."""

    def __init__(self, inner: Anchor, frames: int) -> None:
        self._inner, self._frames = inner, frames

    def frame_at(self, moment: int) -> int:
        return self._inner.frame_at(moment) + self._frames

    def moment_of(self, frame: int) -> int:
        return self._inner.moment_of(frame - self._frames)


class MendingSink(AudioSink):
    """A card, or what stands in for it.

    Parameters
    ----------
    card : AudioSink
        Open.
    reopen : callable
        Opens a card anew; raises `AudioUnavailable` where there is none.
    stand_in : callable
        Makes what keeps time meanwhile.
    now : callable
        The monotonic clock, ns.
    """

    def __init__(
        self,
        card: AudioSink,
        reopen: Callable[[], AudioSink],
        stand_in: Callable[[], AudioSink],
        now: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.name = card.name
        self._reopen, self._stand_in, self._now = reopen, stand_in, now
        self._inner, self._standing_in = card, False
        self._base = self._asked = 0  # frames before the inner one, and in all
        self._render: Render | None = None
        self._lock = Lock()
        self._silent = self._looks = 0
        self._looked, self._asked_then = now(), 0
        self._stop = Event()
        self._thread = Thread(target=self._watch, name="sound card", daemon=True)

    @property
    def anchor(self) -> Anchor:
        """Which frame belongs to which moment, whoever asks for them."""
        return ShiftedAnchor(self._inner.anchor, self._base)

    @property
    def latency(self) -> int:
        """From a frame's moment to when it is heard, ns."""
        return self._inner.latency

    def start(self, render: Render) -> None:
        self._render = render
        self._inner.start(self._render_for(self._inner))
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(CLOSING_TIME)
        self._inner.stop()

    def look(self) -> None:
        """See to it that somebody asks for samples; about every `LOOK_EVERY`."""
        now = self._now()
        passed = min(now - self._looked, round(2 * LOOK_EVERY * SECOND))
        self._silent = 0 if self._asked != self._asked_then else self._silent + passed
        self._looked, self._asked_then = now, self._asked
        self._looks += 1
        if self._standing_in:
            if self._looks % LOOKS_APART == 0:
                self._look_for_card()
        elif self._silent > SILENT_FOR:
            _log.error("%s is gone: SILENT; notes are still played on the clock", self.name)
            self._replace(self._stand_in(), standing_in=True)

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            self.look()

    def _look_for_card(self) -> None:
        try:
            card = self._reopen()
        except AudioUnavailable as error:
            _log.debug("no card yet: %s", error)
            return
        try:
            self._replace(card, standing_in=False)
        except AudioUnavailable as error:
            _log.debug("no card yet: %s", error)
            self._replace(self._stand_in(), standing_in=True)
        else:
            self.name = card.name
            _log.warning("%s: sound is back", self.name)

    def _replace(self, sink: AudioSink, standing_in: bool) -> None:
        """Another goes on where the last one stopped asking.

        Raises
        ------
        AudioUnavailable
            If it does not start; it has taken over all the same.
        """
        with self._lock:
            gone, self._inner, self._standing_in = self._inner, sink, standing_in
            self._base = self._asked
        self._silent = 0
        closing = Thread(target=gone.stop, name="close sound", daemon=True)
        closing.start()
        closing.join(CLOSING_TIME)
        sink.start(self._render_for(sink))

    def _render_for(self, sink: AudioSink) -> Render:
        """What one sink asks: one that was replaced, and wakes up again, gets silence."""

        def render(frames: int) -> NDArray[np.float32]:
            with self._lock:
                if sink is not self._inner:
                    return np.zeros((frames, 2), np.float32)
                sound = self._render(frames)
                self._asked += frames
                return sound

        return render
