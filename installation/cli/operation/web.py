"""`hidden-state web`: the staff's PIN, and rounds of "person or network?" for the phones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import ConfigOption, ModelOption, StyleOption
from installation.config import ConfigError, load_config
from installation.engine.phrases.written_answer import compose_continuation
from installation.session.live_session import create_improviser
from installation.session.model_loading import played_model_path
from installation.staff_pin import PinError, save_pin
from installation.visits.vote import PLAYERS
from midi_data.notes import Note, Tune, quantise_tune
from midi_data.recipes.corpora import CorpusError, load_corpus
from midi_data.splits import split_tunes, tune_fingerprint
from rnn.evolution.generation_store import identify_generation
from rnn.model.checkpoint import CheckpointError, load_checkpoint
from rnn.styles import UnknownStyleError

if TYPE_CHECKING:
    from installation.web.audience.rounds import GuessingRound

OPENING_BARS = 4  # bars of the opening, and of its continuation
MIN_ROUND_NOTES = 6  # least number of notes in the opening and in its continuation
MIN_ROUND_TEMPO, MAX_ROUND_TEMPO = 60.0, 160.0  # bounds of the tempo, quarter notes a minute
MIN_NOTE_BEATS = 0.05  # shortest note at the end of a part, beats

app = typer.Typer(help="The pages for staff and audience.", no_args_is_help=True)
app.callback()(lambda: None)


@app.command()
def pin(
    config: ConfigOption = None,
    pin: Annotated[str, typer.Option(prompt="PIN", hide_input=True, confirmation_prompt=True)] = "",
) -> None:
    """Set the staff's PIN; the page takes it up when the piece starts."""
    with exit_on_error(ConfigError, PinError):
        path = Path(load_config(config).web.pin_file)
        save_pin(pin, path)
    typer.echo(f"The PIN is set; its hash is in {path}.")


@app.command()
def rounds(
    corpus: Annotated[str, typer.Argument(help="A built corpus, or a folder of MIDI files.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="What web.rounds names.")] = Path(
        "rounds.json"
    ),
    config: ConfigOption = None,
    style: StyleOption = None,
    model: ModelOption = None,
    count: Annotated[int, typer.Option(min=2, max=500, help="Number of rounds.")] = 60,
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """Prepare rounds of "person or network?" from tunes that no training saw.

    By default the network is what the piece plays: the current generation of its style.
    """
    from installation.web.audience.rounds import RoundsError, save_rounds

    if style is not None and model is not None:
        raise typer.BadParameter("give --style or --model, not both")
    expected = (CorpusError, CheckpointError, UnknownStyleError, RoundsError, OSError)
    with exit_on_error(ConfigError, *expected):
        settings = load_config(config)
        if style is not None:
            settings = settings.with_values("style", name=style, model="")
        path = model if model is not None else played_model_path(settings)
        tunes = split_tunes(load_corpus(corpus).tunes).test
        made = compose_rounds(path, tunes, count, seed)
        save_rounds(output, made)
    first = made[0]
    typer.echo(f"{output}: {len(made)} rounds, {first.style}, generation {first.generation}")


def compose_rounds(path: Path, tunes: Sequence[Tune], count: int, seed: int) -> list[GuessingRound]:
    """Rounds from tunes of eight bars or more: half of them a person ends, half the network."""
    from installation.web.audience.rounds import GuessingRound, RoundsError, note_rows

    checkpoint = load_checkpoint(path)
    composer, generator = create_improviser(checkpoint, path), np.random.default_rng(seed)
    style, generation = identify_generation(path, checkpoint)
    made: list[GuessingRound] = []
    for number in generator.permutation(len(tunes)):
        tune = quantise_tune(tunes[int(number)])
        start = tune.notes[0].onset // tune.meter.bar_beats * tune.meter.bar_beats
        cut = start + OPENING_BARS * tune.meter.bar_beats
        end = cut + OPENING_BARS * tune.meter.bar_beats
        opening = _between(tune.notes, start, cut)
        written = _between(tune.notes, cut, end)
        if len(opening) < MIN_ROUND_NOTES or len(written) < MIN_ROUND_NOTES or tune.end < end:
            continue
        truth = PLAYERS[len(made) % 2]
        if truth == "network":
            phrase = replace(tune, notes=opening)
            written = _between(compose_continuation(composer, phrase, generator), cut, end)
        tempo = float(np.clip(tune.tempo, MIN_ROUND_TEMPO, MAX_ROUND_TEMPO))
        name = f"{tune_fingerprint(tune)}-{truth}"
        rows = note_rows(opening, -start), note_rows(written, -start)
        made.append(GuessingRound(name, truth, style, generation, tempo, *rows))
        if len(made) == count:
            break
    if len(made) < 2:
        raise RoundsError(f"{len(tunes)} held-out tunes give no rounds: eight bars are needed")
    return made


def _between(notes: Sequence[Note], start: float, end: float) -> tuple[Note, ...]:
    """Notes that begin in a span of beats, cut at its end."""
    return tuple(
        replace(note, duration=min(note.duration, end - note.onset))
        for note in notes
        if start <= note.onset < end - MIN_NOTE_BEATS
    )
