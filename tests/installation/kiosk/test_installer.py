from __future__ import annotations

import getpass
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from installation.kiosk.installer import (
    KioskError,
    install_files,
    read_service_state,
    run_command,
    survey_site,
    uninstall_files,
)
from installation.kiosk.service_units import KioskSite, plan_files

SITE = KioskSite("kiosk", Path("/home/kiosk"), (sys.executable,), 4 << 30, x_server="/usr/bin/X")
posix_only = pytest.mark.skipif(os.name == "nt", reason="there is no systemd on Windows")


class RecordingRunner:
    """Keeps the commands it is given."""

    def __init__(self, output: str = "") -> None:
        self.commands, self.output = [], output

    def __call__(self, words) -> str:
        self.commands.append(" ".join(words))
        return self.output


def test_what_is_installed_is_removed_without_a_trace(tmp_path):
    runner, files = RecordingRunner(), plan_files(SITE)
    install_files(files, tmp_path, runner)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.name for path in written) == sorted(file.path.name for file in files)
    assert runner.commands == ["systemctl daemon-reload", "systemctl enable hidden-state.service"]
    assert sorted(uninstall_files(tmp_path, runner)) == sorted(written)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert "systemctl disable --now hidden-state.service" in runner.commands


@pytest.mark.parametrize(
    ("site", "stops"),
    [
        (SITE, ["systemctl stop hidden-state-display.service"]),
        (replace(SITE, cage="/usr/bin/cage"), []),
    ],
    ids=["x", "cage"],
)
def test_the_x_server_ends_with_the_piece_that_is_removed(tmp_path, site, stops):
    runner = RecordingRunner()
    install_files(plan_files(site), tmp_path, runner)
    uninstall_files(tmp_path, runner)
    assert [one for one in runner.commands if "hidden-state-display" in one] == stops


def test_without_an_installation_nothing_is_done(tmp_path):
    runner = RecordingRunner()
    assert uninstall_files(tmp_path, runner) == [] and runner.commands == []


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "etc").touch()
    with pytest.raises(KioskError, match="run it with sudo"):
        install_files(plan_files(SITE), tmp_path, RecordingRunner())


def test_the_state_of_the_service_is_read():
    runner = RecordingRunner("ActiveState=active\nStatusText=a=b\n")
    assert read_service_state(runner) == {"ActiveState": "active", "StatusText": "a=b"}


def test_a_command_that_fails_or_is_missing_is_an_error():
    with pytest.raises(KioskError, match="status 3"):
        run_command([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(KioskError, match="no-such-command"):
        run_command(["no-such-command"])


@posix_only
def test_an_unknown_user_is_an_error():
    with pytest.raises(KioskError, match="'nobody-at-all'"):
        survey_site("nobody-at-all")


@posix_only
def test_the_piece_does_not_run_as_root():
    with pytest.raises(KioskError, match="--user"):
        survey_site("root")


@posix_only
def test_the_settings_are_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert survey_site("nobody", Path("hall.toml")).config == tmp_path / "hall.toml"
    assert survey_site("nobody").config is None


@posix_only
@pytest.mark.skipif(getpass.getuser() == "root", reason="root may not run the piece")
def test_who_calls_runs_the_piece():
    assert survey_site(None).user == getpass.getuser()
