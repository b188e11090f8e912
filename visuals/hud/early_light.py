"""Early light: the waves of visitors' keys begin on the shown frame, while the next one is drawn.

A frame takes most of its period to draw. A key that sounds meanwhile would be seen one or two
frames after its sound; here its light is added to what the window shows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from messages.clock import SECOND, Clock
from messages.cues import KeyStruck, StageMessage
from visuals.drawing.sprites import PlacedSprite
from visuals.scenes.base.visitor_wave import onset_strength
from visuals.shared_shape import CHORD_GAP_NS
from visuals.window.frame_timing import FrameTimingMeter
from visuals.window.presenter import Presenter

POLL_INTERVAL_NS = 500_000  # least time between two readings of messages, ns


class EarlyLight:
    """Reads the messages for the stage, and lights keys struck between two frames.

    Parameters
    ----------
    poll : callable
        Returns the messages since its last call.
    presenter : Presenter
        Shows the frames; one that cannot add light to a shown frame leaves keys to the next frame.
    timing : FrameTimingMeter
    clock : Clock
    wave_lamp : callable
        The light with which the wave of a pitch and a strength (0..1) begins; None without a piano.
    """

    def __init__(
        self,
        poll: Callable[[], Sequence[StageMessage]],
        presenter: Presenter,
        timing: FrameTimingMeter,
        clock: Clock,
        wave_lamp: Callable[[int, float], PlacedSprite | None],
    ) -> None:
        self._poll, self._presenter, self._timing = poll, presenter, timing
        self._clock, self._wave_lamp = clock, wave_lamp
        self._waiting: list[StageMessage] = []
        self._onsets: deque[int] = deque()  # times of the waves of the last second, ns
        self._next_poll_ns = 0

    def take_messages(self) -> list[StageMessage]:
        """All messages since the last call, those included whose keys are lit already."""
        self._read_messages()
        taken, self._waiting = self._waiting, []
        return taken

    def light_struck_keys(self) -> None:
        """Light the keys struck since the last call, unless that was less than an interval ago."""
        if not self._presenter.can_add_light or self._clock.now() < self._next_poll_ns:
            return
        self._read_messages()
        self._next_poll_ns = self._clock.now() + POLL_INTERVAL_NS

    def _read_messages(self) -> None:
        messages = self._poll()
        self._waiting += messages
        for message in messages:
            if isinstance(message, KeyStruck) and self._presenter.can_add_light:
                self._light_key(message)

    def _light_key(self, key: KeyStruck) -> None:
        if (strength := self._wave_strength(key)) == 0.0:
            return
        lamp = self._wave_lamp(key.pitch, strength)
        if lamp is not None and self._presenter.add_light(lamp):
            self._timing.record_early_light(key.serial, key.due, self._clock.now())

    def _wave_strength(self, key: KeyStruck) -> float:
        """Strength of the key's wave, as the next frame draws it; 0 if it is that of its chord."""
        while self._onsets and self._onsets[0] <= key.due - SECOND:
            self._onsets.popleft()
        if self._onsets and key.due - self._onsets[-1] < CHORD_GAP_NS:
            return 0.0
        self._onsets.append(key.due)
        return onset_strength(len(self._onsets)) * (0.5 + 0.5 * key.velocity / 127.0)
