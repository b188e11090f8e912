"""Computer keys as a two-octave piano, by their place on the keyboard.

SDL scancodes (USB HID usage numbers, "Keyboard/Keypad page") say where a key is, whatever letter
the layout puts on it, so the piano lies the same on every keyboard. Two rows make an octave and
more: white keys from `Z` with black ones above them, and again from `Q`, where the digits are the
black keys. Digits therefore choose scenes only with Ctrl or Alt held; that is the stage's business.
"""

from __future__ import annotations

from dataclasses import dataclass

ARROW_DOWN, ARROW_UP = 81, 82
"""Scancodes that shift the piano by an octave."""
LOWEST_SHIFT, HIGHEST_SHIFT = -3, 1
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
    Place(100, 59, "<"),  # between Shift and Z on ISO keyboards only
    Place(29, 60, "Z"),
    Place(22, 61, "S"),
    Place(27, 62, "X"),
    Place(7, 63, "D"),
    Place(6, 64, "C"),
    Place(25, 65, "V"),
    Place(10, 66, "G"),
    Place(5, 67, "B"),
    Place(11, 68, "H"),
    Place(17, 69, "N"),
    Place(13, 70, "J"),
    Place(16, 71, "M"),
    Place(54, 72, ","),
    Place(15, 73, "L"),
    Place(55, 74, "."),
    Place(51, 75, ";"),
    Place(56, 76, "/"),
    Place(20, 72, "Q"),
    Place(31, 73, "2"),
    Place(26, 74, "W"),
    Place(32, 75, "3"),
    Place(8, 76, "E"),
    Place(21, 77, "R"),
    Place(34, 78, "5"),
    Place(23, 79, "T"),
    Place(35, 80, "6"),
    Place(28, 81, "Y"),
    Place(36, 82, "7"),
    Place(24, 83, "U"),
    Place(12, 84, "I"),
    Place(38, 85, "9"),
    Place(18, 86, "O"),
    Place(39, 87, "0"),
    Place(19, 88, "P"),
    Place(47, 89, "["),
    Place(46, 90, "="),
    Place(48, 91, "]"),
)
"""The piano: C4 to E5 on the lower two rows, C5 to G6 on the upper two."""

_PITCH = {place.scancode: place.pitch for place in PLACES}


class ComputerKeys:
    """Turns keys going down and up into strokes.

    A key held while the piano is shifted ends the pitch it began. Where two keys are one pitch, the
    pitch begins with the first and ends with the last.
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
