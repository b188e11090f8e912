"""Answers to played phrases: `python benchmarks/bar_lines.py STYLE... [--seeds N]`.

The patterns of `tracking.py` are played to the performer on the virtual clock. An answer is on the
bar if its first note lies within `BAR_LINE_TOLERANCE_S` of a true bar line, or as long before one
as the pattern's upbeat is. An answer that begins while the visitor goes on is an interruption.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer
from tracking import (
    BAR_LINE_TOLERANCE_S,
    CHOOSING,
    MAJOR_SCALE,
    REPORTING,
    TEMPI_BPM,
    Pattern,
    Performance,
    play,
)

from installation.config import Config, LiveSettings, StyleSettings
from installation.engine.key_input import KeyInput
from installation.engine.performer import Performer
from installation.engine.publisher import Subscriber
from installation.engine.run import run_virtual
from installation.engine.scheduler import Scheduler
from installation.session.live_session import create_composer, resolve_live_settings
from installation.session.model_loading import load_model
from messages.clock import SECOND, VirtualClock
from messages.cues import NoteSource
from messages.timed_note import TimedNote
from midi_data.notes import Meter, Note, Tune
from rnn.analysis.tune_features import melody, patterns
from rnn.generation.composer import Composer

ANSWER_TIMEOUT_S = 40.0  # time after the phrase within which its answer ends, s
FIRST_SEED = 100  # seeds below were used for choosing
HEADER = """\
| style | on the bar | wait, longest | interruptions | length | register | key | motif, another's |
|---|---|---|---|---|---|---|---|"""
GRID_BEATS = 0.25  # grid on which motifs are compared, beats


class SoundedNotes(Subscriber):
    """Keeps the network's notes that sounded."""

    def __init__(self) -> None:
        self.notes: list[TimedNote] = []

    def record_note(self, note: TimedNote) -> None:
        """Keep a note of the network."""
        if note.source is NoteSource.NETWORK:
            self.notes.append(note)


@dataclass(frozen=True)
class Exchange:
    """A phrase and its answer, and how many notes of the network sounded within the phrase."""

    truth: Performance
    pattern: Pattern
    answer: list[TimedNote]
    interruptions: int

    @property
    def begin(self) -> float:
        """When the answer begins, s."""
        return self.answer[0].due / SECOND

    @property
    def wait(self) -> float:
        """Time from the visitor's last onset to the answer, s."""
        return self.begin - self.truth.notes[-1].due / SECOND

    @property
    def is_on_bar(self) -> bool:
        """Whether the answer begins on a true bar line, or on its upbeat."""
        truth = self.truth
        upbeat = sum(map(float, self.pattern.upbeat.split())) * truth.quarter
        offsets = np.array([truth.bar_line, truth.bar_line - upbeat]) - self.begin
        distances = np.abs((offsets + truth.bar / 2) % truth.bar - truth.bar / 2)
        return bool(np.min(distances) < BAR_LINE_TOLERANCE_S)

    @property
    def length_ratio(self) -> float:
        """Length of the answer as a multiple of the phrase's."""
        spans = [notes[-1].end - notes[0].due for notes in (self.answer, self.truth.notes)]
        return spans[0] / spans[1]

    @property
    def register_distance(self) -> float:
        """Distance of the mean pitches, semitones."""
        answer, phrase = (
            np.mean([n.pitch for n in notes]) for notes in (self.answer, self.truth.notes)
        )
        return float(abs(answer - phrase))

    @property
    def key_share(self) -> float:
        """Share of the answer's notes that belong to the phrase's scale."""
        scale = {(self.truth.tonic + step) % 12 for step in MAJOR_SCALE}
        return float(np.mean([note.pitch % 12 in scale for note in self.answer]))

    def motif_share(self, heard: Exchange) -> float:
        """Share of the answer's motifs that occur in a phrase, in any key."""
        own = _motifs(self.answer, self.truth)
        return len(own & _motifs(heard.truth.notes, heard.truth)) / max(1, len(own))


