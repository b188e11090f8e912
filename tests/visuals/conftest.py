"""What several tests of the stage share."""

from __future__ import annotations

import pytest

from visuals.window.gc_policy import GcPolicy


class RecordingGcPolicy(GcPolicy):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def freeze_objects(self) -> None:
        self.told.append("settle")

    def collect_after_frame(self, number: int) -> None: ...

    def unfreeze_objects(self) -> None:
        self.told.append("loosen")


@pytest.fixture
def sweeper() -> RecordingGcPolicy:
    """One that only remembers."""
    return RecordingGcPolicy()
