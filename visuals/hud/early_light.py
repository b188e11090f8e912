"""Early light: the waves of visitors' keys begin on the shown frame, while the next one is drawn.

A frame takes most of its period to draw. A key that sounds meanwhile would be seen one or two
frames after its sound; here its light is added to what the window shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from messages.clock import Clock
from messages.cues import KeyStruck, StageMessage
from visuals.drawing.sprites import PlacedSprite
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
        The light with which the wave of a key begins; None where there is none, as without a piano.
    """

    def __init__(
        self,
        poll: Callable[[], Sequence[StageMessage]],
        presenter: Presenter,
        timing: FrameTimingMeter,
        clock: Clock,
        wave_lamp: Callable[[KeyStruck], PlacedSprite | None],
    ) -> None:
        self._poll, self._presenter, self._timing = poll, presenter, timing
        self._clock, self._wave_lamp = clock, wave_lamp
        self._waiting: list[StageMessage] = []
        self._lit_due = -CHORD_GAP_NS  # time of the last key that was lit here, ns
        self._next_poll_ns, self._is_held = 0, False

    def take_messages(self) -> list[StageMessage]:
        """All messages since the last call, those included whose keys are lit already."""
        self._read_messages()
        taken, self._waiting = self._waiting, []
        return taken

    def hold(self) -> None:
        """Read nothing until `release`: the frame that is shown is about to be replaced."""
        self._is_held = True

    def release(self) -> None:
        """Read and light again."""
        self._is_held = False

    def light_struck_keys(self) -> None:
        """Light the keys struck since the last call, unless that was less than an interval ago."""
        if self._is_held or not self._presenter.can_add_light:
            return
        if self._clock.now() < self._next_poll_ns:
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
        if key.due - self._lit_due < CHORD_GAP_NS:  # one wave for a chord
            return
        lamp = self._wave_lamp(key)
        if lamp is not None and self._presenter.add_light(lamp):
            self._lit_due = key.due
            self._timing.record_first_light(key.serial, key.due, self._clock.now())
