"""How starved the machine is while something is measured."""

from __future__ import annotations

import os
from pathlib import Path


class Watch:
    """Looks at the machine from now on."""

    def __init__(self) -> None:
        self._before = _ticks()

    def seen(self) -> dict[str, float]:
        """Share of time stolen by other machines, share that was idle, and the load now."""
        stolen, idle, total = (b - a for a, b in zip(self._before, _ticks(), strict=True))
        total = max(1, total)
        return {
            "steal": round(stolen / total, 4),
            "idle": round(idle / total, 4),
            "load": round(os.getloadavg()[0], 2),
        }


def _ticks() -> tuple[int, int, int]:
    """Ticks stolen, ticks idle and all ticks so far; nothing where the system does not tell."""
    try:
        line = Path("/proc/stat").read_text().split("\n")[0]
    except OSError:
        return 0, 0, 0
    ticks = [int(word) for word in line.split()[1:9]]
    return ticks[7], ticks[3], sum(ticks)
