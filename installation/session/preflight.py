"""The preflight check: whether this machine can play the piece, and what to do if not."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from installation.config import Config, SoundSettings, StageSettings
from installation.io.audio.instruments import InstrumentError, SfzInstrument, SynthUnavailable
from installation.io.audio.sinks import AudioDeviceSink, AudioUnavailable
from installation.io.audio.synth import SAMPLE_RATE_HZ
from installation.io.midi.backend import MidiUnavailable, PortError, load_backend, match_port
from installation.ops.exhibit_status import MIN_FREE_DISK_BYTES
from installation.session.chosen_instruments import instrument_paths
from installation.session.live_session import create_improviser
from installation.session.model_loading import load_model, model_path
from installation.session.options import OutputPathError, check_output_path
from installation.thread_priority import is_realtime_permitted
from rnn.model.checkpoint import CheckpointError
from rnn.styles import UnknownStyleError

HEADLESS_SDL_DRIVERS = ("offscreen", "dummy")
"""Video drivers that SDL uses silently where there is no display."""


@dataclass(frozen=True, slots=True)
class PreflightResult:
    """Result of one check.

    Parameters
    ----------
    subject : str
    passed : bool
    message : str
        The thing found, or the fault.
    advice : str
        Remedy; empty if none is needed.
    vital : bool
        Whether the piece cannot be played if the check fails.
    """

    subject: str
    passed: bool
    message: str
    advice: str = ""
    vital: bool = False


def run_preflight(config: Config) -> list[PreflightResult]:
    """Check everything that the piece needs with these settings.

    Parameters
    ----------
    config : Config

    Returns
    -------
    list of PreflightResult
    """
    return [
        _check_model(config),
        _check_display(),
        *_check_text(config.stage),
        _check_sound(config.sound, config.live.band != "off"),
        _check_midi_inputs(config),
        _check_midi_outputs(config),
        _check_realtime_threads(),
        _check_disk(config),
    ]


def _check_model(config: Config) -> PreflightResult:
    try:
        path = model_path(config.style)
        checkpoint = load_model(config.style)
        create_improviser(checkpoint, path)
    except (UnknownStyleError, CheckpointError) as error:
        advice = "choose another with --style or --model, or train one"
        return PreflightResult("model", False, str(error), advice, vital=True)
    sizes = checkpoint.network.sizes
    message = f"{checkpoint.card.title or path.name}: {sizes.layers} layers of {sizes.units} cells"
    return PreflightResult("model", True, message, vital=True)


def _check_display() -> PreflightResult:
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    from visuals.window.presenter import start_display

    advice = "it plays without a window; plug in a screen, or set DISPLAY, for the picture"
    try:
        driver, size = start_display(), pygame.display.get_desktop_sizes()[0]
    except pygame.error as error:
        return PreflightResult("display", False, f"no display ({error})", advice)
    finally:
        pygame.display.quit()
    if driver in HEADLESS_SDL_DRIVERS:
        return PreflightResult("display", False, "no display", advice)
    return PreflightResult("display", True, f"{driver}, {size[0]} by {size[1]}")


def _check_text(stage: StageSettings) -> list[PreflightResult]:
    """A fault if the text cannot be read from where viewers stand; else nothing."""
    from visuals.drawing.typography import illegibility

    fault = illegibility(stage.distance)
    advice = "choose a larger screen, or bring viewers nearer, and correct stage.distance"
    return [PreflightResult("text", False, fault, advice)] if fault else []


def _check_sound(sound: SoundSettings, has_band: bool) -> PreflightResult:
    try:
        for path in instrument_paths(sound, has_band).values():
            SfzInstrument(path, SAMPLE_RATE_HZ)
    except SynthUnavailable as error:
        return PreflightResult(
            "sound", False, str(error), "it plays to MIDI outputs only: --midi-out NAME"
        )
    except InstrumentError as error:
        return PreflightResult("sound", False, str(error), "correct config.toml", vital=True)
    try:
        sink = AudioDeviceSink(SAMPLE_RATE_HZ, sound.device)
    except AudioUnavailable as error:
        advice = "it plays in silence; plug in or switch on a sound card, or use --midi-out NAME"
        return PreflightResult("sound", False, f"no audio device ({error})", advice)
    sink.stop()
    return PreflightResult("sound", True, sink.name)


def _check_midi_inputs(config: Config) -> PreflightResult:
    wanted = config.midi.input
    try:
        names = load_backend().get_input_names()
        chosen = [match_port(name, names, "input") for name in wanted]
        found = ", ".join(chosen or names)
    except (MidiUnavailable, PortError) as error:
        advice = "" if wanted else "computer keys play as well"
        return PreflightResult("MIDI in", False, str(error), advice, vital=bool(wanted))
    if not found:
        return PreflightResult(
            "MIDI in", False, "no keyboard is plugged in", "computer keys play as well"
        )
    return PreflightResult("MIDI in", True, found, vital=bool(wanted))


def _check_midi_outputs(config: Config) -> PreflightResult:
    wanted = config.midi.all_outputs
    if not wanted:
        return PreflightResult("MIDI out", True, "not asked for: the embedded synth plays")
    try:
        names = load_backend().get_output_names()
        found = ", ".join(match_port(name, names, "output") for name in wanted)
    except (MidiUnavailable, PortError) as error:
        return PreflightResult(
            "MIDI out", False, str(error), "correct midi.output or midi.parts", vital=True
        )
    return PreflightResult("MIDI out", True, found, vital=True)


def _check_realtime_threads() -> PreflightResult:
    if is_realtime_permitted():
        return PreflightResult("timing", True, "notes go out before everything else")
    message = "no permission for real-time threads: notes may be some milliseconds late"
    advice = "on Linux, join the group audio, with rtprio 95 in /etc/security/limits.d"
    return PreflightResult("timing", False, message, advice)


def _check_disk(config: Config) -> PreflightResult:
    if not config.recording.enabled:
        return PreflightResult("disk", True, "visits are not recorded")
    folder = Path(config.recording.folder)
    existing = next(parent for parent in (folder, *folder.resolve().parents) if parent.exists())
    try:
        check_output_path(existing / "visit.mid")
    except OutputPathError:
        message = f"visits cannot be recorded in {folder}: it may not be written to"
        advice = "correct recording.folder, or its permissions"
        return PreflightResult("disk", False, message, advice)
    free = shutil.disk_usage(existing).free
    message = f"visits are recorded in {folder}, {free / 1e9:.1f} GB free"
    passed = free > MIN_FREE_DISK_BYTES
    return PreflightResult("disk", passed, message, "" if passed else "make room")
