"""A made-up performance for a stage without a performer: cues as a network would send them.

    python benchmarks/demo_performance.py [SCENE]

opens a window on such a performance, until Esc is pressed.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from numpy.typing import NDArray

from messages.clock import SECOND
from messages.cues import (
    KEY_COUNT,
    SIGNALS,
    NoteAttribution,
    NoteCue,
    NoteRelease,
    NoteSource,
    StageMessage,
    Turn,
    TurnChange,
)
from messages.gestures import Gesture, QuitRequest
from visuals.network_summary import NetworkSummary
from visuals.stage import Stage
from visuals.window.stage_options import StageOptions

LOOKAHEAD_NS = 2 * SECOND
"""Time between the message of a network's note and the note, ns."""
_SCALE_PITCHES = (62, 64, 66, 67, 69, 71, 73, 74, 76, 78, 79, 81, 83)
_ATTRACT_NOTES, _VISITOR_NOTES, _ANSWER_NOTES = 24, 10, 22


class DemoPerformance:
    """A performance in rounds: the network alone, a visitor, an answer.

    Parameters
    ----------
    layers, units : int
        Size of the network.
    start : int
        Time of the first note, ns.
    seed : int
    tempo : float
        Beats per minute; notes are eighths and quarters.
    """

    def __init__(
        self, layers: int, units: int, start: int, seed: int = 0, tempo: float = 112.0
    ) -> None:
        self._shape = (layers, len(SIGNALS), units)
        self._random = np.random.default_rng(seed)
        self._beat = round(60 / tempo * SECOND)
        self._due, self._serial, self._scale_index = start, 0, 6
        self._state = self._random.normal(0, 1, self._shape)
        # each pitch class moves the state in its own direction, as in a trained network
        self._pitch_class_states = self._random.normal(0, 1, (12, *self._shape))
        self._scheduled: list[tuple[int, StageMessage]] = []
        self._turns_told = 0

    def poll(self, now: int) -> list[StageMessage]:
        """The messages up to `now` (ns) since the last call, in order."""
        while not self._scheduled or self._scheduled[-1][0] <= now:
            self._write_round()
        told = [message for at, message in self._scheduled if at <= now]
        self._scheduled = [entry for entry in self._scheduled if entry[0] > now]
        return told

    def _write_round(self) -> None:
        self._write_turn(Turn.ATTRACT, _ATTRACT_NOTES, NoteSource.NETWORK)
        self._write_turn(Turn.LISTEN, _VISITOR_NOTES, NoteSource.VISITOR)
        self._due += self._beat
        self._write_turn(Turn.ANSWER, _ANSWER_NOTES, NoteSource.NETWORK)
        self._write_turn(Turn.FAREWELL, 3, NoteSource.NETWORK)
        self._due += 2 * self._beat
        self._scheduled.sort(key=lambda entry: entry[0])

    def _write_turn(self, turn: Turn, notes: int, source: NoteSource) -> None:
        self._schedule(self._due - SECOND // 4, TurnChange(self._due, turn, self._beat))
        for _ in range(notes):
            self._write_note(source)

    def _write_note(self, source: NoteSource) -> None:
        step = int(self._random.choice([-3, -2, -1, -1, 1, 1, 2, 3]))
        self._scale_index = int(np.clip(self._scale_index + step, 0, len(_SCALE_PITCHES) - 1))
        pitch = _SCALE_PITCHES[self._scale_index]
        beats = float(self._random.choice([0.5, 0.5, 0.5, 1.0]))
        length = round(beats * self._beat)
        self._state = 0.72 * self._state + 0.69 * self._pitch_class_states[pitch % 12]
        by_visitor = source is NoteSource.VISITOR
        cue = NoteCue(
            serial=self._serial,
            due=self._due,
            duration=0 if by_visitor else round(length * 0.9),
            pitch=pitch,
            velocity=int(self._random.integers(60, 105)),
            source=source,
            surprise=1.0 + self._serial * 5 % 7,
            activations=self._activations(),
            next_key_probabilities=self._key_probabilities(),
        )
        self._schedule(self._due if by_visitor else self._due - LOOKAHEAD_NS, cue)
        if by_visitor:
            end = self._due + round(length * 0.8)
            self._schedule(end, NoteRelease(self._serial, end))
        else:
            self._schedule(self._due - LOOKAHEAD_NS, self._reasons())
        self._serial += 1
        self._due += length

    def _reasons(self) -> NoteAttribution:
        """Shares of earlier notes, larger for later ones; some are negative."""
        serials = np.arange(max(0, self._serial - 24), self._serial)
        near = np.exp(-(self._serial - serials) / 8.0)
        told = self._serial % 7 * 0.9 + serials * 2.4
        shares = near * np.sin(told) ** 3 + 0.4 * near * (serials % 5 == self._serial % 5)
        return NoteAttribution(self._serial, serials, shares.astype(np.float32))

    def _activations(self) -> NDArray[np.float32]:
        activations = np.tanh(self._state * 0.8)
        activations[:, [0, 1, 3]] = 0.5 + 0.5 * activations[:, [0, 1, 3]]  # gates are 0..1
        return activations.astype(np.float32)

    def _key_probabilities(self) -> NDArray[np.float32]:
        weight = np.zeros(KEY_COUNT)
        for place, pitch in enumerate(_SCALE_PITCHES):
            weight[pitch - 21] = np.exp(
                -abs(place - self._scale_index) + self._random.normal(0, 0.7)
            )
        return (weight / weight.sum()).astype(np.float32)

    def _schedule(self, at: int, message: StageMessage) -> None:
        self._scheduled.append((at, message))


def main(scene: str = "waves") -> None:
    """Show a performance until Esc is pressed."""
    network = NetworkSummary.dummy()
    performance = DemoPerformance(network.layers, network.units, time.monotonic_ns())
    gestures: list[Gesture] = []
    stage = Stage(
        StageOptions(scene=scene),
        network,
        lambda: performance.poll(time.monotonic_ns()),
        gestures.append,
    )
    while not any(isinstance(gesture, QuitRequest) for gesture in gestures):
        stage.show_frame()
    stage.close()


if __name__ == "__main__":
    main(*sys.argv[1:2])
