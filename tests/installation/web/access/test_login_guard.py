from __future__ import annotations

import pytest

from installation.web.access.login_guard import (
    FREE_TRIES,
    FREE_TRIES_OF_ALL,
    MAX_CLIENTS,
    LoginGuard,
)
from messages.clock import SECOND, VirtualClock


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def guard(clock):
    return LoginGuard(clock.now)


def fail(guard, client: str, times: int) -> None:
    for _ in range(times):
        guard.record_failure(client)


def test_five_wrong_pins_lock_a_client_out_and_no_other(guard):
    fail(guard, "a", FREE_TRIES - 1)
    assert guard.locked_for_s("a") == 0
    fail(guard, "a", 1)
    assert guard.locked_for_s("a") == 30
    assert guard.locked_for_s("b") == 0


def test_each_further_wrong_pin_doubles_the_lock_up_to_an_hour(guard, clock):
    fail(guard, "a", FREE_TRIES)
    clock.sleep(31 * SECOND)
    assert guard.locked_for_s("a") == 0
    fail(guard, "a", 1)
    assert guard.locked_for_s("a") == 60
    fail(guard, "a", 30)
    assert guard.locked_for_s("a") == 3600


def test_a_right_pin_forgets_the_wrong_ones(guard):
    fail(guard, "a", FREE_TRIES - 1)
    guard.record_success("a")
    fail(guard, "a", FREE_TRIES - 1)
    assert guard.locked_for_s("a") == 0


def test_a_client_with_many_addresses_is_locked_out_too(guard):
    for number in range(FREE_TRIES_OF_ALL):
        guard.record_failure(f"address {number}")
    assert guard.locked_for_s("another") > 0


def test_no_more_than_so_many_clients_are_remembered(guard):
    fail(guard, "first", FREE_TRIES - 1)
    for number in range(MAX_CLIENTS):
        guard.record_failure(f"address {number}")
    for number in range(MAX_CLIENTS):
        guard.record_success(f"address {number}")  # and all of them together are forgiven
    fail(guard, "first", 1)
    assert guard.locked_for_s("first") == 0
