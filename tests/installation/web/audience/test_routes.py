from __future__ import annotations

import re

import pytest

from installation.visits.database import read_votes
from installation.visits.duet import Duet
from installation.visits.vote import PLAYERS
from installation.web.audience.ballots import MAX_VOICES_PER_DAY, MAX_VOICES_PER_DUET
from installation.web.audience.rounds import GuessingRound
from installation.web.audience.routes import page_words
from installation.web.audience.voices import REQUESTS_AT_ONCE
from installation.web.static_files import load_static_files
from messages.crowd import DuetReplay
from messages.cues import Turn
from tests.installation.web.audience.conftest import WISH
from visuals.drawing.theme import PITCH_COLOURS

ROOM = "installation.web.audience"


def test_the_page_and_its_files_are_served_with_the_strict_policy(room):
    page = room.phone.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in re.findall(r"/static/([\w.-]+)", page.text):
        assert room.phone.get(f"/static/{name}").status_code == 200
    assert "set-cookie" not in page.headers


@pytest.mark.parametrize(
    "path", ["/staff", "/staff/status", "/staff/control", "/metrics", "/static/staff.js"]
)
def test_nothing_of_the_staff_is_there(room, path):
    assert room.phone.get(path).status_code == 404
    assert room.phone.post(path, json={}).status_code in (404, 405)


def test_a_foreign_name_and_a_foreign_page_are_refused(room):
    assert room.phone.get("/", headers={"Host": "evil.example"}).status_code == 421
    foreign = {"Origin": "http://evil.example"}
    assert room.phone.post("/join", headers=foreign).status_code == 403


@pytest.mark.parametrize(
    "text",
    [
        '{"wildness": NaN, "surprise": 0, "brightness": 0',
        '{"wildness": 1e9, "surprise": 0, "brightness": 0',
        f'{{"wildness": {10**400}, "surprise": 0, "brightness": 0',
        '{"wildness": 0',
    ],
)
def test_sliders_out_of_bounds_are_refused(room, text):
    body = f'{text}, "voice": "{room.join()}"}}'
    headers = {"Content-Type": "application/json"}
    assert room.phone.post("/opinion", content=body, headers=headers).status_code == 400
    assert len(room.desk.crowd) == 0


def test_who_has_not_joined_has_no_voice(room):
    answer = room.phone.post("/opinion", json={"voice": "x" * 32, **WISH})
    assert answer.status_code == 401


def test_joins_of_one_address_are_bounded(room):
    states = [room.phone.post("/join").status_code for _ in range(REQUESTS_AT_ONCE + 1)]
    assert states[-2:] == [200, 429]
    assert room.connect("192.0.2.8").post("/join").status_code == 200


def test_the_page_has_all_its_words(room):
    files = load_static_files(ROOM)
    text = {
        name: file.content.decode() for name, file in files.items() if "text" in file.media_type
    }
    html = text["audience.html"] + text["duet.html"]
    script = text["audience.js"] + text["duet.js"]
    used = set(re.findall(r'data-(?:word|label|low|high)="(\w+)"', html))
    used |= set(re.findall(r'(?:say|tell)\([`"](?:phone\.)?([a-z_]+)[`"]', script))
    for words in page_words().values():
        assert {f"phone.{key}" for key in used} <= words.keys()
    assert room.phone.get("/words.json").json().keys() == page_words().keys()


def test_the_colours_of_notes_are_those_of_the_stage():
    for name in ("audience.js", "duet.js"):
        script = load_static_files(ROOM)[name].content.decode()
        listed = re.search(r"const COLOURS = \[(.*?)\]", script, re.DOTALL)[1]
        assert re.findall(r"#\w+", listed) == [
            "#{:02x}{:02x}{:02x}".format(*c) for c in PITCH_COLOURS
        ]


def test_the_page_names_no_other_machine():
    for name, file in load_static_files(ROOM).items():
        if file.media_type.startswith("text/"):
            assert not re.findall(rb"https?://(?!www\.w3\.org)[\w.-]+", file.content), name


def test_a_phone_whose_clock_is_a_year_off_is_never_asked_for_the_time():
    for name, file in load_static_files(ROOM).items():
        assert not re.findall(rb"Date\.now|new Date\(\)", file.content), name


def offer(room) -> tuple[Duet, int]:
    """A duet that phones may vote on, and its public number."""
    room.take_turn(Turn.LISTEN)
    duet = room.add_duet()
    room.look()
    return duet, 1


def vote(room, number: object, liked: object = True, voice: str | None = None):
    body = {"voice": voice or room.join(), "duet": number, "liked": liked}
    return room.phone.post("/vote", json=body)


def test_a_phone_votes_on_a_duet_once(room):
    _, number = offer(room)
    voice = room.join()
    assert vote(room, number, voice=voice).json() == {"counted": True}
    assert vote(room, number, False, voice).json() == {"counted": False}


def test_a_phone_that_joins_again_and_again_is_a_few_voices_in_a_vote(room):
    _, number = offer(room)
    states = []
    for _ in range(MAX_VOICES_PER_DUET + 4):
        states.append(vote(room, number).status_code)
        room.pass_time(2)  # within the budget of requests
    assert states == [200] * MAX_VOICES_PER_DUET + [429] * 4
    assert len(read_votes(room.folder)) == MAX_VOICES_PER_DUET
    other = room.connect("192.0.2.8")
    body = {"voice": room.join(other), "duet": number, "liked": True}
    assert other.post("/vote", json=body).json() == {"counted": True}


