from __future__ import annotations

import os
import socket

import pytest

from installation.kiosk.notifier import DummyNotifier, SystemdNotifier, find_notifier
from tests.hang_guard import HANG_GUARD_S

needs_unix_sockets = pytest.mark.skipif(os.name == "nt", reason="Windows has no such sockets")


@needs_unix_sockets
@pytest.mark.parametrize("is_abstract", [False, True])
def test_messages_reach_the_socket(tmp_path, is_abstract):
    name = f"hidden-state-test-{os.getpid()}"
    path = f"\0{name}" if is_abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        SystemdNotifier(f"@{name}" if is_abstract else path).notify("READY=1", "STATUS=open")
        manager.settimeout(HANG_GUARD_S)
        assert manager.recv(1000) == b"READY=1\nSTATUS=open"


@needs_unix_sockets
def test_a_socket_that_is_gone_is_said_once(tmp_path, caplog):
    notifier = SystemdNotifier(str(tmp_path / "nowhere"))
    for _ in range(3):
        notifier.notify("WATCHDOG=1")
    assert len(caplog.records) == 1


def test_a_dummy_keeps_the_messages():
    dummy = DummyNotifier()
    dummy.notify("READY=1")
    dummy.notify("STOPPING=1")
    assert dummy.sent == ["READY=1", "STOPPING=1"]


@pytest.mark.parametrize(
    ("environment", "found"),
    [({}, False), ({"NOTIFY_SOCKET": ""}, False), ({"NOTIFY_SOCKET": "/run/notify"}, True)],
)
def test_only_a_service_has_a_notifier(environment, found):
    assert (find_notifier(environment) is not None) is found
