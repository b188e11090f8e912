"""Sweeping: garbage is collected between frames, not in the middle of one.

Python looks for unreachable cycles whenever enough new objects were made, and a look at all there
is takes as long as a frame. What the scenes are made of lives for as long as the stage does, so it
is frozen, that is left out of such looks; the rest is swept at moments of the stage's own choosing.
"""

from __future__ import annotations

import gc
from abc import ABC, abstractmethod

YOUNG_GC_INTERVAL_FRAMES = 60
"""Frames between two looks at what is new..."""
FULL_GC_INTERVAL_FRAMES = 3600
"""...and at everything that is not frozen."""


class GcPolicy(ABC):
    """Decides when the process looks for garbage."""

    @abstractmethod
    def freeze_objects(self) -> None:
        """All that stays has been made."""

    @abstractmethod
    def collect_after_frame(self, number: int) -> None:
        """Frame `number` has been shown, and the next is not due yet."""

    @abstractmethod
    def unfreeze_objects(self) -> None:
        """What stayed so far is about to be replaced."""


class DummyGcPolicy(GcPolicy):
    """Leaves it to Python."""

    def freeze_objects(self) -> None: ...

    def collect_after_frame(self, number: int) -> None: ...

    def unfreeze_objects(self) -> None: ...


class BetweenFramesGcPolicy(GcPolicy):
    """Takes it over for the whole process, from `settle` to `unfreeze_objects`."""

    def __init__(self) -> None:
        self._is_frozen = False

    def freeze_objects(self) -> None:
        gc.collect()
        gc.freeze()
        gc.disable()
        self._is_frozen = True

    def collect_after_frame(self, number: int) -> None:
        if not self._is_frozen:
            return
        if number % FULL_GC_INTERVAL_FRAMES == 0:
            gc.collect()
        elif number % YOUNG_GC_INTERVAL_FRAMES == 0:
            gc.collect(1)

    def unfreeze_objects(self) -> None:
        if self._is_frozen:
            gc.unfreeze()
            gc.enable()
            self._is_frozen = False
