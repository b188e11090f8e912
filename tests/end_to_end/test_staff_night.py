"""A staff page that is left open all night: thousands of events, and nothing that grows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import count
from pathlib import Path

import pytest

from installation.web.staff.log_tail import MAX_TAIL_LINES
from installation.web.staff.recordings import MAX_LISTED
from installation.web.web_process import create_app
from messages.clock import MonotonicClock
from messages.training import TrainingStatus
from tests.hang_guard import wait_until
from tests.installation.web.conftest import PIN, StaffDesk
from tests.served_app import ServedApp

EVENTS, READINGS = 3000, 20  # of the night: changes of the state, and readings of the long lists
WARM_EVENTS, WARM_READINGS = 200, 3  # after which the page has shown all that it can show
EVENT_INTERVAL_S = 0.003
MAX_NEW_NODES, MAX_NEW_HEAP_BYTES = 50, 1_000_000  # that collecting garbage may leave
LISTS = "#faults, #figures, #ranks, #recordings, #style, #set, #mode, #scene, #language"


class BusyPiece:
    """A piece that tells something else with every event, or always the same."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers, self.is_busy = folder, count(1), False
        self._days = count(1)
        self._desk = StaffDesk(folder, clock=MonotonicClock())
        training = TrainingStatus(is_running=True, gradient_norms=(0.1, 0.2))
        calm = {"picture_serial": 0, "training": asdict(training)}
        self._calm = self._desk.link.describe() | calm
        app = create_app(self._desk.services, {"localhost"})
        self._served = ServedApp(app, self._work, EVENT_INTERVAL_S)
        self.address, self.close = self._served.address, self._served.close

    async def _work(self) -> None:
        state = self._vary(next(self._numbers)) if self.is_busy else self._calm
        self._desk.services.events.publish(json.dumps(state))

    def _vary(self, number: int) -> dict[str, object]:
        """The state, otherwise in all that makes the page build something."""
        ranks = tuple(float(rank) for rank in range(number % 9))
        training = TrainingStatus(
            is_running=number % 16 != 0,
            step=number,
            gradient_norms=ranks,
            rank_notes_per_second=tuple(round(each) for each in ranks),
        )
        styles = [f"style {each}" for each in range(1 + number % 4)]
        return self._calm | {
            "sentence": f"sentence {number}",
            "faults": [{"sentence": f"fault {number} {each}"} for each in range(number % 5)],
            "uptime": 60 * number,
            "training": asdict(training),
            "settings": {"style": {"value": styles[0], "choices": styles}},
        }

    def grow(self) -> None:
        """Write more to the log and to the recordings; soon there is more than the page lists."""
        number = next(self._days)
        with (self._folder / "log.txt").open("a") as log:
            log.writelines(f"{number} line {line}\n" for line in range(MAX_TAIL_LINES))
        day = self._folder / f"2031-05-{number:02d}"
        day.mkdir()
        for visit in range(1 + MAX_LISTED // 2):
            (day / f"{visit}.mid").write_bytes(b"MThd")


@pytest.fixture
def piece(tmp_path) -> Iterator[BusyPiece]:
    made = BusyPiece(tmp_path)
    yield made
    made.close()


class NightPage:
    """The page of the staff, whose events are counted."""

    def __init__(self, driver, piece: BusyPiece) -> None:
        self._driver, self._piece = driver, piece
        driver.get(f"{piece.address}/staff")
        self._wait_for("!byId('login').hidden", "a PIN is asked for")
        driver.find_element("id", "pin").send_keys(PIN)
        driver.find_element("css selector", "#login-form button").click()
        self._wait_for("!byId('staff').hidden", "the page opens")
        driver.execute_script(
            "const show = showState; window.shown = 0;"
            "window.showState = (state) => { show(state); window.shown += 1; };"
        )

    def _value(self, expression: str):
        return self._driver.execute_script(f"return {expression}")

    def _wait_for(self, expression: str, what: str) -> None:
        wait_until(lambda: self._value(expression), what)

    def live(self, events: int, readings: int) -> None:
        """Show so many events, read the lists so often, and calm down."""
        self._piece.is_busy, begun = True, self._value("shown")
        for number in range(readings):
            self._driver.execute_async_script("readSlowThings().then(arguments[0])")
            if number < 8:
                self._piece.grow()
        self._wait_for(f"shown > {begun + events}", "the events are shown")
        self._piece.is_busy = False
        self._wait_for("!byId('sentence').textContent.startsWith('sentence')", "it is calm")

    def sizes(self) -> dict[str, float]:
        """Nodes, listeners and memory of the page once garbage is collected."""
        ask = self._driver.execute_cdp_cmd
        ask("Performance.enable", {})
        for _ in range(3):
            ask("HeapProfiler.collectGarbage", {})
        metrics = {
            one["name"]: one["value"] for one in ask("Performance.getMetrics", {})["metrics"]
        }
        return {name: metrics[name] for name in ("Nodes", "JSEventListeners", "JSHeapUsedSize")}

    def lists(self) -> dict[str, int]:
        """Lengths of all lists, and of the whole document."""
        lengths = self._value(
            f"Object.fromEntries(Array.from(document.querySelectorAll('{LISTS}'),"
            "(list) => [list.id, list.children.length]))"
        )
        return lengths | {"document": self._value("document.getElementsByTagName('*').length")}


def test_a_page_left_open_all_night_grows_by_nothing(chromium, piece):
    piece.grow()
    page = NightPage(chromium, piece)
    page.live(WARM_EVENTS, WARM_READINGS)
    before, lists = page.sizes(), page.lists()
    page.live(EVENTS, READINGS)
    assert page.lists() == lists
    assert lists["recordings"] == MAX_LISTED

    def is_as_small() -> bool:
        after = page.sizes()
        return (
            after["Nodes"] <= before["Nodes"] + MAX_NEW_NODES
            and after["JSEventListeners"] <= before["JSEventListeners"]
            and after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + MAX_NEW_HEAP_BYTES
        )

    wait_until(is_as_small, "what is not shown any more is collected")  # in the browser's time
