"""Announcement: the name of the page in the local network (multicast DNS)."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Sequence
from typing import Any

log = logging.getLogger(__name__)

SERVICE_TYPE = "_http._tcp.local."


class Announcement:
    """Announces `NAME.local` for the addresses of the machine, as they change.

    Parameters
    ----------
    name : str
        Without ".local"; empty for no announcement.
    port : int
    open_zeroconf : callable, optional
        Opens the library's own object, on all networks.
    """

    def __init__(
        self, name: str, port: int, open_zeroconf: Callable[[], Any] | None = None
    ) -> None:
        self._name, self._port = name, port
        self._open = open_zeroconf or _open_zeroconf
        self._zeroconf: Any = None
        self._addresses: tuple[str, ...] = ()
        self._was_refused = False

    def update(self, addresses: Sequence[str]) -> None:
        """Announce these addresses, if they are others than before; it may take seconds."""
        if not self._name or tuple(addresses) == self._addresses:
            return
        self.close()
        self._addresses = tuple(addresses)
        if not addresses:
            log.warning("no network: the page can be reached from this machine only")
            return
        urls = ", ".join(f"http://{address}:{self._port}" for address in addresses)
        log.info("the staff page is at http://%s.local:%d and at %s", self._name, self._port, urls)
        try:
            self._zeroconf = self._open()
            self._zeroconf.register_service(self._service(addresses), allow_name_change=True)
        except Exception as error:  # noqa: BLE001 - a name is a convenience, whatever goes wrong
            if not self._was_refused:
                log.warning("no name in the network (%s): the page has its address only", error)
            self._was_refused = True
            self.close()
            self._addresses = tuple(addresses)

    def close(self) -> None:
        """Withdraw the name."""
        zeroconf, self._zeroconf, self._addresses = self._zeroconf, None, ()
        if zeroconf is not None:
            zeroconf.close()

    def _service(self, addresses: Sequence[str]) -> Any:
        from zeroconf import ServiceInfo

        return ServiceInfo(
            SERVICE_TYPE,
            f"{self._name}.{SERVICE_TYPE}",
            port=self._port,
            addresses=[ipaddress.ip_address(address).packed for address in addresses],
            server=f"{self._name}.local.",
            properties={"path": "/staff"},
        )


def _open_zeroconf() -> Any:
    from zeroconf import Zeroconf

    return Zeroconf()
