"""How exactly it plays: `python benchmarks/timing.py`, or `hidden-state bench timing`.

Notes handed to MIDI while the piece plays beside its stage, against one process for both; notes of
the embedded synth, and of FluidSynth at the far end of a MIDI cable, found again in the sound.
Steal and load tell how starved the machine was. What needs JACK is left out without it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as it plays

import handover
import sounding
from jack import jack_server, why_not
from machine import Watch

PARTS = {"handover": handover.measure, "sound": sounding.measure}
SHARES = {"handover": 0.8, "sound": 0.2}
"""Of the time."""


def measure(seconds: float, parts: list[str]) -> dict[str, Any]:
    """Everything, in about so many seconds."""
    report: dict[str, Any] = {}
    share = sum(SHARES[part] for part in parts)
    with jack_server() as jack:
        reason = why_not() or "no JACK server starts here"
        report["midi"] = "rtmidi over JACK" if jack else f"skipped: {reason}; the hand-over alone"
        for part in parts:
            watch = Watch()
            found = PARTS[part](seconds * SHARES[part] / share, bool(jack))
            report[part] = found | {"machine": watch.seen()}
    return report


def lines(report: dict[str, Any], depth: int = 0) -> list[str]:
    """The report for people: a line a figure."""
    text = []
    for name, value in report.items():
        if isinstance(value, dict):
            text += ["  " * depth + name, *lines(value, depth + 1)]
        else:
            text.append("  " * depth + f"{name:<24} {value}")
    return text


def main() -> None:
    """Print what was found."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long, in all")
    parser.add_argument("--part", choices=list(PARTS), action="append", help="only this")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measure(options.seconds, options.part or list(PARTS))
    text = json.dumps(report, indent=2) if options.json else "\n".join(lines(report))
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
