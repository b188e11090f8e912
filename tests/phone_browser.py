"""A visitor's phone: a driven browser of its size."""

from __future__ import annotations

import contextlib

from tests.hang_guard import wait_until

PHONE_SIZE_PX = (390, 844)


class PhoneBrowser:
    """A phone with the page open."""

    def __init__(self, driver) -> None:
        self.driver = driver
        driver.set_window_size(*PHONE_SIZE_PX)

    def open(self, address: str) -> None:
        """Open a page, once it is served."""
        from selenium.common.exceptions import WebDriverException

        def is_served() -> bool:
            with contextlib.suppress(WebDriverException):
                self.driver.get(address)
            return bool(self.driver.find_elements("css selector", "#languages button"))

        wait_until(is_served, "the page is served")

    def find(self, name: str):
        return self.driver.find_element("id", name)

    def value(self, expression: str):
        """Value of an expression of the page's script."""
        return self.driver.execute_script(f"return {expression}")

    def wait_for(self, is_true, what: str) -> None:
        wait_until(is_true, what)

    def press(self, selector: str) -> None:
        """Scroll to a button and press it."""
        button = self.driver.find_element("css selector", selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def complaints(self) -> list[str]:
        """What the browser's console says of this page."""
        return [each["message"] for each in self.driver.get_log("browser")]
