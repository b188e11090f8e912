from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from installation.engine.turn_taking import TURN_TRANSITIONS, TurnEvent, TurnTakingMode
from installation.web.audience.duet_offers import MAX_OFFERS, DuetOffers
from messages.clock import SECOND
from messages.cues import Turn, TurnChange
from tests.installation.web.audience.conftest import BEGAN


def offered(room) -> str | None:
    """Address of the duet that is offered, after one more look."""
    room.look()
    duet = room.desk.offers.duet
    return None if duet is None else duet.address


def play_duet(room, **values) -> str:
    """A visitor comes and plays a duet; returns its address."""
    room.take_turn(Turn.LISTEN)
    return room.add_duet(**values).address


def test_the_newest_duet_of_the_visit_is_offered_under_a_number_of_its_own(room):
    room.take_turn(Turn.LISTEN)
    visit = room.add_visit()
    for number in (1, 2):
        address = room.add_duet(visit=visit).address
        assert offered(room) == address
        assert room.desk.offers.number == number
        assert room.desk.offers.address_of(number) == address


def test_a_clock_that_is_set_back_between_visits_offers_nobody_anothers_duet(room):
    first = play_duet(room)
    assert offered(room) == first
    visit = room.desk.offers.duet.visit
    room.end_visit(visit)
    room.take_turn(Turn.ATTRACT)
    room.day.time -= timedelta(hours=1)
    room.take_turn(Turn.LISTEN)
    assert offered(room) is None
    second = room.add_visit(BEGAN - timedelta(hours=1))
    assert offered(room) is None
    own = room.add_duet(visit=second, began=BEGAN - timedelta(hours=1))
    assert offered(room) == own.address


def test_a_duet_that_the_disk_took_late_is_not_offered_to_the_next(room):
    room.take_turn(Turn.LISTEN)
    visit = room.add_visit()
    room.end_visit(visit)
    room.take_turn(Turn.ATTRACT)
    room.take_turn(Turn.LISTEN)
    room.add_duet(visit=visit)
    assert offered(room) is None


def test_visits_that_follow_at_once_are_told_apart(room):
    play_duet(room)
    assert offered(room) is not None
    now = room.clock.now()
    room.told += [TurnChange(now, Turn.ATTRACT), TurnChange(now, Turn.LISTEN)]
    room.pass_time(0.25)
    room.add_visit()
    assert offered(room) is None


def test_a_visit_that_was_cut_off_before_the_start_is_nobodys(room):
    room.add_duet()
    room.take_turn(Turn.LISTEN)
    assert offered(room) is None


def test_a_deleted_visit_makes_no_earlier_one_the_present_one(room):
    cut_off = room.add_visit()
    room.take_turn(Turn.LISTEN)
    address = room.add_duet().address
    room.look()
    assert asyncio.run(room.duets.delete(address))
    room.desk.offers.withdraw(address)
    room.add_duet(visit=cut_off)
    assert offered(room) is None
    room.take_turn(Turn.ATTRACT)
    room.take_turn(Turn.LISTEN)
    assert offered(room) is None


def test_a_visit_that_ends_during_a_look_gives_nothing_to_the_next(room):
    play_duet(room)
    newest_visit = room.duets.newest_visit

    async def end_meanwhile():
        found = await newest_visit()
        room.desk.offers.end_visit()
        room.desk.offers.begin_visit()
        return found

    room.duets.newest_visit = end_meanwhile
    assert offered(room) is None


@pytest.mark.parametrize("mode", list(TurnTakingMode), ids=lambda mode: mode.value)
def test_in_each_mode_a_duet_that_is_over_only_with_the_visit_is_offered_for_a_minute(room, mode):
    turns = TURN_TRANSITIONS[mode]
    room.take_turn(turns[Turn.ATTRACT, TurnEvent.PRESS])
    visit = room.add_visit()
    room.add_duet(visit=visit, is_over=False)
    assert offered(room) is None
    playing = Turn.LISTEN if mode is TurnTakingMode.ANSWER else Turn.ANSWER
    silent = turns[playing, TurnEvent.SILENCE]
    if silent is not Turn.ATTRACT:
        room.take_turn(silent)
        assert turns[silent, TurnEvent.NETWORK_PHRASE_OVER] is Turn.ATTRACT
    room.take_turn(Turn.ATTRACT)
    room.end_visit(visit)
    address = room.add_duet(visit=visit).address
    assert offered(room) == address
    room.pass_time(50)
    assert offered(room) == address
    room.pass_time(15)
    assert offered(room) is None


def test_a_duet_that_goes_on_is_not_offered_yet(room):
    play_duet(room, is_over=False)
    assert offered(room) is None


def test_the_number_of_a_deleted_duet_is_not_given_to_another(room):
    room.take_turn(Turn.LISTEN)
    visit = room.add_visit()
    deleted = room.add_duet(visit=visit).address
    assert offered(room) == deleted
    room.desk.offers.withdraw(deleted)
    other = room.add_duet(visit=visit).address
    assert offered(room) == other
    assert room.desk.offers.address_of(1) is None
    assert room.desk.offers.address_of(2) == other


def test_only_so_many_duets_can_be_voted_on(room):
    offers = DuetOffers(room.duets, room.clock.now)
    room.clock.sleep(SECOND)
    offers.begin_visit()
    asyncio.run(offers.look())
    visit = room.add_visit()
    for _ in range(MAX_OFFERS + 1):
        room.add_duet(visit=visit)
        asyncio.run(offers.look())
    assert offers.address_of(1) is None
    assert offers.address_of(MAX_OFFERS + 1) is not None
