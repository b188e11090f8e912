"""House state: what the keeper of the hours tells of the exhibit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HouseState:
    """What holds until the keeper tells something else.

    Parameters
    ----------
    is_closed : bool
        Whether the exhibit is outside its opening hours.
    self_test : tuple of str
        What the last self-test before opening found unfit: a sentence each.
    """

    is_closed: bool = False
    self_test: tuple[str, ...] = ()
