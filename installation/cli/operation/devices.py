"""`hidden-state devices`: the sound devices, MIDI ports and display of this machine."""

from __future__ import annotations

import os

from rich.console import Console

from installation.io.audio.sinks import AudioUnavailable, device_names
from installation.io.midi.backend import MidiUnavailable, load_backend


def devices() -> None:
    """List sound devices, MIDI ports and the display driver."""
    console = Console(highlight=False, soft_wrap=True)
    for title, describe in (
        ("Sound", _describe_audio_devices),
        ("MIDI", _describe_midi_ports),
        ("Display", _describe_display),
    ):
        console.print(title, style="bold")
        for line in describe():
            console.print(f"  {line}", markup=False)


def _describe_audio_devices() -> list[str]:
    try:
        found = device_names()
    except AudioUnavailable as error:
        return [str(error)]
    lines = [f"{backend}: {name}" for backend, names in found.items() for name in names]
    return lines or ["no device: the embedded synth will be silent"]


def _describe_midi_ports() -> list[str]:
    try:
        backend = load_backend()
    except MidiUnavailable as error:
        return [str(error)]
    lines = [f"in:  {name}" for name in backend.get_input_names() or ["none"]]
    return lines + [f"out: {name}" for name in backend.get_output_names() or ["none"]]


def _describe_display() -> list[str]:
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    from visuals.window.presenter import start_display

    try:
        driver = start_display()
    except pygame.error as error:
        return [f"none ({error}): the instrument will play without a picture"]
    try:
        sizes = pygame.display.get_desktop_sizes()
    finally:
        pygame.display.quit()
    if driver in ("offscreen", "dummy"):  # SDL's silent choice where there is no screen
        return [f"none (SDL driver {driver}): the instrument will play without a picture"]
    return [f"{driver}: {', '.join(f'{width} x {height}' for width, height in sizes)}"]
