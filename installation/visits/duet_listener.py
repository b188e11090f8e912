"""Duet listener: cuts what is played in a visit into duets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from installation.engine.player import SIMULTANEITY_NS
from installation.visits.duet import (
    MAX_DUET_NOTES,
    Duet,
    DuetMusic,
    DuetNote,
    NoteReason,
    ResponsiveUnit,
    create_duet_address,
)
from installation.visits.duet_player import DuetPlayer, DuetPlayerFollower, join_players
from messages.clock import MILLISECOND
from messages.cues import (
    HIDDEN_INDEX,
    ComparedVersion,
    NoteAttribution,
    NoteCue,
    NoteSource,
    RhythmBelief,
    StageMessage,
    Turn,
    TurnChange,
    UnitComparison,
)
from messages.timed_note import TimedNote
from midi_data.notes import Meter, fold_pitch

NS_PER_US = 1000
REASONS_PER_NOTE = 3  # strongest causes that are kept of each note
KEPT_UNITS = 5  # units kept of each duet
DUET_SOURCES = (NoteSource.VISITOR, NoteSource.NETWORK)
UnitSums = dict[NoteSource, NDArray[np.float32]]
CueName = tuple[NoteSource, int, int]
"""Source, due time (ns) and pitch on the 88 keys."""


@dataclass(slots=True)
class OpenDuet:
    """A duet that goes on, from `start` (ns) until `end`, once it is known."""

    start: int
    began: str
    address: str = field(default_factory=create_duet_address)
    end: int | None = None
    is_submitted: bool = False
    has_ghost: bool = False
    players: set[DuetPlayer] = field(default_factory=set)
    notes: list[TimedNote] = field(default_factory=list)
    belief: RhythmBelief | None = None
    cues: dict[int, CueName] = field(default_factory=dict)
    attributions: dict[int, NoteAttribution] = field(default_factory=dict)
    unit_sums: UnitSums = field(default_factory=dict)
    cue_counts: dict[NoteSource, int] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether the visitor has played, and then the network."""
        visitor = [note.due for note in self.notes if note.source is NoteSource.VISITOR]
        network = [note.due for note in self.notes if note.source is NoteSource.NETWORK]
        return bool(visitor and network) and max(network) > min(visitor)

    def add_cue(self, cue: NoteCue) -> None:
        """Keep the name of a note's cue, and sum up its activations."""
        if len(self.cues) >= MAX_DUET_NOTES:
            return
        hidden = np.abs(cue.activations[:, HIDDEN_INDEX])
        total = self.unit_sums.get(cue.source)
        if total is None or total.shape != hidden.shape:  # another network
            self.unit_sums[cue.source], self.cue_counts[cue.source] = hidden, 1
        else:
            self.unit_sums[cue.source] = total + hidden
            self.cue_counts[cue.source] += 1
        self.cues[cue.serial] = (cue.source, cue.due, cue.pitch)

    def copy(self) -> OpenDuet:
        """A copy that another thread may read."""
        return replace(
            self,
            players=self.players.copy(),
            notes=self.notes.copy(),
            cues=self.cues.copy(),
            attributions=self.attributions.copy(),
            unit_sums=self.unit_sums.copy(),
            cue_counts=self.cue_counts.copy(),
        )


