"""Tempo map: the beats of a recording, in the bars that were felt when it was played."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from midi_data.midi_songs import MeterChange, TempoChange
from midi_data.notes import Meter

NS_PER_US = 1000
MIN_SECTION_BARS = 0.5  # shortest section, bars; a shorter one gives way to the next


@dataclass(frozen=True, slots=True)
class FeltBars:
    """Bars from a bar line on.

    Parameters
    ----------
    bar_line_ns : int
        Time of the bar line, ns.
    beat_ns : int
        Length of a quarter note, ns.
    meter : Meter
    """

    bar_line_ns: int
    beat_ns: int
    meter: Meter

    @property
    def bar_ns(self) -> float:
        """Length of a bar, ns."""
        return self.beat_ns * self.meter.bar_beats


@dataclass(frozen=True, slots=True)
class _Section:
    start_ns: int
    start_beat: float
    beat_ns: int
    meter: Meter


class TempoMap:
    """Joins bars felt one after another: each begins on a bar line of the file.

    The last bar before a change is stretched or shortened, so that the next ones begin on a bar
    line. It usually falls in the pause between two phrases.

    Parameters
    ----------
    start : int
        When the recording starts, ns; beat 0 is a bar line then, or up to a bar earlier.
    default : FeltBars
        Bars before the first ones that were felt, from `start` on.
    felt : sequence of FeltBars
        In order of their bar lines.
    """

    def __init__(self, start: int, default: FeltBars, felt: Sequence[FeltBars]) -> None:
        leads = not felt or felt[0].bar_line_ns - start > felt[0].bar_ns
        chain = [default, *felt] if leads else list(felt)
        kept = [
            bars
            for bars, following in zip(chain, [*chain[1:], None], strict=True)
            if following is None
            or following.bar_line_ns - bars.bar_line_ns >= MIN_SECTION_BARS * bars.bar_ns
        ]
        early_bars = max(0, ceil((kept[0].bar_line_ns - start) / kept[0].bar_ns))  # an upbeat
        origin = kept[0].bar_line_ns - round(early_bars * kept[0].bar_ns)
        kept[0] = replace(kept[0], bar_line_ns=origin)
        self._sections: list[_Section] = []
        beat = 0.0
        for bars, following in zip(kept, [*kept[1:], None], strict=True):
            beat = self._add_bars(bars, following, beat)
        self._starts = [section.start_ns for section in self._sections]

    def _add_bars(self, bars: FeltBars, following: FeltBars | None, beat: float) -> float:
        """Add bars up to the following ones; returns the beat of those."""
        beat_ns = NS_PER_US * round(bars.beat_ns / NS_PER_US)
        self._sections.append(_Section(bars.bar_line_ns, beat, beat_ns, bars.meter))
        if following is None:
            return beat
        bar_beats = bars.meter.bar_beats
        span = following.bar_line_ns - bars.bar_line_ns
        count = max(1, round(span / (beat_ns * bar_beats)))
        plain = (count - 1) * bar_beats
        last_ns = span - plain * beat_ns
        start = bars.bar_line_ns + round(plain * beat_ns)
        stretched = NS_PER_US * round(last_ns / bar_beats / NS_PER_US)
        if count == 1:
            self._sections.pop()
        self._sections.append(_Section(start, beat + plain, stretched, bars.meter))
        return beat + plain + bar_beats

    def beat_at(self, time: int) -> float:
        """Beat of the file at a time, ns."""
        section = self._sections[max(0, bisect_right(self._starts, time) - 1)]
        return section.start_beat + (time - section.start_ns) / section.beat_ns

    @property
    def tempo_changes(self) -> list[TempoChange]:
        """Tempi by beat, the first at beat 0."""
        return [
            TempoChange(section.start_beat, 60e9 / section.beat_ns) for section in self._sections
        ]

    @property
    def meter_changes(self) -> list[MeterChange]:
        """Meters by beat, the first at beat 0; only those that differ from the one before."""
        changes: list[MeterChange] = []
        for section in self._sections:
            if not changes or changes[-1].meter != section.meter:
                changes.append(MeterChange(section.start_beat, section.meter))
        return changes
