"""Sweeping: garbage is collected between frames, not in the middle of one.

Python looks for unreachable cycles whenever enough new objects were made, and a look at all there
is takes as long as a frame. What the scenes are made of lives for as long as the stage does, so it
is frozen, that is left out of such looks; the rest is swept at moments of the stage's own choosing.
"""

from __future__ import annotations

import gc
from abc import ABC, abstractmethod

YOUNG_EVERY = 60
"""Frames between two looks at what is new..."""
ALL_EVERY = 3600
"""...and at everything that is not frozen."""


class Sweeper(ABC):
    """Decides when the process looks for garbage."""

    @abstractmethod
    def settle(self) -> None:
        """All that stays has been made."""

    @abstractmethod
    def sweep(self, number: int) -> None:
        """Frame `number` has been shown, and the next is not due yet."""

    @abstractmethod
    def loosen(self) -> None:
        """What stayed so far is about to be replaced."""


class DummySweeper(Sweeper):
    """Leaves it to Python."""

    def settle(self) -> None: ...

    def sweep(self, number: int) -> None: ...

    def loosen(self) -> None: ...


class GarbageSweeper(Sweeper):
    """Takes it over for the whole process, from `settle` to `loosen`."""

    def __init__(self) -> None:
        self._settled = False

    def settle(self) -> None:
        gc.collect()
        gc.freeze()
        gc.disable()
        self._settled = True

    def sweep(self, number: int) -> None:
        if not self._settled:
            return
        if number % ALL_EVERY == 0:
            gc.collect()
        elif number % YOUNG_EVERY == 0:
            gc.collect(1)

    def loosen(self) -> None:
        if self._settled:
            gc.unfreeze()
            gc.enable()
            self._settled = False
