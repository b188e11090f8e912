"""Display power: switches the screen off at closing, and on again."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from threading import Thread

COMMAND_TIMEOUT_S = 10.0  # longest wait for a screen to answer, seconds

log = logging.getLogger(__name__)


class DisplayPower(ABC):
    """Switches a screen on and off."""

    @abstractmethod
    def switch(self, is_on: bool) -> None:
        """Switch it; never raises and never waits."""


class DummyDisplayPower(DisplayPower):
    """Keeps what it is told.

    Attributes
    ----------
    switched : list of bool
    """

    def __init__(self) -> None:
        self.switched: list[bool] = []

    def switch(self, is_on: bool) -> None:
        self.switched.append(is_on)


class CommandDisplayPower(DisplayPower):
    """Runs a command, on a thread of its own.

    Parameters
    ----------
    on, off : sequence of commands
        Each as its words; all of them are run in order.
    """

    def __init__(self, on: Sequence[Sequence[str]], off: Sequence[Sequence[str]]) -> None:
        self._on, self._off = on, off

    def switch(self, is_on: bool) -> None:
        commands = self._on if is_on else self._off
        Thread(target=_run_all, args=(commands,), name="display power", daemon=True).start()


def _run_all(commands: Sequence[Sequence[str]]) -> None:
    for words in commands:
        try:
            subprocess.run(words, check=True, capture_output=True, timeout=COMMAND_TIMEOUT_S)
        except (OSError, subprocess.SubprocessError) as error:
            log.warning("the screen cannot be switched: %s", error)
            return


def find_display_power(environment: Mapping[str, str] = os.environ) -> DisplayPower | None:
    """What switches the screen of this session.

    Parameters
    ----------
    environment : mapping of str to str

    Returns
    -------
    DisplayPower or None
        None if there is no tool for it: the picture is black all the same.
    """
    if environment.get("WAYLAND_DISPLAY") and (tool := shutil.which("wlr-randr")):
        on, off = _wayland_command(tool, "--on"), _wayland_command(tool, "--off")
        return CommandDisplayPower([on], [off])
    if environment.get("DISPLAY") and (tool := shutil.which("xset")):
        # waking a screen leaves its energy saving on, which would blank it again
        return CommandDisplayPower(
            [[tool, "dpms", "force", "on"], [tool, "-dpms"]],
            [[tool, "+dpms"], [tool, "dpms", "force", "off"]],
        )
    return None


def _wayland_command(tool: str, action: str) -> list[str]:
    """A command for every output; wlr-randr takes one output at a time."""
    every = f"{tool} | sed -n 's/^\\([^ ][^ ]*\\) .*/\\1/p'"
    return ["sh", "-c", f"for output in $({every}); do {tool} --output $output {action}; done"]
