"""The end of a training in plain sentences: its music, its worth, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MAX_NAMED_FILES = 3  # files left out that are named; the rest are counted
FEW_TUNES = 5  # tunes below which a score is called rough
SMALL_GAIN_BITS = 0.05  # differences below this are called none


@dataclass(frozen=True, slots=True)
class TrainingSummary:
    """What the sentences about a training tell; bits are per note of the judged tunes."""

    output: Path
    tunes: int  # learned from, those held out included
    notes: int
    details: str = ""  # what it learned of a note beside pitch and length
    left_out: Sequence[tuple[str, str]] = ()  # files, each with the reason
    duplicates: int = 0
    minutes: float = 0.0
    start: str = ""  # name of the model it started from
    start_bits: float = 0.0  # of the untouched start
    bits: float = 0.0
    judged_tunes: int = 0  # tunes the network did not learn; 0 if there is but one tune
    baselines: Mapping[str, float] = field(default_factory=dict)  # bits of ngram and cached
    sample: Path | None = None  # a sound file of it


def training_sentences(summary: TrainingSummary) -> list[str]:
    """What was learned from, how good the result is, and what to do next, a line each."""
    return [
        _music(summary),
        *_omissions(summary),
        _worth(summary),
        *_comparisons(summary),
        *([f"{summary.sample} is what it sounds like."] if summary.sample else []),
        _advice(summary),
    ]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _music(summary: TrainingSummary) -> str:
    start = f", starting from {summary.start}" if summary.start else ""
    music = f"{_count(summary.tunes, 'tune')} with {_count(summary.notes, 'note')}"
    details = f" Of a note it also learned {summary.details}." if summary.details else ""
    return f"It learned from {music} in {summary.minutes:.1f} minutes{start}.{details}"


def _omissions(summary: TrainingSummary) -> list[str]:
    lines = []
    if summary.left_out:
        named = [f"{name} ({reason})" for name, reason in summary.left_out[:MAX_NAMED_FILES]]
        more = len(summary.left_out) - len(named)
        if more:
            named.append(f"and {more:,} more, listed above")
        lines.append(f"Left out {_count(len(summary.left_out), 'file')}: {', '.join(named)}.")
    if summary.duplicates:
        copies = "copy" if summary.duplicates == 1 else "copies"
        lines.append(f"Left out {summary.duplicates:,} {copies} of other tunes.")
    return lines


def _worth(summary: TrainingSummary) -> str:
    if not summary.judged_tunes:
        return f"A note of it takes {summary.bits:.2f} bits; there is no other tune to judge it by."
    judged = _count(summary.judged_tunes, "tune")
    rough = ", a rough figure" if summary.judged_tunes < FEW_TUNES else ""
    line = f"A note of music it did not learn takes it {summary.bits:.2f} bits ({judged}{rough})."
    if not summary.start:
        return line
    gain = summary.start_bits - summary.bits
    end = ": little was gained." if gain < SMALL_GAIN_BITS else "."
    return f"{line} {summary.start} alone took {summary.start_bits:.2f}{end}"


def _comparisons(summary: TrainingSummary) -> list[str]:
    names = {"ngram": "an 8-gram", "cached": "an 8-gram that remembers the tune so far"}
    lines = []
    for key in [key for key in names if key in summary.baselines]:
        gain = summary.baselines[key] - summary.bits
        verdict = f"{abs(gain):.2f} bits {'better' if gain > 0 else 'worse'} than"
        if abs(gain) < SMALL_GAIN_BITS:
            verdict = "as good as"
        lines.append(f"That is {verdict} {names[key]} ({summary.baselines[key]:.2f}).")
    return lines


def _advice(summary: TrainingSummary) -> str:
    output = shlex.quote(str(summary.output))
    behind = any(summary.bits > baseline for baseline in summary.baselines.values())
    if behind and summary.start:
        return "Next: more files of this music would help most; then a longer --minutes."
    if behind:
        return "Next: train longer (--minutes), or try --from base."
    return f"Next: hidden-state play --model {output}"
