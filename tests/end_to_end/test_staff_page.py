"""The staff page in a real browser, in front of the real piece; skipped without Chromium."""

from __future__ import annotations

import contextlib
import sys

import pytest
from jack import jack_server
from web_load import free_port

from rnn.evolution.generation import Generation
from rnn.evolution.generation_store import GenerationStore
from rnn.model.checkpoint import load_checkpoint
from rnn.styles import style_path
from tests.hang_guard import wait_until

PIN = "2468"
PHONE, DESKTOP = (390, 844), (1280, 900)


@pytest.fixture
def knob():
    """Sends a value of a MIDI controller from a port of its own."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs JACK without hardware")
    with jack_server() as name:
        if not name:
            pytest.skip("no JACK server here")
        import rtmidi

        port = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name="knobs")
        port.open_virtual_port("port")
        yield lambda value, control=21: port.send_message([0xB0, control, value])
        port.delete()


@pytest.fixture
def address(display, start, tmp_path):
    """Address of the page of a running piece."""
    port = free_port()
    settings = f'[web]\nhost = "127.0.0.1"\nport = {port}\nname = ""\npin = "{PIN}"\n'
    settings += '[style]\nname = "irish"\n[evolution]\nenabled = true\nat = ""\n'
    (tmp_path / "config.toml").write_text(settings)
    origin = style_path("irish")
    store = GenerationStore(tmp_path / "generations" / "irish", "irish", origin)
    store.add(Generation(0, 0, "irish", "2031-05-06T03:30:00"), load_checkpoint(origin))
    aside = Generation(0, 1, "irish", accepted=False, reasons=("forgets: +0.050 bits",))
    store.add(aside, load_checkpoint(origin))
    start("play", "--web", "--seed", 3, DISPLAY=display, SDL_VIDEODRIVER="x11")
    return f"http://127.0.0.1:{port}"


class StaffBrowser:
    """A browser with the page open."""

    def __init__(self, driver) -> None:
        self.driver = driver

    def open(self, address: str, size: tuple[int, int]) -> None:
        """Open the page, once the piece serves it, on a screen of a size."""
        self.driver.set_window_size(*size)

        def is_served() -> bool:
            from selenium.common.exceptions import WebDriverException

            with contextlib.suppress(WebDriverException):
                self.driver.get(f"{address}/staff")
            return bool(self.driver.find_elements("id", "login-form"))

        wait_until(is_served, "the page is served")
        self.wait_for(lambda: self.find("pin").is_displayed())

    def find(self, name: str):
        return self.driver.find_element("id", name)

    def wait_for(self, is_true, what: str = "the page shows it") -> None:
        wait_until(is_true, what)

    def log_in(self, pin: str = PIN) -> None:
        self.find("pin").send_keys(pin)
        self.driver.find_element("css selector", "#login-form button").click()

    def status(self) -> dict:
        """What the piece itself tells, not what the page shows."""
        script = "fetch('/staff/status').then((a) => a.json()).then(arguments[0])"
        return self.driver.execute_async_script(script)

    def family(self) -> list[str]:
        """How each generation stands, the newest first."""
        script = (
            "return Array.from(document.querySelectorAll('#family li'), (row) => row.className)"
        )
        return self.driver.execute_script(script)

    def press(self, selector: str) -> None:
        """Scroll to a button and press it."""
        button = self.driver.find_element("css selector", selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def hold(self, selector: str) -> None:
        """Hold the mouse on something until a knob may move."""
        from selenium.webdriver.common.action_chains import ActionChains

        held = self.driver.find_element("css selector", selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", held)
        self.driver.execute_script("arguments[0].textContent = ''", self.find("message"))
        mouse = ActionChains(self.driver)
        mouse.click_and_hold(held).perform()
        self.wait_for(lambda: "Move a knob" in self.find("message").text, "a knob may move")
        mouse.release().perform()

    def setting(self, name: str) -> float | str:
        """A control's value as the piece tells it; none while it does not."""
        return self.status()["settings"].get(name, {}).get("value")

    def is_pressed(self, name: str) -> bool:
        return self.find(name).get_attribute("aria-pressed") == "true"


@pytest.fixture
def browser(chromium):
    """A browser without a window."""
    return StaffBrowser(chromium)


