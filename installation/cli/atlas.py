"""`hidden-state atlas`: what each unit of a model likes, found over a corpus and kept with it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from installation.cli.errors import exit_on_error
from midi_data.corpora import DEFAULT_CORPORA_FOLDER, CorpusError, load_corpus
from rnn.analysis.unit_probing import MAX_PROBED_NOTES, probe_units
from rnn.model.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from rnn.model.unit_atlas import TRAIT_CLASS_COUNTS, UnitAtlas


def atlas(
    model: Annotated[Path, typer.Argument(help="The model file; the atlas is written into it.")],
    corpus: Annotated[str, typer.Argument(help="A built corpus by name, or a folder of .mid.")],
    notes: Annotated[
        int, typer.Option(min=100, help="Notes to look at, at most.")
    ] = MAX_PROBED_NOTES,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other tunes and shuffles.")] = 0,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the model there, not in place.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    folder: Annotated[Path, typer.Option(help="Where built corpora are.")] = DEFAULT_CORPORA_FOLDER,
) -> None:
    """Ask each unit of a model what it likes, and keep the answers in the model."""
    with exit_on_error(CorpusError, CheckpointError, ValueError, OSError):
        checkpoint = load_checkpoint(model)
        tunes = load_corpus(corpus, folder).tunes
        with Console(stderr=True).status("asking each unit what it likes"):
            found = probe_units(checkpoint.network, checkpoint.codec, tunes, seed, notes)
        save_checkpoint(output or model, replace(checkpoint, atlas=found))
    if as_json:
        typer.echo(json.dumps(_summary(found)))
    else:
        Console().print(_table(found))


def _summary(found: UnitAtlas) -> dict:
    """What there is to say in short: how many units of each layer like what."""
    return {
        "notes": found.notes,
        "regions": [dict(Counter(row).most_common()) for row in found.describe_all_units()],
        "traits": [
            dict(Counter(found.dominant_trait(k, unit) or "none" for unit in range(found.units)))
            for k in range(found.layers)
        ],
        "explained": {
            trait: [
                round(float(found.explained[k * found.units : (k + 1) * found.units, at].mean()), 4)
                for k in range(found.layers)
            ]
            for at, trait in enumerate(TRAIT_CLASS_COUNTS)
        },
    }


def _table(found: UnitAtlas) -> Table:
    counts = [Counter(row) for row in found.describe_all_units()]
    table = Table("units that like", *(f"layer {k + 1}" for k in range(found.layers)), box=None)
    for region, _ in sum(counts, Counter()).most_common():
        table.add_row(region, *(str(count[region]) for count in counts))
    return table
