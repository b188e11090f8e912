"""A generation trained beside the piece: `python benchmarks/generation_beside.py [--seconds N]`.

The piece plays in a window on Xvfb; first alone, then while `hidden-state evolve run` learns from
some 200 liked and 160 other duets at the lowest priority; liked are answers that lie high. On a
busy machine only the ratios say something. Ends with status 1 if the training fails, takes more
than five minutes, makes notes more than a millisecond later at p99, or takes more than three frames
a second.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import numpy as np
from web_load import MAX_ADDED_LATENESS_MS, MAX_LOST_FRAMES, SETTLE_S, free_port, measure, playing

from installation.evolution.evolution_job import default_command
from installation.visits.database import Visit, VisitDatabase
from installation.visits.duet import Duet, DuetMusic, DuetNote, create_duet_address
from installation.visits.vote import Vote, VoteKind
from messages.cues import NoteSource
from rnn.evolution.tune_sampler import sample_tunes
from rnn.model.checkpoint import load_checkpoint
from rnn.styles import style_path

STYLE = "irish"
DUETS, LIKED_SHARE = 600, 0.56  # six in ten are learned, the others choose and judge
PHRASE_NOTES, DUET_NOTES, BEAT_MS = 8, 24, 500
MAX_TRAINING_S = 300.0
SETTINGS = f"""
[style]
name = "{STYLE}"
[recording]
folder = "recordings"
"""


def write_voted_duets(folder: Path) -> None:
    """Duets that the style itself has written; those whose answers lie highest are liked."""
    tunes = sample_tunes(load_checkpoint(style_path(STYLE)), DUETS + 80, np.random.default_rng(1))
    tunes = [each for each in tunes if len(each.notes) >= DUET_NOTES][:DUETS]
    pitches = np.array([[note.pitch for note in tune.notes[:DUET_NOTES]] for tune in tunes])
    heights = pitches[:, PHRASE_NOTES:].mean(axis=1)
    least_liked = float(np.quantile(heights, 1 - LIKED_SHARE))
    now = datetime.now().astimezone()
    database, began = VisitDatabase(folder, now), now.isoformat(timespec="seconds")
    for tune, height in zip(tunes, heights, strict=True):
        notes = tuple(
            DuetNote(
                note.pitch,
                80,
                round(BEAT_MS * note.onset),
                max(1, round(BEAT_MS * note.duration)),
                NoteSource.VISITOR if index < PHRASE_NOTES else NoteSource.NETWORK,
            )
            for index, note in enumerate(tune.notes[:DUET_NOTES])
        )
        address, visit = create_duet_address(), database.add(Visit(began, began, style=STYLE))
        music = DuetMusic(notes, 1000 * BEAT_MS, meter=tune.meter)
        database.add_duet(Duet(address, began, STYLE, 0, music, visit=visit))
        vote = "yes" if height >= least_liked else "no"
        database.add_vote(Vote(address, f"voter {address}", began, VoteKind.LIKED, vote))
    database.close()


def show(phase: str, figures: dict[str, float]) -> None:
    """Print figures as soon as they are known: the training may take long."""
    for key, value in figures.items():
        sys.stdout.write(f"{phase:8}{key:26}{value:10.2f}\n")
    sys.stdout.flush()


def train_beside(folder: Path, seconds: float, timeout_s: float) -> tuple[dict[str, float], float]:
    """Figures of the piece while a generation is trained, and how long that takes, seconds."""
    begun = time.monotonic()
    command = [word for word in default_command() if word != "--from-piece"]
    with (folder / "training.jsonl").open("w") as lines:
        training = subprocess.Popen(command, cwd=folder, stdout=lines, stderr=lines)
        try:
            figures = measure(folder, seconds)
            if training.poll() is not None:
                sys.exit("the training was over before the piece was measured")
            show("beside", figures)
            status = training.wait(timeout_s)
        except subprocess.TimeoutExpired:
            sys.exit(f"the training took more than {timeout_s:.0f} s")
        finally:
            training.kill()
    told = [json.loads(line) for line in (folder / "training.jsonl").read_text().splitlines()]
    if status:
        sys.exit(f"the training ended with status {status}: {told[-1:]}")
    took = time.monotonic() - begun
    show("training", {"seconds": took, "duets": told[0]["duets"], "accepted": told[-1]["accepted"]})
    return figures, took


def main() -> None:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--timeout", type=float, default=900.0, help="of the training, seconds")
    given = parser.parse_args()
    if shutil.which("xvfb-run") is None:
        sys.exit("this needs xvfb-run")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_voted_duets(folder / "recordings")
        with playing(folder, free_port(), SETTINGS):
            time.sleep(3 * SETTLE_S)
            alone = measure(folder, given.seconds)
            show("alone", alone)
            beside, took = train_beside(folder, given.seconds, given.timeout)
    show("ratio", {key: beside[key] / max(1e-9, before) for key, before in alone.items()})
    later = beside["note_late_p99_ms"] - alone["note_late_p99_ms"]
    lost = alone["frames_per_second"] - beside["frames_per_second"]
    is_late = later > MAX_ADDED_LATENESS_MS or lost > MAX_LOST_FRAMES
    sys.exit(int(is_late or took > MAX_TRAINING_S))


if __name__ == "__main__":
    main()
