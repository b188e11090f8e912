"""The report of a simulated day."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class DayReport:
    """Figures of one day.

    Parameters
    ----------
    day : int
        Number of the day, from 1.
    visits, answered, phrases : int
        Number of visits, of answered visits, and of visitors' phrases.
    unheard : int
        Visits whose answers were all played while the port was unplugged.
    visitor_notes, network_notes : int
        Notes that sounded.
    recordings, lost_writes : int
        Recordings of visits, and writes that the disk refused.
    pulled, killed, stalls : int
        Unplugged ports, killed performers and stalls of the machine.
    pushed, left_out : int
        Times the music moved to a later beat, and notes that were not played.
    hanging : int
        Largest number of notes that sounded though nobody played them.
    longest_note : float
        Duration while the port was plugged in, seconds.
    lateness_p99, lateness_worst : float
        Lateness of note-ons on the virtual clock, ms.
    memory_open, memory_start, memory_end : int
        Memory at opening, after ten minutes, and at closing, bytes.
    descriptors_open, descriptors_end : int
        Open files, sockets and pipes of the process, at opening and at closing.
    threads_open, threads_end : int
        Threads of the process.
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
    descriptors_open: int = 0
    descriptors_end: int = 0
    threads_open: int = 0
    threads_end: int = 0
