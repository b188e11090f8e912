"""Calibration: the latency of the sound, from a person's taps to light and then to clicks.

People tap some tens of milliseconds before an expected beat, each by a personal amount (Repp 2005,
"Sensorimotor synchronization: a review of the tapping literature"). The difference between taps to
light and taps to sound is free of that amount, and of the latency of the keyboard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event

import numpy as np

from installation.engine.scheduler import Scheduler
from installation.io.midi.outputs import TimedOutput
from installation.ops.metrics import MidiStatus, SoundStatus
from installation.thread_priority import create_realtime_thread
from messages.clock import MILLISECOND, SECOND, Clock
from messages.timed_note import TimedNote

BEAT_PERIOD_NS = 600 * MILLISECOND  # time between two beats, ns
BEATS_PER_ROUND = 20
LEAD_IN_BEATS = 4  # beats at the start of a round whose taps do not count
MIN_TAPS = 8  # fewest taps for an estimate
MAX_TAP_SPREAD_MS = 60.0  # largest interquartile range of the taps for an estimate, ms
CLICK_PITCH, CLICK_DURATION_NS, CLICK_VELOCITY = 84, 60 * MILLISECOND, 100
"""MIDI pitch, duration (ns) and MIDI velocity of a click."""


class CalibrationError(ValueError):
    """There is no sound, or the taps allow no estimate; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class LatencyEstimate:
    """Latency of the sound relative to the light.

    Parameters
    ----------
    ms : float
        Difference of the medians, at least 0, ms.
    spread_ms : float
        The larger interquartile range of the two rounds, ms.
    """

    ms: float
    spread_ms: float


def beat_times(start: int) -> list[int]:
    """Times of the beats of a round, ns."""
    return [start + index * BEAT_PERIOD_NS for index in range(BEATS_PER_ROUND)]


def tap_offsets_ms(beats: Sequence[int], taps: Sequence[int]) -> list[float]:
    """Delay of each tap (ns) after its nearest beat (ns), ms, without the lead-in."""
    offsets = []
    for tap in taps:
        nearest = min(beats, key=lambda beat: abs(tap - beat))
        if nearest in beats[LEAD_IN_BEATS:] and 2 * abs(tap - nearest) < BEAT_PERIOD_NS:
            offsets.append((tap - nearest) / MILLISECOND)
    return offsets


def estimate_latency(light: Sequence[float], sound: Sequence[float]) -> LatencyEstimate:
    """Estimate the latency from two rounds of taps.

    Parameters
    ----------
    light, sound : sequence of float
        Delay of each tap after its beat, ms.

    Returns
    -------
    LatencyEstimate

    Raises
    ------
    CalibrationError
        If the taps are too few or unsteady.
    """
    for name, offsets in (("light", light), ("sound", sound)):
        if len(offsets) < MIN_TAPS:
            raise CalibrationError(
                f"only {len(offsets)} taps met the {name}, {MIN_TAPS} are needed"
            )
        if _interquartile_range(offsets) > MAX_TAP_SPREAD_MS:
            raise CalibrationError(
                f"the taps to the {name} differ by {_interquartile_range(offsets):.0f} ms: "
                "try again, steadily"
            )
    difference = float(np.median(sound) - np.median(light))
    return LatencyEstimate(
        max(0.0, difference), max(_interquartile_range(light), _interquartile_range(sound))
    )


def require_sound(sound: SoundStatus | None, midi: MidiStatus) -> None:
    """Check that clicks can be heard.

    Parameters
    ----------
    sound : SoundStatus or None
        Of the embedded synth.
    midi : MidiStatus

    Raises
    ------
    CalibrationError
        If there is neither a sound card nor a MIDI output.
    """
    if not midi.plays_notes and (sound is None or not sound.on_card):
        raise CalibrationError(
            "nothing would be heard: there is neither a sound card nor a MIDI output. Plug one in, "
            "and see `hidden-state devices`; sound.enabled and midi.output choose between them"
        )


def show_beats(beats: Sequence[int], clock: Clock, show: Callable[[], None]) -> None:
    """Call `show` at each beat."""
    never = Event()
    for beat in beats:
        clock.wait_until(beat, never)
        show()


def play_clicks(beats: Sequence[int], clock: Clock, outputs: Sequence[TimedOutput]) -> None:
    """Play a click at each beat; returns after the last."""
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


def _interquartile_range(values: Sequence[float]) -> float:
    low, high = np.percentile(values, (25, 75))
    return float(high - low)
