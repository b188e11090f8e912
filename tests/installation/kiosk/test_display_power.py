from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from installation.kiosk.display_power import (
    CommandDisplayPower,
    DummyDisplayPower,
    find_display_power,
)
from tests.hang_guard import wait_until

posix_only = pytest.mark.skipif(os.name == "nt", reason="the tools are of Linux")


def fake_tool(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@posix_only
@pytest.mark.parametrize(
    ("is_on", "expected"),
    [(True, "dpms force on\n-dpms\n"), (False, "+dpms\ndpms force off\n")],
)
def test_a_screen_of_x_is_switched_by_xset(tmp_path, monkeypatch, is_on, expected):
    fake_tool(tmp_path, "xset", f'echo "$@" >> {tmp_path}/said')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    find_display_power({"DISPLAY": ":0"}).switch(is_on)
    said = tmp_path / "said"
    wait_until(lambda: said.exists() and said.read_text() == expected)


@posix_only
def test_each_output_of_wayland_is_switched(tmp_path, monkeypatch):
    listing = 'HDMI-A-1 "Some maker"\n  Make: x\nDP-2 "Another"\n  Enabled: yes'
    script = f"""if [ $# = 0 ]; then cat <<'END'
{listing}
END
else echo "$@" >> {tmp_path}/said; fi"""
    fake_tool(tmp_path, "wlr-randr", script)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    find_display_power({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}).switch(False)
    said = tmp_path / "said"
    wait_until(lambda: said.exists() and said.read_text().count("\n") == 2)
    assert said.read_text() == "--output HDMI-A-1 --off\n--output DP-2 --off\n"


def test_a_session_without_a_tool_has_no_switch():
    assert find_display_power({}) is None


def test_a_command_that_fails_is_said(caplog):
    with caplog.at_level(logging.WARNING):
        CommandDisplayPower([["no-such-tool"]], []).switch(True)
        wait_until(lambda: "cannot be switched" in caplog.text)


def test_a_dummy_keeps_what_it_is_told():
    dummy = DummyDisplayPower()
    dummy.switch(False)
    assert dummy.switched == [False]
