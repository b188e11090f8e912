"""Computer keyboard: its letter keys as a piano of two octaves and a half, by scancode.

SDL scancodes (USB HID usage numbers, "Keyboard/Keypad page") name the place of a key, so the piano
lies the same on every keyboard layout. The home row has the white keys from middle C, and the row
above has the black keys where a piano has them. The row below goes on downwards in semitones. The
digits are left to the scenes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pygame

from messages.gestures import KeyEvent

OCTAVE_DOWN_SCANCODE, OCTAVE_UP_SCANCODE = 78, 75
"""Scancodes of Page Down and Page Up, which shift the piano by an octave."""
MIN_SHIFT_OCTAVES, MAX_SHIFT_OCTAVES = -2, 2
"""Bounds of the shift, octaves; every key stays on the 88 of a piano."""


@dataclass(frozen=True, slots=True)
class PianoKeyMapping:
    """A computer key: its scancode, its unshifted pitch, its legend on a QWERTY keyboard."""

    scancode: int
    pitch: int
    legend: str


_SCANCODE_MASK = 1 << 30  # SDL sets this bit in keycodes of keys without a character
_LOWEST_PITCH = 50
_LEGENDS = "ZXCVBNM,./" + "AWSEDFTGYHUJKOLP;']"
_LOWER_SCANCODES = (29, 27, 6, 25, 5, 17, 16, 54, 55, 56)
_UPPER_SCANCODES = (4, 26, 22, 8, 7, 9, 23, 10, 28, 11, 24, 13, 14, 18, 15, 19, 51, 52, 48)
PIANO_KEY_MAPPINGS = tuple(
    PianoKeyMapping(scancode, pitch, legend)
    for pitch, (scancode, legend) in enumerate(
        zip(_LOWER_SCANCODES + _UPPER_SCANCODES, _LEGENDS, strict=True), _LOWEST_PITCH
    )
)
"""The piano: D3 to B3 on the lowest row, C4 to F sharp 5 on the two above it."""

_OCTAVES_BY_SCANCODE = {OCTAVE_DOWN_SCANCODE: -1, OCTAVE_UP_SCANCODE: 1}
_PITCH_BY_SCANCODE = {place.scancode: place.pitch for place in PIANO_KEY_MAPPINGS}


class ComputerKeyboard:
    """Turns computer keys into key events of the piano.

    A key that is held while the piano is shifted ends the pitch that it began. Two held keys of the
    same pitch begin it with the first press and end it with the last release.
    """

    def __init__(self) -> None:
        self.octave_shift = 0
        self._legends = {place.scancode: place.legend for place in PIANO_KEY_MAPPINGS}
        self._held_pitches: dict[int, int] = {}  # scancode -> pitch it began

    def press(self, scancode: int, at: int) -> KeyEvent | None:
        """The pitch that a key begins at time `at` (ns), if any."""
        if scancode in _OCTAVES_BY_SCANCODE:
            shift = self.octave_shift + _OCTAVES_BY_SCANCODE[scancode]
            self.octave_shift = min(MAX_SHIFT_OCTAVES, max(MIN_SHIFT_OCTAVES, shift))
            return None
        if scancode not in _PITCH_BY_SCANCODE or scancode in self._held_pitches:
            return None  # not a piano key, or the system repeats a held one
        pitch = _PITCH_BY_SCANCODE[scancode] + 12 * self.octave_shift
        begins = pitch not in self._held_pitches.values()
        self._held_pitches[scancode] = pitch
        return KeyEvent(pitch, True, at) if begins else None

    def release(self, scancode: int, at: int) -> KeyEvent | None:
        """The pitch that a key ends at time `at` (ns), if any."""
        pitch = self._held_pitches.pop(scancode, None)
        if pitch is None or pitch in self._held_pitches.values():
            return None
        return KeyEvent(pitch, False, at)

    def release_all(self, at: int) -> list[KeyEvent]:
        """Release every held key, as when the window loses the keyboard at time `at` (ns)."""
        pitches = sorted(set(self._held_pitches.values()))
        self._held_pitches.clear()
        return [KeyEvent(pitch, False, at) for pitch in pitches]

    def legends_by_pitch(self) -> dict[int, str]:
        """The legend of each pitch, as the piano is shifted now."""
        return {
            place.pitch + 12 * self.octave_shift: self._legends[place.scancode]
            for place in PIANO_KEY_MAPPINGS
        }

    def use_layout(self, keycode_of: Callable[[int], int] | None) -> None:
        """Take the legends from a keyboard layout: the SDL keycode of each scancode, if known."""
        self._legends = legends_of(keycode_of)


def legends_of(keycode_of: Callable[[int], int] | None) -> Mapping[int, str]:
    """Legend of each key of the piano in a keyboard layout, by scancode.

    A key without a character in that layout, or a layout that is not known, has QWERTY's legend.
    """
    legends = {place.scancode: place.legend for place in PIANO_KEY_MAPPINGS}
    for scancode in legends if keycode_of is not None else ():
        code = keycode_of(scancode)
        if 0 < code < _SCANCODE_MASK and chr(code).isprintable() and not chr(code).isspace():
            legends[scancode] = chr(code).upper()[:1]
    return legends


def system_layout() -> Callable[[int], int] | None:
    """SDL's keycode of a scancode in the layout in use; None where SDL cannot be asked.

    pygame does not pass this function on, so it is looked up in the SDL that pygame has loaded.
    """
    try:
        lookup = ctypes.CDLL(pygame.key.__file__).SDL_GetKeyFromScancode
    except (AttributeError, OSError):
        return None
    lookup.restype, lookup.argtypes = ctypes.c_int32, [ctypes.c_int]
    return lookup
