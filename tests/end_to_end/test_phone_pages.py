"""The audience's pages in a real browser: screen readers, reduced motion, old browsers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from installation.visits.duet import DuetNote, ResponsiveUnit
from installation.web.audience.rounds import GuessingRound
from installation.web.web_process import create_audience_app
from messages.clock import SECOND, MonotonicClock
from messages.cues import NoteCue, NoteSource, Turn, TurnChange
from tests.hang_guard import wait_until
from tests.installation.web.audience.conftest import NOTES, STYLES, PhoneRoom
from tests.phone_browser import PhoneBrowser
from tests.served_app import ServedApp

REDUCED = [{"name": "prefers-reduced-motion", "value": "reduce"}]
STILL_INTERVAL_MS = 400  # least time between two pictures with reduced motion
NOTED_PICTURES = """
window.pictures = [];
const context = CanvasRenderingContext2D.prototype, { clearRect, roundRect } = context;
context.clearRect = function (...place) {
  if (this.canvas.id !== "triangle") pictures.push({ at: performance.now(), lefts: [] });
  clearRect.apply(this, place);
};
context.roundRect = function (left, ...rest) {
  if (pictures.length) pictures[pictures.length - 1].lefts.push(left);
  roundRect.call(this, left, ...rest);
};
"""
"""Notes when each picture was drawn, and where the left sides of its bars lie."""
NO_ROUND_RECT = "delete CanvasRenderingContext2D.prototype.roundRect;"
LONG_DUET = tuple(DuetNote(60 + k % 7, 80, 1000 * k, 900, NoteSource(k % 2)) for k in range(60))


class OpenRoom:
    """A room whose pages are served, in the middle of a visit."""

    def __init__(self, folder: Path) -> None:
        self.room = PhoneRoom(folder, clock=MonotonicClock())
        notes = ((0.0, 1.0, 60), (1.0, 1.0, 64))
        self.room.desk.rounds = (GuessingRound("a", "person", "irish", 0, 120.0, notes, notes),)
        self.room.desk.question.ask("Faster?", ["yes", "no"])
        self._served = ServedApp(create_audience_app(self.room.desk, {"localhost"}), self._work)
        self.address = self._served.address

    async def _work(self) -> None:
        self.room.desk.tick(STYLES)
        await self.room.desk.offers.look()

    def tell(self, *messages: object) -> None:
        """Have the piece tell something."""
        self._served.do(lambda: self.room.told.extend(messages))

    def tell_notes(self) -> None:
        """Have the piece play a note of the visitor and one of the network, a minute long."""
        now, state, keys = self.room.clock.now(), np.zeros((1, 6, 1)), np.zeros(88)
        for source in (NoteSource.VISITOR, NoteSource.NETWORK):
            serial, pitch = 1 + source, 60 + 7 * source
            self.tell(NoteCue(serial, now, 60 * SECOND, pitch, 80, source, 1.0, state, keys))

    def offer_duet(self, notes: Sequence[DuetNote] = NOTES) -> str:
        """Have the visitor play a duet; returns the address of its page."""
        self.tell(TurnChange(self.room.clock.now(), Turn.LISTEN))
        wait_until(lambda: self.room.desk.offers.is_visit)
        return f"{self.address}/d/{self.room.add_duet(notes).address}"

    def close(self) -> None:
        self._served.close()
        self.room.duets.close()


@pytest.fixture
def open_room(tmp_path) -> Iterator[OpenRoom]:
    made = OpenRoom(tmp_path)
    yield made
    made.close()


@pytest.fixture
def phone(chromium) -> PhoneBrowser:
    return PhoneBrowser(chromium)


def reduce_motion(phone: PhoneBrowser) -> None:
    phone.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": REDUCED})


def prepare(phone: PhoneBrowser, script: str) -> None:
    """Run a script in each page before its own."""
    command = "Page.addScriptToEvaluateOnNewDocument"
    phone.driver.execute_cdp_cmd(command, {"source": script})


def pictures(phone: PhoneBrowser, count: int) -> list[dict]:
    """The next pictures with bars."""
    phone.driver.execute_script("pictures.length = 0")
    drawn = "pictures.filter((each) => each.lefts.length)"
    phone.wait_for(lambda: phone.value(f"{drawn}.length") > count, "pictures are drawn")
    return phone.value(drawn)[:count]


def intervals(drawn: list[dict]) -> list[float]:
    return [after["at"] - before["at"] for before, after in pairwise(drawn)]


DRAWS_BRIGHT = """canvas => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext('2d', {willReadFrequently: true});
    context.drawImage(canvas, 0, 0);
    const levels = context.getImageData(0, 0, copy.width, copy.height).data;
    return levels.some((level, index) => index % 4 !== 3 && level > 120);
}"""
"""Tells whether a canvas shows anything bright."""


def is_drawn(phone: PhoneBrowser, canvas: str) -> bool:
    """Whether something bright can be seen.

    A copy is read: of a canvas that is read twice the browser complains in the page's console.
    """
    return phone.value(f"(({DRAWS_BRIGHT})({canvas}))")


def accessible_names(phone: PhoneBrowser) -> dict[str, str]:
    """What a screen reader calls each button, input and canvas that is shown, by its element."""
    shown = "Array.from(document.querySelectorAll('button, input, canvas, summary'))"
    shown += ".filter((each) => each.getClientRects().length)"
    names = {}
    for index in range(phone.value(f"{shown}.length")):
        ask = phone.driver.execute_cdp_cmd
        found = ask("Runtime.evaluate", {"expression": f"{shown}[{index}]"})["result"]
        place = {"objectId": found["objectId"], "fetchRelatives": False}
        (node,) = ask("Accessibility.getPartialAXTree", place)["nodes"]
        name = "" if node["ignored"] else node.get("name", {}).get("value", "")
        names[f"{found['description']} {index}"] = str(name).strip()
    return names


def languages(phone: PhoneBrowser) -> Iterator[str]:
    """Change to each language in turn."""
    for button in phone.driver.find_elements("css selector", "#languages button"):
        button.click()
        yield str(button.get_attribute("lang"))


def test_all_that_can_be_touched_has_a_name_in_each_language(open_room, phone):
    home = open_room.offer_duet()
    phone.open(open_room.address)
    phone.wait_for(lambda: phone.find("liked").is_displayed(), "a vote is asked for")
    for part in ("question", "rounds", "triangle"):
        phone.wait_for(phone.find(part).is_displayed, f"the page has its {part}")
    spoken = {}
    for language in languages(phone):
        spoken[language] = accessible_names(phone)
        assert all(spoken[language].values()), spoken[language]
        assert not [name for name in spoken[language].values() if name.startswith("phone.")]
    assert len(spoken["en"]) == 17
    assert spoken["en"] != spoken["ca"] != spoken["es"]

    phone.open(home)
    for language in languages(phone):
        spoken[language] = accessible_names(phone)
        assert all(spoken[language].values()), spoken[language]
    assert len(spoken["en"]) > 8


def test_with_reduced_motion_the_roll_stands_still(open_room, phone):
    prepare(phone, NOTED_PICTURES)
    open_room.tell_notes()
    reduce_motion(phone)
    phone.open(open_room.address)
    drawn = pictures(phone, 9)
    assert min(intervals(drawn)) >= STILL_INTERVAL_MS
    pages = round(sum(intervals(drawn)) / 4000) + 1  # a page is turned every four seconds
    assert len({picture["lefts"][0] for picture in drawn}) <= pages + 1
    moves = "getComputedStyle(document.querySelector('.mark i')).transitionDuration"
    assert phone.value(moves) == "0s"


def test_without_it_the_roll_moves_with_the_music(open_room, phone):
    prepare(phone, NOTED_PICTURES)
    open_room.tell_notes()
    phone.open(open_room.address)
    drawn = pictures(phone, 30)
    assert len({picture["lefts"][0] for picture in drawn}) > 15


@pytest.mark.parametrize("is_reduced", [True, False], ids=["reduced", "moving"])
def test_a_duet_that_plays_stands_still_with_reduced_motion_alone(open_room, phone, is_reduced):
    prepare(phone, NOTED_PICTURES)
    if is_reduced:
        reduce_motion(phone)
    phone.open(open_room.offer_duet(LONG_DUET))
    phone.driver.execute_script(
        "byId('place').value = '500'; byId('place').dispatchEvent(new Event('input'))"
    )
    phone.press("#play")
    phone.wait_for(lambda: phone.value("position") > 0.5 * LONG_DUET[-1].onset_ms + 100, "plays")
    drawn = pictures(phone, 6 if is_reduced else 30)
    lefts = {picture["lefts"][0] for picture in drawn}
    if is_reduced:
        assert min(intervals(drawn)) >= STILL_INTERVAL_MS
        assert len(lefts) <= 2
    else:
        assert len(lefts) > 15
    phone.press("#play")


def test_an_old_browser_without_rounded_bars_shows_roll_and_duet(open_room, phone):
    prepare(phone, NO_ROUND_RECT)
    open_room.tell_notes()
    phone.open(open_room.address)
    assert phone.value("'roundRect' in CanvasRenderingContext2D.prototype") is False
    phone.wait_for(lambda: is_drawn(phone, "byId('roll')"), "the roll shows notes")
    assert phone.complaints() == []
    phone.open(open_room.offer_duet())
    phone.wait_for(lambda: is_drawn(phone, "byId('picture')"), "the duet is shown")
    assert phone.complaints() == []


@pytest.mark.parametrize(
    ("differences", "widths"),
    [((0.0, 0.0), ["3%", "3%"]), ((-0.2, -0.4), ["3%", "3%"]), ((0.4, 0.1), ["100%", "25%"])],
)
def test_cells_that_answered_no_more_to_the_visitor_have_short_bars(
    open_room, phone, differences, widths
):
    units = tuple(ResponsiveUnit(0, unit, each) for unit, each in enumerate(differences))
    duet = open_room.room.add_duet(units=units)
    phone.open(f"{open_room.address}/d/{duet.address}")
    bars = "Array.from(document.querySelectorAll('#cells i'), (bar) => bar.style.width)"
    assert phone.value(bars) == widths
