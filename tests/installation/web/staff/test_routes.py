"""The staff page's routes; the rows of the security table in docs/reliability.md are here."""

from __future__ import annotations

import errno
import io
import json
import logging
import os
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installation.io.control.control_messages import ControlMessage
from installation.web.access.login_guard import FREE_TRIES
from installation.web.audience.question import QuestionOfTheDay
from installation.web.staff.family_tree import FamilyTree
from messages.clock import SECOND
from rnn.evolution.generation import Generation
from rnn.evolution.generation_store import GenerationStore
from rnn.model.checkpoint import load_checkpoint
from tests.installation.web.conftest import ORIGIN, PIN, StaffDesk

READING = (
    "/staff/status",
    "/staff/events",
    "/staff/picture.jpg",
    "/staff/log",
    "/staff/visits",
    "/staff/hours",
    "/staff/generations",
    "/staff/recordings",
    "/staff/recordings/2026-11-28/10-00-00.mid",
    "/metrics",
    "/metrics.json",
)


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "2026-11-28" / "10-00-00.mid"
    path.parent.mkdir()
    path.write_bytes(b"MThd")
    return path


@pytest.mark.parametrize("path", READING)
def test_nothing_is_read_without_a_session(desk, recording, path):
    assert desk.client.get(path).status_code == 401


def test_nothing_is_changed_without_a_session(desk, recording):
    answers = (
        desk.client.post("/staff/control", json={"name": "silence", "values": [1]}),
        desk.client.delete("/staff/recordings/2026-11-28/10-00-00.mid"),
        desk.client.post("/staff/hours", json={"rules": []}),
        desk.client.post("/staff/generations", json={"number": 0}),
        desk.client.post("/staff/logout"),
    )
    assert {answer.status_code for answer in answers} == {401}
    assert recording.exists()
    assert desk.asked == []


def test_the_page_itself_is_open(desk):
    assert desk.client.get("/").headers["location"] == "/staff"
    assert "Hidden State" in desk.client.get("/staff").text


def test_the_staff_sees_and_steers(desk, staff):
    assert staff.get("/staff/status").json()["sentence"] == "Visitors can see and hear it."
    assert staff.post("/staff/control", json={"name": "silence", "values": [1]}).status_code == 200
    assert desk.asked == [ControlMessage("silence", (1,), desk.clock.now())]


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": "volume", "values": [9]},
        {"name": "x", "values": []},
        {"name": 1},
        {},
        [],
        "x",
    ],
)
def test_a_control_that_is_none_is_refused_with_a_reason(desk, staff, wanted):
    answer = staff.post("/staff/control", json=wanted)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert desk.asked == []


def test_controls_are_bounded(staff):
    wanted = {"name": "quiet", "values": [1]}
    codes = [staff.post("/staff/control", json=wanted).status_code for _ in range(12)]
    assert codes[-1] == 429


def test_a_recording_is_downloaded_and_deleted(staff, recording):
    (listed,) = staff.get("/staff/recordings").json()["recordings"]
    path = f"/staff/recordings/{listed['day']}/{listed['name']}"
    answer = staff.get(path)
    assert answer.content == b"MThd"
    assert "attachment" in answer.headers["content-disposition"]
    assert staff.delete(path).status_code == 200
    assert staff.get(path).status_code == 404
    assert not recording.exists()


def test_the_metrics_are_for_this_machine_and_for_the_staff(desk, staff):
    assert b"hidden_state_well 1.0" in staff.get("/metrics").content
    local = desk.connect("127.0.0.1")
    assert local.get("/metrics").headers["content-type"].startswith("application/openmetrics-text")
    assert local.get("/metrics.json").json()["state"] == "well"


def test_without_a_pin_nobody_logs_in(tmp_path):
    desk = StaffDesk(tmp_path)
    desk.services = replace(desk.services, pin_hash=None)
    desk.client = desk.connect()
    answer = desk.log_in("")
    assert answer.status_code == 403
    assert "hidden-state web pin" in answer.json()["error"]


def test_a_stage_without_a_picture_is_said(staff):
    assert staff.get("/staff/picture.jpg").status_code == 404


# Security


@pytest.mark.parametrize(
    "path",
    [
        "/static/../config.py",
        "/static/%2e%2e/config.py",
        "/static/..%2f..%2fconfig.py",
        "/static/%5c..%5cconfig.py",
        "/staff/recordings/..%2f..%2fetc/passwd",
        "/staff/recordings/../log.txt",
        "/staff/recordings/%2e%2e/log.txt",
        "/staff/recordings/2026-11-28/..%2f..%2flog.txt",
        "/staff/recordings/2026-11-28/%00.mid",
        "//etc/passwd",
    ],
)
def test_path_traversal(desk, staff, path):
    (desk.folder / "log.txt").write_text("secret")
    answer = staff.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text
    assert staff.delete(path).status_code in (404, 405)
    assert (desk.folder / "log.txt").exists()


