"""Where answers enter: `python benchmarks/bar_lines.py [--style S] [--seeds N]`.

The patterns of `tracking.py` are played to the performer on the virtual clock. An answer is on the
bar if its first note lies within `BAR_LINE_TOLERANCE_S` of a true bar line, or as long before one
as the pattern's upbeat is.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import numpy as np
import typer
from tracking import BAR_LINE_TOLERANCE_S, REPORTING, TEMPI_BPM, Pattern, Performance, play

from installation.config import Config, StyleSettings
from installation.engine.key_input import KeyInput
from installation.engine.performer import Performer
from installation.engine.publisher import DummySubscriber
from installation.engine.run import run_virtual
from installation.engine.scheduler import Scheduler
from installation.session.live_session import create_composer, load_model, resolve_live_settings
from messages.clock import SECOND, VirtualClock
from messages.cues import NoteCue, NoteSource
from rnn.generation.composer import Composer

ANSWER_TIMEOUT_S = 12.0  # time after the phrase in which its answer begins, s


def first_answer(composer: Composer, settings, truth: Performance, seed: int) -> float | None:
    """When the answer to a phrase begins, s; None without one."""
    clock, subscriber, keys, scheduler = (
        VirtualClock(),
        DummySubscriber(),
        KeyInput([]),
        Scheduler([]),
    )
    performer = Performer(composer, keys, scheduler, [subscriber], settings, seed, 0)
    events = [(note.due, note.pitch, note.velocity) for note in truth.notes]
    events += [(note.end, note.pitch, 0) for note in truth.notes]
    for at, pitch, velocity in sorted(events):
        run_virtual(performer, scheduler, clock, at)
        if velocity:
            keys.press(pitch, velocity, at)
        else:
            keys.release(pitch, at)
    end = truth.notes[-1].end + round(ANSWER_TIMEOUT_S * SECOND)
    run_virtual(performer, scheduler, clock, end)
    due = [
        message.due
        for message in subscriber.messages
        if isinstance(message, NoteCue) and message.source is NoteSource.NETWORK
    ]
    performer.close(end)
    answers = [at for at in due if at > truth.notes[-1].due]
    return min(answers) / SECOND if answers else None


def bar_distance(truth: Performance, pattern: Pattern, at: float) -> float:
    """Distance (s) from the nearest true bar line, or from its upbeat."""
    upbeat = sum(float(word) for word in pattern.upbeat.split()) * truth.quarter
    offsets = np.array([truth.bar_line, truth.bar_line - upbeat]) - at
    return float(np.min(np.abs((offsets + truth.bar / 2) % truth.bar - truth.bar / 2)))


def main(
    style: Annotated[str, typer.Option(help="Style of the network.")] = "irish",
    seeds: Annotated[int, typer.Option(help="Phrases of each pattern.")] = 3,
) -> None:
    """Print the share of answers on the bar, the wait, and the beats of the others."""
    chosen = StyleSettings(name=style)
    checkpoint = load_model(chosen)
    settings = resolve_live_settings(Config(), checkpoint).model_copy(update={"attract": False})
    composer, waits, hits, beats, silent = create_composer(chosen, checkpoint), [], [], Counter(), 0
    for pattern in REPORTING:
        for seed in range(seeds):
            truth = play(pattern, TEMPI_BPM[(seed + len(hits)) % len(TEMPI_BPM)], seed)
            at = first_answer(composer, settings, truth, seed)
            if at is None:
                silent += 1
                continue
            hits.append(bar_distance(truth, pattern, at) < BAR_LINE_TOLERANCE_S)
            waits.append(at - truth.notes[-1].due / SECOND)
            beat = (at - truth.bar_line) % truth.bar / truth.quarter
            if not hits[-1]:
                beats[f"{pattern.name}: beat {1 + beat:.1f}"] += 1
    typer.echo(f"{style}: {sum(hits)} of {len(hits)} answers on the bar, {silent} without one")
    typer.echo(f"wait after the last onset {np.mean(waits):.2f} s, at most {max(waits):.2f} s")
    typer.echo(f"others: {dict(beats)}")


if __name__ == "__main__":
    typer.run(main)
