from __future__ import annotations

import gc
import weakref

import pytest

from visuals.window.gc_policy import ALL_EVERY, YOUNG_EVERY, GarbageSweeper


class Cycle:
    """Something that only a look for garbage frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def sweeper():
    sweeper = GarbageSweeper()
    yield sweeper
    sweeper.loosen()


def test_once_settled_python_looks_for_garbage_only_when_told(sweeper):
    assert gc.isenabled()
    sweeper.settle()
    assert not gc.isenabled()
    sweeper.loosen()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("every", [YOUNG_EVERY, ALL_EVERY])
def test_new_garbage_is_swept_between_frames(sweeper, every):
    sweeper.settle()
    lost = weakref.ref(Cycle())
    sweeper.sweep(every + 1)
    assert lost() is not None
    sweeper.sweep(every)
    assert lost() is None


def test_what_was_made_before_is_left_alone_until_it_is_replaced(sweeper):
    stays = Cycle()
    lost = weakref.ref(stays)
    sweeper.settle()
    del stays
    sweeper.sweep(ALL_EVERY)
    assert lost() is not None
    sweeper.loosen()
    gc.collect()
    assert lost() is None


def test_before_it_is_settled_nothing_is_taken_over(sweeper):
    sweeper.sweep(ALL_EVERY)
    assert gc.isenabled()