def test_host_header(staff):
    assert staff.get("/staff/status", headers={"Host": "evil.example"}).status_code == 421
    assert staff.get("/staff/status", headers={"Host": "hidden-state.local"}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:81"])
def test_cross_site_post(desk, staff, origin):
    wanted = {"name": "silence", "values": [1]}
    answer = staff.post("/staff/control", json=wanted, headers={"Origin": origin})
    assert answer.status_code == 403
    form = {"Content-Type": "text/plain"}  # what a form of another site can send
    assert staff.post("/staff/control", content="{}", headers=form).status_code == 415
    assert desk.asked == []


def test_the_cookie_is_for_this_site_and_no_script(desk):
    cookie = SimpleCookie(desk.log_in().headers["set-cookie"])["staff"]
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "strict"
    assert cookie["path"] == "/"


def test_session_fixation(desk):
    planted = "planted-by-somebody-else"
    desk.client.cookies.set("staff", planted)
    assert desk.log_in().status_code == 200
    first = desk.client.cookies.get("staff", domain="localhost.local")
    thief = desk.connect("192.0.2.66")
    thief.cookies.set("staff", planted)
    assert thief.get("/staff/status").status_code == 401
    assert first != planted


def test_a_session_ends_with_the_logout(desk, staff):
    token = next(cookie.value for cookie in staff.cookies.jar)
    assert staff.post("/staff/logout").status_code == 200
    thief = desk.connect("192.0.2.66")
    thief.cookies.set("staff", token)
    assert thief.get("/staff/status").status_code == 401


def test_brute_force(desk):
    for _ in range(FREE_TRIES):
        assert desk.log_in("1357").status_code == 403
    assert desk.log_in().status_code == 429  # the right one, too
    desk.clock.sleep(31 * SECOND)
    assert desk.log_in().status_code == 200


def test_oversized_bodies(desk, staff):
    answer = staff.post("/staff/control", content=b"x" * 100_000)
    assert answer.status_code == 413
    nested = b"[" * 4000
    headers = {"Content-Type": "application/json"}
    assert staff.post("/staff/control", content=nested, headers=headers).status_code == 400


def test_unicode_names(desk, staff):
    name = "ñandú 🎹 ‮dim.mid"
    for each in ("ñandú 🎹.mid", name):
        path = desk.folder / "2026-11-28" / each
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"MThd")
    (listed,) = staff.get("/staff/recordings").json()["recordings"]  # not what turns the text round
    assert listed["name"] == "ñandú 🎹.mid"
    answer = staff.get(f"/staff/recordings/{listed['day']}/{listed['name']}")
    assert answer.content == b"MThd"
    assert answer.headers["content-disposition"].isascii()


def test_secrets_in_logs(desk, caplog):
    with caplog.at_level(logging.DEBUG):
        desk.log_in("1357-wrong")
        desk.log_in()
        token = next(cookie.value for cookie in desk.client.cookies.jar)
        desk.client.post("/staff/control", content=b"\xff", headers={"Origin": ORIGIN})
        desk.client.get("/staff/status")
    ours = "".join(record.getMessage() for record in caplog.records if "httpx" not in record.name)
    assert "1357-wrong" not in ours and token not in ours and PIN not in ours


# Whatever is asked, the answer is no failure of the page

