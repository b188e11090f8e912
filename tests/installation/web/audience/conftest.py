"""The audience's page with a piece that only listens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from installation.config import CrowdSettings, WebSettings
from installation.ops.wall_clock import DummyWallClock
from installation.visits.database import Visit, VisitDatabase
from installation.visits.duet import (
    Duet,
    DuetMusic,
    DuetNote,
    NoteReason,
    ResponsiveUnit,
    create_duet_address,
)
from installation.web.audience.desk import AudienceDesk
from installation.web.audience.duet_store import DuetStore
from installation.web.audience.note_feed import NoteFeed
from installation.web.audience.question import QuestionOfTheDay
from installation.web.web_process import create_audience_app
from messages.clock import SECOND, VirtualClock
from messages.cues import NoteSource, StageMessage, Turn, TurnChange

ORIGIN = "http://localhost"
STYLES = ("irish", "chorales", "fife")
WISH = {"wildness": 1.0, "surprise": -0.5, "brightness": 0.25, "styles": [0.0, 1.0, 0.0]}


BEGAN = datetime(2031, 5, 6, 14, 30, tzinfo=UTC)
NOTES = (
    DuetNote(60, 80, 0, 400, NoteSource.VISITOR),
    DuetNote(67, 90, 500, 400, NoteSource.NETWORK),
)


@dataclass
class PhoneRoom:
    """A desk, what the piece tells it and what it asks, and phones in front of it."""

    folder: Path
    clock: VirtualClock = field(default_factory=VirtualClock)
    told: list[StageMessage] = field(default_factory=list)
    asked: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = WebSettings(audience=True, wifi="Piece")
        self.day = DummyWallClock(BEGAN + timedelta(minutes=1))
        self.duets = DuetStore(self.folder, settings.keep_days, self.day, self.clock)
        feed = NoteFeed(self._read)
        self.desk = AudienceDesk(
            settings,
            CrowdSettings(),
            feed,
            self.asked.append,
            self.clock.now,
            self.duets,
            QuestionOfTheDay(self.folder / "question.json"),
        )
        self.phone = self.connect()

    def _read(self) -> list[StageMessage]:
        messages, self.told = self.told, []
        return messages

    def connect(self, address: str = "192.0.2.7") -> TestClient:
        """Another phone, at an address."""
        app = create_audience_app(self.desk, {"localhost"})
        return TestClient(app, ORIGIN, headers={"Origin": ORIGIN}, client=(address, 4711))

    def join(self, phone: TestClient | None = None) -> str:
        """The voice of a phone."""
        return (phone or self.phone).post("/join").json()["voice"]

    def pass_time(self, seconds: float) -> None:
        """Let the desk work for some seconds."""
        for _ in range(round(4 * seconds)):
            self.clock.sleep(SECOND // 4)
            self.desk.tick(STYLES)

    def look(self) -> None:
        """Let the desk look for a duet."""
        asyncio.run(self.desk.offers.look())

    def take_turn(self, turn: Turn) -> None:
        """Have the piece tell of a turn, and the desk learn of it."""
        self.look()
        self.told.append(TurnChange(self.clock.now(), turn))
        self.pass_time(1)

    def add_visit(self, began: datetime = BEGAN) -> int:
        """Write a visit that goes on, as the performer does; returns its number."""
        recording = f"{began:%Y-%m-%d}/visit.mid"
        (self.folder / recording).parent.mkdir(exist_ok=True)
        (self.folder / recording).write_bytes(b"notes")
        with closing(VisitDatabase(self.folder, began)) as database:
            return database.add(Visit(began.isoformat(), recording=recording))

    def end_visit(self, number: int, began: datetime = BEGAN) -> None:
        """Write that a visit is over."""
        with closing(VisitDatabase(self.folder, began)) as database:
            database.update(number, Visit(began.isoformat(), began.isoformat()))

    def add_duet(
        self,
        notes: Sequence[DuetNote] = NOTES,
        began: datetime = BEGAN,
        visit: int | None = None,
        is_over: bool = True,
        units: tuple[ResponsiveUnit, ...] = (ResponsiveUnit(1, 7, 0.4),),
    ) -> Duet:
        """Write a duet of a visit, or of one of its own, as the performer does."""
        number = self.add_visit(began) if visit is None else visit
        reasons, music = (NoteReason(1, 0, 1.5),), DuetMusic(tuple(notes))
        address, text = create_duet_address(), began.isoformat()
        duet = Duet(address, text, "irish", 2, music, is_over, reasons, units, number)
        with closing(VisitDatabase(self.folder, began)) as database:
            database.add_duet(duet)
        return duet

    def asked_for(self, kind: type) -> list:
        """What was asked of the piece, of one kind."""
        return [one for one in self.asked if isinstance(one, kind)]


@pytest.fixture
def room(tmp_path) -> Iterator[PhoneRoom]:
    made = PhoneRoom(tmp_path)
    yield made
    made.duets.close()
