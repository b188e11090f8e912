"""ABC: the core of a plain-text notation for melodies (abc standard 2.1, section 4).

| text           | meaning                                                      |
|----------------|--------------------------------------------------------------|
| `C` to `B`     | the octave from middle C; small letters: the next octave     |
| `^` `,` `'`    | a sharp before the letter; octaves down or up after it       |
| none `2` `3/`  | a length of one eighth, two eighths, one and a half          |
| `/` `2/3`      | half an eighth, two thirds of one                            |
| `z` bar `-`    | a rest; a bar line; a tie to the same key after the bar line |

Each length and each key has one spelling (black keys are sharps), and an accidental applies to its
own note only.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, TICKS_PER_BEAT

EIGHTH_TICKS = TICKS_PER_BEAT // 2  # length spelled without a number, an eighth note, ticks
MAX_LENGTH_TICKS = 16 * EIGHTH_TICKS  # longest length between two bar lines, ticks
CHARACTERS = "\n |-^z/,'0123456789ABCDEFGabcdefgM:"
ABC_NOTE_NAMES = ("C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B")
MIDDLE_OCTAVE = 5  # MIDI octave (number // 12) of the capital letters without marks


def key_text(pitch: int) -> str:
    """Spelling of one of the 88 keys; ValueError for any other pitch."""
    if not LOWEST_PITCH <= pitch <= HIGHEST_PITCH:
        raise ValueError(f"pitch must be in {LOWEST_PITCH}..{HIGHEST_PITCH}, not {pitch}")
    octave, tone = divmod(pitch, 12)
    name = ABC_NOTE_NAMES[tone]
    if octave <= MIDDLE_OCTAVE:
        return name + "," * (MIDDLE_OCTAVE - octave)
    return name.lower() + "'" * (octave - MIDDLE_OCTAVE - 1)


def length_text(ticks: int) -> str:
    """Spelling of a length up to `MAX_LENGTH_TICKS`, else ValueError; empty for an eighth note."""
    if not 1 <= ticks <= MAX_LENGTH_TICKS:
        raise ValueError(f"a length must be in 1..{MAX_LENGTH_TICKS} ticks, not {ticks}")
    eighths = Fraction(ticks, EIGHTH_TICKS)
    above = "" if eighths.numerator == 1 else str(eighths.numerator)
    below = {1: "", 2: "/"}.get(eighths.denominator, f"/{eighths.denominator}")
    return above + below


TICKS_BY_LENGTH_TEXT: Mapping[str, int] = MappingProxyType(
    {length_text(ticks): ticks for ticks in range(1, MAX_LENGTH_TICKS + 1)}
)
"""Length of each spelling, ticks."""
