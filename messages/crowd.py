"""What the audience's phones ask of the piece, and what the stage shows of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the supervisor starts the others before it imports numpy
    from messages.cues import NoteSource


@dataclass(frozen=True, slots=True)
class CrowdSteering:
    """How the crowd moves the music, within the artist's bounds.

    Parameters
    ----------
    temperature_factor : float
        Factor of the sampling temperature; above 0.
    density : float
        Added to the density, nats.
    register : float
        Nats that a key gains for each octave above middle C.
    shares : tuple of float
        Share of each style that the crowd wants; empty for no wish.
    share_weight : float
        Weight of these shares against those of the piece, 0..1.
    """

    temperature_factor: float = 1.0
    density: float = 0.0
    register: float = 0.0
    shares: tuple[float, ...] = ()
    share_weight: float = 0.0


@dataclass(frozen=True, slots=True)
class CrowdLights:
    """The crowd as the stage draws it.

    Parameters
    ----------
    voices : int
        Number of phones that have an opinion.
    centre : tuple of float
        The crowd's mean, which steers: from calm (-1) to wild (1), and from simple to surprising.
    places : tuple of tuple of float
        The same of single phones; not of all in a large crowd.
    """

    voices: int = 0
    centre: tuple[float, float] = (0.0, 0.0)
    places: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class CrowdChange:
    """What the crowd wants.

    Parameters
    ----------
    at : int
        Time from which it counts, ns.
    steering : CrowdSteering
    lights : CrowdLights
    """

    at: int
    steering: CrowdSteering
    lights: CrowdLights


Motif = tuple[tuple[int, float], ...]
"""The first notes of a phrase: pitch, and beats since the first."""


@dataclass(frozen=True, slots=True)
class LikedPhrase:
    """The phrase of a liked duet, to be answered again.

    Parameters
    ----------
    notes : tuple of (int, float, float)
        Of each note the pitch, and onset and duration in beats from a bar line.
    meter : str
        As 6/8.
    tempo : float
        Quarter notes a minute.
    """

    notes: tuple[tuple[int, float, float], ...]
    meter: str
    tempo: float


@dataclass(frozen=True, slots=True)
class LikedMotifs:
    """Phrases of liked duets, the newest first.

    Parameters
    ----------
    motifs : tuple of Motif
        Each with a note at least.
    phrase : LikedPhrase, optional
        The newest one again, as it was played.
    """

    motifs: tuple[Motif, ...] = ()
    phrase: LikedPhrase | None = None


@dataclass(frozen=True, slots=True)
class ReplayedNote:
    """A note of a duet that is played again.

    Parameters
    ----------
    pitch, velocity : int
        MIDI numbers.
    onset, duration : int
        From the beginning of the duet, ns.
    source : NoteSource
        Who played it.
    """

    pitch: int
    velocity: int
    onset: int
    duration: int
    source: NoteSource


@dataclass(frozen=True, slots=True)
class DuetReplay:
    """A duet that its visitor wants to hear and see again on the stage.

    Parameters
    ----------
    notes : tuple of ReplayedNote
        In order of their onsets.
    beat : int
        Length of a quarter note, ns.
    bar_line : int
        Time of a bar line, from the beginning of the duet, ns.
    meter : str
        As 6/8.
    """

    notes: tuple[ReplayedNote, ...]
    beat: int
    bar_line: int
    meter: str


@dataclass(frozen=True, slots=True)
class AudienceCode:
    """A QR code.

    Parameters
    ----------
    kind : str
        What it leads to: "join" (the page), "wifi" or "duet".
    rows : tuple of bytes
        A byte for each module, 1 for a dark one, without the quiet zone.
    caption : str
        What a visitor can type instead.
    """

    kind: str
    rows: tuple[bytes, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class AudienceCodes:
    """The codes that the stage shows, in turns of some seconds.

    Parameters
    ----------
    codes : tuple of AudienceCode
    """

    codes: tuple[AudienceCode, ...] = ()
