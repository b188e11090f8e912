"""Memory, descriptors and threads of the whole piece: `python benchmarks/piece_soak.py`.

The piece runs with a window on Xvfb, MIDI over a JACK server without hardware, and the staff page;
visitors play by MIDI and press keys of the window, and nothing is done to it. All its processes
are looked at every 30 seconds. A figure is flat if its median in the last quarter is at most
`MAX_GROWTH` above that in the second quarter. Needs Linux, Xvfb, jackd and python-rtmidi. Ends with
status 1 if a figure grows, a note stays, or a process was restarted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from chaos import SETTINGS, ChaosKeyboard, Invariants, Visitors, end_piece
from faults import Ear, Piece, seconds_until, servers
from kills import ROUND_VARIABLE, processes_of
from machine import Watch

READING_INTERVAL_S = 30.0
MAX_GROWTH = {"memory_mb": 25.0, "descriptors": 4.0, "threads": 2.0}
"""Largest growth of the sum over all processes; memory is what no other process shares."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Memory, descriptors and threads of the piece at one moment.

    Parameters
    ----------
    total : dict of str to float
        Sum over all processes, by the keys of `MAX_GROWTH`.
    memory_mb : dict of int to float
        Memory of each process that no other one shares, by process number, the oldest first.
    """

    total: dict[str, float]
    memory_mb: dict[int, float]


def read_figures(mark: str) -> Reading:
    """Look at all processes of the piece."""
    total, memory = dict.fromkeys(MAX_GROWTH, 0.0), {}
    for process in sorted(processes_of(mark), key=lambda process: process.create_time()):
        try:
            memory[process.pid] = process.memory_full_info().uss / 1e6
            total["descriptors"] += process.num_fds()
            total["threads"] += process.num_threads()
        except psutil.NoSuchProcess:  # a spare that has ended
            continue
    return Reading(total | {"memory_mb": sum(memory.values())}, memory)


def run_piece(minutes: float, seed: int) -> dict[str, object]:
    """Run the piece with visitors; first and last figures, and what was violated."""
    mark = f"soak-{os.getpid()}"
    readings: list[Reading] = []
    with servers() as environment, tempfile.TemporaryDirectory() as name:
        ear, keyboard = Ear(), ChaosKeyboard()
        piece = Piece(Path(name), environment | {ROUND_VARIABLE: mark}, ear, SETTINGS)
        visitors = Visitors(keyboard, environment["DISPLAY"], seed)
        invariants = Invariants(piece, keyboard)
        try:
            if seconds_until(lambda: ear.onsets and piece.is_well()) is None:
                raise TimeoutError("the piece does not start to play and draw")
            first_pids = {who: piece.pid(who) for who in ("stage", "performer")}
            for thread in (visitors, invariants):
                thread.start()
            end = time.monotonic() + 60.0 * minutes
            while time.monotonic() < end:
                time.sleep(READING_INTERVAL_S)
                readings.append(read_figures(mark))
                _write_reading(len(readings) * READING_INTERVAL_S, readings[-1], first_pids)
            restarts = [who for who, pid in first_pids.items() if piece.pid(who) != pid]
            visitors.over.set()
            visitors.join(20.0)
            invariants.over.set()
            violations = [f"the {who} was restarted" for who in restarts]
            violations += invariants.violations + end_piece(piece, mark)
        finally:
            visitors.over.set()
            invariants.over.set()
            piece.end()
            keyboard.pull()
            ear.close()
    quarter = max(1, len(readings) // 4)
    figures = {}
    for key, bound in MAX_GROWTH.items():
        values = [reading.total[key] for reading in readings]
        before, after = median(values[quarter : 2 * quarter] or values), median(values[-quarter:])
        figures[key] = {"before": round(before, 1), "after": round(after, 1), "max": max(values)}
        if after - before > bound:
            violations.append(f"{key} grew from {before:.0f} to {after:.0f}")
    return {
        "figures": figures,
        "visits": len(invariants.visits_seen),
        "notes": len(ear.onsets),
        "violations": violations,
        "evidence": invariants.evidence,
    }


def _write_reading(seconds: float, reading: Reading, pids: dict[str, int]) -> None:
    """Write a line to standard error, which tells the processes apart."""
    names = {pid: name for name, pid in pids.items()}
    totals = ", ".join(f"{key} {value:.0f}" for key, value in reading.total.items())
    each = ", ".join(f"{names.get(pid, pid)} {mb:.0f}" for pid, mb in reading.memory_mb.items())
    sys.stderr.write(f"{seconds:5.0f} s: {totals}; MB of each: {each}\n")


def main() -> int:
    """Run and print the figures; returns 1 if anything was violated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    watch = Watch()
    report = run_piece(options.minutes, options.seed)
    sys.stdout.write(json.dumps({"machine": watch.seen()} | report, indent=2) + "\n")
    return int(bool(report["violations"]))


if __name__ == "__main__":
    sys.exit(main())