@pytest.mark.parametrize("number", [99, -1, True, None, "1", 1e300, [1]])
def test_a_vote_on_what_is_not_offered_is_refused(room, number):
    offer(room)
    assert vote(room, number).status_code == 404


@pytest.mark.parametrize("liked", [None, 1, "true"])
def test_a_vote_is_yes_or_no(room, liked):
    _, number = offer(room)
    assert vote(room, number, liked).status_code == 400


def test_a_duet_is_taken_home_by_its_address_and_deleted_at_once(room):
    duet, number = offer(room)
    page = room.phone.get(f"/d/{duet.address}")
    assert page.status_code == 200
    assert "sha256-" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert room.phone.delete(f"/d/{duet.address}").status_code == 200
    assert room.phone.get(f"/d/{duet.address}").status_code == 404
    assert vote(room, number).status_code == 404


def test_a_duet_is_played_again_on_the_stage_once_a_minute_and_only_while_nobody_plays(room):
    duet = room.add_duet()
    path = f"/d/{duet.address}/play"
    assert room.phone.post(path).status_code == 200
    (replay,) = room.asked_for(DuetReplay)
    assert [note.pitch for note in replay.notes] == [note.pitch for note in duet.music.notes]
    assert room.phone.post(path).status_code == 429
    room.pass_time(61)
    assert room.phone.post(path).status_code == 200
    room.pass_time(61)
    room.take_turn(Turn.LISTEN)
    assert room.phone.post(path).status_code == 429
    assert room.phone.post(f"/d/{'a' * 22}/play").status_code == 404


def test_a_foreign_page_cannot_delete(room):
    duet, _ = offer(room)
    foreign = {"Origin": "http://evil.example"}
    assert room.phone.delete(f"/d/{duet.address}", headers=foreign).status_code == 403
    assert room.phone.get(f"/d/{duet.address}").status_code == 200


@pytest.mark.parametrize("address", ["a" * 22, "1", "%25", "..%2f..%2fvisits.sqlite", "' OR 1--"])
def test_an_address_that_is_none_leads_to_nobodys_duet(room, address):
    offer(room)
    answer = room.phone.get(f"/d/{address}")
    assert answer.status_code == 404
    assert room.phone.delete(f"/d/{address}").status_code == 404


def test_no_address_of_a_duet_is_told_to_the_phones(room, monkeypatch):
    events = []
    monkeypatch.setattr(room.desk.broadcast, "publish", events.append)
    duet, _ = offer(room)
    room.pass_time(3)
    assert any('"duet":1' in event for event in events)
    assert duet.address not in "".join(events)


@pytest.fixture
def quiz(room):
    """A room with two rounds."""
    notes = ((0.0, 1.0, 60),)
    room.desk.rounds = tuple(
        GuessingRound(truth, truth, "irish", 3, 120.0, notes, notes) for truth in PLAYERS
    )
    return room


def guess(room, number: object, choice: object = "person", voice: str | None = None):
    body = {"voice": voice or room.join(), "round": number, "choice": choice}
    return room.phone.post("/guess", json=body)


def test_a_round_is_drawn_without_its_truth_and_the_guess_is_judged(quiz):
    drawn = quiz.phone.get("/round").json()
    assert "truth" not in drawn and drawn["round"] in (0, 1)
    voice = quiz.join()
    right = guess(quiz, 0, "person", voice).json()
    assert (right["truth"], right["counted"], right["right"], right["guesses"]) == (
        "person",
        True,
        1,
        1,
    )
    assert not guess(quiz, 0, "network", voice).json()["counted"]
    (kept,) = read_votes(quiz.folder)
    assert (kept.style, kept.generation, kept.duet) == ("irish", 3, "person")


def test_guesses_of_an_address_are_judged_and_only_so_many_count(quiz):
    answers = []
    for _ in range(MAX_VOICES_PER_DAY + 2):
        answers.append(guess(quiz, 0).json())
        quiz.pass_time(2)
    assert [each["counted"] for each in answers] == [True] * MAX_VOICES_PER_DAY + [False] * 2
    assert answers[-1]["truth"] == "person"


@pytest.mark.parametrize("number", [2, -1, 1e9, None, "0"])
def test_a_guess_in_a_round_that_is_none_is_refused(quiz, number):
    assert guess(quiz, number).status_code == 404


def test_a_guess_is_person_or_network(quiz):
    assert guess(quiz, 0, ["person"]).status_code == 400


def test_without_rounds_the_page_is_told_so(room):
    assert room.phone.get("/round").status_code == 404


def test_a_phone_answers_the_question_of_the_day(room):
    room.desk.question.ask("Faster?", ["yes", "no"])
    body = {"voice": room.join(), "question": 1, "answer": 1}
    assert room.phone.post("/answer", json=body).status_code == 200
    assert room.desk.question.describe()["counts"] == [0, 1]
    assert room.phone.post("/answer", json=body | {"question": 2}).status_code == 400


def test_answers_of_an_address_are_bounded_whichever_question_they_name(room):
    room.desk.question.ask("Faster?", ["yes", "no"])
    states = []
    for number in range(MAX_VOICES_PER_DAY + 2):
        body = {"voice": room.join(), "question": 1 if number % 2 else 1000 + number, "answer": 0}
        states.append(room.phone.post("/answer", json=body).status_code)
        room.pass_time(2)
    assert states == [400, 200] * (MAX_VOICES_PER_DAY // 2) + [429, 429]
