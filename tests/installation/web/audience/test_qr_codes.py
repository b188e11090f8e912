from __future__ import annotations

from installation.web.audience.qr_codes import encode_code, wifi_text


def test_an_address_needs_few_modules():
    code = encode_code("join", "http://192.168.178.123:8081", "192.168.178.123:8081")
    assert len(code.rows) == len(code.rows[0]) == 25
    assert {each for row in code.rows for each in row} == {0, 1}


def test_a_finder_stands_in_three_corners():
    rows = encode_code("duet", "http://192.168.178.123:8081/d/" + "x" * 22, "").rows
    assert len(rows) <= 29
    finder = [bytes(row[:7]) for row in rows[:7]]
    assert finder[0] == b"\1" * 7
    assert [bytes(row[:7]) for row in rows[-7:]] == finder
    assert [bytes(row[-7:]) for row in rows[:7]] == finder


def test_the_password_of_a_network_may_hold_anything():
    assert wifi_text("A;B", 'x"y') == r"WIFI:T:WPA;S:A\;B;P:x\"y;;"
    assert "T:" not in wifi_text("open", "") or "nopass" in wifi_text("open", "")


def test_the_longest_name_and_password_of_a_network_fit_41_modules():
    code = encode_code("wifi", wifi_text("N" * 32, "p" * 63), "")
    assert len(code.rows) <= 41  # the bound of tests/visuals/hud/test_audience_card.py
