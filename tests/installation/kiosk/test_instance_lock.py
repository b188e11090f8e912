from __future__ import annotations

import os
import subprocess
import sys

import pytest

from installation.kiosk.instance_lock import AlreadyRunningError, InstanceLock
from tests.hang_guard import HANG_GUARD_S

HOLDER = """
import sys
from pathlib import Path
from installation.kiosk.instance_lock import InstanceLock
lock = InstanceLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_the_second_is_told_who_has_the_machine(tmp_path):
    path = tmp_path / "lock"
    lock = InstanceLock(path)
    with pytest.raises(AlreadyRunningError, match=f"process {os.getpid()} of"):
        InstanceLock(path)
    lock.release()
    InstanceLock(path).release()


def test_a_killed_process_holds_no_lock(tmp_path):
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunningError, match=str(holder.pid)):
            InstanceLock(path)
        holder.kill()
        holder.wait(HANG_GUARD_S)
    InstanceLock(path).release()
