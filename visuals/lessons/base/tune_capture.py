"""Tune capture: the notes a visitor plays while the lessons are open, and just before."""

from __future__ import annotations

from messages.clock import SECOND
from messages.cues import NoteSource, Turn
from messages.timed_note import TimedNote
from midi_data.beat_tracking import transcribe
from midi_data.notes import Tune
from rnn.teaching.tune_learner import MIN_NOTES, TuneTooShortError, fit_tune_to_learn
from visuals.timeline import Timeline, is_replayed

MAX_CAPTURED_NOTES = 600  # most notes kept, the latest ones
TUNE_GAP_NS = 4 * SECOND  # shortest silence between two tunes, ns


class TuneCapture:
    """Notes that a visitor played, and the last tune among them."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all notes."""
        self._notes: dict[tuple[int, int], TimedNote] = {}  # by `latest_key`, which counts up
        self._capture_start: int | None = None

    def capture_new_notes(self, timeline: Timeline, time: int) -> bool:
        """Add this visitor's notes due by `time`, ns; returns whether there are new ones."""
        if self._capture_start is None:
            # a visitor at play keeps what was played before; the timeline forgets old notes
            in_attract_mode = timeline.turn(time).turn is Turn.ATTRACT
            self._capture_start = time if in_attract_mode else 0
        latest = self.latest_key
        for timed in timeline.cues:
            cue = timed.cue
            is_own = cue.source is NoteSource.VISITOR and not is_replayed(cue)
            if is_own and self._capture_start <= cue.due <= time:
                end = max(timed.end_at(time), cue.due + 1)
                note = TimedNote(cue.pitch, cue.velocity, cue.due, end)
                self._notes[cue.due, cue.serial] = note
        while len(self._notes) > MAX_CAPTURED_NOTES:
            del self._notes[min(self._notes)]
        return self.latest_key > latest

    @property
    def latest_key(self) -> tuple[int, int]:
        """Due time (ns) and serial number of the last note; -1 before the first.

        Serial numbers alone begin again with every performer.
        """
        return max(self._notes, default=(-1, -1))

    @property
    def note_count(self) -> int:
        """Number of notes kept."""
        return len(self._notes)

    @property
    def last_tune_notes(self) -> list[TimedNote]:
        """Notes of the last tune with at least `MIN_NOTES`; tunes are separated by silences."""
        tunes: list[list[TimedNote]] = [[]]
        end = 0
        for _, note in sorted(self._notes.items()):
            if tunes[-1] and note.due - end > TUNE_GAP_NS:
                tunes.append([])
            tunes[-1].append(note)
            end = max(end, note.end)
        return next((tune for tune in reversed(tunes) if len(tune) >= MIN_NOTES), [])

    def last_tune(self, name: str) -> Tune | None:
        """The last tune, transcribed and named, as it can be learned; None if it is too short."""
        played = self.last_tune_notes
        if not played:
            return None
        try:
            return fit_tune_to_learn(transcribe(played, name))
        except TuneTooShortError:
            return None
