"""Songs: a few well-known tunes in the public domain."""

from __future__ import annotations

from midi_data.notes import Note, Tune

_FRERE_JACQUES = (
    2 * "C4:1 D4:1 E4:1 C4:1 "
    + 2 * "E4:1 F4:1 G4:2 "
    + 2 * "G4:.5 A4:.5 G4:.5 F4:.5 E4:1 C4:1 "
    + 2 * "C4:1 G3:1 C4:2 "
)
_JOY = "E4:1 E4:1 F4:1 G4:1 G4:1 F4:1 E4:1 D4:1 C4:1 C4:1 D4:1 E4:1 "
_ODE_TO_JOY = _JOY + "E4:1.5 D4:.5 D4:2 " + _JOY + "D4:1.5 C4:.5 C4:2 "
_AH_VOUS_DIRAI_JE = (
    "C4:1 C4:1 G4:1 G4:1 A4:1 A4:1 G4:2 F4:1 F4:1 E4:1 E4:1 D4:1 D4:1 C4:2 "
    + 2 * "G4:1 G4:1 F4:1 F4:1 E4:1 E4:1 D4:2 "
)
_TONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def frere_jacques() -> Tune:
    """The French round, 18th century or older: 32 notes, 8 bars."""
    return Tune(parse_notes(_FRERE_JACQUES), name="Frère Jacques")


def ode_to_joy() -> Tune:
    """The theme of Beethoven's Ninth Symphony, 1824: 30 notes, 8 bars."""
    return Tune(parse_notes(_ODE_TO_JOY), name="Ode to Joy")


def ah_vous_dirai_je() -> Tune:
    """The first 28 notes, 8 bars, of a French tune printed in 1761."""
    return Tune(parse_notes(_AH_VOUS_DIRAI_JE), name="Ah ! vous dirai-je, maman")


def parse_notes(text: str) -> tuple[Note, ...]:
    """Consecutive notes, each written as ``C4:1.5``: name, octave and beats."""
    notes, onset = [], 0.0
    for word in text.split():
        name, _, length = word.partition(":")
        if len(name) != 2 or name[0] not in _TONES or not name[1].isdigit():
            raise ValueError(f"a note is written as C4:1, not {word!r}")
        pitch = 12 * (int(name[1]) + 1) + _TONES[name[0]]
        notes.append(Note(pitch, onset, float(length)))
        onset += float(length)
    return tuple(notes)
