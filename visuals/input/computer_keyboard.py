"""Computer keyboard: its letter keys as a piano of two octaves and a half, by scancode.

SDL scancodes (USB HID usage numbers, "Keyboard/Keypad page") name the place of a key, so the piano
lies the same on every keyboard layout. The home row has the white keys from middle C, and the row
above has the black keys where a piano has them. The row below goes on downwards in semitones. The
digits are left to the scenes.
"""

from __future__ import annotations

from dataclasses import dataclass

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


PIANO_KEY_MAPPINGS = (
    PianoKeyMapping(29, 50, "Z"),
    PianoKeyMapping(27, 51, "X"),
    PianoKeyMapping(6, 52, "C"),
    PianoKeyMapping(25, 53, "V"),
    PianoKeyMapping(5, 54, "B"),
    PianoKeyMapping(17, 55, "N"),
    PianoKeyMapping(16, 56, "M"),
    PianoKeyMapping(54, 57, ","),
    PianoKeyMapping(55, 58, "."),
    PianoKeyMapping(56, 59, "/"),
    PianoKeyMapping(4, 60, "A"),
    PianoKeyMapping(26, 61, "W"),
    PianoKeyMapping(22, 62, "S"),
    PianoKeyMapping(8, 63, "E"),
    PianoKeyMapping(7, 64, "D"),
    PianoKeyMapping(9, 65, "F"),
    PianoKeyMapping(23, 66, "T"),
    PianoKeyMapping(10, 67, "G"),
    PianoKeyMapping(28, 68, "Y"),
    PianoKeyMapping(11, 69, "H"),
    PianoKeyMapping(24, 70, "U"),
    PianoKeyMapping(13, 71, "J"),
    PianoKeyMapping(14, 72, "K"),
    PianoKeyMapping(18, 73, "O"),
    PianoKeyMapping(15, 74, "L"),
    PianoKeyMapping(19, 75, "P"),
    PianoKeyMapping(51, 76, ";"),
    PianoKeyMapping(52, 77, "'"),
    PianoKeyMapping(48, 78, "]"),
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
        return {place.pitch + 12 * self.octave_shift: place.legend for place in PIANO_KEY_MAPPINGS}
