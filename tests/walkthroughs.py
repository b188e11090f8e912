"""Ways through the walkthroughs of the lessons, for their tests."""

from __future__ import annotations

from typing import TypeVar

from visuals.lessons.base.walkthrough import Walkthrough

Walk = TypeVar("Walk", bound=Walkthrough)


def walk_to(walk: Walk, name: str, ticks: int = 0) -> Walk:
    """Take a walkthrough to the step `name`, with some ticks in each step before it."""
    while walk.current_step.name != name:
        tick(walk, ticks)
        assert walk.advance()
    return walk


def tick(walk: Walkthrough, count: int) -> None:
    """Run a walkthrough for some ticks."""
    for _ in range(count):
        walk.tick()
