from __future__ import annotations

import asyncio

import pytest

from installation.web.repeated_work import repeat


class FailingWork:
    """Work that raises what it is given, then goes well, and at last is cancelled."""

    def __init__(self, *failures: Exception | None) -> None:
        self._failures = list(failures)
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1
        if not self._failures:
            raise asyncio.CancelledError
        if (failure := self._failures.pop(0)) is not None:
            raise failure


def do(work: FailingWork) -> None:
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(repeat(work, 0.0, "counting"))


def test_work_that_fails_goes_on_and_is_said_once_with_its_reason(caplog):
    work = FailingWork(*[KeyError("turn"), None] * 3)
    do(work)
    assert work.count == 7
    assert caplog.messages == ["counting failed and is tried again: KeyError: 'turn'"]


def test_another_kind_of_error_is_said_too(caplog):
    do(FailingWork(KeyError("turn"), ValueError("pitch"), KeyError("other")))
    assert [message.split(": ")[1] for message in caplog.messages] == ["KeyError", "ValueError"]


def test_work_that_goes_well_is_not_spoken_of(caplog):
    do(FailingWork(None, None))
    assert caplog.messages == []
