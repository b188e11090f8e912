"""`hidden-state simulate`: days of an exhibit, with visitors and faults, in minutes."""

from __future__ import annotations

import json
import logging
import os
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import ConfigOption, JsonOption, ModelOption
from installation.config import Config, ConfigError, load_config

if TYPE_CHECKING:
    from installation.simulation.day_report import DayReport
    from installation.simulation.taste_exhibit import TasteDay, TasteReport, Troll

RANDOM_SCRIPT, TASTE = "random", "taste"
OPEN_HOURS = 12  # hours of a day, from 10:00 to 22:00
MAX_CORPUS_CHANGE = 0.03  # bits per note that a style may lose in days of learning
MIN_DIVERSITY = 0.95  # of the style's own, that its answers keep


class SimulationError(ValueError):
    """A fault of what was played, a style that learned too much, or a wrong option."""


@dataclass(frozen=True, slots=True)
class TasteCrowd:
    """The visitors of taste, and the share of trolls among them, of one kind or of all."""

    seed: int
    troll_share: float
    troll_kind: str

    def trolls(self) -> tuple[Troll, ...]:
        """The kinds of trolls; raises `SimulationError` for one that there is not."""
        from installation.simulation.taste_exhibit import Troll

        kinds = tuple(each for each in Troll if self.troll_kind in ("", each.value))
        if not kinds:
            names = ", ".join(each.value for each in Troll)
            raise SimulationError(f"no trolls of kind {self.troll_kind!r}; there are {names}")
        return kinds


