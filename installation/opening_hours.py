"""Opening hours and quiet hours, by weekday and date, as config.toml writes them.

An interval belongs to the day on which it begins. It may end after midnight, by 06:00, and is
written as "22:00-02:00". An interval that would end later is taken for a mistake. An end within the
hour that comes twice, as summer time ends, is its first time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
LATEST_END_MINUTES = 6 * 60  # latest end of an interval that passes midnight, minutes of the day
MIN_DATE_LENGTH = len("2026-12-24")
HOURS_SYNTAX = (
    'accepted: days and times as "mon-fri 10:00-18:00", "sat,sun 11:00-13:00 14:00-20:00", '
    '"daily 10:00-24:00", "2026-12-24 10:00-14:00" or "2026-12-25 closed"; an end after midnight, '
    'by 06:00, as "fri 20:00-02:00"'
)
QUIET_SYNTAX = (
    'accepted: days and times, and what is quiet, as "mon-fri 13:00-15:00 volume 0.3", '
    '"sun 10:00-12:00 brightness 0.5 lessons"'
)


class OpeningHoursError(ValueError):
    """A rule that cannot be understood, or contradicts another; one line."""


@dataclass(frozen=True, slots=True, order=True)
class TimeSpan:
    """A span of a day; `end` is above `DAY_MINUTES` if it passes midnight.

    Parameters
    ----------
    begin, end : int
        Minutes from the midnight at which the day begins.
    """

    begin: int
    end: int

    def contains(self, minute: int) -> bool:
        """Whether a minute, counted from the same midnight, lies in the span."""
        return self.begin <= minute < self.end


@dataclass(frozen=True, slots=True)
class QuietLevel:
    """What is quiet.

    Parameters
    ----------
    volume, brightness : float
        Shares of what the settings say, 0..1.
    lessons_only : bool
        Whether only lessons are shown, and the network does not play by itself.
    """

    volume: float = 1.0
    brightness: float = 1.0
    lessons_only: bool = False


@dataclass(frozen=True, slots=True)
class DayRule:
    """Spans of some days: of weekdays, 0 for Monday, or of dates."""

    text: str
    days: frozenset[int | date]
    spans: tuple[TimeSpan, ...]
    quiet: QuietLevel = QuietLevel()


class OpeningHours:
    """When an exhibit is open; without rules, always.

    Parameters
    ----------
    rules : sequence of str
        See `HOURS_SYNTAX`. The rules of a date replace those of its weekday.

    Raises
    ------
    OpeningHoursError
        If a rule cannot be understood, ends before it begins, or overlaps another.
    """

    def __init__(self, rules: Sequence[str]) -> None:
        self._rules = [_parse_hours(text) for text in rules]
        _refuse_overlaps(self._rules)

    def is_open(self, now: datetime) -> bool:
        """Whether the exhibit is open at a local time."""
        return not self._rules or _active_rule(self._rules, now) is not None

    def is_about_to_open(self, now: datetime, minutes: int) -> bool:
        """Whether it is closed now and opens within some minutes."""
        return not self.is_open(now) and self.is_open(now + timedelta(minutes=minutes))


class QuietHours:
    """When and how an exhibit is quiet.

    Parameters
    ----------
    rules : sequence of str
        See `QUIET_SYNTAX`.

    Raises
    ------
    OpeningHoursError
        If a rule cannot be understood, ends before it begins, or overlaps another.
    """

    def __init__(self, rules: Sequence[str]) -> None:
        self._rules = [_parse_quiet(text) for text in rules]
        _refuse_overlaps(self._rules)

    def level_at(self, now: datetime) -> QuietLevel:
        """What is quiet at a local time."""
        rule = _active_rule(self._rules, now)
        return QuietLevel() if rule is None else rule.quiet


def parse_time_of_day(text: str) -> int:
    """A time as minutes of the day.

    Parameters
    ----------
    text : str
        As "05:30", to "24:00".

    Returns
    -------
    int

    Raises
    ------
    OpeningHoursError
    """
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    minutes = 60 * int(found[1]) + int(found[2]) if found else DAY_MINUTES + 1
    if found is None or int(found[2]) > 59 or minutes > DAY_MINUTES:
        raise OpeningHoursError(f'{text!r} is no time of day; accepted: as "05:30"')
    return minutes


def _parse_hours(text: str) -> DayRule:
    words = text.lower().split()
    if len(words) == 2 and words[1] == "closed":
        return DayRule(text, _parse_days(words[0], text, HOURS_SYNTAX), ())
    if len(words) < 2:
        raise OpeningHoursError(f"{text!r}: {HOURS_SYNTAX}")
    spans = tuple(_parse_span(word, text, HOURS_SYNTAX) for word in words[1:])
    return DayRule(text, _parse_days(words[0], text, HOURS_SYNTAX), spans)


def _parse_quiet(text: str) -> DayRule:
    words = text.lower().split()
    if len(words) < 3:
        raise OpeningHoursError(f"{text!r}: {QUIET_SYNTAX}")
    days = _parse_days(words[0], text, QUIET_SYNTAX)
    span = _parse_span(words[1], text, QUIET_SYNTAX)
    shares, lessons_only, rest = {}, False, words[2:]
    while rest:
        name = rest.pop(0)
        if name == "lessons":
            lessons_only = True
        elif name in ("volume", "brightness") and rest:
            shares[name] = _parse_share(rest.pop(0), text)
        else:
            raise OpeningHoursError(f"{text!r}: {QUIET_SYNTAX}")
    return DayRule(text, days, (span,), QuietLevel(**shares, lessons_only=lessons_only))


def _parse_share(word: str, text: str) -> float:
    if not re.fullmatch(r"0|1|[01]?\.\d+", word) or float(word) > 1:
        raise OpeningHoursError(f"{text!r}: {word!r} is no number from 0 to 1")
    return float(word)


def _parse_days(word: str, text: str, syntax: str) -> frozenset[int | date]:
    days: set[int | date] = set()
    for part in word.split(","):
        first, _, last = part.partition("-")
        if part == "daily":
            days.update(range(7))
        elif first in WEEKDAYS and (not last or last in WEEKDAYS):
            begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
            days.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
        else:
            try:
                if len(part) < MIN_DATE_LENGTH:
                    raise ValueError(part)
                days.add(date.fromisoformat(part))
            except ValueError:
                message = f"{text!r}: {part!r} is no weekday and no date; {syntax}"
                raise OpeningHoursError(message) from None
    return frozenset(days)


def _parse_span(word: str, text: str, syntax: str) -> TimeSpan:
    ends = word.split("-")
    if len(ends) != 2:
        raise OpeningHoursError(f"{text!r}: {syntax}")
    try:
        begin, end = map(parse_time_of_day, ends)
    except OpeningHoursError as error:
        raise OpeningHoursError(f"{text!r}: {error}; {syntax}") from error
    if begin < end:
        return TimeSpan(begin, end)
    if end > LATEST_END_MINUTES or begin == end:
        raise OpeningHoursError(f"{text!r} ends before it begins; {syntax}")
    return TimeSpan(begin, end + DAY_MINUTES)


def _refuse_overlaps(rules: Sequence[DayRule]) -> None:
    """Raise `OpeningHoursError` for two spans that share a minute of a weekday or date."""
    dates = {day for rule in rules for day in rule.days if isinstance(day, date)}
    for spans in (_weekly_spans(rules), *(_spans_of_date(rules, day) for day in sorted(dates))):
        ordered = sorted(spans, key=lambda pair: pair[0])
        for (before, first), (after, second) in zip(ordered, ordered[1:], strict=False):
            if after.begin < before.end:
                both = first if first == second else f"{first!r} and {second!r}"
                raise OpeningHoursError(f"{both} overlap; accepted: spans that do not")


def _weekly_spans(rules: Iterable[DayRule]) -> list[tuple[TimeSpan, str]]:
    """The spans of a week, and of its first day once more, in minutes of the week."""
    found = []
    for rule in rules:
        for day in rule.days:
            if isinstance(day, int):
                for week in (0, 7) if day == 0 else (0,):
                    start = (day + week) * DAY_MINUTES
                    found += [
                        (TimeSpan(start + span.begin, start + span.end), rule.text)
                        for span in rule.spans
                    ]
    return found


def _spans_of_date(rules: Iterable[DayRule], day: date) -> list[tuple[TimeSpan, str]]:
    return [(span, rule.text) for rule in rules if day in rule.days for span in rule.spans]


def _rules_of(rules: Iterable[DayRule], day: date) -> list[DayRule]:
    """The rules of a day: those of its date, if there are any, else those of its weekday."""
    of_date = [rule for rule in rules if day in rule.days]
    return of_date or [rule for rule in rules if day.weekday() in rule.days]


def _active_rule(rules: Sequence[DayRule], now: datetime) -> DayRule | None:
    minute, today = 60 * now.hour + now.minute, now.date()
    for day, at in ((today, minute), (today - timedelta(days=1), minute + DAY_MINUTES)):
        for rule in _rules_of(rules, day):
            if any(span.contains(at) and not _has_ended(span, day, now) for span in rule.spans):
                return rule
    return None


def _has_ended(span: TimeSpan, day: date, now: datetime) -> bool:
    """Whether the clock was set back to within a span that had ended before."""
    local = now.replace(tzinfo=None)
    later = local.replace(fold=1).astimezone().utcoffset()
    if not _comes_twice(local) or now.utcoffset() != later:
        return False
    return _comes_twice(datetime.combine(day, time()) + timedelta(minutes=span.end))


def _comes_twice(local: datetime) -> bool:
    """Whether the machine's zone has a local time twice, in the night of the end of summer time."""
    first, second = (local.replace(fold=fold).astimezone().utcoffset() for fold in (0, 1))
    return first > second
