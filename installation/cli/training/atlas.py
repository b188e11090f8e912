"""`hidden-state atlas`: probe the units of a model over a corpus, and keep the result in it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import CorporaFolderOption, JsonOption
from midi_data.recipes.corpora import DEFAULT_CORPORA_FOLDER, load_corpus
from rnn.analysis.unit_probing import MAX_PROBED_NOTES, probe_units
from rnn.model.checkpoint import load_checkpoint, save_checkpoint
from rnn.model.unit_atlas import TRAIT_CLASS_COUNTS, UnitAtlas


def atlas(
    model: Annotated[Path, typer.Argument(help="The model file; the atlas is written into it.")],
    corpus: Annotated[str, typer.Argument(help="A built corpus by name, or a folder of .mid.")],
    notes: Annotated[
        int, typer.Option(min=100, help="Most notes to probe with.")
    ] = MAX_PROBED_NOTES,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the tunes and shuffles.")] = 0,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the model there, not in place.")
    ] = None,
    as_json: JsonOption = False,
    folder: CorporaFolderOption = DEFAULT_CORPORA_FOLDER,
) -> None:
    """Find the trait of music each unit of a model responds to, and keep the atlas in the model."""
    with exit_on_error(ValueError, OSError):
        checkpoint = load_checkpoint(model)
        tunes = load_corpus(corpus, folder).tunes
        with Console(stderr=True).status("probing the units"):
            result = probe_units(checkpoint.network, checkpoint.codec, tunes, seed, notes)
        save_checkpoint(output or model, replace(checkpoint, atlas=result))
    if as_json:
        typer.echo(json.dumps(_summary(result)))
    else:
        Console().print(_table(result))


def _summary(result: UnitAtlas) -> dict:
    """Counts of units by description and by trait, and mean explained shares, for each layer."""
    layers, units = range(result.layers), range(result.units)
    shares = result.explained.reshape(result.layers, result.units, -1).mean(axis=1)
    return {
        "notes": result.notes,
        "regions": [dict(Counter(row).most_common()) for row in result.describe_all_units()],
        "traits": [
            dict(Counter(result.dominant_trait(k, u) or "none" for u in units)) for k in layers
        ],
        "explained": {
            trait: [round(float(share), 4) for share in shares[:, index]]
            for index, trait in enumerate(TRAIT_CLASS_COUNTS)
        },
    }


def _table(result: UnitAtlas) -> Table:
    """Counts of units by description, a column a layer."""
    counts = [Counter(row) for row in result.describe_all_units()]
    table = Table("units that like", *(f"layer {k + 1}" for k in range(result.layers)), box=None)
    for region, _ in sum(counts, Counter()).most_common():
        table.add_row(region, *(str(count[region]) for count in counts))
    return table
