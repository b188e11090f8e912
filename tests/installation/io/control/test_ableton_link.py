from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from installation.io.control.ableton_link import AbletonLinkSource, AbletonLinkUnavailable

APART = ["unshare", "--user", "--map-root-user", "--net"]
"""A network of its own, so that no peer outside hears of it."""
SESSION = """
import time, link
from installation.io.control.ableton_link import AbletonLinkSource
other = link.Link(93.0)
other.enabled = True
time.sleep(2.0)  # of two sessions as old as each other, chance decides
source = AbletonLinkSource(120.0)
end = time.monotonic() + 15
while not source.peer_count and time.monotonic() < end:
    time.sleep(0.05)
time.sleep(1.0)
now = time.monotonic_ns()
pulse = source.beat_grid_at(now)
state, micros = other.captureAppSessionState(), other.clock().micros()
behind = time.monotonic_ns() - 1000 * micros
true = 1000 * state.timeAtBeat(0.0, 4.0) + behind
off = (pulse.origin_ns - true + pulse.beat_ns / 2) %  pulse.beat_ns - pulse.beat_ns / 2
print(source.peer_count, round(60e9 / pulse.beat_ns, 2), abs(off) < 5e6)
source.close()
print(source.beat_grid_at(now))
"""


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "link", None)
    with pytest.raises(AbletonLinkUnavailable, match=r"hidden-state\[link\]"):
        AbletonLinkSource(120.0)


def test_a_peer_on_this_machine_leads():
    pytest.importorskip("link", reason="needs LinkPython-extern")
    script = f"ip link set lo up multicast on; exec {sys.executable} -c '{SESSION}'"
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("needs unshare and ip, for a network of its own")
    if subprocess.run([*APART, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no network of its own is allowed here")
    found = subprocess.run(
        [*APART, "sh", "-c", script], check=False, capture_output=True, text=True, timeout=60
    )
    assert found.stdout.splitlines() == ["1 93.0 True", "None"], found.stderr
