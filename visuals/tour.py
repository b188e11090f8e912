"""Tour: five ideas of the network told in 90 s, for those who only stand and watch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from messages.clock import SECOND
from messages.cues import Turn, TurnChange
from messages.gestures import Gesture, PlayAloneRequest

TOUR_NAME = "tour"  # among the names of the lessons
LINE_S = 5.0  # time for which a line is shown, seconds


class TourFocus(Enum):
    """What a part of the tour shows closely."""

    PICTURE = auto()
    CELLS = auto()  # the cells with the largest hidden states
    CELL = auto()  # one of them
    KEYS = auto()  # the chances over the piano


@dataclass(frozen=True, slots=True)
class TourPart:
    """One idea.

    Parameters
    ----------
    name : str
        Beginning of the keys of its lines among the words, after "tour.".
    scene : str
    focuses : tuple of TourFocus
        What each of its lines shows closely.
    """

    name: str
    scene: str
    focuses: tuple[TourFocus, ...]


_PICTURE, _CELLS, _CELL, _KEYS = TourFocus
TOUR_PARTS = (
    TourPart("intro", "waves", (_PICTURE, _PICTURE)),
    TourPart("hear", "waves", (_PICTURE, _CELLS, _PICTURE)),
    TourPart("memory", "circuit", (_CELL, _PICTURE, _CELL)),
    TourPart("learned", "cortex", (_PICTURE, _PICTURE, _CELL)),
    TourPart("why", "why", (_PICTURE, _PICTURE, _PICTURE)),
    TourPart("chance", "waves", (_PICTURE, _KEYS, _KEYS)),
    TourPart("end", "cortex", (_PICTURE,)),
)
TOUR_S = LINE_S * sum(len(part.focuses) for part in TOUR_PARTS)


@dataclass(frozen=True, slots=True)
class TourMoment:
    """Where the tour is.

    Parameters
    ----------
    part, line : int
        Index of the part, and of its line, from 0.
    age_s : float
        Time since the line began, seconds.
    began_at : int
        When the tour began, ns.
    """

    part: int
    line: int
    age_s: float
    began_at: int = 0

    @property
    def words_key(self) -> str:
        """Key of the line among the words."""
        return f"tour.{TOUR_PARTS[self.part].name}_{self.line + 1}"

    @property
    def scene(self) -> str:
        """Name of the scene that is shown."""
        return TOUR_PARTS[self.part].scene

    @property
    def focus(self) -> TourFocus:
        """What is shown closely."""
        return TOUR_PARTS[self.part].focuses[self.line]

    @property
    def focus_before(self) -> TourFocus:
        """What the line before it showed; the picture before the first line of a part."""
        before = (TourFocus.PICTURE, *TOUR_PARTS[self.part].focuses)
        return before[self.line]


class Tour:
    """Runs the tour; all times are ns.

    Parameters
    ----------
    interval : float
        Seconds without a visitor after which it begins by itself; 0 for never.
    sink : callable
        Takes a gesture; must not block.
    """

    def __init__(self, interval: float, sink: Callable[[Gesture], None]) -> None:
        self._interval_ns, self._sink = round(interval * SECOND), sink
        self._alone_since: int | None = None
        self._began_at: int | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has begun and was not ended."""
        return self._began_at is not None

    def begin(self, now: int) -> None:
        """Begin at the first line; the network is asked to play meanwhile."""
        self._began_at = now
        self._sink(PlayAloneRequest(round(TOUR_S * SECOND), now))

    def end(self, now: int) -> None:
        """End, if it runs; the next one comes after the interval."""
        self._began_at, self._alone_since = None, now

    def is_over(self, now: int, last_input: int, turn: TurnChange) -> bool:
        """Whether it is to end: all is told, or somebody plays or touches."""
        if self._began_at is None:
            return False
        is_played = turn.turn in (Turn.LISTEN, Turn.ANSWER) and turn.due > self._began_at
        return is_played or last_input > self._began_at or self.moment(now) is None

    def is_due(self, now: int, is_alone: bool, last_input: int) -> bool:
        """Whether it is to begin by itself; to be called for each frame.

        `is_alone` is whether nobody plays, `last_input` when a key or the picture was touched.
        """
        if not is_alone or self._alone_since is None:
            self._alone_since = now
        waits_since = max(self._alone_since, last_input)
        is_over = self._interval_ns > 0 and now - waits_since >= self._interval_ns
        return is_over and self._began_at is None

    def moment(self, now: int) -> TourMoment | None:
        """Where it is; None if it does not run or is over."""
        if self._began_at is None:
            return None
        line, age_s = divmod(max(0, now - self._began_at) / SECOND, LINE_S)
        for number, part in enumerate(TOUR_PARTS):
            if line < len(part.focuses):
                return TourMoment(number, int(line), age_s, self._began_at)
            line -= len(part.focuses)
        return None
