"""The preflight check: whether this machine can play the piece, and what to do if not."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from installation.config import Config, LogSettings, SoundSettings, StageSettings
from installation.io.audio.instruments import InstrumentError, SfzInstrument, SynthUnavailable
from installation.io.audio.sinks import AudioDeviceSink, AudioUnavailable
from installation.io.audio.synth import SAMPLE_RATE_HZ
from installation.io.control.osc import OscUnavailable, check_osc
from installation.io.control.tempo_source import AbletonLinkUnavailable, check_link
from installation.io.midi.backend import MidiUnavailable, PortError, load_backend, match_port
from installation.ops.exhibit_status import MIN_FREE_DISK_BYTES
from installation.ops.logging_setup import LogFileError, check_log_file
from installation.session.chosen_instruments import instrument_paths
from installation.session.live_session import create_composer, create_improviser
from installation.session.model_loading import load_model, model_path
from installation.session.options import OutputPathError, check_output_path
from installation.staff_pin import PinError, load_pin_hash
from installation.state_out.state_outputs import SacnUnavailable, check_sacn
from installation.state_out.state_sender import check_sources
from installation.state_out.state_sources import StateSourceError
from installation.thread_priority import is_realtime_permitted
from rnn.model.checkpoint import Checkpoint, CheckpointError
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
        *_check_model(config),
        *_check_libraries(config),
        *_check_stage(config.stage),
        *_check_pin(config),
        *_check_log(config.log),
        _check_display(),
        *_check_text(config.stage),
        _check_sound(config.sound, config.live.band != "off"),
        _check_midi_inputs(config),
        _check_midi_outputs(config),
        _check_realtime_threads(),
        _check_disk(config),
    ]


def _check_model(config: Config) -> list[PreflightResult]:
    """The model, and a fault of what is to blend with it or to be read from it."""
    try:
        path = model_path(config.style)
        checkpoint = load_model(config.style)
        create_improviser(checkpoint, path)
    except (UnknownStyleError, CheckpointError) as error:
        advice = "choose another with --style or --model, or train one"
        return [PreflightResult("model", False, str(error), advice, vital=True)]
    sizes = checkpoint.network.sizes
    message = f"{checkpoint.card.title or path.name}: {sizes.layers} layers of {sizes.units} cells"
    model = PreflightResult("model", True, message, vital=True)
    return [model, *_check_uses(config, checkpoint)]


def _check_uses(config: Config, checkpoint: Checkpoint) -> list[PreflightResult]:
    """A fault if other styles cannot blend with a model, or if it lacks a unit that is sent."""
    try:
        composer = create_composer(config.style, checkpoint)
        check_sources(config.out, composer.layers, composer.units)
    except (UnknownStyleError, CheckpointError) as error:
        return [PreflightResult("blend", False, str(error), "correct style.blend", vital=True)]
    except StateSourceError as error:
        advice = "correct that [[out]] in config.toml"
        return [PreflightResult("out", False, str(error), advice, vital=True)]
    return []


def _check_libraries(config: Config) -> list[PreflightResult]:
    """A fault for each library that the settings ask for and that is not installed."""
    has_osc = config.osc.listen or config.osc.send or any(one.osc for one in config.out)
    asked = (
        ("OSC", has_osc, check_osc),
        ("sACN", any(one.sacn for one in config.out), check_sacn),
        ("Link", config.live.tempo_from == "link", check_link),
    )
    faults = []
    for subject, is_asked, check in asked:
        try:
            if is_asked:
                check()
        except (OscUnavailable, SacnUnavailable, AbletonLinkUnavailable) as error:
            advice = "install it, or leave it out of config.toml"
            faults.append(PreflightResult(subject, False, str(error), advice, vital=True))
    return faults


def _check_stage(stage: StageSettings) -> list[PreflightResult]:
    """A fault if there is no such scene, language or lesson; else nothing."""
    from installation.session.stage_factory import (
        UnknownLanguageError,
        UnknownSceneError,
        check_stage_settings,
    )

    try:
        check_stage_settings(stage)
    except (UnknownLanguageError, UnknownSceneError) as error:
        advice = "correct [stage] in config.toml"
        return [PreflightResult("stage", False, str(error), advice, vital=True)]
    return []


def _check_pin(config: Config) -> list[PreflightResult]:
    """A fault if the staff's PIN is needed and cannot be used; else nothing.

    The staff page is not served without it; a kiosk plays, but the keys of the staff stay locked.
    """
    needs_pin = config.kiosk.enabled and not config.kiosk.pin
    try:
        if config.web.enabled or needs_pin:
            load_pin_hash(config.web)
    except PinError as error:
        advice = "choose another with `hidden-state web pin`"
        return [PreflightResult("PIN", False, str(error), advice, vital=config.web.enabled)]
    return []


def _check_log(settings: LogSettings) -> list[PreflightResult]:
    """A fault if the log file cannot be written; else nothing."""
    try:
        check_log_file(settings)
    except LogFileError as error:
        advice = "correct log.file, or its permissions"
        return [PreflightResult("log", False, str(error), advice, vital=True)]
    return []


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
