"""ABC: the core of the plain-text notation folk musicians share (abc standard 2.1, section 4).

One melody line. A note is `^` for a sharp, a letter (capitals from middle C, small ones an octave
higher), `,` or `'` for octaves further down or up, then its length in eighths: nothing for one,
`2`, `3/` for one and a half, `/` for a half, `2/3` for two thirds. `z` is a rest, `|` a bar line,
`-` ties a note to its other half across one. Each length and each key has exactly one spelling here
(black keys are sharps), and an accidental counts for its own note only.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, TICKS_PER_BEAT

EIGHTH_TICKS = TICKS_PER_BEAT // 2
"""Ticks of a length that needs no number: an eighth note."""
MAX_LENGTH_TICKS = 16 * EIGHTH_TICKS
"""Longest length between two bar lines, ticks."""
CHARACTERS = "\n |-^z/,'0123456789ABCDEFGabcdefgM:"
ABC_NOTE_NAMES = ("C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B")
MIDDLE_OCTAVE = 5
"""Octave, counted as MIDI numbers over 12, whose letters are capitals without marks."""


def key_text(pitch: int) -> str:
    """How a key is spelled.

    Raises
    ------
    ValueError
        If it is none of the 88.
    """
    if not LOWEST_PITCH <= pitch <= HIGHEST_PITCH:
        raise ValueError(f"pitch must be in {LOWEST_PITCH}..{HIGHEST_PITCH}, not {pitch}")
    octave, tone = divmod(pitch, 12)
    name = ABC_NOTE_NAMES[tone]
    if octave <= MIDDLE_OCTAVE:
        return name + "," * (MIDDLE_OCTAVE - octave)
    return name.lower() + "'" * (octave - MIDDLE_OCTAVE - 1)


def length_text(ticks: int) -> str:
    """How a length is spelled; nothing for an eighth note.

    Raises
    ------
    ValueError
        If it is not in 1..LONGEST.
    """
    if not 1 <= ticks <= MAX_LENGTH_TICKS:
        raise ValueError(f"a length must be in 1..{MAX_LENGTH_TICKS} ticks, not {ticks}")
    eighths = Fraction(ticks, EIGHTH_TICKS)
    above = "" if eighths.numerator == 1 else str(eighths.numerator)
    below = {1: "", 2: "/"}.get(eighths.denominator, f"/{eighths.denominator}")
    return above + below


TICKS_BY_LENGTH_TEXT: Mapping[str, int] = MappingProxyType(
    {length_text(ticks): ticks for ticks in range(1, MAX_LENGTH_TICKS + 1)}
)
"""Ticks, by spelling."""


def format_abc_file(text: str, title: str = "", tempo: float = 120.0) -> str:
    """A text of the character codec as a file other programs read.

    Parameters
    ----------
    text : str
        Meter, then the tune, as `CharacterCodec.text` gives it.
    tempo : float
        Quarter notes a minute.
    """
    meter, _, tune = text.partition("\n")
    head = f"%abc-2.1\n%%propagate-accidentals not\nX:1\nT:{title or 'Untitled'}\n"
    return f"{head}{meter}\nL:1/8\nQ:1/4={tempo:.0f}\nK:C\n{tune.strip()} |]\n"
