"""`hidden-state bench`: speed measurements on this machine.

Each program in `benchmarks/`, beside the packages, runs as a process of its own: its number of
threads is fixed at its start.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import JsonOption

BENCHMARKS_FOLDER = Path(__file__).parents[2] / "benchmarks"
COMPARED_PACKAGES = ("torch", "onnxruntime", "onnx")

app = typer.Typer(help="Measure the speed of the piece on this machine.", no_args_is_help=True)


class BenchError(RuntimeError):
    """A benchmark that cannot run here; one line with the reason."""


@app.callback()
def bench() -> None:
    """Measure the speed of the piece on this machine."""


@app.command()
def network(
    rounds: Annotated[int, typer.Option(min=1, help="Turns of each contestant.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """A training step and a live step beside PyTorch's and onnxruntime's, in one run."""
    with exit_on_error(BenchError):
        missing = [name for name in COMPARED_PACKAGES if find_spec(name) is None]
        if missing:
            raise BenchError(f"without {', '.join(missing)}: pip install 'hidden-state[bench]'")
    run_benchmark("network", as_json, "--rounds", rounds)


@app.command()
def stage(
    frames: Annotated[int, typer.Option(min=10, help="Frames of each scene.")] = 1200,
    style: Annotated[str, typer.Option(help="A trained style, by name.")] = "irish",
    quality: Annotated[str, typer.Option(help="How much is drawn: full or light.")] = "full",
    window: Annotated[
        bool, typer.Option("--window", help="Play in a real window, and measure light and frames.")
    ] = False,
    memory: Annotated[
        int | None, typer.Option(min=10, help="Draw so many frames, and watch memory instead.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Frame times of every scene at 1080p; memory; the way to the first picture."""
    if window:
        run_benchmark("window", as_json, "--style", style)
    elif memory is not None:
        run_benchmark("stage_memory", as_json, "--frames", memory, "--style", style)
    else:
        measured = ("--frames", frames, "--quality", quality, "--style", style)
        run_benchmark("stage", as_json, *measured)


@app.command()
def timing(
    seconds: Annotated[float, typer.Option(min=8, help="How long, in all.")] = 600.0,
    as_json: JsonOption = False,
) -> None:
    """How exactly notes go to MIDI beside a drawing stage, and sound, here and far away."""
    run_benchmark("timing", as_json, "--seconds", seconds)


@app.command()
def keys(
    count: Annotated[int, typer.Option("--keys", min=2, help="Keys in each scene.")] = 60,
    busy: Annotated[
        bool, typer.Option("--busy", help="Run two busy loops beside the piece.")
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Measure another checkout instead."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Time from a key at a real window to its note-on and to its light, in each scene."""
    other = () if source is None else ("--source", source)
    run_benchmark("keys", as_json, "--keys", count, *["--busy"] * busy, *other)


@app.command()
def kills(
    rounds: Annotated[int, typer.Option(min=1, help="Signals sent, one a start.")] = 200,
    as_json: JsonOption = False,
) -> None:
    """Kill a process at a random moment, again and again: nothing is left alive or sounding."""
    run_benchmark("kills", as_json, "--rounds", rounds)


@app.command()
def starting(
    rounds: Annotated[int, typer.Option(min=1, help="Starts.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Time from the command to the splash, the first scene and the first note."""
    run_benchmark("starting", as_json, "--rounds", rounds)


@exit_on_error(BenchError, OSError)
def run_benchmark(name: str, as_json: bool, *options: object) -> None:
    """Run a benchmark with our output; one line tells if it is missing or fails."""
    program = BENCHMARKS_FOLDER / f"{name}.py"
    arguments = [*map(str, options), *["--json"] * as_json]
    if not program.exists():
        raise BenchError(f"no {name} benchmark here: benchmarks come with the source, not a wheel")
    done = subprocess.run([sys.executable, str(program), *arguments], check=False)
    if done.returncode:
        raise BenchError(f"the {name} benchmark failed with status {done.returncode}")
