"""`hidden-state calibrate`: how late the sound is heard, for `sound.latency_ms`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from installation.cli.errors import exit_on_error
from installation.config import Config, ConfigError, load_config

if TYPE_CHECKING:
    from installation.session.calibration import LatencyEstimate


class TapRecorder:
    """Stamps every line that comes in, on a thread of its own."""

    def __init__(self) -> None:
        self._tap_times_ns: list[int] = []
        Thread(target=self._listen, name="taps", daemon=True).start()

    def pop_taps(self) -> list[int]:
        """Those since the last call, ns."""
        taps, self._tap_times_ns = self._tap_times_ns, []
        return taps

    def _listen(self) -> None:
        while sys.stdin.readline():
            self._tap_times_ns.append(time.monotonic_ns())


def calibrate(
    config: Annotated[
        Path | None, typer.Option(help="Settings; by default config.toml, if it is here.")
    ] = None,
) -> None:
    """Tap Enter to a light, then to clicks; tells what to set sound.latency_ms to."""
    with exit_on_error(ConfigError):
        settings = load_config(config)
    from installation.session.calibration import CalibrationError
    from installation.session.unrecoverable_errors import UNRECOVERABLE_ERRORS

    console = Console(highlight=False, soft_wrap=True)
    with exit_on_error(CalibrationError, *UNRECOVERABLE_ERRORS):
        latency = _measure(settings, console)
    console.print(
        f"\nSound is met {latency.ms:.0f} ms after light (your taps differ by "
        f"{latency.spread_ms:.0f} ms). In config.toml, under \\[sound]: "
        f"latency_ms = {latency.ms:.0f}"
    )


def _measure(settings: Config, console: Console) -> LatencyEstimate:
    from installation.session import calibration as rounds
    from installation.session.devices import SessionDevices, check_ports
    from installation.session.options import PlayOptions
    from messages.clock import MonotonicClock

    check_ports(settings.midi)
    sound = settings.sound.model_copy(update={"latency_ms": 0.0})
    options = PlayOptions(settings.model_copy(update={"sound": sound}), seed=0)
    clock, taps = MonotonicClock(), TapRecorder()
    rig = SessionDevices(options, clock, lambda received: None, lambda control: None)
    rig.open()
    try:
        console.print(f"Tap Enter with the light, after {rounds.LEAD_IN_BEATS} beats.")
        beats = rounds.beat_times(clock.now() + 4 * rounds.BEAT_PERIOD_NS)
        rounds.show_beats(beats, clock, lambda: console.print("  *"))
        clock.wait_until(beats[-1] + rounds.BEAT_PERIOD_NS, Event())
        light = rounds.tap_offsets_ms(beats, taps.pop_taps())
        console.print(f"Now tap Enter with the clicks, after {rounds.LEAD_IN_BEATS} of them.")
        beats = rounds.beat_times(clock.now() + 4 * rounds.BEAT_PERIOD_NS)
        rounds.play_clicks(beats, clock, rig.outputs)
        return rounds.estimate_latency(light, rounds.tap_offsets_ms(beats, taps.pop_taps()))
    finally:
        rig.close()
