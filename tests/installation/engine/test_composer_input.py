from __future__ import annotations

import pytest

from installation.engine.composer_input import MAX_GAP_BEATS, ComposerInput
from messages.clock import SECOND
from midi_data.beat_grid import BeatGrid, BeatPosition
from tests.dummy_composer import DummyComposer


class RecordingComposer(DummyComposer):
    """Keeps the keys it is told of."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, int, float]] = []

    def strike(self, pitch, onset, velocity):
        self.calls.append(("strike", pitch, onset))
        return super().strike(pitch, onset)

    def release(self, pitch, at):
        self.calls.append(("release", pitch, at))
        super().release(pitch, at)


@pytest.fixture
def composer() -> RecordingComposer:
    return RecordingComposer()


@pytest.fixture
def composer_input(composer) -> ComposerInput:
    return ComposerInput(composer, BeatGrid(0, SECOND))


def test_keys_come_at_the_beats_of_the_grid(composer, composer_input):
    composer_input.strike(60, SECOND)
    composer_input.release(60, 2 * SECOND)
    assert composer.calls == [("strike", 60, 1.0), ("release", 60, 2.0)]


def test_a_key_that_was_not_struck_is_not_released(composer, composer_input):
    composer_input.strike(60, SECOND)
    composer_input.clear_held_keys()
    composer_input.release(60, 2 * SECOND)
    assert composer.calls == [("strike", 60, 1.0)]


def test_a_long_silence_is_shortened_by_whole_bars(composer, composer_input):
    composer_input.strike(60, 0)
    composer_input.strike(62, 101 * SECOND)
    beat = composer.calls[-1][2]
    assert beat <= MAX_GAP_BEATS
    assert (101 - beat) % 4 == 0


def test_beats_never_decrease(composer, composer_input):
    composer_input.resume_from(BeatPosition(BeatGrid(0, SECOND), 3.0))
    composer_input.strike(60, SECOND)
    assert composer.calls == [("strike", 60, 3.0)]


def test_another_composer_counts_from_its_own_grid(composer, composer_input):
    composer_input.strike(60, 3 * SECOND)
    other = RecordingComposer()
    composer_input.switch_composer(other, BeatGrid(4 * SECOND, SECOND))
    composer_input.strike(62, 5 * SECOND)
    composer_input.release(60, 5 * SECOND)
    assert other.calls == [("strike", 62, 1.0)]
