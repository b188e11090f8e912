"""Computer keys as a piano of two octaves and a bit, by their place on the keyboard.

SDL scancodes (USB HID usage numbers, "Keyboard/Keypad page") say where a key is, whatever letter
the layout puts on it, so the piano lies the same on every keyboard. The home row has the white keys
from middle C, with the black ones in the row above where a piano has them; the row below goes on
downwards in semitones, so that no letter row is silent. The digits are left to the scenes.
"""

from __future__ import annotations

from dataclasses import dataclass

OCTAVE_DOWN_SCANCODE, OCTAVE_UP_SCANCODE = 81, 82
"""Scancodes that shift the piano by an octave."""
MIN_SHIFT_OCTAVES, MAX_SHIFT_OCTAVES = -2, 2
"""How far it may be shifted, in octaves; every key stays on the 88 of a piano."""
COMPUTER_KEY_VELOCITY = 90
"""MIDI velocity of a computer key, which does not know how hard it was hit."""


@dataclass(frozen=True, slots=True)
class PianoKeyMapping:
    """A key of the piano: its scancode, its pitch unshifted, its legend on a QWERTY keyboard."""

    scancode: int
    pitch: int
    legend: str


@dataclass(frozen=True, slots=True)
class PianoKeyChange:
    """A pitch begins or ends."""

    pitch: int
    down: bool
    velocity: int = COMPUTER_KEY_VELOCITY


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

_PITCH_BY_SCANCODE = {place.scancode: place.pitch for place in PIANO_KEY_MAPPINGS}


class ComputerKeyboard:
    """Turns keys going down and up into strokes.

    A key held while the piano is shifted ends the pitch it began. Where two held keys come to be
    one pitch, it begins with the first and ends with the last.
    """

    def __init__(self) -> None:
        self.octave_shift = 0
        self._held_pitches: dict[int, int] = {}  # scancode -> pitch it began

    def press(self, scancode: int) -> PianoKeyChange | None:
        """A key went down; the pitch that begins, if any."""
        if scancode in (OCTAVE_DOWN_SCANCODE, OCTAVE_UP_SCANCODE):
            self._shift_octaves(1 if scancode == OCTAVE_UP_SCANCODE else -1)
            return None
        if scancode not in _PITCH_BY_SCANCODE or scancode in self._held_pitches:
            return None  # no key of the piano; or the system repeats a held one
        pitch = _PITCH_BY_SCANCODE[scancode] + 12 * self.octave_shift
        begins = pitch not in self._held_pitches.values()
        self._held_pitches[scancode] = pitch
        return PianoKeyChange(pitch, down=True) if begins else None

    def release(self, scancode: int) -> PianoKeyChange | None:
        """A key went up; the pitch that ends, if any."""
        pitch = self._held_pitches.pop(scancode, None)
        if pitch is None or pitch in self._held_pitches.values():
            return None
        return PianoKeyChange(pitch, down=False)

    def release_all(self) -> list[PianoKeyChange]:
        """Every held key is let go of, as when the window loses the keyboard."""
        pitches = sorted(set(self._held_pitches.values()))
        self._held_pitches.clear()
        return [PianoKeyChange(pitch, down=False) for pitch in pitches]

    def legends_by_pitch(self) -> dict[int, str]:
        """What is written on the key of each pitch, as the piano is shifted now."""
        return {place.pitch + 12 * self.octave_shift: place.legend for place in PIANO_KEY_MAPPINGS}

    def _shift_octaves(self, octaves: int) -> None:
        self.octave_shift = min(
            MAX_SHIFT_OCTAVES, max(MIN_SHIFT_OCTAVES, self.octave_shift + octaves)
        )
