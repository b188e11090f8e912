from __future__ import annotations

import json

import pytest

from messages.crowd import AudienceCodes, CrowdChange
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
    assert [[code.kind for code in each.codes] for each in sent] == [["wifi", "join"]] * 2
    assert sent[0].codes[1].caption == "10.0.0.2:8081"


def test_without_a_network_nobody_is_asked_to_join(room, heard):
    room.desk.set_addresses([])
    room.pass_time(6)
    assert [code.kind for code in room.asked_for(AudienceCodes)[-1].codes] == ["wifi"]
