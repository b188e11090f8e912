"""`messages.crowd` holds what travels only: its use is tested where it is sent and read."""

from __future__ import annotations

import pickle

from messages.crowd import AudienceCode, AudienceCodes, CrowdChange, CrowdLights, CrowdSteering


def test_no_wish_moves_nothing():
    assert CrowdSteering() == CrowdSteering(1.0, 0.0, 0.0, (), 0.0)


def test_messages_travel_through_a_pipe():
    change = CrowdChange(3, CrowdSteering(1.2, shares=(1.0,)), CrowdLights(1, places=((0.1, 1.0),)))
    codes = AudienceCodes((AudienceCode("join", (b"\0\1",), "here"),))
    assert pickle.loads(pickle.dumps((change, codes))) == (change, codes)
