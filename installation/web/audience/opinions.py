"""Opinions of the phones, and the mean that moves slowly after them."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from dataclasses import dataclass, replace

from installation.config import CrowdSettings
from messages.clock import SECOND
from messages.crowd import CrowdChange, CrowdLights, CrowdSteering

MAX_OPINIONS = 4096  # opinions that count at once; the oldest goes for a new one
MAX_OPINIONS_PER_ADDRESS = 64  # of phones behind one address
MAX_STYLES = 16
GLIDE_PER_S = 0.05  # fastest change of the mean: from one end to the other in 40 s
NEUTRAL_VOICES = 1.0  # weight of the wish that nothing changes
MAX_LIGHTS = 48  # phones that the stage shows
CHANGE_INTERVAL_NS = SECOND  # least time between two changes of the piece, ns
REPEAT_INTERVAL_NS = 5 * SECOND  # time after which a restarted process is told again, ns
AXES = ("wildness", "surprise", "brightness")


class OpinionError(ValueError):
    """Values that are no opinion."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one phone wants.

    Parameters
    ----------
    axes : tuple of float
        From calm to wild, simple to surprising and dark to bright; each -1..1.
    shares : tuple of float
        Share of each style; empty for no wish.
    address : str
        Where it came from; in memory only.
    at : int
        When it came, by this machine's clock, ns.
    """

    axes: tuple[float, ...]
    shares: tuple[float, ...]
    address: str
    at: int


def check_opinion(values: dict[str, object], address: str, at: int) -> Opinion:
    """The opinion that a phone has sent.

    Parameters
    ----------
    values : dict
        A number from -1 to 1 for each of `AXES`, and "styles", a list of numbers from 0 to 1.
    address : str
    at : int
        Time of arrival, ns: no clock of a phone counts.

    Returns
    -------
    Opinion

    Raises
    ------
    OpinionError
        If a value is missing or out of its bounds.
    """
    axes = tuple(_number(values.get(name), -1.0, name) for name in AXES)
    styles = values.get("styles", [])
    if not isinstance(styles, list) or len(styles) > MAX_STYLES:
        raise OpinionError("styles must be a list")
    shares = [_number(value, 0.0, "styles") for value in styles]
    total = sum(shares)
    return Opinion(axes, tuple(each / total for each in shares) if total else (), address, at)


def _number(value: object, low: float, name: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= 1:  # type: ignore[operator] # nan is neither
        raise OpinionError(f"{name} must be a number from {low:g} to 1")
    return float(value)  # type: ignore[arg-type]


class Crowd:
    """All opinions, by voice, and their mean.

    Parameters
    ----------
    settings : CrowdSettings
        The artist's bounds.
    """

    def __init__(self, settings: CrowdSettings) -> None:
        self._settings = settings
        self._life_ns = round(60 * settings.minutes * SECOND)
        self._opinions: OrderedDict[str, Opinion] = OrderedDict()  # the oldest first
        self._per_address: Counter[str] = Counter()
        self._axes = [0.0] * len(AXES)
        self._shares: list[float] = []
        self._share_strength = 0.0
        self._updated_at: int | None = None
        self._sent: CrowdChange | None = None

    def __len__(self) -> int:
        return len(self._opinions)

    def put(self, voice: str, opinion: Opinion) -> None:
        """Count an opinion in the place of an earlier one of the same voice."""
        self._remove(voice)
        if self._per_address[opinion.address] >= MAX_OPINIONS_PER_ADDRESS:
            oldest = next(
                key for key, one in self._opinions.items() if one.address == opinion.address
            )
            self._remove(oldest)
        self._opinions[voice] = opinion
        self._per_address[opinion.address] += 1
        if len(self._opinions) > MAX_OPINIONS:
            self._remove(next(iter(self._opinions)))

    def update(self, now: int, styles: int) -> CrowdChange | None:
        """Move the mean to the time `now` (ns).

        Parameters
        ----------
        now : int
        styles : int
            Number of styles that play.

        Returns
        -------
        CrowdChange or None
            What the piece has to learn, if anything.
        """
        while self._opinions and self._weight(next(iter(self._opinions.values())), now) <= 0:
            self._remove(next(iter(self._opinions)))
        passed = 0.0 if self._updated_at is None else (now - self._updated_at) / SECOND
        self._updated_at = now
        self._glide(now, styles, max(0.0, passed) * GLIDE_PER_S)
        change = CrowdChange(now, self._steering(), self._lights())
        if not self._is_due(change):
            return None
        self._sent = change
        return change

    def describe(self) -> dict[str, object]:
        """What the phones show of it."""
        return {
            "voices": len(self._opinions),
            "axes": [round(value, 2) for value in self._axes],
            "styles": [round(value, 2) for value in self._shares],
        }

    def _remove(self, voice: str) -> None:
        opinion = self._opinions.pop(voice, None)
        if opinion is not None:
            self._per_address[opinion.address] -= 1
            if not self._per_address[opinion.address]:
                del self._per_address[opinion.address]

    def _weight(self, opinion: Opinion, now: int) -> float:
        return max(0.0, 1.0 - (now - opinion.at) / self._life_ns)

    def _glide(self, now: int, styles: int, step: float) -> None:
        weighed = [(self._weight(one, now), one) for one in self._opinions.values()]
        total = NEUTRAL_VOICES + sum(weight for weight, _ in weighed)
        for axis in range(len(AXES)):
            wanted = sum(weight * one.axes[axis] for weight, one in weighed) / total
            self._axes[axis] = _step_towards(self._axes[axis], wanted, step)
        if len(self._shares) != styles:
            self._shares, self._share_strength = [1.0 / max(1, styles)] * styles, 0.0
        about = [(weight, one) for weight, one in weighed if len(one.shares) == styles > 1]
        count = sum(weight for weight, _ in about)
        strength = count / (count + NEUTRAL_VOICES)
        self._share_strength = _step_towards(self._share_strength, strength, step)
        if count:
            for style in range(styles):
                wanted = sum(weight * one.shares[style] for weight, one in about) / count
                self._shares[style] = _step_towards(self._shares[style], wanted, step)

    def _steering(self) -> CrowdSteering:
        wildness, surprise, brightness = self._axes
        settings, total = self._settings, sum(self._shares)
        return CrowdSteering(
            round((1 + settings.temperature) ** surprise, 3),
            round(settings.density * wildness, 2),
            round(settings.octave * brightness, 3),
            tuple(round(share / total, 3) for share in self._shares) if total else (),
            round(settings.blend * self._share_strength, 3),
        )

    def _lights(self) -> CrowdLights:
        newest = list(self._opinions.values())[-MAX_LIGHTS:]
        places = tuple((round(one.axes[0], 2), round(one.axes[1], 2)) for one in newest)
        centre = (round(self._axes[0], 3), round(self._axes[1], 3))
        return CrowdLights(len(self._opinions), centre, places)

    def _is_due(self, change: CrowdChange) -> bool:
        sent = self._sent
        if sent is None:
            return bool(self._opinions)
        passed = change.at - sent.at
        if passed < CHANGE_INTERVAL_NS:
            return False
        is_other = replace(change, at=sent.at) != sent
        return is_other or (bool(self._opinions) and passed >= REPEAT_INTERVAL_NS)


def _step_towards(value: float, wanted: float, step: float) -> float:
    return value + math.copysign(min(step, abs(wanted - value)), wanted - value)
