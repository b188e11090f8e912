"""Garbage collection between frames instead of within them, and freed memory given back.

Python searches for unreachable cycles after a number of new objects; a full search takes as long as
a frame. Scenes live long, so they are frozen: such searches leave them out. The C library keeps
freed memory for later; building a scene leaves some 40 MB of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc

YOUNG_GC_INTERVAL_FRAMES = 60  # frames between two collections of new objects
FULL_GC_INTERVAL_FRAMES = 3600  # frames between two collections of all objects that are not frozen

MMAP_THRESHOLD_BYTES = 1 << 20
"""Size from which a block of memory goes back to the system as soon as it is freed. Without it the
C library raises this size to 32 MB by itself, and keeps 200 MB of freed pictures. It holds from the
first release on: with it, a scene takes a third longer to build, and the first picture waits."""
_M_MMAP_THRESHOLD = -3  # of malloc.h


class GcPolicy:
    """Decides when garbage is collected and memory given back; this one leaves it to Python."""

    def freeze_objects(self) -> None:
        """Exempt all present objects from collections: they are built to stay."""

    def collect_after_frame(self, number: int) -> bool:
        """Collect garbage after frame `number`, while the next one is not due yet.

        Returns
        -------
        bool
            Whether all objects were looked at: now memory is worth giving back, on another thread.
        """
        return False

    def unfreeze_objects(self) -> None:
        """Include frozen objects again: they are about to be replaced."""

    def release_free_memory(self) -> None:
        """Give freed memory back to the system; callable on any thread."""


class BetweenFramesGcPolicy(GcPolicy):
    """Collects the whole process's garbage, from `freeze_objects` to `unfreeze_objects`."""

    def __init__(self) -> None:
        self._is_frozen = False

    def freeze_objects(self) -> None:
        gc.collect()
        gc.freeze()
        gc.disable()
        self._is_frozen = True

    def collect_after_frame(self, number: int) -> bool:
        is_full = number % FULL_GC_INTERVAL_FRAMES == 0
        if not self._is_frozen:
            return False
        if is_full:
            gc.collect()
        elif number % YOUNG_GC_INTERVAL_FRAMES == 0:
            gc.collect(1)
        return is_full

    def unfreeze_objects(self) -> None:
        if self._is_frozen:
            gc.unfreeze()
            gc.enable()
            self._is_frozen = False

    def release_free_memory(self) -> None:
        with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library
            library = ctypes.CDLL(None)
            library.mallopt(_M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES)
            library.malloc_trim(0)
