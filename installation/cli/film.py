"""`hidden-state film`: a performance as a film or as frames, the same each time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import ConfigOption, ModelOption, StyleOption
from installation.config import ConfigError, load_config
from installation.io.audio.instruments import InstrumentError, SynthUnavailable
from installation.session.options import OutputPathError, PlayOptions, check_output_path
from installation.sets.set_file import SetError
from rnn.model.checkpoint import CheckpointError
from rnn.styles import UnknownStyleError


def film(
    output: Annotated[
        Path, typer.Option("-o", "--output", help="A .mp4 file, or a folder for .png frames.")
    ],
    scene: Annotated[str | None, typer.Option(help="The scene to film.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Length of the film, seconds.")] = 20.0,
    style: StyleOption = None,
    model: ModelOption = None,
    set_name: Annotated[
        str | None, typer.Option("--set", help="A set, by its name or its .toml file.")
    ] = None,
    config: ConfigOption = None,
    language: Annotated[str | None, typer.Option(help="Of the words: en, ca or es.")] = None,
    rate: Annotated[int, typer.Option(min=1, max=120, help="Pictures a second.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the performance.")] = 1,
    tour: Annotated[bool, typer.Option("--tour", help="The narrated tour, whole.")] = False,
) -> None:
    """Film a performance off line: a visitor plays a phrase, and the network answers."""
    from rich.progress import Progress

    from installation.film.film import (
        FilmOptions,
        FilmUnavailable,
        render_film,
        tour_options,
    )
    from installation.session.stage_factory import (
        UnknownLanguageError,
        UnknownSceneError,
        check_stage_settings,
    )

    with exit_on_error(
        ConfigError,
        CheckpointError,
        UnknownStyleError,
        UnknownSceneError,
        UnknownLanguageError,
        InstrumentError,
        SynthUnavailable,
        FilmUnavailable,
        OutputPathError,
        SetError,
        OSError,
    ):
        options = PlayOptions(load_config(config), seed=seed).with_set(set_name or "")
        settings = options.config.with_values("stage", scene=scene, language=language)
        check_stage_settings(settings.stage)
        if output.suffix:
            check_output_path(output)
        if style is not None or model is not None:
            settings = settings.with_values("style", name=style, model=str(model or ""))
        with Progress(transient=True) as bar:
            task = bar.add_task(f"{settings.stage.scene}, {seconds:g} s", total=1.0)
            wanted = FilmOptions(settings, seconds, seed, rate)
            if tour:
                wanted = tour_options(wanted)
            count = render_film(wanted, output, lambda share: bar.update(task, completed=share))
    typer.echo(f"{output}: {count} pictures, seed {seed}")
