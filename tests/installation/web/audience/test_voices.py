from __future__ import annotations

import tracemalloc

import pytest

from installation.web.audience.voices import (
    MAX_ADDRESSES,
    REQUESTS_AT_ONCE,
    REQUESTS_PER_SECOND,
    RequestBudget,
    VoiceRegister,
)
from messages.clock import SECOND, VirtualClock


def test_a_token_is_one_voice_and_does_not_show_in_it():
    register = VoiceRegister()
    token = register.create()
    assert register.identify(token) == register.identify(token) != token
    assert register.identify(register.create()) != register.identify(token)


@pytest.mark.parametrize("token", ["", "x", "é", None, 3, "A" * 32, "A" * 5000])
def test_a_made_up_token_is_no_voice(token):
    assert VoiceRegister().identify(token) is None


def test_a_token_of_an_earlier_process_is_no_voice():
    assert VoiceRegister().identify(VoiceRegister().create()) is None


def test_an_address_that_asks_too_much_waits_and_others_do_not():
    clock = VirtualClock()
    budget = RequestBudget(clock.now)
    assert [budget.spend("a") for _ in range(REQUESTS_AT_ONCE + 1)][-2:] == [True, False]
    assert budget.spend("b")
    clock.sleep(SECOND)
    assert budget.spend("a")


def test_ten_thousand_addresses_are_not_all_remembered():
    budget = RequestBudget(VirtualClock().now)
    for _ in range(REQUESTS_AT_ONCE):
        budget.spend("first")
    for number in range(MAX_ADDRESSES):
        assert budget.spend(str(number))
    assert budget.spend("first")


def test_ten_thousand_joins_in_a_minute_are_ten_thousand_voices_in_bounded_memory():
    clock, register = VirtualClock(), VoiceRegister()
    budget = RequestBudget(clock.now)
    tracemalloc.start()
    tokens = set()
    for number in range(10_000):
        clock.sleep(60 * SECOND // 10_000)
        assert budget.spend(f"10.0.{number // 250}.{number % 250}")
        tokens.add(register.create())
    del tokens
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 4_000_000


def test_of_ten_thousand_joins_of_one_address_few_are_answered():
    clock = VirtualClock()
    budget, answered = RequestBudget(clock.now), 0
    for _ in range(10_000):
        clock.sleep(60 * SECOND // 10_000)
        answered += budget.spend("10.0.0.1")
    assert answered <= REQUESTS_AT_ONCE + 60 * REQUESTS_PER_SECOND