def simulate(
    days: Annotated[int, typer.Option(min=1, max=365, help="Days, from 10:00 to 22:00.")] = 1,
    visitors: Annotated[
        str,
        typer.Option(
            help="A script of a day (docs/reliability.md), random, or taste: visitors who vote."
        ),
    ] = RANDOM_SCRIPT,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random visitors.")] = 1,
    config: ConfigOption = None,
    model: ModelOption = None,
    keep: Annotated[
        Path | None, typer.Option(help="A folder for the recordings of visits.")
    ] = None,
    processes: Annotated[
        int, typer.Option(min=0, help="Days played at once; 0 for all, up to two a core.")
    ] = 0,
    trolls: Annotated[
        float, typer.Option(min=0, max=1, help="With taste: share of visitors who are trolls.")
    ] = 0.0,
    troll_kind: Annotated[
        str, typer.Option(help="What trolls do: votes (at random), melody (one), keys (mashed).")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Play whole days on a virtual clock, and report on them.

    Ends with status 2 if a visit was not answered or a note was left sounding. With visitors of
    taste, a style that learns from their votes each night is compared with a twin that does not;
    the status is 2 if it lost more of its corpus or its diversity than it may.
    """
    from installation.session.unrecoverable_errors import UNRECOVERABLE_ERRORS
    from installation.simulation.day_script import (
        DayScriptError,
        random_day_script,
        read_day_script,
    )
    from installation.simulation.exhibit import (
        ExhibitError,
        SimulatedExhibit,
        memory_growth,
        run_exhibit,
    )
    from installation.visits.database import VisitDatabaseError
    from rnn.evolution.generation import GenerationError
    from rnn.training.trainer import DivergedError

    logging.getLogger().setLevel(logging.ERROR)  # the simulated faults are many
    started = time.monotonic()
    expected = (
        ConfigError,
        DayScriptError,
        SimulationError,
        ExhibitError,
        VisitDatabaseError,
        GenerationError,
        DivergedError,
        OSError,
        *UNRECOVERABLE_ERRORS,
    )
    target = TemporaryDirectory(prefix="hidden-state-") if keep is None else nullcontext(keep)
    with exit_on_error(*expected), target as folder:
        settings = load_config(config)
        if model is not None:
            settings = settings.with_values("style", model=str(model.resolve()))
        if visitors == TASTE:
            crowd = TasteCrowd(seed, trolls, troll_kind)
            _simulate_taste(settings, days, crowd, Path(folder), as_json)
            return
        script = None if visitors == RANDOM_SCRIPT else read_day_script(Path(visitors))
        played = tuple(script or random_day_script(seed, number) for number in range(1, days + 1))
        processes = min(days, processes or 2 * (os.cpu_count() or 1))
        with _progress() as progress:
            tasks = [progress.add_task(f"day {n}", total=OPEN_HOURS) for n in range(1, days + 1)]
            reports = run_exhibit(
                SimulatedExhibit(settings, played, seed, Path(folder)),
                processes,
                lambda number, hours: progress.update(tasks[number - 1], completed=hours),
            )
        growth = memory_growth(reports, processes)
        _report(reports, growth, time.monotonic() - started, as_json)
        check_outcome(reports)


def _simulate_taste(
    settings: Config, days: int, crowd: TasteCrowd, folder: Path, as_json: bool
) -> None:
    """Play days with a style that learns, and with a twin that does not, in an empty folder."""
    from installation.session.model_loading import model_path
    from installation.simulation.taste_exhibit import TasteExhibit

    if folder.is_dir() and any(folder.iterdir()):
        raise SimulationError(f"{folder} is not empty: days of taste need a folder of their own")
    origin, started, reports = model_path(settings.style), time.monotonic(), {}
    for name in ("learner", "twin"):
        exhibit = TasteExhibit(
            origin.stem,
            origin,
            crowd.seed,
            folder / name,
            learns=name == "learner",
            troll_share=crowd.troll_share,
            trolls=crowd.trolls(),
        )

        def show(day: TasteDay, name: str = name) -> None:
            typer.echo(f"{name}, day {day.day}: {describe_day(day)}", err=True)

        # before the first night there is no difference
        same = reports["learner"].days[:1] if reports else ()
        reports[name] = exhibit.run(days, show, same)
    learner, twin = reports["learner"], reports["twin"]
    rise = measure_rise(learner, twin)
    if as_json:
        figures = {name: report.figures() for name, report in reports.items()}
        seconds = round(time.monotonic() - started, 1)
        typer.echo(json.dumps({"seed": crowd.seed, "rise": rise, "seconds": seconds, **figures}))
    else:
        told = (
            "no visitor who listens came"
            if rise is None
            else (f"liked on the last day: {100 * rise:+.1f} points over the twin")
        )
        typer.echo(
            f"{told}; corpus "
            f"{learner.corpus_change:+.3f} bits, diversity {learner.diversity:.3f}, copied runs "
            f"{learner.copied_change:+.2f} notes"
        )
        for reason in learner.reasons:
            typer.echo(f"set aside: {reason}")
    check_learning(learner)


def describe_day(day: TasteDay) -> str:
    """A day in a line."""
    if day.liked is None:
        return f"generation {day.generation}, no visitor who listens came"
    liked = f"{100 * day.liked:.1f} % of {day.duets} answers liked"
    return f"generation {day.generation}, {liked}"


def measure_rise(learner: TasteReport, twin: TasteReport) -> float | None:
    """Share liked on the last day, less the twin's; None if no visitor who listens came."""
    own, other = learner.days[-1].liked, twin.days[-1].liked
    return None if own is None or other is None else own - other


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _report(reports: list[DayReport], growth: float, seconds: float, as_json: bool) -> None:
    figures = [asdict(report) for report in reports]
    if as_json:
        whole = {"days": figures, "seconds": round(seconds, 1), "memory_growth": round(growth, 4)}
        typer.echo(json.dumps(whole, indent=2))
        return
    title = f"{len(reports)} days in {seconds:.0f} s; memory grew by {100 * growth:.1f} %"
    table = Table(title=title)
    table.add_column("")
    for report in reports:
        table.add_column(f"day {report.day}", justify="right")
    for name in [key for key in figures[0] if key != "day"]:
        table.add_row(name.replace("_", " "), *(_format_figure(name, day[name]) for day in figures))
    Console().print(table)


def _format_figure(name: str, value: float) -> str:
    if name.startswith("memory"):
        return f"{value / 1e6:.1f} MB"
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}"


def check_outcome(reports: list[DayReport]) -> None:
    """Raise `SimulationError` for an unanswered visit or a hanging note."""
    unanswered = sum(report.visits - report.answered for report in reports)
    hanging = sum(report.hanging for report in reports)
    if unanswered:
        raise SimulationError(f"{unanswered} visits were not answered")
    if hanging:
        raise SimulationError(f"{hanging} notes were left sounding")


def check_learning(report: TasteReport) -> None:
    """Raise `SimulationError` for a style that has forgotten or narrowed more than it may."""
    if report.corpus_change > MAX_CORPUS_CHANGE:
        raise SimulationError(
            f"the style lost {report.corpus_change:.3f} bits a note of its corpus "
            f"(at most {MAX_CORPUS_CHANGE})"
        )
    if report.diversity < MIN_DIVERSITY:
        raise SimulationError(
            f"its answers kept {report.diversity:.3f} of their diversity (at least {MIN_DIVERSITY})"
        )
