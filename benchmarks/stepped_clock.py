"""A wall clock that is moved for one program and those it starts.

The system's own clock stays as it is, and so does the monotonic clock of that program.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import time
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")
COMPILER = "cc"


class SteppedClock:
    """A wall clock some seconds ahead of the system's, or behind it.

    Parameters
    ----------
    folder
        Existing folder for the offset, which programs read, and for the library that they load.

    Raises
    ------
    subprocess.CalledProcessError
        If the library does not compile.
    """

    def __init__(self, folder: Path) -> None:
        self._file, self._library = folder / "clock-offset", folder / "stepped-clock.so"
        self._steps: list[tuple[float, int]] = [(float("-inf"), 0)]  # since, offset; seconds
        self._write()
        self.is_available = shutil.which(COMPILER) is not None
        if self.is_available:
            command = [COMPILER, "-O2", "-shared", "-fPIC", "-o", self._library, SOURCE, "-ldl"]
            subprocess.run(command, check=True)

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a program that has this clock; empty without a C compiler."""
        if not self.is_available:
            return {}
        return {"LD_PRELOAD": str(self._library), "OFFSET_FILE": str(self._file)}

    @property
    def offset_s(self) -> int:
        """How far this clock is ahead now, seconds."""
        return self._steps[-1][1]

    def step(self, offset_s: int) -> None:
        """Set how far this clock is ahead, seconds."""
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
        # in place, at once: programs have the file in their memory
        with self._file.open("r+b" if self._file.exists() else "w+b", buffering=0) as file:
            file.write(struct.pack("=q", self.offset_s))
