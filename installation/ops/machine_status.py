"""Machine status: network, disk, clock, temperature and power, where the system tells."""

from __future__ import annotations

import ctypes
import shutil
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from messages.clock import SECOND

SYSTEM_FOLDER = Path("/sys")  # where Linux shows its devices
CLOCK_UNSYNCHRONISED = 5  # TIME_ERROR, the answer of adjtimex(2) while no server sets the clock
TIMEX_BYTES = 512  # more than the kernel's struct timex has
THROTTLING_FILE = Path("devices/platform/soc/soc:firmware/get_throttled")
UNDERVOLTAGE_BIT = 1  # of `get_throttled` on a Raspberry Pi: the voltage is too low now


@dataclass(frozen=True, slots=True)
class NetworkStatus:
    """The network.

    Parameters
    ----------
    addresses : tuple of str
        IPv4 addresses of this machine but its own loopback; empty without a network.
    """

    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DiskStatus:
    """The disk that holds the recordings.

    Parameters
    ----------
    folder : str
    free : int
        Bytes.
    """

    folder: str
    free: int


@dataclass(frozen=True, slots=True)
class ClockStatus:
    """The clock of the day.

    Parameters
    ----------
    synchronised : bool or None
        Whether a time server sets it; None where the system does not tell.
    stepped : float
        By how much it was set since the piece started, seconds.
    """

    synchronised: bool | None = None
    stepped: float = 0.0


@dataclass(frozen=True, slots=True)
class MachineStatus:
    """All that does not concern the piece itself.

    Parameters
    ----------
    network : NetworkStatus
    disk : DiskStatus or None
        None where the folder does not exist.
    clock : ClockStatus
    temperature : float or None
        Of the hottest sensor, degrees Celsius.
    undervoltage : bool or None
        Whether the power supply is too weak.
    """

    network: NetworkStatus = NetworkStatus()
    disk: DiskStatus | None = None
    clock: ClockStatus = ClockStatus()
    temperature: float | None = None
    undervoltage: bool | None = None


class MachineProbe:
    """Reads the status of this machine; it may wait for a disk.

    Parameters
    ----------
    folder : Path
        Folder of the recordings.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clock_offset = _clock_offset()

    def read(self) -> MachineStatus:
        """The status now."""
        return MachineStatus(
            NetworkStatus(_addresses()),
            self._read_disk(),
            ClockStatus(_is_clock_synchronised(), round(_clock_offset() - self._clock_offset, 1)),
            _highest_temperature(),
            read_undervoltage(),
        )

    def _read_disk(self) -> DiskStatus | None:
        try:
            existing = next(
                parent
                for parent in (self._folder, *self._folder.resolve().parents)
                if parent.exists()
            )
            return DiskStatus(str(self._folder), shutil.disk_usage(existing).free)
        except OSError:
            return None


class DummyMachineProbe(MachineProbe):
    """Reports what it is given."""

    def __init__(self, status: MachineStatus | None = None) -> None:
        self.status = status or MachineStatus()

    def read(self) -> MachineStatus:
        return self.status


def _clock_offset() -> float:
    """Difference of the clock of the day and the monotonic one, seconds."""
    return (time.time_ns() - time.monotonic_ns()) / SECOND


def _addresses() -> tuple[str, ...]:
    try:
        found = psutil.net_if_addrs()
    except OSError:  # no descriptor is free
        return ()
    return tuple(
        address.address
        for name in sorted(found)
        for address in found[name]
        if address.family == socket.AF_INET and not address.address.startswith("127.")
    )


def _is_clock_synchronised() -> bool | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if answer < 0 else answer != CLOCK_UNSYNCHRONISED


def _highest_temperature() -> float | None:
    try:
        sensors = getattr(psutil, "sensors_temperatures", dict)()
    except OSError:
        return None
    return max((each.current for group in sensors.values() for each in group), default=None)


def read_undervoltage(system: Path = SYSTEM_FOLDER) -> bool | None:
    """Whether the power supply is too weak, from a hardware monitor or a Raspberry Pi's firmware.

    Parameters
    ----------
    system : Path
        Where the kernel shows its devices.

    Returns
    -------
    bool or None
        None where the system does not tell.
    """
    alarms = list(system.glob("class/hwmon/hwmon*/in*_lcrit_alarm"))
    try:
        if alarms:
            return any(alarm.read_text().strip() == "1" for alarm in alarms)
        return bool(int((system / THROTTLING_FILE).read_text(), 16) & UNDERVOLTAGE_BIT)
    except (OSError, ValueError):
        return None
