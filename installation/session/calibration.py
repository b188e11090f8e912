"""Calibration: how late the sound is heard, by somebody who taps to light and then to clicks.

People tap some tens of milliseconds before a beat they expect, each by an amount of their own
(Repp 2005, "Sensorimotor synchronization: a review of the tapping literature"). Tapping to light
and to sound alike, they take that out of the difference, and with it what the keyboard costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event

import numpy as np

from installation.engine.scheduler import Scheduler
from installation.io.midi.outputs import TimedOutput
from installation.thread_priority import create_realtime_thread
from messages.clock import MILLISECOND, SECOND, Clock
from messages.timed_note import TimedNote

BEAT_PERIOD_NS = 600 * MILLISECOND
"""Time between two beats: neither a hurry nor a wait, ns."""
BEATS_PER_ROUND = 20
"""Beats of a round..."""
LEAD_IN_BEATS = 4
"""...of which the first are to find into it."""
MIN_TAPS = 8
"""Taps without which nothing can be said."""
MAX_TAP_SPREAD_MS = 60.0
"""Spread of somebody's taps (interquartile range) from which nothing can be said, ms."""
CLICK_PITCH, CLICK_DURATION_NS, CLICK_VELOCITY = 84, 60 * MILLISECOND, 100
"""Pitch, length (ns) and velocity of a click."""


class CalibrationError(ValueError):
    """The taps do not tell; one line that says why."""


@dataclass(frozen=True, slots=True)
class LatencyEstimate:
    """How much later than light sound is met.

    Parameters
    ----------
    ms : float
        Difference of the medians, never below 0.
    spread : float
        The wider interquartile range of the two rounds, ms.
    """

    ms: float
    spread_ms: float


def beat_times(start: int) -> list[int]:
    """When the beats of a round are, ns."""
    return [start + index * BEAT_PERIOD_NS for index in range(BEATS_PER_ROUND)]


def tap_offsets_ms(beats: Sequence[int], taps: Sequence[int]) -> list[float]:
    """How late each tap (ns) is for the beat (ns) nearest to it, ms; the lead-in left out."""
    late = []
    for tap in taps:
        nearest = min(beats, key=lambda beat: abs(tap - beat))
        if nearest in beats[LEAD_IN_BEATS:] and 2 * abs(tap - nearest) < BEAT_PERIOD_NS:
            late.append((tap - nearest) / MILLISECOND)
    return late


def estimate_latency(light: Sequence[float], sound: Sequence[float]) -> LatencyEstimate:
    """The latency that two rounds of taps tell of; each how late for its beat, ms.

    Raises
    ------
    CalibrationError
        If there are too few, or they are unsteady.
    """
    for name, late in (("light", light), ("sound", sound)):
        if len(late) < MIN_TAPS:
            raise CalibrationError(f"only {len(late)} taps met the {name}, {MIN_TAPS} are needed")
        if _interquartile_range(late) > MAX_TAP_SPREAD_MS:
            raise CalibrationError(
                f"the taps to the {name} differ by {_interquartile_range(late):.0f} ms: "
                "try again, steadily"
            )
    difference = float(np.median(sound) - np.median(light))
    return LatencyEstimate(
        max(0.0, difference), max(_interquartile_range(light), _interquartile_range(sound))
    )


def show_beats(beats: Sequence[int], clock: Clock, show: Callable[[], None]) -> None:
    """Call `show` at every beat."""
    never = Event()
    for beat in beats:
        clock.wait_until(beat, never)
        show()


def play_clicks(beats: Sequence[int], clock: Clock, outputs: Sequence[TimedOutput]) -> None:
    """Click at every beat; returns after the last."""
    scheduler, stop = Scheduler(outputs), Event()
    for beat in beats:
        scheduler.schedule_note(
            TimedNote(CLICK_PITCH, CLICK_VELOCITY, beat, beat + CLICK_DURATION_NS)
        )
    thread = create_realtime_thread(partial(scheduler.run, clock, stop), "clicks")
    thread.start()
    clock.wait_until(beats[-1] + SECOND, Event())
    stop.set()
    thread.join(1.0)
    scheduler.silence()


def _interquartile_range(late: Sequence[float]) -> float:
    low, high = np.percentile(late, (25, 75))
    return float(high - low)
