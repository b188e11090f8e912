"""The script of a simulated day: its visits and its faults.

A script is text with one event a line, in order of time; `#` begins a comment::

    10:05:00 60 62 64 65 67      # a phrase: pitches, a beat of half a second each
    10:30:00 !stall 5            # the machine stands still for so many seconds
    11:00:00 !pull               # the MIDI output is unplugged
    11:01:00 !plug               # and plugged in again
    12:00:00 !kill               # the performer's process is killed
    13:00:00 !full               # no file can be written any more
    13:20:00 !free               # and files can be written again
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

OPENING_TIME_S, CLOSING_TIME_S = 10 * 3600, 22 * 3600  # opening hours, seconds of the day
VISIT_GAP_S = 25.0
"""Pause after which the next phrase of a script belongs to another visit, seconds."""
BEAT_S = 0.5  # time from note to note in a script, seconds
MEAN_VISIT_INTERVAL_S = 90.0
"""Mean time between two random visits, which form a Poisson process, seconds."""
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), tuple(range(12)))
"""Scales of random visitors; beginners play the chromatic one."""


class FaultKind(Enum):
    """Kind of a fault."""

    STALL = "stall"
    UNPLUG = "pull"
    REPLUG = "plug"
    KILL_PERFORMER = "kill"
    DISK_FULL = "full"
    DISK_FREED = "free"


@dataclass(frozen=True, slots=True)
class ScriptedNote:
    """A key pressed at `at` and released at `end`, seconds of the day."""

    at: float
    end: float
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class ScriptedVisit:
    """A visit; its notes make `phrase_count` phrases."""

    notes: tuple[ScriptedNote, ...]
    phrase_count: int

    @property
    def start(self) -> float:
        """Time of the first key, seconds of the day."""
        return self.notes[0].at

    @property
    def end(self) -> float:
        """Time of the last release, seconds of the day."""
        return max(note.end for note in self.notes)


@dataclass(frozen=True, slots=True)
class ScheduledFault:
    """A fault at `at`, seconds of the day; a stall lasts `stall_s`, seconds."""

    at: float
    kind: FaultKind
    stall_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DayScript:
    """Visits and faults of a day, each in order of time."""

    visits: tuple[ScriptedVisit, ...]
    faults: tuple[ScheduledFault, ...]


class DayScriptError(ValueError):
    """A script cannot be read; the message names file, line and accepted form in one line."""


def random_day_script(seed: int, day: int) -> DayScript:
    """A day of random visits and faults.

    Parameters
    ----------
    seed, day : int

    Returns
    -------
    DayScript
    """
    generator = np.random.default_rng([seed, day])
    visits = tuple(_random_visits(generator))
    return DayScript(visits, tuple(sorted(_random_faults(generator), key=lambda fault: fault.at)))


def _random_visits(generator: np.random.Generator) -> Iterator[ScriptedVisit]:
    now = OPENING_TIME_S + 60 + generator.exponential(MEAN_VISIT_INTERVAL_S)
    while now < CLOSING_TIME_S - 600:
        visit = _random_visit(generator, now)
        yield visit
        now = visit.end + 35 + generator.exponential(MEAN_VISIT_INTERVAL_S)  # 35 s: the farewell


def _random_visit(generator: np.random.Generator, start: float) -> ScriptedVisit:
    phrases, now = int(generator.integers(1, 6)), start
    scale = SCALES[generator.integers(len(SCALES))]
    tonic, beat = int(generator.integers(48, 73)), float(generator.uniform(0.25, 0.8))
    notes: list[ScriptedNote] = []
    for _ in range(phrases):
        degree = int(generator.integers(0, 8))
        for _ in range(int(generator.integers(2, 16))):
            degree = int(np.clip(degree + generator.integers(-2, 3), -3, 10))
            pitch = tonic + scale[degree % len(scale)] + 12 * (degree // len(scale))
            length = beat * float(generator.choice([0.5, 1, 1, 2]))
            delay = max(0.0, float(generator.normal(0, 0.015)))
            held = length * float(generator.uniform(0.5, 1.2))
            velocity = int(generator.integers(30, 120))
            notes.append(ScriptedNote(now + delay, now + delay + held, pitch, velocity))
            now += length
        now += float(generator.uniform(4.0, 15.0))  # the visitor listens, or interrupts the answer
    return ScriptedVisit(tuple(notes), phrases)


def _random_faults(generator: np.random.Generator) -> Iterator[ScheduledFault]:
    """Four unplugged ports, three stalls, three killed performers and one full disk a day."""

    def moments(count: int) -> list[float]:
        return [
            float(at)
            for at in generator.uniform(OPENING_TIME_S + 300, CLOSING_TIME_S - 1800, count)
        ]

    for at in moments(4):
        yield ScheduledFault(at, FaultKind.UNPLUG)
        yield ScheduledFault(at + float(generator.uniform(3, 120)), FaultKind.REPLUG)
    for at in moments(3):
        yield ScheduledFault(at, FaultKind.STALL, float(generator.uniform(0.2, 20)))
    for at in moments(3):
        yield ScheduledFault(at, FaultKind.KILL_PERFORMER)
    (at,) = moments(1)
    yield ScheduledFault(at, FaultKind.DISK_FULL)
    yield ScheduledFault(at + 1200, FaultKind.DISK_FREED)


def read_day_script(path: Path) -> DayScript:
    """Read a script from a file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    DayScript

    Raises
    ------
    DayScriptError
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text file"
        raise DayScriptError(f"{path}: cannot be read: {reason}") from error
    return parse_day_script(text, str(path))


