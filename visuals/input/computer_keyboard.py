"""Computer keys as a piano of two octaves and a bit, by their place on the keyboard.

SDL scancodes (USB HID usage numbers, "Keyboard/Keypad page") say where a key is, whatever letter
the layout puts on it, so the piano lies the same on every keyboard. The home row has the white keys
from middle C, with the black ones in the row above where a piano has them; the row below goes on
downwards in semitones, so that no letter row is silent. The digits are left to the scenes.
"""

from __future__ import annotations

from dataclasses import dataclass

ARROW_DOWN, ARROW_UP = 81, 82
"""Scancodes that shift the piano by an octave."""
LOWEST_SHIFT, HIGHEST_SHIFT = -2, 2
"""How far it may be shifted, in octaves; every key stays on the 88 of a piano."""
VELOCITY = 90
"""MIDI velocity of a computer key, which does not know how hard it was hit."""


@dataclass(frozen=True, slots=True)
class Place:
    """A key of the piano: its scancode, its pitch unshifted, its legend on a QWERTY keyboard."""

    scancode: int
    pitch: int
    legend: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A pitch begins or ends."""

    pitch: int
    down: bool
    velocity: int = VELOCITY


PLACES = (
    Place(29, 50, "Z"),
    Place(27, 51, "X"),
    Place(6, 52, "C"),
    Place(25, 53, "V"),
    Place(5, 54, "B"),
    Place(17, 55, "N"),
    Place(16, 56, "M"),
    Place(54, 57, ","),
    Place(55, 58, "."),
    Place(56, 59, "/"),
    Place(4, 60, "A"),
    Place(26, 61, "W"),
    Place(22, 62, "S"),
    Place(8, 63, "E"),
    Place(7, 64, "D"),
    Place(9, 65, "F"),
    Place(23, 66, "T"),
    Place(10, 67, "G"),
    Place(28, 68, "Y"),
    Place(11, 69, "H"),
    Place(24, 70, "U"),
    Place(13, 71, "J"),
    Place(14, 72, "K"),
    Place(18, 73, "O"),
    Place(15, 74, "L"),
    Place(19, 75, "P"),
    Place(51, 76, ";"),
    Place(52, 77, "'"),
    Place(48, 78, "]"),
)
"""The piano: D3 to B3 on the lowest row, C4 to F sharp 5 on the two above it."""

_PITCH = {place.scancode: place.pitch for place in PLACES}


class ComputerKeys:
    """Turns keys going down and up into strokes.

    A key held while the piano is shifted ends the pitch it began. Where two held keys come to be
    one pitch, it begins with the first and ends with the last.
    """

    def __init__(self) -> None:
        self.shift = 0
        self._held: dict[int, int] = {}  # scancode -> pitch it began

    def press(self, scancode: int) -> Stroke | None:
        """A key went down; the pitch that begins, if any."""
        if scancode in (ARROW_DOWN, ARROW_UP):
            self._move(1 if scancode == ARROW_UP else -1)
            return None
        if scancode not in _PITCH or scancode in self._held:
            return None  # no key of the piano; or the system repeats a held one
        pitch = _PITCH[scancode] + 12 * self.shift
        begins = pitch not in self._held.values()
        self._held[scancode] = pitch
        return Stroke(pitch, down=True) if begins else None

    def release(self, scancode: int) -> Stroke | None:
        """A key went up; the pitch that ends, if any."""
        pitch = self._held.pop(scancode, None)
        if pitch is None or pitch in self._held.values():
            return None
        return Stroke(pitch, down=False)

    def release_all(self) -> list[Stroke]:
        """Every held key is let go of, as when the window loses the keyboard."""
        pitches = sorted(set(self._held.values()))
        self._held.clear()
        return [Stroke(pitch, down=False) for pitch in pitches]

    def legends(self) -> dict[int, str]:
        """What is written on the key of each pitch, as the piano is shifted now."""
        return {place.pitch + 12 * self.shift: place.legend for place in PLACES}

    def _move(self, octaves: int) -> None:
        self.shift = min(HIGHEST_SHIFT, max(LOWEST_SHIFT, self.shift + octaves))
