from __future__ import annotations

import logging

import pytest

from installation.web.announcement import Announcement


class NamesInNetwork:
    """Stands in for the library: keeps what is announced."""

    def __init__(self) -> None:
        self.services = []
        self.opened = self.closed = 0

    def open(self):
        self.opened += 1
        return self

    def register_service(self, service, allow_name_change: bool) -> None:
        self.services.append(service)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def network():
    return NamesInNetwork()


@pytest.fixture
def announcement(network):
    return Announcement("hidden-state", 8080, network.open)


def test_the_name_stands_for_every_address(announcement, network):
    announcement.update(["192.0.2.1", "198.51.100.4"])
    (service,) = network.services
    assert service.server == "hidden-state.local."
    assert service.port == 8080
    assert service.parsed_addresses() == ["192.0.2.1", "198.51.100.4"]


def test_it_is_announced_anew_only_when_the_addresses_change(announcement, network):
    for addresses in (["192.0.2.1"], ["192.0.2.1"], ["192.0.2.9"]):
        announcement.update(addresses)
    assert [service.parsed_addresses() for service in network.services] == [
        ["192.0.2.1"],
        ["192.0.2.9"],
    ]
    assert network.closed == 1


def test_without_a_network_nothing_is_announced_and_it_is_said_once(announcement, network, caplog):
    announcement.update(["192.0.2.1"])
    announcement.update([])
    announcement.update([])
    assert network.closed == 1
    assert caplog.text.count("no network") == 1


def test_a_name_that_cannot_be_had_is_said_once_and_not_fatal(caplog):
    def refuse():
        raise OSError("no multicast here")

    announcement = Announcement("hidden-state", 8080, refuse)
    announcement.update(["192.0.2.1"])
    announcement.update(["192.0.2.2"])
    assert caplog.text.count("no multicast here") == 1


def test_without_a_name_nothing_is_opened(network):
    Announcement("", 8080, network.open).update(["192.0.2.1"])
    assert network.opened == 0


def test_the_addresses_are_logged(announcement, caplog):
    with caplog.at_level(logging.INFO):
        announcement.update(["192.0.2.1"])
    assert "http://hidden-state.local:8080" in caplog.text
    assert "http://192.0.2.1:8080" in caplog.text
