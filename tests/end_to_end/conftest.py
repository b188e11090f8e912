"""The whole instrument, run as people run it: by its command, in processes of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.hang_guard import HANG_GUARD_S

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))  # for demo_performance

SCREEN_PX = 1280, 720

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def command(*arguments: object) -> list[str]:
    """The command line of `hidden-state` with some arguments."""
    program = "from installation.cli.main import main; main()"
    return [sys.executable, "-c", program, *map(str, arguments)]


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, without a display unless one is given."""
    kept = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    return kept | {"OPENBLAS_NUM_THREADS": "1"} | changes


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `hidden-state` in an empty folder, to its end."""

    def execute(*arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=environment(**changes),
            capture_output=True,
            text=True,
            timeout=HANG_GUARD_S,
            check=False,
        )

    return execute


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `hidden-state` in an empty folder, and sees to it that it ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def launch(*arguments: object, **changes: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command(*arguments),
            cwd=tmp_path,
            env=environment(**changes),
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield launch
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=HANG_GUARD_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@pytest.fixture
def display() -> Iterator[str]:
    """A screen in memory, as an X display's name."""
    for program in ("Xvfb", "xdotool", "import"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [
            "Xvfb",
            "-displayfd",
            str(writing),
            "-screen",
            "0",
            "{}x{}x24".format(*SCREEN_PX),
            "-noreset",
        ],
        pass_fds=(writing,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        server.terminate()
        server.wait(HANG_GUARD_S)


@pytest.fixture
def picture(display: str) -> Callable[..., np.ndarray]:
    """What the screen or a part of it shows, shape (width, height, 3).

    Only that part is fetched: on a busy machine a whole screen may take longer than a key's light.
    """

    def take(area: tuple[int, int, int, int] = (0, 0, *SCREEN_PX)) -> np.ndarray:
        left, top, width, height = area
        crop = ["-crop", f"{width}x{height}+{left}+{top}", "-depth", "8", "rgb:-"]
        command = ["import", "-display", display, "-window", "root", *crop]
        shown = subprocess.run(
            command, check=True, timeout=HANG_GUARD_S, stdout=subprocess.PIPE
        ).stdout
        return np.frombuffer(shown, np.uint8).reshape(height, width, 3).swapaxes(0, 1).astype(int)

    return take


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[object]:
    """A driven browser without a window, whose downloads go to the folder `downloads`."""
    programs = shutil.which("chromium"), shutil.which("chromedriver")
    if None in programs:
        pytest.skip("the packages chromium and chromium-driver are missing")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = programs[0]
    for switch in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(switch)
    downloads = {"download.default_directory": str(tmp_path / "downloads")}
    options.add_experimental_option("prefs", downloads)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(programs[1]))
    driver.set_script_timeout(HANG_GUARD_S)
    yield driver
    driver.quit()