class DuetListener:
    """Cuts a visit into duets: a visitor's phrase with its answer, up to the next phrase.

    In the modes without turns, a whole visit is one duet.

    Parameters
    ----------
    follower : DuetPlayerFollower
        Knows which network answers.
    """

    def __init__(self, follower: DuetPlayerFollower) -> None:
        self._follower = follower
        self._duets: list[OpenDuet] = []
        self._is_comparing = False

    def begin_visit(self, at: int, began: str) -> None:
        """Begin the first duet of a visit at the time `at`, ns; `began` is its local time."""
        self._duets, self._is_comparing = [OpenDuet(at, began)], False

    def close(self, at: int) -> None:
        """End the last duet at the time `at`, ns."""
        for duet in self._duets[-1:]:
            duet.end = at

    def end_visit(self) -> None:
        """Forget the visit."""
        self._duets = []

    def record_note(self, note: TimedNote) -> None:
        """Add a note to its duet; of a ghost's it is only known that there were some."""
        if note.source not in (*DUET_SOURCES, NoteSource.GHOST):
            return
        # an answer's notes that sound with a duet's first key belong to the music before it
        margin = 0 if note.source is NoteSource.VISITOR else SIMULTANEITY_NS
        for duet in reversed(self._duets):
            if note.due >= duet.start + margin:
                if note.source is NoteSource.GHOST:
                    duet.has_ghost = True
                elif len(duet.notes) < MAX_DUET_NOTES:
                    duet.notes.append(note)
                    duet.is_submitted = False
                return

    def handle_message(self, message: StageMessage, now: Callable[[], str]) -> None:
        """Learn of networks, beats, reasons and turns; `now` gives the local time."""
        self._follower.handle_message(message)
        if not self._duets:
            return
        duet = self._duets[-1]
        match message:
            case UnitComparison(version=version):
                self._is_comparing = version is not ComparedVersion.NONE
            case NoteCue() if message.source in DUET_SOURCES and not self._is_comparing:
                duet.add_cue(message)
                if message.source is NoteSource.NETWORK:
                    duet.players.add(self._follower.player)
            case RhythmBelief(is_phrase_over=True):
                duet.belief = message
            case NoteAttribution(serial) if serial in duet.cues:
                duet.attributions[serial] = message
            case TurnChange(due, turn) if turn is not Turn.ANSWER and duet.belief is not None:
                duet.end = due
                self._duets.append(OpenDuet(due, now()))

    def take_changed(self) -> list[OpenDuet]:
        """Copies of the duets with both sides that have grown since the last call."""
        changed = [duet for duet in self._duets if duet.is_whole and not duet.is_submitted]
        for duet in changed:
            duet.is_submitted = duet.end is not None
            if not duet.players:  # no cue of the answer came since the duet began
                duet.players.add(self._follower.player)
        return [duet.copy() for duet in changed]

    def settle(self) -> None:
        """Forget what was taken, and join phrases without an answer with the following ones.

        To be called when all notes due before now have been recorded.
        """
        waiting = [duet for duet in self._duets if not duet.is_submitted]
        for first, second in pairwise(waiting):
            if not first.is_whole:
                second.start, second.began = first.start, first.began
                second.notes = first.notes + second.notes
                second.cues = first.cues | second.cues
                second.has_ghost = first.has_ghost or second.has_ghost
        self._duets = [duet for duet in waiting if duet.is_whole or duet is waiting[-1]]


def build_duet(duet: OpenDuet) -> Duet:
    """What is known of a duet, as it is kept.

    Parameters
    ----------
    duet : OpenDuet

    Returns
    -------
    Duet
    """
    player = join_players(duet.players)
    first = min(note.due for note in duet.notes if note.source is NoteSource.VISITOR)
    played = sorted(
        (note for note in duet.notes if note.due >= first), key=lambda note: (note.due, note.pitch)
    )
    notes = tuple(
        DuetNote(
            note.pitch,
            note.velocity,
            (note.due - duet.start) // MILLISECOND,
            max(1, (note.end - note.due) // MILLISECOND),
            note.source,
        )
        for note in played
    )
    music = DuetMusic(notes, has_ghost=duet.has_ghost)
    if (belief := duet.belief) is not None:
        bar_line = round((belief.bar_line - duet.start) / MILLISECOND)
        beat, meter = belief.beat_ns // NS_PER_US, Meter.parse(belief.meter)
        music = replace(music, beat_us=beat, bar_line_ms=bar_line, meter=meter)
    return Duet(
        duet.address,
        duet.began,
        player.style,
        player.generation,
        music,
        duet.end is not None,
        tuple(_reasons(duet, played)),
        _responsive_units(duet),
    )


def _reasons(duet: OpenDuet, played: list[TimedNote]) -> list[NoteReason]:
    """The strongest causes of each note, by the indices of both."""
    places = {
        (note.source, note.due, fold_pitch(note.pitch)): index for index, note in enumerate(played)
    }
    indices = {serial: places.get(name) for serial, name in duet.cues.items()}
    reasons = []
    for serial, attribution in duet.attributions.items():
        note = indices[serial]
        if note is None:
            continue  # it was withdrawn
        for place in np.argsort(-attribution.contributions, kind="stable")[:REASONS_PER_NOTE]:
            cause = indices.get(int(attribution.cause_serials[place]))
            nats = float(attribution.contributions[place])
            if cause is not None and nats > 0:
                reasons.append(NoteReason(note, cause, round(nats, 3)))
    return reasons


def _responsive_units(duet: OpenDuet) -> tuple[ResponsiveUnit, ...]:
    """The units whose mean magnitude is larger for the visitor's notes by most."""
    if set(duet.unit_sums) != set(DUET_SOURCES):
        return ()
    visitor, network = (duet.unit_sums[source] / duet.cue_counts[source] for source in DUET_SOURCES)
    if visitor.shape != network.shape:
        return ()
    difference = visitor - network
    best = np.argsort(-difference, axis=None, kind="stable")[:KEPT_UNITS]
    places = zip(*np.unravel_index(best, difference.shape), strict=True)
    return tuple(
        ResponsiveUnit(int(layer), int(unit), round(float(difference[layer, unit]), 3))
        for layer, unit in places
    )
