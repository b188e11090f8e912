"""Notifier: tells the service manager that the piece is ready, alive and stopping."""

from __future__ import annotations

import logging
import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Mapping

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"

log = logging.getLogger(__name__)


class ServiceNotifier(ABC):
    """Sends messages of sd_notify(3)."""

    @abstractmethod
    def notify(self, *messages: str) -> None:
        """Send messages together; never raises and never waits."""


class SystemdNotifier(ServiceNotifier):
    """Sends one datagram to systemd's socket.

    Parameters
    ----------
    address : str
        Path of the socket; one that begins with "@" lies in the abstract namespace.
    """

    def __init__(self, address: str) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._failure_logged = False

    def notify(self, *messages: str) -> None:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
                connection.setblocking(False)
                connection.sendto("\n".join(messages).encode(), self._address)
        except OSError as error:
            if not self._failure_logged:
                log.warning("cannot reach the service manager: %s", error)
            self._failure_logged = True


class DummyNotifier(ServiceNotifier):
    """Keeps the messages.

    Attributes
    ----------
    sent : list of str
    """

    def __init__(self) -> None:
        self.sent: list[str] = []

    def notify(self, *messages: str) -> None:
        self.sent += messages


def find_notifier(environment: Mapping[str, str] = os.environ) -> ServiceNotifier | None:
    """The notifier of the service that this process belongs to.

    Parameters
    ----------
    environment : mapping of str to str

    Returns
    -------
    ServiceNotifier or None
        None if systemd did not start this process, or expects no messages.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    return SystemdNotifier(address) if address[:1] in ("/", "@") else None
