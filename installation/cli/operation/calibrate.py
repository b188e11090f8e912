"""`hidden-state calibrate`: measures the delay of the sound, for `sound.latency_ms`."""

from __future__ import annotations

import sys
import time
from threading import Event, Thread
from typing import TYPE_CHECKING

from rich.console import Console

from installation.cli.base.errors import exit_on_error
from installation.cli.base.options import ConfigOption
from installation.config import Config, ConfigError, load_config

if TYPE_CHECKING:
    from installation.session.calibration import LatencyEstimate


class TapRecorder:
    """Records the time of every line on stdin, on a thread of its own."""

    def __init__(self) -> None:
        self._tap_times_ns: list[int] = []
        Thread(target=self._listen, name="taps", daemon=True).start()

    def pop_taps(self) -> list[int]:
        """Times of the taps since the last call, ns."""
        taps, self._tap_times_ns = self._tap_times_ns, []
        return taps

    def _listen(self) -> None:
        while sys.stdin.readline():
            self._tap_times_ns.append(time.monotonic_ns())


def calibrate(config: ConfigOption = None) -> None:
    """Tap Enter to a light, then to clicks; prints the right sound.latency_ms."""
    with exit_on_error(ConfigError):
        settings = load_config(config)
    from installation.session.calibration import CalibrationError
    from installation.session.unrecoverable_errors import UNRECOVERABLE_ERRORS

    console = Console(highlight=False, soft_wrap=True)
    with exit_on_error(CalibrationError, *UNRECOVERABLE_ERRORS):
        latency = measure_latency(settings, console)
    console.print(
        f"\nSound is met {latency.ms:.0f} ms after light (your taps differ by "
        f"{latency.spread_ms:.0f} ms). In config.toml, under \\[sound]: "
        f"latency_ms = {latency.ms:.0f}, or for one output of several by its name: "
        f'latencies = {{"name" = {latency.ms:.0f}}}'
    )


def measure_latency(settings: Config, console: Console) -> LatencyEstimate:
    """Ask for taps to a light and to clicks, and compare them."""
    from installation.session import calibration
    from installation.session.devices import SessionDevices, check_ports
    from installation.session.options import PlayOptions
    from messages.clock import MonotonicClock

    check_ports(settings.midi)
    options = PlayOptions(settings.with_values("sound", latency_ms=0.0, latencies={}), seed=0)
    clock, taps = MonotonicClock(), TapRecorder()
    devices = SessionDevices(options, clock, lambda received: None, lambda control: None)
    devices.open()
    try:
        calibration.require_sound(devices.sound_status, devices.midi_status)
        console.print(f"Tap Enter with the light, after {calibration.LEAD_IN_BEATS} beats.")
        beats = calibration.beat_times(clock.now() + 4 * calibration.BEAT_PERIOD_NS)
        calibration.show_beats(beats, clock, lambda: console.print("  *"))
        clock.wait_until(beats[-1] + calibration.BEAT_PERIOD_NS, Event())
        light = calibration.tap_offsets_ms(beats, taps.pop_taps())
        console.print(f"Now tap Enter with the clicks, after {calibration.LEAD_IN_BEATS} of them.")
        beats = calibration.beat_times(clock.now() + 4 * calibration.BEAT_PERIOD_NS)
        calibration.play_clicks(beats, clock, devices.outputs)
        sound = calibration.tap_offsets_ms(beats, taps.pop_taps())
        return calibration.estimate_latency(light, sound)
    finally:
        devices.close()
