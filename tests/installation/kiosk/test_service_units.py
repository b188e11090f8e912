from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from installation.kiosk.service_units import (
    KERNEL_FILE,
    LOGIN_FILE,
    UNIT_NAME,
    X_SERVER_FILE,
    KioskSite,
    plan_files,
)
from tests.hang_guard import HANG_GUARD_S

SITE = KioskSite("kiosk", Path("/home/kiosk/my piece"), (sys.executable,), 4 << 30)
CAGE, X_SERVER = replace(SITE, cage=sys.executable), replace(SITE, x_server=sys.executable)


def unit_text(site: KioskSite) -> str:
    return next(file.text for file in plan_files(site) if file.path.name == UNIT_NAME)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
@pytest.mark.parametrize("site", [CAGE, X_SERVER], ids=["cage", "x"])
def test_systemd_finds_no_fault_in_the_units(tmp_path, site):
    units = [file for file in plan_files(site) if file.path.suffix == ".service"]
    for file in units:
        (tmp_path / file.path.name).write_text(file.text)
    paths = [str(tmp_path / file.path.name) for file in units]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *paths],
        capture_output=True,
        text=True,
        timeout=HANG_GUARD_S,
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")


@pytest.mark.parametrize("site", [CAGE, X_SERVER], ids=["cage", "x"])
@pytest.mark.parametrize(
    "line",
    [
        "Type=notify",
        "WatchdogSec=30",
        "Restart=always",
        "RestartPreventExitStatus=10",
        "MemoryMax=2147483648",
        "LimitRTPRIO=95",
        "User=kiosk",
        "WantedBy=multi-user.target",
        "StartLimitIntervalSec=0",
        "RuntimeDirectoryPreserve=restart",  # the staff reads why it was restarted
    ],
)
def test_the_unit_restarts_the_piece_and_bounds_its_memory(site, line):
    assert line in unit_text(site).splitlines()


def test_a_small_machine_keeps_a_quarter_of_its_memory():
    assert f"MemoryMax={3 << 28}" in unit_text(replace(CAGE, memory=1 << 30))


def test_messages_come_from_a_child_of_the_wayland_session():
    assert "NotifyAccess=all" in unit_text(CAGE)
    assert "NotifyAccess=main" in unit_text(X_SERVER)


def test_an_x_server_never_blanks_and_shows_no_pointer():
    display = plan_files(X_SERVER)[1].text
    assert "-nocursor -s 0 -dpms" in display


def test_the_wayland_session_lets_nobody_switch_consoles():
    (start,) = (line for line in unit_text(CAGE).splitlines() if line.startswith("ExecStart="))
    assert start.startswith(f"ExecStart={sys.executable} -- ")  # -s would allow it


def test_the_x_server_lets_nobody_switch_consoles_or_end_it():
    (options,) = (file.text for file in plan_files(X_SERVER) if file.path == X_SERVER_FILE)
    assert 'Option "DontVTSwitch" "on"' in options and 'Option "DontZap" "on"' in options
    assert X_SERVER_FILE not in [file.path for file in plan_files(CAGE)]


@pytest.mark.parametrize("site", [CAGE, X_SERVER], ids=["cage", "x"])
def test_no_key_starts_the_machine_again_or_sends_it_to_sleep(site):
    texts = {file.path: file.text for file in plan_files(site)}
    assert "kernel.sysrq = 0" in texts[KERNEL_FILE].splitlines()
    for key in ("HandleSuspendKey", "HandleHibernateKey", "HandleRebootKey"):
        assert f"{key}=ignore" in texts[LOGIN_FILE].splitlines()


def test_words_with_blanks_and_percent_signs_stay_whole():
    site = replace(X_SERVER, folder=Path("/srv/100% music"), command=("/srv/my env/python",))
    assert "WorkingDirectory=/srv/100%% music\n" in unit_text(site)
    assert 'ExecStart="/srv/my env/python" play' in unit_text(site)


def test_the_named_settings_are_those_of_the_service():
    site = replace(X_SERVER, config=Path("/srv/my hall.toml"))
    assert 'play --kiosk --config "/srv/my hall.toml"\n' in unit_text(site)
    assert "--config" not in unit_text(X_SERVER)


def test_a_machine_without_a_session_is_an_error():
    with pytest.raises(ValueError, match="install cage"):
        plan_files(SITE)
