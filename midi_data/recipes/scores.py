"""Scores: abc and MusicXML read with music21, as parts of notes.

Grace notes and chord symbols are left out, ties merged, repeats not expanded.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from midi_data.midi_files import MidiPart
from midi_data.notes import Meter, Note
from midi_data.recipes.barring import WrittenBar, bar_starts

if TYPE_CHECKING:
    import music21

ABC_VERSION = (2, 1, 0)
"""Version abc is read as. From 2.1 on, music21 lets an accidental hold to the end of its bar."""
DEFAULT_VELOCITY = 80
_DEFAULT_TEMPOS_BPM = {"2/4": 80.0, "3/4": 100.0}  # 110 in every other meter
METER_CHANGE_REASON = "changes its meter"
_METER_SIGNS = {"C": "4/4", "C|": "2/2"}


class ScoreError(ValueError):
    """A score that cannot be read or does not fit its recipe; the message is one line."""


@dataclass(frozen=True, slots=True)
class ParsedScore:
    """Parts of a score, with meter, tempo (quarter notes a minute) and name."""

    parts: tuple[MidiPart, ...]
    meter: Meter
    tempo: float
    name: str


@dataclass(frozen=True, slots=True)
class _WrittenNote:
    """A note of a score, its onset in beats from the bar line."""

    pitch: int
    onset: Fraction
    duration: Fraction
    tied: bool  # to the note before


def music21_corpus() -> Path:
    """Folder of the scores in music21."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        raise ScoreError('needs music21: pip install "hidden-state[corpora]"')
    return Path(spec.origin).parent / "corpus"


def read_abc(text: str) -> ParsedScore:
    """Read one tune of abc notation."""
    from music21 import abcFormat
    from music21.abcFormat import translate

    handler = abcFormat.ABCFile(abcVersion=ABC_VERSION).readstr(strip_abc(text))
    return _parse_score(translate.abcToStreamScore(handler), _abc_title(text), _abc_meter(text))


def read_musicxml(path: Path, name: str, voices: int) -> ParsedScore:
    """Read a MusicXML file with a number of parts (`voices`)."""
    from music21 import converter

    score = converter.parse(path, format="musicxml", forceSource=True, storePickle=False)
    if len(score.parts) != voices:
        raise ScoreError(f"{len(score.parts)} parts, not {voices}")
    meters = {
        (mark.numerator, mark.denominator) for mark in _elements_of_kind(score, "TimeSignature")
    }
    if len(meters) > 1:
        raise ScoreError(METER_CHANGE_REASON)
    return _parse_score(score, name, Meter(*meters.pop()) if meters else Meter())


def strip_abc(text: str) -> str:
    """An abc text without chord symbols, annotations and ornaments.

    After an annotation such as ">", and after some ornaments, music21 loses a note.
    """
    return "\n".join(
        line if re.match(r"[A-Za-z]:|%", line) else _plain_line(line) for line in text.split("\n")
    )


def _plain_line(line: str) -> str:
    """A line of music without chord symbols, annotations, ornaments and comment."""
    line = re.sub(r'"[^"]*"|![^!]*!|`', "", line.split("%")[0])
    pieces = re.split(r"(\[[A-Za-z]:[^\]]*\])", line)  # every second piece is a field in brackets
    pieces[::2] = [re.sub(r"[H-Wh-w~]", "", music) for music in pieces[::2]]
    return "".join(pieces)


def _abc_meter(text: str) -> Meter:
    """The meter of an abc text; music21 infers another one from irregular bars."""
    meters = {
        _METER_SIGNS.get(sign, sign)
        for sign in re.findall(r"(?m)(?:^|\[)M:[ \t]*(C\||C|\d+/\d+)", text)
    }
    if len(meters) > 1:
        raise ScoreError(METER_CHANGE_REASON)
    beats, unit = meters.pop().split("/") if meters else ("4", "4")
    return Meter(int(beats), int(unit))


