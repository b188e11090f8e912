from __future__ import annotations

import json

import pytest

from messages.crowd import AudienceCodes, CrowdChange
from messages.cues import Turn
from tests.installation.web.audience.conftest import WISH


@pytest.fixture
def heard(room, monkeypatch):
    events: list[dict] = []
    monkeypatch.setattr(
        room.desk.broadcast, "publish", lambda data: events.append(json.loads(data))
    )
    return events


def test_phones_hear_something_every_two_seconds(room, heard):
    room.pass_time(6)
    assert len(heard) == 3
    assert heard[0]["styles"] == ["irish", "chorales", "fife"]
    assert list(heard[-1]) == ["t"]


def test_an_opinion_reaches_the_piece_and_the_phones(room, heard):
    voice = room.join()
    assert room.phone.post("/opinion", json={"voice": voice, **WISH}).status_code == 200
    room.pass_time(10)
    change = room.asked_for(CrowdChange)[-1]
    assert change.steering.density > 0
    assert change.lights.places == ((1.0, -0.5),)
    assert heard[-1]["crowd"]["voices"] == 1


def test_an_empty_room_asks_for_nothing(room, heard):
    room.pass_time(10)
    assert room.asked_for(CrowdChange) == []


def test_the_stage_is_told_the_codes_again_and_again(room, heard):
    room.desk.set_addresses(["10.0.0.2"])
    room.pass_time(11)
    sent = room.asked_for(AudienceCodes)
    assert [[code.kind for code in each.codes] for each in sent] == [["wifi", "join"]] * 3
    assert sent[0].codes[1].caption == "10.0.0.2:8081"


def test_without_a_network_nobody_is_asked_to_join(room, heard):
    room.desk.set_addresses([])
    room.pass_time(6)
    assert [code.kind for code in room.asked_for(AudienceCodes)[-1].codes] == ["wifi"]


def codes_shown(room) -> list[str]:
    """Kinds of the codes that the stage was told last."""
    return [code.kind for code in room.asked_for(AudienceCodes)[-1].codes]


def play_duet(room) -> int:
    """A visit in which a duet is played; returns its number."""
    room.desk.set_addresses(["10.0.0.2"])
    room.take_turn(Turn.LISTEN)
    visit = room.add_visit()
    room.add_duet(visit=visit)
    room.look()
    room.pass_time(1)
    return visit


def test_the_duet_of_the_visit_is_offered_and_its_code_comes_first(room, heard):
    play_duet(room)
    assert heard[-1]["duet"] == 1
    assert codes_shown(room)[0] == "duet"


def test_a_minute_after_the_visit_the_code_is_gone(room, heard):
    play_duet(room)
    room.take_turn(Turn.ATTRACT)
    room.pass_time(50)
    assert "duet" in codes_shown(room)
    room.pass_time(15)
    assert "duet" not in codes_shown(room)


def test_the_next_visitor_is_not_shown_the_last_ones_duet(room, heard):
    visit = play_duet(room)
    room.take_turn(Turn.ATTRACT)
    room.end_visit(visit)
    room.take_turn(Turn.LISTEN)
    room.add_visit()
    room.look()
    room.pass_time(1)
    assert "duet" not in codes_shown(room)