def parse_day_script(text: str, name: str = "script") -> DayScript:
    """Read a script from a text; error messages call it `name`."""
    phrases: list[list[ScriptedNote]] = []
    faults: list[ScheduledFault] = []
    before = float(OPENING_TIME_S)
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#")[0].split()
        if not words:
            continue
        try:
            at = _parse_time(words[0])
            if not before <= at < CLOSING_TIME_S:
                raise ValueError("times must not go back, nor be outside opening hours")
            before = at
            if len(words) > 1 and words[1].startswith("!"):
                faults.append(_parse_fault(at, words[1:]))
            else:
                phrases.append(_parse_phrase(at, words[1:]))
        except ValueError as error:
            raise DayScriptError(f"{name}, line {number}: {error}") from error
    return DayScript(tuple(_group_visits(phrases)), tuple(faults))


def _parse_time(word: str) -> float:
    if not re.fullmatch(r"\d{1,2}:\d{2}:\d{2}(\.\d+)?", word):
        raise ValueError(f"a line begins with a time such as 10:05:00, not {word!r}")
    hours, minutes, seconds = word.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _parse_fault(at: float, words: list[str]) -> ScheduledFault:
    known = {fault.value: fault for fault in FaultKind}
    fault = known.get(words[0][1:])
    if fault is None or len(words) != 1 + (fault is FaultKind.STALL):
        accepted = ", ".join("!stall SECONDS" if n == "stall" else f"!{n}" for n in known)
        raise ValueError(f"{' '.join(words)!r} is no fault; accepted: {accepted}")
    seconds = float(words[1]) if fault is FaultKind.STALL else 0.0
    if not 0 <= seconds <= 3600:
        raise ValueError(f"a stall lasts 0 to 3600 seconds, not {words[1]}")
    return ScheduledFault(at, fault, seconds)


def _parse_phrase(at: float, words: list[str]) -> list[ScriptedNote]:
    pitches = [int(word) for word in words]
    if not pitches or not all(0 <= pitch <= 127 for pitch in pitches):
        raise ValueError("a phrase is one MIDI number or more, 0 to 127")
    starts = [at + index * BEAT_S for index in range(len(pitches))]
    pairs = zip(starts, pitches, strict=True)
    return [ScriptedNote(start, start + 0.8 * BEAT_S, pitch, 80) for start, pitch in pairs]


def _group_visits(phrases: list[list[ScriptedNote]]) -> Iterator[ScriptedVisit]:
    """Group phrases into visits by the pauses between them."""
    notes: list[ScriptedNote] = []
    count = 0
    for phrase in phrases:
        if notes and phrase[0].at - notes[-1].end > VISIT_GAP_S:
            yield ScriptedVisit(tuple(notes), count)
            notes, count = [], 0
        notes += phrase
        count += 1
    if notes:
        yield ScriptedVisit(tuple(notes), count)