def test_the_staff_sees_turns_down_silences_and_restarts(address, browser):
    browser.open(address, PHONE)
    browser.log_in()
    browser.wait_for(lambda: browser.find("picture").is_displayed(), "a picture is shown")
    browser.wait_for(lambda: browser.find("silence").is_enabled(), "the music is there")
    width = browser.driver.execute_script("return document.documentElement.scrollWidth")
    assert width <= browser.driver.execute_script("return window.innerWidth")  # nothing is cut off

    script = "const v = arguments[0]; v.value = 30; v.dispatchEvent(new Event('input'))"
    browser.driver.execute_script(script, browser.find("volume"))
    browser.wait_for(lambda: browser.status()["settings"]["volume"]["value"] == 0.3, "turned down")
    if (sound := browser.status()["sound"]) is not None:
        assert sound["volume"] == 0.3

    browser.press("#silence")
    browser.wait_for(lambda: browser.is_pressed("silence"), "silenced")
    assert "Silence is on" in browser.find("sentence").text

    browser.wait_for(lambda: browser.family() == ["aside", "plays", "kept"], "the family")
    assert "forgets" in browser.find("family").text
    browser.press("#family .kept button")
    browser.wait_for(lambda: browser.family()[2] == "plays", "generation 0 plays again")
    width = browser.driver.execute_script("return document.documentElement.scrollWidth")
    assert width <= browser.driver.execute_script("return window.innerWidth")

    browser.driver.set_window_size(*DESKTOP)
    before = browser.status()["stage"]["pid"]
    browser.driver.execute_script("window.confirm = () => true")
    browser.press("[data-restart=stage]")
    browser.wait_for(
        lambda: browser.status()["stage"].get("pid", before) not in (0, before), "a new stage"
    )
    assert browser.status()["settings"]["silence"]["value"] == 1.0

    before = browser.status()["performer"]["pid"]
    browser.press("[data-restart=performer]")
    browser.wait_for(
        lambda: browser.status()["performer"].get("pid", before) not in (0, before), "new music"
    )
    browser.wait_for(
        lambda: browser.status()["settings"].get("silence", {}).get("value") == 1.0, "still silent"
    )
    loaded = "return performance.getEntriesByType('resource').map((each) => each.name)"
    assert all(name.startswith(address) for name in browser.driver.execute_script(loaded))
    assert "Content Security Policy" not in str(browser.driver.get_log("browser"))


def test_five_wrong_pins_lock_the_page(address, browser):
    browser.open(address, DESKTOP)
    for _ in range(5):
        browser.log_in("1357")
        browser.wait_for(lambda: "wrong" in browser.find("login-message").text, "it is refused")
        browser.driver.execute_script("document.getElementById('login-message').textContent = ''")
    browser.log_in()
    browser.wait_for(lambda: "too many" in browser.find("login-message").text.lower(), "locked")
    assert not browser.find("staff").is_displayed()


def test_what_is_held_learns_the_knob_that_moves_next(knob, address, browser):
    browser.open(address, DESKTOP)
    browser.log_in()
    browser.wait_for(lambda: browser.find("quiet").is_enabled(), "the music is there")
    browser.wait_for(lambda: "knobs" in browser.find("figures").text, "the knobs are there")

    browser.hold("label[for=volume]")
    knob(32)
    browser.wait_for(lambda: browser.setting("volume") == pytest.approx(32 / 127), "the knob's")

    browser.hold("label[for=temperature]")
    knob(127, 23)
    browser.wait_for(lambda: browser.setting("temperature") == 3.0, "the most")

    count = "window.presses = 0; arguments[0].addEventListener('click', () => window.presses++)"
    browser.driver.execute_script(count, browser.find("quiet"))
    browser.hold("#quiet")
    assert browser.driver.execute_script("return window.presses") == 0  # its release is none
    knob(127, 22)
    browser.wait_for(lambda: browser.setting("quiet") == 1.0, "quiet by the knob")
    browser.wait_for(lambda: browser.is_pressed("quiet"), "the page shows it")
    browser.press("#quiet")
    browser.wait_for(lambda: browser.setting("quiet") == 0.0, "a short press is one")
    knob(64)
    browser.wait_for(lambda: browser.setting("volume") == pytest.approx(64 / 127), "still its own")
