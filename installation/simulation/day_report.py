"""Accounts: what came of a simulated day."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class DayReport:
    """What came of a day.

    Parameters
    ----------
    day : int
        1 is the first.
    visits, answered, phrases : int
        Visits, those that were answered, and phrases played.
    unheard : int
        Visits whose every answer was played while the port was pulled.
    visitor_notes, network_notes : int
        That sounded.
    recordings, lost_writes : int
        Files of visits, and writes the disk would not take.
    pulled, killed, stalls, pushed, left_out : int
        Faults; how often music was put off for one; notes never played for one.
    hanging : int
        Notes that sounded at the far end and that nobody was playing: the most there were at once,
        at any moment somebody did something and as the day closed.
    longest_note : float
        Seconds, while the port was plugged in.
    lateness_p99, lateness_worst : float
        Of note-ons on the virtual clock, ms.
    memory_open, memory_start, memory_end : int
        Bytes: as the doors open and nothing has been played, ten minutes later, and at closing.
    """

    day: int
    visits: int = 0
    answered: int = 0
    unheard: int = 0
    phrases: int = 0
    visitor_notes: int = 0
    network_notes: int = 0
    recordings: int = 0
    lost_writes: int = 0
    pulled: int = 0
    killed: int = 0
    stalls: int = 0
    pushed: int = 0
    left_out: int = 0
    hanging: int = 0
    longest_note: float = 0.0
    lateness_p99: float = 0.0
    lateness_worst: float = 0.0
    memory_open: int = 0
    memory_start: int = 0
    memory_end: int = 0
