"""Console: all that hands do at the window - fingers, the mouse, and the keys that stand for them.

Arrows go from unit to unit, Space silences the one looked at and Enter makes it louder, as long as
they are held; where a scene has a point to be moved, the arrows move it, and Insert and Delete turn
the temperature. Page Up and Page Down shift the computer's piano by an octave. What was turned goes
back to where it was some time after the visit, so that the next visitor finds all as it should be.
"""

from __future__ import annotations

import pygame

from messages.cues import Blending, Turn
from messages.gestures import Gesture, Hold, Key, Steer
from visuals.hud.piano_keyboard import Keyboard
from visuals.input.pointer import Pointer
from visuals.input.touch_input import Hands, Look
from visuals.scenes.base import Scene
from visuals.timeline import SECOND, Timeline

ARROWS = {
    pygame.KSCAN_LEFT: (-1, 0),
    pygame.KSCAN_RIGHT: (1, 0),
    pygame.KSCAN_UP: (0, -1),
    pygame.KSCAN_DOWN: (0, 1),
}
"""Across and down."""
TEMPERS = {pygame.KSCAN_INSERT: 1, pygame.KSCAN_DELETE: -1}
HOLDS = {pygame.KSCAN_SPACE: 0.0, pygame.KSCAN_RETURN: 0.5, pygame.KSCAN_KP_ENTER: 0.5}
"""How far up each key pushes the unit looked at; not at all is to silence it."""
OCTAVES = {pygame.KSCAN_PAGEUP: pygame.KSCAN_UP, pygame.KSCAN_PAGEDOWN: pygame.KSCAN_DOWN}
"""What the performer takes for them: its own keys of an octave."""
AGAIN_AFTER, AGAIN_EVERY = 0.35, 0.12
"""Seconds after which a key that is held acts again, and again."""
LEFT_AS_IT_IS = 30.0
"""Seconds for which what was turned stays while nobody plays."""


class Console:
    """Reads hands.

    Parameters
    ----------
    keyboard : Keyboard
        On the screen.
    """

    def __init__(self, keyboard: Keyboard) -> None:
        self._hands, self._pointer = Hands(keyboard), Pointer()
        self._held: dict[int, int] = {}  # scancode -> when it acts again
        self._resting: Blending | None = None
        self._turned_at: int | None = None

    @property
    def holds(self) -> tuple[Hold, ...]:
        """What fingers do to units now."""
        return self._hands.holds

    def look(self, at: int) -> Look | None:
        """The unit looked at, as long as it is."""
        return self._hands.look(at)

    def point(
        self, event: pygame.Event, scene: Scene, at: int, window: tuple[int, int]
    ) -> list[Gesture]:
        """What a finger or the mouse does, at a window of that size."""
        gestures = [
            gesture
            for finger in self._pointer.read(event, window)
            for gesture in self._hands.take(finger, scene.unit_at, at, scene.grip)
        ]
        return self._noted(gestures, at)

    def press(self, key: Key, scene: Scene) -> list[Gesture]:
        """What a key means; most are the performer's."""
        code, at = key.scancode, key.at
        if code in OCTAVES:
            return [Key(OCTAVES[code], key.down, at)]
        if code in HOLDS:
            return self._hands.hold(HOLDS[code] if key.down else None, at)
        if code not in ARROWS and code not in TEMPERS:
            return [key]
        if not key.down:
            self._held.pop(code, None)
            return []
        self._held[code] = at + round(AGAIN_AFTER * SECOND)
        return self._act(code, scene, at)

    def tick(self, scene: Scene, timeline: Timeline, at: int) -> list[Gesture]:
        """Time goes by."""
        gestures = self._hands.tick(at)
        for code, due in list(self._held.items()):
            if at >= due:
                self._held[code] = at + round(AGAIN_EVERY * SECOND)
                gestures += self._act(code, scene, at)
        return gestures + self._put_back(timeline, at)

    def let_go(self, at: int) -> list[Gesture]:
        """All fingers and keys are gone."""
        self._held.clear()
        return self._hands.let_go(at)

    def _act(self, code: int, scene: Scene, at: int) -> list[Gesture]:
        steered = None
        if code in TEMPERS:
            steered = scene.warm(TEMPERS[code])
        elif scene.sites is not None:
            unit = scene.sites.beside(self._hands.looked_at, *ARROWS[code])
            return [] if unit is None else self._hands.look_at(unit, at)
        else:
            steered = scene.nudge(*ARROWS[code])
        return [] if steered is None else self._noted([Steer(*steered, at)], at)

    def _noted(self, gestures: list[Gesture], at: int) -> list[Gesture]:
        if any(isinstance(gesture, Steer) for gesture in gestures):
            self._turned_at = at
        return gestures

    def _put_back(self, timeline: Timeline, at: int) -> list[Gesture]:
        """Turn knobs back to where they were before hands turned them."""
        if self._turned_at is None:
            self._resting = timeline.blending(at)
            return []
        alone = timeline.turn(at).turn is Turn.ATTRACT
        since = max(self._turned_at, timeline.turn(at).due)
        if self._resting is None or not alone or at - since < LEFT_AS_IT_IS * SECOND:
            return []
        self._turned_at = None
        resting = self._resting
        steers: list[Gesture] = [Steer("temperature", (resting.temperature,), at)]
        if len(resting.weights) > 1:
            steers.append(Steer("blend", resting.weights, at))
        return steers