def _abc_title(text: str) -> str:
    for line in text.splitlines():
        if line.startswith("T:"):
            return " ".join(line[2:].split())
    return ""


def _parse_score(score: music21.stream.Score, name: str, meter: Meter) -> ParsedScore:
    """Parts of a music21 score, its bars placed on a tune's beats."""
    measures = [list(part.getElementsByClass("Measure")) for part in score.parts]
    if len({len(bars) for bars in measures}) != 1 or not measures[0]:
        raise ScoreError("its bars do not match or are missing")
    written = [[list(_written_notes(bar)) for bar in part] for part in measures]  # part, bar, note
    lengths = [
        max(Fraction(bar.highestTime) for bar in column) for column in zip(*measures, strict=True)
    ]
    opens = _section_starts(measures[0])
    bars = []
    for index, length in enumerate(lengths):
        onsets = [note.onset for part in written for note in part[index]]
        bars.append(WrittenBar(length, max(onsets, default=Fraction(0)), opens[index]))
    kept = [index for index, length in enumerate(lengths) if length > 0]
    starts = bar_starts([bars[index] for index in kept], Fraction(meter.bar_beats))
    parts = []
    for channel, (part, rows) in enumerate(zip(score.parts, written, strict=True)):
        notes = _place_notes([rows[index] for index in kept], starts)
        parts.append(MidiPart(part.partName or "", tuple(notes), channel))
    if not any(part.notes for part in parts):
        raise ScoreError("no notes in it")
    return ParsedScore(tuple(parts), meter, _tempo(score, meter), name)


def _elements_of_kind(
    score: music21.stream.Score, kind: str
) -> Iterable[music21.base.Music21Object]:
    return score.recurse().getElementsByClass(kind)


def _section_starts(bars: list[music21.stream.Measure]) -> list[bool]:
    """Whether each bar starts a section."""
    opens = []
    closed = True
    for bar in bars:
        opens.append(closed or bar.leftBarline is not None)
        closed = bar.rightBarline is not None
    return opens


def _written_notes(bar: music21.stream.Measure) -> Iterator[_WrittenNote]:
    """Yield the notes of a bar, those of chords one by one."""
    for element in bar.recurse().notes:
        if "ChordSymbol" in element.classes or element.duration.isGrace:
            continue
        onset = Fraction(element.getOffsetInHierarchy(bar))
        duration = Fraction(element.quarterLength)
        if duration <= 0:
            continue
        for note in element.notes if element.isChord else (element,):
            tied = note.tie is not None and note.tie.type in ("stop", "continue")
            yield _WrittenNote(note.pitch.midi, onset, duration, tied)


def _place_notes(bars: list[list[_WrittenNote]], starts: list[Fraction]) -> list[Note]:
    """Notes in the tune's beats, cut at the start of the next bar, ties merged."""
    placed: list[Note] = []
    latest: dict[int, int] = {}  # pitch -> index in placed
    for index, bar in enumerate(bars):
        limit = starts[index + 1] if index + 1 < len(starts) else None
        for note in sorted(bar, key=lambda note: note.onset):
            onset = starts[index] + note.onset
            end = onset + note.duration
            if limit is not None:
                end = min(end, limit)
            before = latest.get(note.pitch)
            if note.tied and before is not None and abs(placed[before].end - onset) < 1e-6:
                start = placed[before].onset
                placed[before] = Note(note.pitch, start, float(end) - start, DEFAULT_VELOCITY)
                continue
            latest[note.pitch] = len(placed)
            placed.append(Note(note.pitch, float(onset), float(end - onset), DEFAULT_VELOCITY))
    return placed


def _tempo(score: music21.stream.Score, meter: Meter) -> float:
    """The marked tempo, quarter notes a minute, or a default for the meter."""
    for mark in _elements_of_kind(score, "MetronomeMark"):
        tempo = mark.getQuarterBPM()
        if tempo is not None and 20 <= tempo <= 400:
            return float(tempo)
    return _DEFAULT_TEMPOS_BPM.get(str(meter), 110.0)
