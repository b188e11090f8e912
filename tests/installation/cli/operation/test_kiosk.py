from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from installation.cli.main import create_app
from installation.cli.operation import kiosk
from installation.config import parse_config
from installation.kiosk.installer import KioskError
from installation.kiosk.service_units import KioskSite

SITE = KioskSite("kiosk", Path("/home/kiosk"), (sys.executable,), 4 << 30, cage="/usr/bin/cage")


@pytest.fixture(autouse=True)
def _site(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(kiosk, "survey_site", lambda user, config: replace(SITE, config=config))


@pytest.fixture
def run_with_input():
    def invoke(typed: str, *words: str):
        return CliRunner().invoke(create_app(list(words)), list(words), input=typed)

    return invoke


@pytest.fixture
def written(monkeypatch):
    files = []
    monkeypatch.setattr(kiosk, "install_files", files.extend)
    return files


def test_printing_writes_nothing(run, written):
    done = run("kiosk", "install", "--print")
    assert "# /etc/systemd/system/hidden-state.service" in done.output and not written


def test_what_will_be_written_is_shown_and_asked_first(run, written):
    done = run("kiosk", "install")  # without an answer
    assert done.exit_code == 1 and "Type=notify" in done.output and not written
    assert run("kiosk", "install", "--yes").exit_code == 0 and written


def test_wrong_settings_are_found_before_anything_is_installed(run, written, tmp_path):
    (tmp_path / "config.toml").write_text("[kiosk]\nenabled = 7\n")
    done = run("kiosk", "install", "--yes")
    assert done.exit_code == 2 and "kiosk.enabled" in done.output and not written


def test_the_service_plays_with_the_settings_that_were_named(run, written, tmp_path):
    settings = tmp_path / "hall.toml"
    settings.touch()
    assert run("kiosk", "install", "--yes", "--config", settings).exit_code == 0
    assert f"play --kiosk --config {settings}\n" in written[0].text


def test_the_status_of_what_is_not_installed_ends_with_1(run, monkeypatch):
    monkeypatch.setattr(kiosk, "read_service_state", lambda: {"LoadState": "not-found"})
    done = run("kiosk", "status")
    assert done.exit_code == 1 and "not installed" in done.output


def test_a_service_whose_piece_does_not_run_ends_with_1(run, monkeypatch):
    state = {"LoadState": "loaded", "ActiveState": "failed", "SubState": "failed"}
    monkeypatch.setattr(kiosk, "read_service_state", lambda: {**state, "UnitFileState": "enabled"})
    done = run("kiosk", "status")
    assert done.exit_code == 1 and "failed (failed), enabled" in done.output


def test_a_machine_without_systemd_is_an_error(run, monkeypatch):
    def refuse():
        raise KioskError("systemctl: not found")

    monkeypatch.setattr(kiosk, "read_service_state", refuse)
    assert run("kiosk", "status").exit_code == 2


def test_uninstalling_names_what_was_removed(run, monkeypatch):
    monkeypatch.setattr(kiosk, "uninstall_files", lambda: [Path("/etc/a")])
    assert "removed" in run("kiosk", "uninstall").output


def test_a_pin_is_printed_as_a_line_for_the_settings(run_with_input):
    done = run_with_input("20610\n20610\n", "kiosk", "pin")
    line = done.output.splitlines()[-1]
    assert parse_config(f"[kiosk]\n{line}").kiosk.pin in line


def test_a_pin_of_one_digit_is_refused(run_with_input):
    done = run_with_input("7\n7\n", "kiosk", "pin")
    assert done.exit_code == 2 and "4 to 12 digits" in done.output
