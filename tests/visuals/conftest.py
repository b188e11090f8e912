"""What several tests of the stage share."""

from __future__ import annotations

import pytest

from visuals.window.gc_policy import Sweeper


class CountingSweeper(Sweeper):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def settle(self) -> None:
        self.told.append("settle")

    def sweep(self, number: int) -> None: ...

    def loosen(self) -> None:
        self.told.append("loosen")


@pytest.fixture
def sweeper() -> CountingSweeper:
    """One that only remembers."""
    return CountingSweeper()
