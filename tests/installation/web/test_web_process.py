from __future__ import annotations

import itertools
import json
import logging
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection
from multiprocessing import Pipe
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from installation.config import Config, RecordingSettings, WebSettings
from installation.ops.service_folder import FOLDER_VARIABLE, LOG_FILE_NAME
from installation.process.control_pipe import (
    ControlPipe,
    HealthReport,
    Heartbeat,
    UnrecoverableFailure,
)
from installation.session.options import PlayOptions
from installation.visits.database import DATABASE_FILE_NAME, Visit, VisitDatabase, read_duets
from installation.visits.duet import Duet, DuetMusic, DuetNote
from installation.web import web_process
from installation.web.audience.desk import AudienceDesk
from installation.web.audience.question import QuestionOfTheDay
from installation.web.audience.rounds import GuessingRound, save_rounds
from installation.web.audience.routes import AudienceRoutes
from installation.web.server import open_socket
from installation.web.static_files import load_static_files
from installation.web.web_process import create_web_role, machine_names, run_web
from messages.cues import NoteSource
from tests.hang_guard import HANG_GUARD_S, wait_until
from tests.installation.web.audience.conftest import PhoneRoom
from tests.installation.web.conftest import WELL


@pytest.fixture
def port():
    with closing(open_socket("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


class WebThread:
    """The web process's work on a thread; the test is its supervisor."""

    def __init__(self, tmp_path, port: int, **settings) -> None:
        self.pipe, theirs = Pipe()
        self.control_pipe = ControlPipe(theirs, SimpleNamespace(ending=False))
        web = WebSettings(host="127.0.0.1", port=port, name="", pin_file=str(tmp_path / "none"))
        config = Config(
            web=web.model_copy(update=settings),
            recording=RecordingSettings(folder=str(tmp_path)),
        )
        self.messages: list[object] = []
        work = (self.control_pipe, PlayOptions(config, seed=1), "", "")
        self.thread = Thread(target=run_web, args=work)
        self.thread.start()

    def received(self, kind: type) -> bool:
        while self.pipe.poll():
            self.messages.append(self.pipe.recv())
        return any(isinstance(message, kind) for message in self.messages)

    def close(self) -> None:
        self.control_pipe.stop.set()
        self.thread.join(HANG_GUARD_S)
        assert not self.thread.is_alive()


@pytest.fixture
def start(tmp_path, monkeypatch):
    for name in ("START_NICENESS", "LOWEST_NICENESS"):  # not of the process that tests
        monkeypatch.setattr(web_process, name, os.nice(0))
    monkeypatch.setattr(web_process, "use_batch_scheduling", lambda: False)
    started: list[WebThread] = []

    def start_web(*arguments, **settings) -> WebThread:
        started.append(WebThread(tmp_path, *arguments, **settings))
        return started[-1]

    yield start_web
    for one in started:
        one.close()


def read_metrics(port: int) -> dict | None:
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/metrics.json", timeout=HANG_GUARD_S
        ) as answer:
            return json.load(answer)
    except OSError:
        return None


def test_it_serves_what_the_supervisor_reports_and_beats(start, port):
    web = start(port)
    web.pipe.send(HealthReport(WELL, 60.0))
    wait_until(lambda: (read_metrics(port) or {}).get("state") == "well")
    wait_until(lambda: web.received(Heartbeat))


def read_log_page(port: int, pin: str) -> list[str]:
    """Log in at the staff page, and read the lines of the log."""
    address = f"http://127.0.0.1:{port}"
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    headers = {"Content-Type": "application/json", "Origin": address}
    content = json.dumps({"pin": pin}).encode()
    login = urllib.request.Request(f"{address}/staff/login", content, headers)
    browser.open(login, timeout=HANG_GUARD_S).close()
    with browser.open(f"{address}/staff/log", timeout=HANG_GUARD_S) as answer:
        return json.load(answer)["lines"]


def test_the_page_of_a_service_shows_its_log(start, port, tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    (tmp_path / LOG_FILE_NAME).write_text("the exhibit opens\n")
    start(port, pin=SecretStr("24680"))
    wait_until(lambda: read_metrics(port) is not None)
    assert read_log_page(port, "24680") == ["the exhibit opens"]


def test_a_port_that_is_taken_is_said_and_tried_again(start, monkeypatch, caplog):
    monkeypatch.setattr(web_process, "RETRY_INTERVAL_S", 0.05)
    with closing(open_socket("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        web = start(port)
        wait_until(lambda: "no staff page at 127.0.0.1" in caplog.text)
        wait_until(lambda: web.received(Heartbeat))
        assert "the staff page is at" not in caplog.text
    wait_until(lambda: read_metrics(port) is not None)
    assert caplog.text.count("no staff page at") == 1


def test_the_audience_has_a_port_of_its_own_without_the_staffs_page(start, port):
    with closing(open_socket("127.0.0.1", 0)) as listening:
        audience_port = listening.getsockname()[1]
    start(port, audience=True, audience_port=audience_port)
    wait_until(lambda: read_metrics(port) is not None)

    def status(path: str) -> int:
        try:
            address = f"http://127.0.0.1:{audience_port}{path}"
            return urllib.request.urlopen(address, timeout=HANG_GUARD_S).status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    wait_until(lambda: status("/") == 200)
    assert status("/staff") == status("/metrics") == 404


def read_event(port: int) -> dict | None:
    """The second event that a phone gets: the first comes with the answer itself."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/events", timeout=HANG_GUARD_S
        ) as stream:
            lines = [line for line in itertools.islice(stream, 4) if line.startswith(b"data: ")]
            return json.loads(lines[1].removeprefix(b"data: "))
    except OSError:
        return None


def test_phones_hear_on_after_an_error_which_is_said_once(start, port, monkeypatch, caplog):
    failures, tick = iter(range(3)), AudienceDesk.tick

    def fail_first(desk: AudienceDesk, styles: Sequence[str]) -> None:
        for number in failures:
            raise LookupError(f"number {number}")
        tick(desk, styles)

    monkeypatch.setattr(AudienceDesk, "tick", fail_first)
    with closing(open_socket("127.0.0.1", 0)) as listening:
        audience_port = listening.getsockname()[1]
    web = start(port, audience=True, audience_port=audience_port)
    wait_until(lambda: (read_event(audience_port) or {}).get("t") is not None)
    said = [message for message in caplog.messages if "LookupError" in message]
    assert said == ["informing the phones failed and is tried again: LookupError: number 0"]
    wait_until(lambda: web.received(Heartbeat))


def test_old_duets_are_deleted_when_the_page_for_phones_is_switched_off(start, port, tmp_path):
    with closing(VisitDatabase(tmp_path, datetime.now().astimezone())) as database:
        visit = database.add(Visit("2001-02-03T04:05:06+00:00"))
        duet = Duet("a" * 22, "2001-02-03T04:05:06+00:00", "irish", 0, DuetMusic(()), visit=visit)
        database.add_duet(duet)
    assert len(read_duets(tmp_path)) == 1
    start(port, audience=False)
    wait_until(lambda: read_duets(tmp_path) == [])


def test_a_piece_without_visits_gets_no_database_from_its_pages(start, port, tmp_path):
    web = start(port, audience=False)
    wait_until(lambda: web.received(Heartbeat))
    web.close()
    assert not (tmp_path / DATABASE_FILE_NAME).exists()


AGENT, PHONE_ADDRESS = "MarkedPhone", "127.94.83.72"
VISIT_DAY = datetime.now().astimezone()


def prepare_piece(folder: Path) -> str:
    """A piece with a duet, a round and a question; returns the duet's address."""
    notes = ((0.0, 1.0, 60),)
    save_rounds(folder / "rounds", [GuessingRound("a", "person", "irish", 0, 120.0, notes, notes)])
    question = QuestionOfTheDay(folder / "question.json")
    question.ask("Faster?", ["yes", "no"])
    question.save()
    began, address = VISIT_DAY.isoformat(), "a" * 22
    played = DuetMusic((DuetNote(60, 80, 0, 100, NoteSource.VISITOR),))
    with closing(VisitDatabase(folder, VISIT_DAY)) as database:
        database.add_duet(
            Duet(address, began, "irish", 0, played, visit=database.add(Visit(began)))
        )
    return address


class MarkedPhone:
    """A phone with an address and an agent string that can be found again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.statuses: dict[tuple[str, str], int] = {}

    def ask(self, method: str, path: str, body: dict | str | None = None) -> dict:
        """Send a request; returns the object of the answer, if it is one."""
        source = (PHONE_ADDRESS, 0)
        with closing(HTTPConnection("127.0.0.1", self._port, 20, source_address=source)) as phone:
            text = body if isinstance(body, str) else json.dumps(body or {})
            headers = {"User-Agent": AGENT, "Content-Type": "application/json"}
            headers["Origin"] = f"http://127.0.0.1:{self._port}"
            phone.request(method, path, text, headers)
            answer = phone.getresponse()
            self.statuses[method, path] = answer.status
            is_object = answer.headers["content-type"] == "application/json"
            return json.loads(answer.read()) if is_object else {}

    def ask_all(self, duet: str) -> None:
        """Use every route, well and wrongly."""
        voice = self.ask("POST", "/join")["voice"]
        own = {"voice": voice, "wildness": 1, "surprise": 0, "brightness": 0}
        vote = {"voice": voice, "duet": 1, "liked": True}
        guess = {"voice": voice, "round": 0, "choice": "person"}
        answer = {"voice": voice, "question": 1, "answer": 0}
        told = {"/opinion": own, "/vote": vote, "/guess": guess, "/answer": answer}
        for path, body in told.items():
            for wrong in ("", "{", {"voice": "nobody"}, {"voice": voice}, body):
                self.ask("POST", path, wrong)
        for path in ("/", "/words.json", "/round", "/events", "/static/audience.js", "/nothing"):
            self.ask("GET", path)
        for path in (f"/d/{duet}", "/d/none"):
            self.ask("GET", path)
            self.ask("POST", f"{path}/play")
            self.ask("DELETE", path)


def test_no_address_and_no_agent_string_of_a_phone_is_written_anywhere(
    start, port, tmp_path, caplog
):
    caplog.set_level(logging.DEBUG)
    duet = prepare_piece(tmp_path)
    with closing(open_socket("127.0.0.1", 0)) as listening:
        audience_port = listening.getsockname()[1]
    settings = {"audience_port": audience_port, "rounds": str(tmp_path / "rounds")}
    web = start(port, audience=True, **settings)
    wait_until(lambda: read_event(audience_port) is not None)
    phone = MarkedPhone(audience_port)
    phone.ask_all(duet)
    web.close()

    room, files = PhoneRoom(tmp_path), load_static_files("installation.web.audience")
    routes = AudienceRoutes(room.desk, files).routes()
    room.duets.close()
    asked = {path.replace(duet, "{address}") for _, path in phone.statuses}
    assert {route.path for route in routes} <= asked
    wanted = {"/opinion": 200, "/guess": 200, "/answer": 200, "/vote": 404}
    assert {path: phone.statuses["POST", path] for path in wanted} == wanted
    assert phone.statuses["DELETE", f"/d/{duet}"] == 200
    written = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    written += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*.*")]
    assert any("counts" in text for text in written)  # the question is in a file
    for text in written:
        assert AGENT not in text and PHONE_ADDRESS not in text


def test_a_weak_pin_ends_the_page_with_its_reason(start, port):
    web = start(port, pin=SecretStr("7"))
    wait_until(lambda: web.received(UnrecoverableFailure))
    assert "a PIN has 4" in web.messages[-1].reason


def test_a_missing_library_ends_the_page_with_advice(start, port, monkeypatch):
    monkeypatch.setitem(sys.modules, "starlette.responses", None)
    monkeypatch.delitem(sys.modules, "installation.web.event_stream", raising=False)
    web = start(port)
    wait_until(lambda: web.received(UnrecoverableFailure))
    assert "hidden-state[web]" in web.messages[-1].reason


def test_its_role_is_not_vital_and_has_no_spare():
    role = create_web_role(PlayOptions(Config(), seed=1), "cues", "pictures", 0)
    assert (role.vital, role.has_spare, role.is_watcher) == (False, False, True)


def test_the_machine_is_asked_by_its_names():
    assert {"localhost", "piano", "piano.local"} <= machine_names(WebSettings(name="piano"))


def test_a_process_that_stands_back_already_stays_there(monkeypatch):
    asked = []
    monkeypatch.setattr(web_process.os, "nice", lambda step: asked.append(step) or 15)
    web_process.lower_priority(10)
    assert asked == [0, 0]
