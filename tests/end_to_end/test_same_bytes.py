"""Files written from a fixed seed, byte for byte as revision 05877c9 wrote them.

That revision had no expression, so it is switched off here; one test compares the notes. Its model
files are in `tests/models`, for the styles have been trained anew since.

The hashes were taken from that revision: `answer SEED.mid --style S` (here with its plan) and
`play --headless --style S --seed 7 --seconds 20 --record FILE`. Here `play` runs on the virtual
clock, which writes the same file in a few seconds.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest

from installation.config import Config, StyleSettings
from installation.engine.key_input import KeyInput
from installation.engine.performer import Performer
from installation.engine.phrases.phrase_generator import PhrasePlan
from installation.engine.phrases.written_answer import compose_planned
from installation.engine.run import run_virtual
from installation.engine.scheduler import Scheduler
from installation.session.file_writer import RecordingWriter
from installation.session.live_session import create_composer, resolve_live_settings
from installation.session.model_loading import load_model
from installation.session.recorder import MidiRecorder
from messages.clock import SECOND, VirtualClock
from midi_data.key_detection import find_key
from midi_data.midi_files import MidiPart, pitched_tunes, read_songs, write_parts
from midi_data.notes import Tune, quantise_tune
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint
from rnn.model.model_card import DEFAULT_SAMPLING
from rnn.model.sampling_params import SamplingParams

SEED_NOTES = (
    (67, 480), (69, 240), (71, 240), (74, 480), (71, 240), (69, 240), (67, 480), (62, 480),
    (67, 960),
)  # fmt: skip
"""Pitch and length in ticks of each note of the seed melody."""
SEED_SHA256 = "706075d0d0e27e23b5e9fa269436e4177d2746197f6801e68ca8f639d707feef"
ANSWER_SHA256 = {
    "chorales": "2aaca40cbea80a69ea4a8dab0c19d3e0a879960e964dea25a09804e848039d79",
    "fife": "db2de16e7b6f3fda991177a46e5cca71e63acd1616cc28981707087441bfe939",
    "irish": "9cb644ce8fa18782aa126ac3815e244e9861c62c8b9a4bddffda83dee9285ca2",
    "irish-characters": "632dbf44b8b7ffd7a6bf5f937aad2c3771b325b06411074e9f7378a352639a5d",
}
PLAY_SHA256 = {
    "chorales": "e4ba2d14ae977ff2eeb5636438ded80e867d8ff441974ddd40bd4668dc4d5538",
    "irish": "5f117aaf13d5feb51be6e16c3e0ed0e0d02d4f217fe1c82581cddc99607d23c5",
}
PLAY_SEED, PLAY_SECONDS = 7, 20
OLD_MODELS = Path(__file__).parents[1] / "models"
"""The styles of that revision; the one that writes characters is still installed."""


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_seed(path: Path) -> None:
    """Write the seed melody as a .mid file of one track at 100 beats a minute."""
    midi = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(100))])
    for pitch, ticks in SEED_NOTES:
        track.append(mido.Message("note_on", note=pitch, velocity=80, time=0))
        track.append(mido.Message("note_off", note=pitch, velocity=0, time=ticks))
    midi.tracks.append(track)
    midi.save(path)


def old_style(name: str) -> StyleSettings:
    """The settings of a style with its model of that revision."""
    path = OLD_MODELS / f"{name}.safetensors"
    return StyleSettings(name=name, model=str(path) if path.is_file() else "")


def as_that_revision_played(checkpoint: Checkpoint) -> Checkpoint:
    """The model with a card that tells neither meters nor sampling."""
    card = replace(checkpoint.card, meters={}, sampling=DEFAULT_SAMPLING)
    return replace(checkpoint, card=card)


def plan_of_that_revision(phrase: Tune, sampling: SamplingParams) -> PhrasePlan:
    """The plan of an answer: scale, register and ending are strict."""
    key, pitches = find_key(phrase.notes), [note.pitch for note in phrase.notes]
    sampling = replace(
        sampling,
        scale=key.scale,
        centre=float(np.mean(pitches)),
        spread=max(4.0, float(np.std(pitches))),
    )
    velocity = round(float(np.mean([note.velocity for note in phrase.notes])))
    return PhrasePlan(16.0, sampling, velocity, key, max_overrun_beats=phrase.meter.bar_beats)


def record_virtual_play(style: str, path: Path, expression: float = 0.0) -> None:
    """Record a performance without visitors on the virtual clock."""
    config, chosen = Config().with_values("live", expression=expression), old_style(style)
    checkpoint = as_that_revision_played(load_model(chosen))
    clock, scheduler, end = VirtualClock(), Scheduler([]), PLAY_SECONDS * SECOND
    performer = Performer(
        create_composer(chosen, checkpoint),
        KeyInput([]),
        scheduler,
        [MidiRecorder(None, path, 0, writer=RecordingWriter())],
        resolve_live_settings(config, checkpoint),
        PLAY_SEED,
        0,
    )
    run_virtual(performer, scheduler, clock, end)
    performer.close(end)


@pytest.mark.parametrize("style", list(ANSWER_SHA256))
def test_an_answer_has_the_same_bytes(style, tmp_path):
    seed, output = tmp_path / "seed.mid", tmp_path / "answer.mid"
    write_seed(seed)
    assert sha256(seed) == SEED_SHA256
    phrase = quantise_tune(pitched_tunes(seed, read_songs(seed))[0])
    composer = Improviser(as_that_revision_played(load_model(old_style(style))))
    plan = plan_of_that_revision(phrase, composer.own_sampling)
    answer = compose_planned(composer, phrase, plan, np.random.default_rng(1))
    parts = [MidiPart("Visitor", phrase.notes, 0), MidiPart("Network", answer, 1)]
    write_parts(output, parts, phrase.tempo, phrase.meter)
    assert sha256(output) == ANSWER_SHA256[style]


@pytest.mark.parametrize("style", list(PLAY_SHA256))
def test_a_recording_has_the_same_bytes(style, tmp_path):
    record_virtual_play(style, tmp_path / "play.mid")
    assert sha256(tmp_path / "play.mid") == PLAY_SHA256[style]


@pytest.mark.parametrize("style", list(PLAY_SHA256))
def test_expression_changes_no_pitch_and_no_order(style, tmp_path):
    for expression in (0.0, 1.0):
        record_virtual_play(style, tmp_path / f"{expression}.mid", expression)
    written, played = (
        [message.note for message in mido.MidiFile(tmp_path / name) if message.type == "note_on"]
        for name in ("0.0.mid", "1.0.mid")
    )
    assert played == written
