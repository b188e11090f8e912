"""A wall clock that is moved for one program and those it starts, by libfaketime.

The system's own clock stays as it is, and so does the monotonic clock of that program.
"""

from __future__ import annotations

import time
from pathlib import Path

LIBRARY_NAME = "faketime/libfaketimeMT.so.1"
REREAD_S = 1
"""Time after which a program reads the offset again, seconds."""


def find_library() -> Path | None:
    """The library for programs of several threads, where the system has it."""
    found = sorted(Path("/usr/lib").glob(f"*/{LIBRARY_NAME}"))
    return found[0] if found else None


class SteppedClock:
    """A wall clock some seconds ahead of the system's, or behind it.

    Parameters
    ----------
    file
        Where the offset is written, which programs read.
    """

    def __init__(self, file: Path) -> None:
        self._file, self._library = file, find_library()
        self._steps: list[tuple[float, int]] = [(float("-inf"), 0)]  # since, offset; seconds
        self._write()

    @property
    def is_available(self) -> bool:
        """Whether libfaketime is installed (Debian: apt install libfaketime)."""
        return self._library is not None

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a program that has this clock; empty if it is not available."""
        if self._library is None:
            return {}
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": str(REREAD_S),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    @property
    def offset_s(self) -> int:
        """How far this clock is ahead now, seconds."""
        return self._steps[-1][1]

    def step(self, offset_s: int) -> None:
        """Set how far this clock is ahead, seconds; programs follow within `REREAD_S`."""
        self._steps.append((time.time(), offset_s))
        self._write()

    def now(self) -> float:
        """This clock's time, epoch, seconds."""
        return time.time() + self.offset_s

    def readings(self, at: float, tolerance_s: float) -> list[float]:
        """What this clock may have shown at a time of the system's clock, epoch, seconds.

        More than one time, if it was moved within `tolerance_s` of `at`.
        """
        ends = [since for since, _ in self._steps[1:]] + [float("inf")]
        return [
            at + offset
            for (since, offset), end in zip(self._steps, ends, strict=True)
            if since - tolerance_s <= at <= end + tolerance_s
        ]

    def _write(self) -> None:
        # moved into place: a reader never finds a file that is half written
        new = self._file.with_suffix(".new")
        new.write_text(f"{self.offset_s:+d}\n")
        new.replace(self._file)
