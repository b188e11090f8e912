from __future__ import annotations

import gc
import weakref
from unittest.mock import Mock

import pytest

from visuals.window import gc_policy
from visuals.window.gc_policy import (
    FULL_GC_INTERVAL_FRAMES,
    YOUNG_GC_INTERVAL_FRAMES,
    BetweenFramesGcPolicy,
)


class Cycle:
    """Something that only a look for garbage frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def policy():
    policy = BetweenFramesGcPolicy()
    yield policy
    policy.unfreeze_objects()


def test_once_settled_python_looks_for_garbage_only_when_told(policy):
    assert gc.isenabled()
    policy.freeze_objects()
    assert not gc.isenabled()
    policy.unfreeze_objects()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("every", [YOUNG_GC_INTERVAL_FRAMES, FULL_GC_INTERVAL_FRAMES])
def test_new_garbage_is_collected_between_frames(policy, every):
    policy.freeze_objects()
    lost = weakref.ref(Cycle())
    policy.collect_after_frame(every + 1)
    assert lost() is not None
    policy.collect_after_frame(every)
    assert lost() is None


def test_memory_is_worth_giving_back_after_each_full_look(policy):
    assert not policy.collect_after_frame(FULL_GC_INTERVAL_FRAMES)
    policy.freeze_objects()
    assert not policy.collect_after_frame(YOUNG_GC_INTERVAL_FRAMES)
    assert policy.collect_after_frame(FULL_GC_INTERVAL_FRAMES)


def test_what_was_made_before_is_left_alone_until_it_is_replaced(policy):
    stays = Cycle()
    lost = weakref.ref(stays)
    policy.freeze_objects()
    del stays
    policy.collect_after_frame(FULL_GC_INTERVAL_FRAMES)
    assert lost() is not None
    policy.unfreeze_objects()
    gc.collect()
    assert lost() is None


def test_before_it_is_settled_nothing_is_taken_over(policy):
    policy.collect_after_frame(FULL_GC_INTERVAL_FRAMES)
    assert gc.isenabled()


def test_the_c_library_gives_memory_back_from_the_first_release_on(monkeypatch):
    library = Mock()
    monkeypatch.setattr(gc_policy.ctypes, "CDLL", lambda name: library)
    policy = BetweenFramesGcPolicy()
    assert not library.method_calls  # the first scene is built sooner without
    policy.release_free_memory()
    assert [name for name, _, _ in library.method_calls] == ["mallopt", "malloc_trim"]


def test_another_c_library_keeps_its_memory(monkeypatch):
    library = Mock(spec=("malloc_trim",))
    monkeypatch.setattr(gc_policy.ctypes, "CDLL", lambda name: library)
    BetweenFramesGcPolicy().release_free_memory()
    assert not library.method_calls
