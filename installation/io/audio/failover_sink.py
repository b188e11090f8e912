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

from installation.io.audio.sample_clock import SECOND, SampleClock
from installation.io.audio.sinks import AudioSink, AudioUnavailable, RenderCallback

CHECK_INTERVAL_S = 0.5
"""Seconds between two looks at whether the card asks for samples."""
SILENCE_TIMEOUT_NS = 2 * SECOND
"""A card that asks for none for so long is gone, ns; counted in looks, so that a machine that slept
finds no card guilty."""
REOPEN_INTERVAL_CHECKS = 10
"""Every so many looks a card is looked for."""
CLOSE_TIMEOUT_S = 1.0
"""Seconds to wait for a card to close: it may be gone."""

_log = logging.getLogger(__name__)


class OffsetSampleClock(SampleClock):
    """Another anchor, `frames` frames later."""

    def __init__(self, inner: SampleClock, frames: int) -> None:
        self._inner, self._frames = inner, frames

    def frame_at(self, moment: int) -> int:
        return self._inner.frame_at(moment) + self._frames

    def time_of(self, frame: int) -> int:
        return self._inner.time_of(frame - self._frames)


class FailoverAudioSink(AudioSink):
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
        self._reopen, self._make_fallback, self._now = reopen, stand_in, now
        self._active_sink, self._on_fallback = card, False
        self._base_frame = self._frames_requested = 0  # frames before the inner one, and in all
        self._render: RenderCallback | None = None
        self._lock = Lock()
        self._silent_ns = self._check_count = 0
        self._checked_at, self._frames_at_last_check = now(), 0
        self._stop = Event()
        self._thread = Thread(target=self._check_loop, name="sound card", daemon=True)

    @property
    def sample_clock(self) -> SampleClock:
        """Which frame belongs to which moment, whoever asks for them."""
        return OffsetSampleClock(self._active_sink.sample_clock, self._base_frame)

    @property
    def latency_ns(self) -> int:
        """From a frame's moment to when it is heard, ns."""
        return self._active_sink.latency_ns

    def start(self, render: RenderCallback) -> None:
        self._render = render
        self._active_sink.start(self._render_for(self._active_sink))
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_TIMEOUT_S)
        self._active_sink.stop()

    def check_device(self) -> None:
        """See to it that somebody asks for samples; about every `CHECK_INTERVAL_S`."""
        now = self._now()
        passed = min(now - self._checked_at, round(2 * CHECK_INTERVAL_S * SECOND))
        self._silent_ns = (
            0 if self._frames_requested != self._frames_at_last_check else self._silent_ns + passed
        )
        self._checked_at, self._frames_at_last_check = now, self._frames_requested
        self._check_count += 1
        if self._on_fallback:
            if self._check_count % REOPEN_INTERVAL_CHECKS == 0:
                self._try_reopen()
        elif self._silent_ns > SILENCE_TIMEOUT_NS:
            _log.error("%s is gone: SILENT; notes are still played on the clock", self.name)
            self._switch_to(self._make_fallback(), standing_in=True)

    def _check_loop(self) -> None:
        while not self._stop.wait(CHECK_INTERVAL_S):
            self.check_device()

    def _try_reopen(self) -> None:
        try:
            card = self._reopen()
        except AudioUnavailable as error:
            _log.debug("no card yet: %s", error)
            return
        try:
            self._switch_to(card, standing_in=False)
        except AudioUnavailable as error:
            _log.debug("no card yet: %s", error)
            self._switch_to(self._make_fallback(), standing_in=True)
        else:
            self.name = card.name
            _log.warning("%s: sound is back", self.name)

    def _switch_to(self, sink: AudioSink, standing_in: bool) -> None:
        """Another goes on where the last one stopped asking.

        Raises
        ------
        AudioUnavailable
            If it does not start; it has taken over all the same.
        """
        with self._lock:
            gone, self._active_sink, self._on_fallback = self._active_sink, sink, standing_in
            self._base_frame = self._frames_requested
        self._silent_ns = 0
        closing = Thread(target=gone.stop, name="close sound", daemon=True)
        closing.start()
        closing.join(CLOSE_TIMEOUT_S)
        sink.start(self._render_for(sink))

    def _render_for(self, sink: AudioSink) -> RenderCallback:
        """What one sink asks: one that was replaced, and wakes up again, gets silence."""

        def render(frames: int) -> NDArray[np.float32]:
            with self._lock:
                if sink is not self._active_sink:
                    return np.zeros((frames, 2), np.float32)
                sound = self._render(frames)
                self._frames_requested += frames
                return sound

        return render
