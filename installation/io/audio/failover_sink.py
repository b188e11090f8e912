"""Failover of a sound card that is lost while the piece plays, and is found again.

No card reports that it was unplugged, or that its sound server is gone: it just requests no more
samples. Then a sink without a device takes over: notes go on on the clock, and no messages pile
up. Meanwhile the card is opened again as soon as it exists.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event, Lock, Thread

import numpy as np
from numpy.typing import NDArray

from installation.io.audio.sample_clock import SampleClock
from installation.io.audio.sinks import AudioSink, AudioUnavailable, RenderCallback
from messages.clock import SECOND

CHECK_INTERVAL_S = 0.5  # time between two checks of the card, seconds
SILENCE_TIMEOUT_NS = 2 * SECOND
"""Time without a request after which a card is lost, ns. It is summed up over the checks, so that
a machine that slept does not lose its card."""
REOPEN_INTERVAL_CHECKS = 10  # checks between two attempts to open the card again
CLOSE_TIMEOUT_S = 1.0  # longest wait for a card to close, seconds: it may be gone

_log = logging.getLogger(__name__)


class OffsetSampleClock(SampleClock):
    """Another sample clock, whose frame 0 has the number `frames` here."""

    def __init__(self, inner: SampleClock, frames: int) -> None:
        self._inner, self._frames = inner, frames

    def frame_at(self, time: int) -> int:
        return self._inner.frame_at(time) + self._frames

    def time_of(self, frame: int) -> int:
        return self._inner.time_of(frame - self._frames)


class FailoverAudioSink(AudioSink):
    """A sound card, or a fallback without a device while the card is lost.

    `open_card` raises `AudioUnavailable` where there is none: then the fallback begins. Until the
    card that `open_preferred` opens is there, another one may play.
    """

    def __init__(
        self,
        open_card: Callable[[], AudioSink],
        make_fallback: Callable[[], AudioSink],
        now: Callable[[], int] = time.monotonic_ns,
        check_interval: float = CHECK_INTERVAL_S,
        open_preferred: Callable[[], AudioSink] | None = None,
    ) -> None:
        self._openers = [each for each in (open_preferred, open_card) if each is not None]
        self._make_fallback, self._now = make_fallback, now
        self._on_best = self._on_fallback = False
        self._active_sink = self._next_sink = self._open_first()
        self.name = self._active_sink.name
        self._base_frame = self._frames_requested = 0  # before the active sink, and in all
        self._frames_skipped = 0  # requested by the next sink before it was the active one
        self._render: RenderCallback | None = None
        self._lock = Lock()
        self._silent_ns = self._check_count = 0
        self._checked_at, self._frames_at_last_check = now(), 0
        self._check_interval, self._stop = check_interval, Event()
        self._thread = Thread(target=self._check_loop, name="sound card", daemon=True)

    @property
    def sample_clock(self) -> SampleClock:
        """Times of frames, counted over all sinks."""
        return OffsetSampleClock(self._active_sink.sample_clock, self._base_frame)

    @property
    def latency_ns(self) -> int:
        """Delay from a frame's time to its sound, ns."""
        return self._active_sink.latency_ns

    @property
    def on_card(self) -> bool:
        """Whether a sound card asks for the frames."""
        return not self._on_fallback

    def start(self, render: RenderCallback) -> None:
        self._render = render
        try:
            self._active_sink.start(self._render_for(self._active_sink))
        except AudioUnavailable as error:
            if not self._try_cards():
                self._warn_of_silence(error)
                self._switch_to(self._make_fallback(), is_fallback=True)
                self.name = self._active_sink.name
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_TIMEOUT_S)
        self._active_sink.stop()

    def check_device(self) -> None:
        """Replace a lost card by the fallback, or the fallback by a card."""
        now, requested = self._now(), self._frames_requested
        passed = min(now - self._checked_at, round(2 * CHECK_INTERVAL_S * SECOND))
        is_silent = requested == self._frames_at_last_check
        self._silent_ns = self._silent_ns + passed if is_silent else 0
        self._checked_at, self._frames_at_last_check = now, requested
        self._check_count += 1
        tries_cards = self._check_count % REOPEN_INTERVAL_CHECKS == 0
        if self._on_fallback:
            if tries_cards:
                self._try_cards()
        elif self._silent_ns > SILENCE_TIMEOUT_NS:
            _log.error("%s is gone: SILENT; notes are still played on the clock", self.name)
            self._switch_to(self._make_fallback(), is_fallback=True)
        elif tries_cards and not self._on_best:
            self._try_card(self._openers[0])

    def _check_loop(self) -> None:
        while not self._stop.wait(self._check_interval):
            self.check_device()

    def _open_first(self) -> AudioSink:
        """The best card that opens, or the fallback where none does."""
        errors: list[AudioUnavailable] = []
        for open_card in self._openers:
            try:
                card = open_card()
            except AudioUnavailable as error:
                errors.append(error)
                continue
            self._on_best = not errors
            if errors:
                _log.warning("%s; playing on %s until it is there", errors[0], card.name)
            return card
        self._on_fallback = True
        self._warn_of_silence(errors[-1])
        return self._make_fallback()

    @staticmethod
    def _warn_of_silence(error: AudioUnavailable) -> None:
        _log.warning(
            "embedded synth: SILENT - no audio device could be opened (%s); "
            "notes are still played on the clock",
            error,
        )

    def _try_cards(self) -> bool:
        """Play on the best card that opens and starts; whether one does."""
        return any(map(self._try_card, self._openers))

    def _try_card(self, open_card: Callable[[], AudioSink]) -> bool:
        """Play on a card if it opens and starts; whether it does."""
        card, was_silent = None, self._on_fallback
        try:
            card = open_card()
            self._switch_to(card, is_fallback=False)
        except AudioUnavailable as error:
            _log.debug("no card yet: %s", error)
            if card is not None:
                _close(card)
            return False
        self._on_best, self.name = open_card is self._openers[0], card.name
        waits = "" if self._on_best else " until the preferred card is there"
        what = "sound is back" if was_silent else "the sound comes from here now"
        _log.warning("%s: %s%s", self.name, what, waits)
        return True

    def _switch_to(self, sink: AudioSink, is_fallback: bool) -> None:
        """Go on with another sink where the last one stops; if it raises, the last one goes on."""
        self._next_sink, self._frames_skipped = sink, 0
        sink.start(self._render_for(sink))
        with self._lock:
            last, self._active_sink, self._on_fallback = self._active_sink, sink, is_fallback
            self._base_frame = self._frames_requested - self._frames_skipped
        self._silent_ns = 0
        _close(last)

    def _render_for(self, sink: AudioSink) -> RenderCallback:
        """The callback of one sink: silence before and after it is the active one."""

        def render(frames: int) -> NDArray[np.float32]:
            with self._lock:
                if sink is not self._active_sink:
                    if sink is self._next_sink:
                        self._frames_skipped += frames
                    return np.zeros((frames, 2), np.float32)
                sound = self._render(frames)
                self._frames_requested += frames
                return sound

        return render


def _close(sink: AudioSink) -> None:
    """Stop a sink, in bounded time."""
    closing = Thread(target=sink.stop, name="close sound", daemon=True)
    closing.start()
    closing.join(CLOSE_TIMEOUT_S)
