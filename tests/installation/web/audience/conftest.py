"""The audience's page with a piece that only listens."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from starlette.testclient import TestClient

from installation.config import CrowdSettings, WebSettings
from installation.web.audience.desk import AudienceDesk
from installation.web.audience.note_feed import NoteFeed
from installation.web.web_process import create_audience_app
from messages.clock import SECOND, VirtualClock
from messages.cues import StageMessage

ORIGIN = "http://localhost"
STYLES = ("irish", "chorales", "fife")
WISH = {"wildness": 1.0, "surprise": -0.5, "brightness": 0.25, "styles": [0.0, 1.0, 0.0]}


@dataclass
class PhoneRoom:
    """A desk, what the piece tells it and what it asks, and phones in front of it."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    told: list[StageMessage] = field(default_factory=list)
    asked: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = WebSettings(audience=True, wifi="Piece")
        feed = NoteFeed(self._read)
        self.desk = AudienceDesk(settings, CrowdSettings(), feed, self.asked.append, self.clock.now)
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

    def asked_for(self, kind: type) -> list:
        """What was asked of the piece, of one kind."""
        return [one for one in self.asked if isinstance(one, kind)]


@pytest.fixture
def room() -> PhoneRoom:
    return PhoneRoom()