METHODS = st.sampled_from(["GET", "HEAD", "POST", "DELETE", "PUT", "OPTIONS"])
PATHS = st.one_of(
    st.sampled_from([*READING[2:], "/", "/staff", "/staff/status", "/staff/control"]),
    st.sampled_from(["/staff/login", "/staff/logout", "/static/staff.css"]),
    st.text(max_size=30).map(lambda text: "/staff/recordings/" + text),
    st.text(max_size=30).map(lambda text: "/" + text),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
CONTROLS = st.fixed_dictionaries(
    {"name": st.sampled_from(["volume", "style", "restart", "sound_check"]) | JSON, "values": JSON}
)
BODIES = st.binary(max_size=200) | (JSON | CONTROLS).map(lambda value: json.dumps(value).encode())
HEADERS = st.dictionaries(
    st.sampled_from(["Cookie", "Content-Type", "If-None-Match", "Sec-Fetch-Site", "Range"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40).map(
        lambda text: text.encode("latin-1")
    ),
    max_size=3,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(METHODS, PATHS, BODIES, HEADERS, st.booleans())
def test_every_endpoint_answers_whatever_is_asked(desk, method, path, body, headers, is_json):
    desk.clock.sleep(SECOND)
    desk.client.cookies.set("staff", desk.services.sessions.create())
    kind = {"Content-Type": "application/json"} if is_json else {}
    path = quote(path.encode("utf-8", "replace"), safe="/.")
    if path != "/staff/events":  # it goes on for ever
        answer = desk.client.request(method, ORIGIN + path, content=body, headers=kind | headers)
        assert answer.status_code < 500


def test_hours_are_read_set_and_set_back(staff):
    assert staff.get("/staff/hours").json() == {"rules": ["daily 10:00-18:00"]}
    answer = staff.post("/staff/hours", json={"rules": ["sat 11:00-13:00"]})
    assert answer.status_code == 200 and answer.json() == {"rules": ["sat 11:00-13:00"]}
    staff.post("/staff/hours", json={"rules": None})
    assert staff.get("/staff/hours").json() == {"rules": ["daily 10:00-18:00"]}


@pytest.mark.parametrize("rules", ["daily 10:00-18:00", [7], ["daily 18:00-10:00"], {"a": 1}])
def test_hours_that_cannot_hold_are_refused_with_what_is_accepted(staff, rules):
    answer = staff.post("/staff/hours", json={"rules": rules})
    assert answer.status_code == 400
    assert "expected" in answer.json()["error"] or "accepted" in answer.json()["error"]
    assert staff.get("/staff/hours").json() == {"rules": ["daily 10:00-18:00"]}


class FailingFile(io.FileIO):
    """A file on a disk that fails in the middle of it."""

    error = errno.EIO

    def read(self, size: int = -1) -> bytes:
        super().read(1)
        raise OSError(self.error, os.strerror(self.error))

    def write(self, content: bytes) -> int:
        super().write(content[: len(content) // 2])
        raise OSError(self.error, os.strerror(self.error))


class FullFile(FailingFile):
    """A file on a disk that is full before its end."""

    error = errno.ENOSPC


def test_a_disk_that_fails_in_the_middle_of_a_download_is_said(staff, recording, monkeypatch):
    whole = f"/staff/recordings/{recording.parent.name}/{recording.name}"
    with monkeypatch.context() as failing:
        failing.setattr(Path, "open", FailingFile)
        answer = staff.get(whole)
    assert (answer.status_code, answer.json()) == (503, {"error": "the disk does not give it"})
    assert "Content-Disposition" not in answer.headers
    assert staff.get(whole).content == b"MThd"


@pytest.mark.parametrize("disk", [FailingFile, FullFile])
def test_hours_that_the_disk_does_not_take_leave_the_old_ones_and_no_file(
    desk, staff, monkeypatch, disk
):
    staff.post("/staff/hours", json={"rules": ["daily 11:00-19:00"]})
    before = sorted(desk.folder.iterdir())
    with monkeypatch.context() as failing:
        failing.setattr(os, "fdopen", disk)
        answer = staff.post("/staff/hours", json={"rules": ["daily 12:00-20:00"]})
    assert (answer.status_code, answer.json()) == (503, {"error": "the disk does not take it"})
    assert staff.get("/staff/hours").json() == {"rules": ["daily 11:00-19:00"]}
    assert sorted(desk.folder.iterdir()) == before


def test_the_staff_asks_the_phones_a_question(desk, tmp_path):
    question = QuestionOfTheDay(tmp_path / "question.json")
    desk.services = replace(desk.services, question=question)
    desk.client = desk.connect()
    body = {"text": "Faster?", "answers": ["yes", "no"]}
    assert desk.client.post("/staff/question", json=body).status_code == 401
    desk.log_in()
    assert desk.client.post("/staff/question", json=body).json()["counts"] == [0, 0]
    assert desk.client.post("/staff/question", json={"text": "x"}).status_code == 400
    assert desk.client.get("/staff/question").json()["text"] == "Faster?"


def test_without_a_page_for_phones_there_is_no_question(staff):
    assert staff.get("/staff/question").status_code == 404


def test_the_staff_goes_back_to_a_generation(desk, tmp_path, model):
    store = GenerationStore(tmp_path / "generations", model.stem, model)
    store.add(Generation(0, 0, model.stem), load_checkpoint(model))
    desk.services = replace(desk.services, family=FamilyTree(lambda: store, tmp_path))
    desk.client = desk.connect()
    desk.log_in()
    assert desk.client.get("/staff/generations").json()["current"] == 1
    told = desk.client.post("/staff/generations", json={"style": model.stem, "number": 0})
    assert told.json()["current"] == 0 and store.current_number == 0
    wrong = desk.client.post("/staff/generations", json={"style": model.stem, "number": 5})
    assert wrong.status_code == 409 and "generation 5" in wrong.json()["error"]
    wrong = desk.client.post("/staff/generations", json={"style": "other", "number": 0})
    assert wrong.status_code == 409 and "plays now" in wrong.json()["error"]
    for number in (-1, 1.5, "1", True, None):
        told = desk.client.post("/staff/generations", json={"number": number})
        assert told.status_code == 400, number


def test_a_style_that_does_not_evolve_has_no_family(staff):
    told = staff.get("/staff/generations")
    assert told.status_code == 404 and "evolution.enabled" in told.json()["error"]
