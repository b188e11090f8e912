"""Fitness: whether this machine can play the piece, and what to do where it cannot."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from installation.config import Config
from installation.io.audio.instruments import DEFAULTS, SfzInstrument, SynthUnavailable
from installation.io.audio.sinks import AudioUnavailable, DeviceSink
from installation.io.audio.synth import RATE
from installation.io.midi.backend import MidiUnavailable, PortError, load_backend, match_port
from installation.session.live_session import improviser_of, model_path, open_model
from installation.session.options import OutputPathError, check_output
from installation.thread_priority import may_hurry
from rnn.model.checkpoint import CheckpointError
from rnn.styles import UnknownStyleError

UNSEEN = ("offscreen", "dummy")
"""What SDL draws on where there is no display, without saying so."""
ENOUGH_ROOM = 200_000_000
"""Free bytes below which recordings are at risk: some weeks of visits."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one thing.

    Parameters
    ----------
    subject : str
    fit : bool
    words : str
        What it is, or what is wrong with it.
    advice : str
        What to do, if anything.
    vital : bool
        Whether the piece cannot be played unless this is fit.
    """

    subject: str
    fit: bool
    words: str
    advice: str = ""
    vital: bool = False


def examine(config: Config) -> list[Finding]:
    """Look at everything the piece needs, as the settings have it."""
    return [
        _model(config),
        _display(),
        _sound(),
        _midi_in(config),
        _midi_out(config),
        _timing(),
        _disk(config),
    ]


def _model(config: Config) -> Finding:
    try:
        path = model_path(config.style)
        checkpoint = open_model(config.style)
        improviser_of(checkpoint, path)
    except (UnknownStyleError, CheckpointError) as error:
        advice = "choose another with --style or --model, or train one"
        return Finding("model", False, str(error), advice, vital=True)
    sizes = checkpoint.network.sizes
    words = f"{checkpoint.card.title or path.name}: {sizes.layers} layers of {sizes.units} cells"
    return Finding("model", True, words, vital=True)


def _display() -> Finding:
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    from visuals.window.presenter import start_display

    advice = "it plays without a window; plug in a screen, or set DISPLAY, for the picture"
    try:
        driver, size = start_display(), pygame.display.get_desktop_sizes()[0]
    except pygame.error as error:
        return Finding("display", False, f"no display ({error})", advice)
    finally:
        pygame.display.quit()
    if driver in UNSEEN:
        return Finding("display", False, "no display", advice)
    return Finding("display", True, f"{driver}, {size[0]} by {size[1]}")


def _sound() -> Finding:
    try:
        for path in DEFAULTS.values():
            SfzInstrument(path, RATE)
    except SynthUnavailable as error:
        return Finding("sound", False, str(error), "it plays to MIDI outputs only: --midi-out NAME")
    try:
        sink = DeviceSink(RATE)
    except AudioUnavailable as error:
        advice = "it plays in silence; plug in or switch on a sound card, or use --midi-out NAME"
        return Finding("sound", False, f"no audio device ({error})", advice)
    sink.stop()
    return Finding("sound", True, sink.name)


def _midi_in(config: Config) -> Finding:
    wanted = config.midi.input
    try:
        names = load_backend().get_input_names()
        chosen = [match_port(name, names, "input") for name in wanted]
        found = ", ".join(chosen or names)
    except (MidiUnavailable, PortError) as error:
        advice = "" if wanted else "computer keys play as well"
        return Finding("MIDI in", False, str(error), advice, vital=bool(wanted))
    if not found:
        return Finding("MIDI in", False, "no keyboard is plugged in", "computer keys play as well")
    return Finding("MIDI in", True, found, vital=bool(wanted))


def _midi_out(config: Config) -> Finding:
    wanted = config.midi.output
    if not wanted:
        return Finding("MIDI out", True, "not asked for: the embedded synth plays")
    try:
        names = load_backend().get_output_names()
        found = ", ".join(match_port(name, names, "output") for name in wanted)
    except (MidiUnavailable, PortError) as error:
        return Finding("MIDI out", False, str(error), "correct midi.output", vital=True)
    return Finding("MIDI out", True, found, vital=True)


def _timing() -> Finding:
    if may_hurry():
        return Finding("timing", True, "notes go out before everything else")
    words = "no permission for real-time threads: notes may be some milliseconds late"
    advice = "on Linux, join the group audio, with rtprio 95 in /etc/security/limits.d"
    return Finding("timing", False, words, advice)


def _disk(config: Config) -> Finding:
    if not config.recording.enabled:
        return Finding("disk", True, "visits are not recorded")
    folder = Path(config.recording.folder)
    there = next(parent for parent in (folder, *folder.resolve().parents) if parent.exists())
    try:
        check_output(there / "visit.mid")
    except OutputPathError:
        words = f"visits cannot be recorded in {folder}: it may not be written to"
        return Finding("disk", False, words, "correct recording.folder, or its permissions")
    free = shutil.disk_usage(there).free
    words = f"visits are recorded in {folder}, {free / 1e9:.1f} GB free"
    return Finding("disk", free > ENOUGH_ROOM, words, "" if free > ENOUGH_ROOM else "make room")
