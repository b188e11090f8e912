"""Plots of the visits, as SVG without a script: today by the hour, and all days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

from installation.visits.database import VisitDatabaseError, read_visits

WIDTH, HEIGHT = 440, 150  # size of a plot in its own units
BASELINE, TOP = 124, 20
LABEL_Y = 142
LABEL_MARGIN = 20  # least distance of the middle of a text from either side
MAX_LABELS = 7  # labels below the bars
BAR_SHARE = 0.72  # width of a bar as a share of its place


FIRST_HOUR, LAST_HOUR = 8, 20  # hours of the day that are shown at least
MAX_DAYS = 366  # days that are shown, the newest


@dataclass(frozen=True, slots=True)
class Bar:
    """A number of visits, and what it counts: an hour or a day."""

    label: str
    count: int


def read_visit_plots(folder: Path, now: datetime | None = None) -> dict[str, str]:
    """Plots of the visits in the database of a folder: "today", "days", and "error" if any.

    A visit counts at the local time at which it began, which may be that of summer.
    """
    now = (now or datetime.now()).astimezone()
    try:
        times = [datetime.fromisoformat(visit.began) for visit in read_visits(folder)]
    except (VisitDatabaseError, ValueError) as error:
        return {"today": "", "days": "", "error": f"The visits cannot be read: {error}"}
    hours = Counter(time.hour for time in times if time.date() == now.date())
    days = Counter(time.date() for time in times)
    span = range(min(FIRST_HOUR, *hours, LAST_HOUR), max(LAST_HOUR, *hours, FIRST_HOUR) + 1)
    first = min(days, default=now.date())
    count = min(MAX_DAYS, max(1, (now.date() - first).days + 1))
    dates = [now.date() - timedelta(days=back) for back in reversed(range(count))]
    today = [Bar(str(hour), hours[hour]) for hour in span]
    by_day = [Bar(f"{date.day}.{date.month}.", days[date]) for date in dates]
    return {
        "today": plot_visits("Visits today", today),
        "days": plot_visits("Visits by day", by_day),
        "error": "",
    }


def plot_visits(title: str, bars: Sequence[Bar]) -> str:
    """An SVG image of bars; its text says the same to a screen reader."""
    total, highest = sum(bar.count for bar in bars), max((bar.count for bar in bars), default=0)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(title)}: {total} visits</title>",
        f"<desc>{escape(_describe(bars))}</desc>",
        f'<line class="axis" x1="0" y1="{BASELINE}" x2="{WIDTH}" y2="{BASELINE}"/>',
    ]
    place = WIDTH / max(1, len(bars))
    label_step = -(-len(bars) // MAX_LABELS) or 1
    for number, bar in enumerate(bars):
        middle = (number + 0.5) * place
        height = (BASELINE - TOP) * bar.count / max(1, highest)
        if bar.count:
            x, width = middle - place * BAR_SHARE / 2, place * BAR_SHARE
            parts.append(
                f'<rect class="bar" x="{x:.1f}" y="{BASELINE - height:.1f}" width="{width:.1f}" '
                f'height="{height:.1f}"/>'
            )
        if bar.count and bar.count == highest:
            parts.append(_text("count", middle, BASELINE - height - 5, str(bar.count)))
        if number % label_step == 0:
            parts.append(_text("label", middle, LABEL_Y, bar.label))
    if not total:
        parts.append(_text("label", WIDTH / 2, (TOP + BASELINE) / 2, "no visits yet"))
    return "".join([*parts, "</svg>"])


def _text(kind: str, x: float, y: float, text: str) -> str:
    x = min(max(x, LABEL_MARGIN), WIDTH - LABEL_MARGIN)
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _describe(bars: Sequence[Bar]) -> str:
    return ", ".join(f"{bar.label}: {bar.count}" for bar in bars if bar.count) or "no visits"