def _motifs(notes: Sequence[TimedNote], truth: Performance) -> set:
    """Motifs in the beats of a phrase."""
    written = []
    for note in notes:
        onset, end = (
            round((at - notes[0].due) / SECOND / truth.quarter / GRID_BEATS) * GRID_BEATS
            for at in (note.due, note.end)
        )
        written.append(Note(note.pitch, onset, max(GRID_BEATS, end - onset), note.velocity))
    return patterns(melody(Tune(tuple(written), Meter.parse(truth.meter)).notes))


def exchange(
    composer: Composer, settings: LiveSettings, pattern: Pattern, tempo: float, seed: int
) -> Exchange | None:
    """Play a phrase to the performer and hear its answer; None without one."""
    truth = play(pattern, tempo, seed)
    clock, sounded, keys, scheduler = VirtualClock(), SoundedNotes(), KeyInput([]), Scheduler([])
    performer = Performer(composer, keys, scheduler, [sounded], settings, seed, 0)
    events = [(note.due, note.pitch, note.velocity) for note in truth.notes]
    events += [(note.end, note.pitch, 0) for note in truth.notes]
    for at, pitch, velocity in sorted(events):
        run_virtual(performer, scheduler, clock, at)
        if velocity:
            keys.press(pitch, velocity, at)
        else:
            keys.release(pitch, at)
    last = truth.notes[-1].due
    while clock.now() < last + ANSWER_TIMEOUT_S * SECOND:
        run_virtual(performer, scheduler, clock, clock.now() + SECOND)
        if sounded.notes and performer.turn.name == "LISTEN":
            break
    performer.close(clock.now())
    answer = sorted((n for n in sounded.notes if n.due > last), key=lambda note: note.due)
    before = len(sounded.notes) - len(answer)
    return Exchange(truth, pattern, answer, before) if answer else None


def table_row(style: str, found: Sequence[Exchange]) -> str:
    """The figures of a style."""
    others = [*found[1:], found[0]]
    own = np.mean([each.motif_share(each) for each in found])
    other = np.mean([each.motif_share(heard) for each, heard in zip(found, others, strict=True)])
    waits = [each.wait for each in found]
    cells = [
        style,
        f"{sum(each.is_on_bar for each in found)} of {len(found)}",
        f"{np.mean(waits):.2f}, {max(waits):.2f} s",
        f"{sum(each.interruptions for each in found)}",
        f"{np.median([each.length_ratio for each in found]):.2f}",
        f"{np.mean([each.register_distance for each in found]):.1f}",
        f"{100 * np.mean([each.key_share for each in found]):.0f} %",
        f"{100 * own:.1f}, {100 * other:.1f} %",
    ]
    return "| " + " | ".join(cells) + " |"


def main(
    styles: Annotated[list[str], typer.Argument(help="Styles of the network.")],
    seeds: Annotated[int, typer.Option(min=1, help="Phrases of each pattern.")] = 10,
    choosing: Annotated[bool, typer.Option(help="Use the patterns for choosing.")] = False,
) -> None:
    """Print a row of the table for each style, and the patterns whose answers miss the bar."""
    typer.echo(HEADER)
    for style in styles:
        chosen = StyleSettings(name=style)
        checkpoint = load_model(chosen)
        settings = resolve_live_settings(Config(), checkpoint).model_copy(update={"attract": False})
        composer, found, silent = create_composer(chosen, checkpoint), [], 0
        for number, pattern in enumerate(CHOOSING if choosing else REPORTING):
            for seed in range(seeds):
                tempo = TEMPI_BPM[(seed + number) % len(TEMPI_BPM)]
                heard = exchange(
                    composer, settings, pattern, tempo, seed if choosing else FIRST_SEED + seed
                )
                silent += heard is None
                found += [] if heard is None else [heard]
        missed = Counter(each.pattern.name for each in found if not each.is_on_bar)
        typer.echo(f"{table_row(style, found)}\n{silent} without an answer; missed: {dict(missed)}")


if __name__ == "__main__":
    typer.run(main)
