"""The staff page with a piece that only answers, asked as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from installation.kiosk.hours_file import HoursFile
from installation.ops.exhibit_status import ProcessHealth
from installation.ops.metrics import MidiStatus, ProcessMetrics, Setting, SoundStatus
from installation.process.control_pipe import HealthReport
from installation.staff_pin import hash_pin
from installation.web.access.login_guard import LoginGuard
from installation.web.access.sessions import SessionStore
from installation.web.event_stream import EventStream
from installation.web.staff.live_picture import LivePicture
from installation.web.staff.piece_link import PieceLink
from installation.web.staff.recordings import RecordingFolder
from installation.web.staff.routes import StaffServices
from installation.web.web_process import create_app
from messages.clock import VirtualClock
from messages.stage_timing import PictureStatus

PIN = "2468"
ORIGIN = "http://localhost"
HEARD = ProcessMetrics(
    1,
    sound=SoundStatus("ALSA audio", peak=0.25, level=0.2),
    midi=MidiStatus(),
    settings={
        "volume": Setting(0.8),
        "silence": Setting(0.0),
        "style": Setting("irish", ("irish",)),
    },
)
SEEN = ProcessMetrics(1, picture=PictureStatus(900, 0.01, 0.08, 1.0, "x11, 640 by 480"))
WELL = {
    "performer": ProcessHealth("well", metrics=HEARD),
    "stage": ProcessHealth("well", metrics=SEEN),
}


@dataclass
class StaffDesk:
    """A page, the piece behind it, and a client in front of it."""

    folder: Path
    clock: VirtualClock = field(default_factory=VirtualClock)
    asked: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        now = self.clock.now
        self.link = PieceLink(self.asked.append, now)
        self.link.handle_message(HealthReport(WELL, 60.0))
        self.services = StaffServices(
            self.link,
            EventStream(),
            LivePicture(""),
            RecordingFolder(self.folder),
            SessionStore(now),
            LoginGuard(now),
            hash_pin(PIN),
            self.folder / "log.txt",
            self.folder,
            HoursFile(self.folder / "opening-hours.txt", ["daily 10:00-18:00"]),
        )
        self.client = self.connect()

    def connect(self, address: str = "192.0.2.7") -> TestClient:
        """Another client, at an address."""
        app = create_app(self.services, {"localhost", "hidden-state.local"})
        return TestClient(
            app, ORIGIN, headers={"Origin": ORIGIN}, client=(address, 4711), follow_redirects=False
        )

    def log_in(self, pin: str = PIN):
        """Give a PIN; returns the answer."""
        return self.client.post("/staff/login", json={"pin": pin})


@pytest.fixture
def desk(tmp_path) -> StaffDesk:
    """A page to which nobody is logged in."""
    return StaffDesk(tmp_path)


@pytest.fixture
def staff(desk) -> TestClient:
    """A client that is logged in."""
    assert desk.log_in().status_code == 200
    return desk.client
