"""Performance rules: dynamics and timing for a line of notes that has none of its own.

The rules are those of the KTH system, by their names there: phrase arch, high loud, duration
contrast, punctuation, final ritard and noise control; and accents by the place in the bar, as in
the metrical grid of Lerdahl & Jackendoff. Each note is performed when it is composed, so no rule
looks ahead. Delays are 0 at the first note, and return to 0 with each phrase: no bar drifts.

References
----------
Friberg, Bresin and Sundberg, "Overview of the KTH rule system for musical performance", Advances
in Cognitive Psychology 2, 2006. Lerdahl and Jackendoff, "A Generative Theory of Tonal Music", 1983.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from midi_data.notes import BEAT_EPSILON, Meter, Note, is_multiple

__all__ = ["Performance", "PerformanceRules", "velocity_spread"]

PHRASE_BARS = 4  # length of a phrase within longer music, bars
MIN_VELOCITY, MAX_VELOCITY = 24, 112  # bounds of the MIDI velocities
DEFAULT_VELOCITY_SPREAD = 9.0  # standard deviation of the velocities where nobody gave one
MIN_VELOCITY_SPREAD, MAX_VELOCITY_SPREAD = 4.0, 18.0  # bounds of one that follows a visitor's
RULE_SPREAD = 0.72  # standard deviation of the sum of all dynamic rules over a usual tune

# dynamics; the sum of the rules is in units of `RULE_SPREAD`
ARCH_LOUDNESS, ARCH_PEAK = 0.6, 0.6  # amplitude, and place of the loudest note in the phrase
HIGH_LOUD_PER_OCTAVE, HIGH_LOUD_LIMIT = 0.7, 0.7
DOWNBEAT, MIDDLE_BEAT, BEAT, OFF_BEAT, OFF_HALF_BEAT = 0.8, 0.4, 0.1, -0.35, -0.6
SHORT_LOUDNESS, LONG_LOUDNESS = -0.25, 0.15  # duration contrast: of short and of long notes
SHORT_BEATS, LONG_BEATS = 0.25, 1.5  # lengths up to and from which they are short and long, beats
NOISE_LOUDNESS = 0.2  # standard deviation

# timing
ARCH_TEMPO = 0.025  # relative change of the tempo at the ends and in the middle of a phrase
RITARD_BEATS, RITARD_DELAY_BEATS = 2.0, 0.08  # length of the final ritard, and delay at its end
FINAL_DELAY_BEATS, FINAL_LENGTHENING = 0.04, 1.25  # of the last note
NOISE_BEATS = 0.005  # standard deviation of an onset; twice as much is the limit
SHORT_ARTICULATION = 0.08  # part of a short note that is silent
PUNCTUATION_SHARE, PUNCTUATION_BEATS = 0.2, 0.15  # pause at the end of a phrase: part, and limit
GAP_BEATS = 4 * NOISE_BEATS  # by which each note ends earlier, so that noise joins no two


@dataclass(frozen=True, slots=True)
class Performance:
    """How a note is played.

    Parameters
    ----------
    velocity : int
        MIDI velocity.
    onset, end : float
        Beats, as played.
    """

    velocity: int
    onset: float
    end: float


class PerformanceRules:
    """Performs the notes of one line in order.

    Parameters
    ----------
    generator : numpy.random.Generator
        Source of the noise, used by this line alone.
    amount : float
        From 0, as written, to 1.
    mean, spread : float
        Mean and standard deviation of the MIDI velocities.
    meter : Meter
        Bars are counted from beat 0.
    start : float
        Onset of the first note, beats.
    length : float or None
        Beats from there after which the line should end; None if that is not known.
    agogics : bool
        Whether onsets may leave the beat; False beside others who play on it.
    """

    def __init__(
        self,
        generator: np.random.Generator,
        amount: float,
        mean: float,
        spread: float,
        meter: Meter,
        start: float,
        length: float | None = None,
        agogics: bool = True,
    ) -> None:
        self._generator, self._amount = generator, amount
        self._mean, self._spread = mean, spread
        self._meter, self._start = meter, start
        phrase = PHRASE_BARS * meter.bar_beats
        short = length is not None and length <= phrase
        self._length, self._phrase = length, max(1.0, length) if short else phrase
        self._agogics = agogics
        self._centre: float | None = None
        self._last_onset, self._jitter = start, 0.0

    def perform(self, note: Note, is_final: bool = False) -> Performance:
        """The performance of the next note; `is_final` if the line ends with it.

        Parameters
        ----------
        note : Note
        is_final : bool

        Returns
        -------
        Performance
        """
        self._draw_jitter(note.onset)
        loudness = (
            self._phrase_arch(note)
            + self._high_loud(note)
            + self._metrical_accent(note)
            + _duration_contrast(note)
            + NOISE_LOUDNESS * float(self._generator.standard_normal())
        )
        velocity = round(self._mean + self._amount * self._spread * loudness / RULE_SPREAD)
        final = FINAL_DELAY_BEATS if is_final and self._agogics else 0.0
        onset = note.onset + self._amount * (self._delay(note.onset) + self._jitter + final)
        duration = note.duration * (FINAL_LENGTHENING if is_final else 1.0)
        end = note.onset + duration
        gap = 0.0 if is_final else self._pause(note)
        end += self._amount * (self._delay(end) - gap)
        return Performance(
            max(MIN_VELOCITY, min(MAX_VELOCITY, velocity)),
            onset,
            max(end, onset + note.duration / 2),
        )

    def _draw_jitter(self, onset: float) -> None:
        """Noise control: one deviation for all notes of a chord, none for the first one."""
        if self._agogics and onset > self._last_onset + BEAT_EPSILON:
            deviation = float(np.clip(self._generator.standard_normal(), -2, 2))
            self._last_onset, self._jitter = onset, NOISE_BEATS * deviation

    def _place(self, onset: float) -> float:
        """Place in the phrase, 0..1."""
        phrases = max(0.0, onset - self._start) / self._phrase
        return min(phrases, 1.0) if self._phrase == self._length else phrases % 1.0

    def _phrase_arch(self, note: Note) -> float:
        place = self._place(note.onset)
        rising = place < ARCH_PEAK
        way = place / ARCH_PEAK if rising else (1.0 - place) / (1.0 - ARCH_PEAK)
        return -ARCH_LOUDNESS * math.cos(math.pi * way)

    def _high_loud(self, note: Note) -> float:
        """The higher above the line so far, the louder."""
        if self._centre is None:
            self._centre = float(note.pitch)
        octaves = (note.pitch - self._centre) / 12
        self._centre += (note.pitch - self._centre) / 16
        return float(np.clip(HIGH_LOUD_PER_OCTAVE * octaves, -HIGH_LOUD_LIMIT, HIGH_LOUD_LIMIT))

    def _metrical_accent(self, note: Note) -> float:
        """By the place in the bar; a beat of 6/8 is three eighths."""
        meter = self._meter
        bar, beat = meter.bar_beats, meter.felt_beat
        if is_multiple(note.onset, bar):
            return DOWNBEAT
        if is_multiple(note.onset, bar / 2) and is_multiple(bar / 2, beat):
            return MIDDLE_BEAT
        if is_multiple(note.onset, beat):
            return BEAT
        is_division = is_multiple(note.onset, beat / (3 if meter.is_compound else 2))
        return OFF_BEAT if is_division else OFF_HALF_BEAT

    def _delay(self, onset: float) -> float:
        """Beats after the metronome: phrase arch (slow, fast, slow) and final ritard."""
        if not self._agogics:
            return 0.0
        arch = math.sin(2 * math.pi * self._place(onset)) / (2 * math.pi)
        delay = ARCH_TEMPO * self._phrase * arch
        if self._length is not None:
            past = (onset - self._start - self._length) / RITARD_BEATS + 1.0
            delay += RITARD_DELAY_BEATS * min(max(past, 0.0), 1.2) ** 2
        return delay

    def _pause(self, note: Note) -> float:
        """Beats by which a note ends before the next one: punctuation and articulation."""
        ends_phrase = self._place(note.end - BEAT_EPSILON) < self._place(note.onset) or is_multiple(
            note.end - self._start, self._phrase
        )
        if ends_phrase:
            return min(PUNCTUATION_BEATS, PUNCTUATION_SHARE * note.duration) + GAP_BEATS
        short = SHORT_ARTICULATION * note.duration if note.duration <= SHORT_BEATS else 0.0
        return short + GAP_BEATS


def velocity_spread(heard: float) -> float:
    """The spread of the network's velocities by that of a visitor's.

    Parameters
    ----------
    heard : float
        Standard deviation; 0 for keys that cannot be struck harder.

    Returns
    -------
    float
        Standard deviation.
    """
    if not heard:
        return DEFAULT_VELOCITY_SPREAD
    return min(max(heard, MIN_VELOCITY_SPREAD), MAX_VELOCITY_SPREAD)


def _duration_contrast(note: Note) -> float:
    """Short notes are softer, long ones louder."""
    if note.duration <= SHORT_BEATS:
        return SHORT_LOUDNESS
    return LONG_LOUDNESS if note.duration >= LONG_BEATS else 0.0
