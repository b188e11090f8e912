from __future__ import annotations

from pathlib import Path

import pytest

from installation.ops import machine_status
from installation.ops.machine_status import DummyMachineProbe, MachineProbe, read_undervoltage


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)


def test_this_machine_tells_its_disk(tmp_path):
    status = MachineProbe(tmp_path / "not" / "yet").read()
    assert status.disk.free > 0
    assert status.clock.stepped == 0.0
    assert not [each for each in status.network.addresses if each.startswith("127.")]


def test_a_dummy_tells_what_it_was_given():
    assert DummyMachineProbe().read().disk is None


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("class/hwmon/hwmon1/in0_lcrit_alarm", "1\n", True),
        ("class/hwmon/hwmon1/in0_lcrit_alarm", "0\n", False),
        ("devices/platform/soc/soc:firmware/get_throttled", "0x50005\n", True),
        ("devices/platform/soc/soc:firmware/get_throttled", "50000\n", False),
        ("devices/elsewhere", "1", None),
    ],
)
def test_undervoltage_is_told_where_the_system_tells(tmp_path, name, text, expected):
    write(tmp_path / name, text)
    assert read_undervoltage(tmp_path) is expected


def test_a_machine_without_a_free_descriptor_tells_the_rest(tmp_path, monkeypatch):
    def fail():
        raise OSError(24, "too many open files")

    monkeypatch.setattr(machine_status.psutil, "net_if_addrs", fail)
    monkeypatch.setattr(machine_status.psutil, "sensors_temperatures", fail, raising=False)
    status = MachineProbe(tmp_path).read()
    assert status.network.addresses == () and status.temperature is None
    assert status.disk.free > 0
