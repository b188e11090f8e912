"""`hidden-state originality`: how many notes in a row a model copies from its training tunes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import CorporaFolderOption, JsonOption
from midi_data.recipes.corpora import DEFAULT_CORPORA_FOLDER, load_corpus
from midi_data.splits import split_tunes
from rnn.generation.improviser import Improviser
from rnn.generation.novelty import ANSWER_NOTES, OPENING_NOTES, measure_copied_runs
from rnn.model.checkpoint import load_checkpoint


def originality(
    model: Annotated[Path, typer.Argument(help="The model to measure.")],
    corpus: Annotated[str, typer.Argument(help="Its training corpus, by name, or a folder.")],
    answers: Annotated[int, typer.Option(min=1, max=10_000, help="How many answers.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other answers.")] = 1,
    as_json: JsonOption = False,
    folder: CorporaFolderOption = DEFAULT_CORPORA_FOLDER,
) -> None:
    """Measure the longest run of notes in each answer that also occurs in a training tune.

    Answers continue the openings of held-out tunes. The held-out tunes themselves are measured for
    comparison. A run counts as copied in any key, if its rhythm is copied too.
    """
    with exit_on_error(ValueError, OSError):
        composer = Improviser(load_checkpoint(model))
        sides = split_tunes(load_corpus(corpus, folder).tunes)
        with Console(stderr=True).status("composing"):
            runs = measure_copied_runs(
                composer,
                sides.train,
                sides.test,
                np.random.default_rng(seed),
                answers,
                composer.own_sampling,
            )
    summary = runs.summary()
    if as_json:
        typer.echo(json.dumps(summary | {"length": runs.length}))
        return
    table = Table("longest copied run, notes", "how many", "median", "mean", "9 of 10", "longest")
    for name, label in (("answers", "the model"), ("humans", "held-out tunes")):
        table.add_row(label, *(f"{value:g}" for value in summary[name].values()))
    Console().print(table)
    typer.echo(f"of {ANSWER_NOTES} notes after an opening of {OPENING_NOTES}")
