from __future__ import annotations

import os

import pytest

from midi_data.recipes.worker_processes import WorkerLostError, map_in_processes


def double(number: int) -> int:
    return 2 * number


def end_at_two(number: int) -> int:
    if number == 2:
        os._exit(1)
    return number


def refuse(number: int) -> int:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("workers", [0, 2])
def test_every_thing_has_its_result(workers):
    assert sorted(map_in_processes(double, [1, 2, 3], workers)) == [2, 4, 6]


def test_a_process_that_is_killed_is_told():
    with pytest.raises(WorkerLostError, match="run again to go on"):
        list(map_in_processes(end_at_two, [1, 2, 3], 1))


@pytest.mark.parametrize("workers", [0, 1])
def test_an_error_of_the_function_is_raised_as_it_is(workers):
    with pytest.raises(OSError, match="No space left"):
        list(map_in_processes(refuse, [1], workers))
